"""The door for ONNX files: untrusted bytes -> a checked graph, or one sentence.

Nothing is run. What passes has standard operators alone, no graph within the graph, weights that
are all there and finite; shapes are for `static_graph` to bound.
"""

import io
import math
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnx
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.door.operators import (
    CONTROL_FLOW,
    KINDS,
    KNOWN,
    STANDARD,
)
from vae_explorer.models.foreign.onnx.door.wire_format import check_structure

MAX_MEGABYTES = 128  # of all files of a model: each weight is in memory several times
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may unpack to anything at once
MAX_NODES = 4000
MAX_DIMENSIONS = 8


def unpacked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The ONNX files of an upload, those of zips too, by name; CheckpointError."""
    found: dict[str, bytes] = {}
    for name, data in files.items():
        if data[:4] == b"PK\x03\x04":
            found |= _of_zip(name, data)
        elif not name.lower().endswith((".md", ".txt", ".json")):
            found[name] = data
    if sum(map(len, found.values())) > MAX_MEGABYTES * 2**20:
        raise CheckpointError(f"the ONNX files are larger than {MAX_MEGABYTES} MB in all.")
    if not 1 <= len(found) <= 2:
        raise CheckpointError(
            f"a model is one ONNX file, or an encoder and a decoder: here are {len(found)}."
        )
    return found


def _of_zip(name: str, data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [e for e in archive.infolist() if e.filename.lower().endswith(".onnx")]
            if len(entries) > 2 or sum(e.file_size for e in entries) > MAX_MEGABYTES * 2**20:
                raise CheckpointError(
                    f"{name} holds more than two ONNX files, or more than {MAX_MEGABYTES} MB."
                )
            if any(entry.compress_type not in PACKINGS for entry in entries):
                raise CheckpointError(f"{name} is packed in an unusual way: pack it again.")
            return {entry.filename: archive.read(entry) for entry in entries}
    except CheckpointError:
        raise
    except Exception as error:  # zipfile raises what its many readers raise on a bad file
        raise CheckpointError(f"{name} is not a whole zip file.") from error


def read_graph(data: bytes, name: str) -> ModelProto:
    """A checked graph; CheckpointError, one sentence, on anything else."""
    if not data:
        raise CheckpointError(f"{name} is empty: it was not saved or not copied to its end.")
    if len(data) > MAX_MEGABYTES * 2**20:
        raise CheckpointError(f"{name} is larger than {MAX_MEGABYTES} MB.")
    check_structure(data, name)
    try:
        model = ModelProto.FromString(data)
    except Exception as error:  # the reader of protocol buffers has errors of its own
        raise CheckpointError(
            f"{name} is not a whole ONNX file: it is damaged or was cut short."
        ) from error
    if not model.graph.node:
        raise CheckpointError(f"{name} holds no ONNX graph.")
    if not all(isinstance(text, str) for text in _names(model)):
        raise CheckpointError(f"{name} has names that are no text: it is damaged.")
    _check_operators(model, name)
    for tensor in tensors(model):
        _check_tensor(tensor, name)
    return model


def opset(model: ModelProto) -> int:
    """The version of the standard operators that a graph is written in; 0: none said."""
    return max((i.version for i in model.opset_import if i.domain in STANDARD), default=0)


def _names(model: ModelProto) -> Iterator[str | bytes]:
    """All names of a file: bytes where they are no text."""
    graph = model.graph
    for node in graph.node:
        yield from (node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
    for value in (*graph.initializer, *graph.input, *graph.output, *model.functions):
        yield value.name
    for entry in model.metadata_props:
        yield from (entry.key, entry.value)


def tensors(model: ModelProto) -> Iterator[TensorProto]:
    """All numbers of a file: initializers, and values of constants."""
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.TENSOR:
                yield attribute.t


def _check_operators(model: ModelProto, name: str) -> None:
    newest, version = onnx.defs.onnx_opset_version(), opset(model)
    if not 7 <= version <= newest:
        raise CheckpointError(
            f"{name} is written in version {version} of the operators: export it with an opset "
            f"between 7 and {newest}."
        )
    if len(model.graph.node) > MAX_NODES:
        raise CheckpointError(f"{name} has more than {MAX_NODES:,} operators.")
    custom = {f"{f.domain}.{f.name}" for f in model.functions}
    custom |= {f"{n.domain}.{n.op_type}" for n in model.graph.node if n.domain not in STANDARD}
    if custom:
        raise CheckpointError(
            f"{name} has operators of its own ({_listed(custom)}): export it with standard ONNX "
            "operators alone."
        )
    kinds = {node.op_type for node in model.graph.node}
    if kinds & set(CONTROL_FLOW) or any(_has_graph(node) for node in model.graph.node):
        raise CheckpointError(
            f"{name} has branches or loops ({_listed(kinds & set(CONTROL_FLOW))}): export it "
            "without control flow, by tracing."
        )
    if unknown := kinds - KNOWN:
        raise CheckpointError(
            f"{name} has operators that are not opened ({_listed(unknown)}): no encoder or decoder "
            "of pictures needs them, or the shape of what they give cannot be known beforehand."
        )
    _check_nodes(model, name, version)


def _check_nodes(model: ModelProto, name: str, version: int) -> None:
    context = onnx.checker.C.CheckerContext()
    context.ir_version, context.opset_imports = 8, {"": version, "ai.onnx": version}
    for node in model.graph.node:
        training = {a.name: a.i for a in node.attribute}.get("training_mode", 0)
        if training and node.op_type == "BatchNormalization":
            raise CheckpointError(
                f"{name} was exported in training mode: call model.eval() before the export."
            )
        try:
            onnx.checker.check_node(node, context)
        except Exception as error:  # the checker has errors of its own
            raise CheckpointError(
                f"{name} is not a valid ONNX graph: {node.op_type[:40]} is not as ONNX defines it."
            ) from error


def _has_graph(node: Any) -> bool:
    graphs = (AttributeProto.GRAPH, AttributeProto.GRAPHS)
    return any(a.type in graphs or a.HasField("g") or a.graphs for a in node.attribute)


def _check_tensor(tensor: TensorProto, name: str) -> None:
    where = f"{name}: {tensor.name[:60] or 'a constant'}"
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise CheckpointError(
            f"{name} keeps its weights in another file: save it in one with onnx.save(onnx.load("
            '"model.onnx"), "one.onnx"), or export with external_data=False.'
        )
    if tensor.data_type not in KINDS or tensor.HasField("segment"):
        raise CheckpointError(f"{where} is of a type that is not opened.")
    if len(tensor.dims) > MAX_DIMENSIONS or any(n < 0 for n in tensor.dims):
        raise CheckpointError(f"{where} has a shape that is not opened.")
    if _stored(tensor) != math.prod(tensor.dims):
        raise CheckpointError(
            f"{where} claims {math.prod(tensor.dims):,} numbers and holds {_stored(tensor):,}."
        )
    try:
        values = numpy_helper.to_array(tensor)
    except Exception as error:  # whatever a number of the wrong kind makes of it
        raise CheckpointError(f"{where} is not readable.") from error
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise CheckpointError(f"{where} holds values that are not finite numbers.")


def _stored(tensor: TensorProto) -> int:
    """How many numbers the file has of a tensor."""
    if tensor.HasField("raw_data"):
        return len(tensor.raw_data) // KINDS[tensor.data_type]
    return len(getattr(tensor, helper.tensor_dtype_to_field(tensor.data_type)))


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(name[:60] for name in names)[:4]) or "graphs within the graph"
