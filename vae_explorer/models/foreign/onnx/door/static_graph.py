"""A graph whose every shape is known: the batch is a number, what shapes lead to is worked out.

Bounded before anything is run: the bytes of each value and of all, and the work of each operator.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TypeProto, helper, numpy_helper

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.door.costs import columns, products
from vae_explorer.models.foreign.onnx.door.folding import attributes, folded
from vae_explorer.models.foreign.onnx.door.onnx_door import opset
from vae_explorer.models.foreign.onnx.door.operators import KINDS

Shape = tuple[int, ...]
MAX_BYTES = 2**26  # of one value, of the whole batch
MAX_IN_ALL = 2**28  # of all values together
MAX_PRODUCTS = 2 * 10**9  # multiplications an input
MAX_COLUMNS = 2**26  # numbers that a convolution copies of one input
MAX_SHOWN = 4096  # numbers of a constant that shapes may depend on


class Value(NamedTuple):
    """What is known of a value before it is worked out."""

    shape: Shape  # the batch first, if it depends on an input
    kind: int  # of its numbers, as `TensorProto` counts them


class StaticGraph(NamedTuple):
    """Nodes in order, with all constants and shapes."""

    nodes: tuple[NodeProto, ...]  # those that depend on an input, or are not worked out
    constants: Mapping[str, np.ndarray]
    values: Mapping[str, Value]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    batch: int
    opset: int
    name: str  # of its file

    def shape_of(self, name: str) -> Shape:
        """The shape of a value without the batch."""
        return self.values[name].shape[1:]

    def size_of(self, name: str) -> int:
        """How many numbers a value has for each input."""
        return math.prod(self.shape_of(name))

    def producer(self, name: str) -> NodeProto | None:
        """The node that gives a value; None: it is an input or a constant."""
        return next((node for node in self.nodes if name in node.output), None)

    def needed(self, wanted: Iterable[str], given: Iterable[str] = ()) -> list[NodeProto]:
        """The nodes by which some values follow from inputs, or from the values given."""
        missing, nodes = set(wanted) - set(given), []
        for node in reversed(self.nodes):
            if missing & set(node.output):
                nodes.append(node)
                missing |= set(node.input) - set(given)
        return nodes[::-1]

    def dependent(self, sources: Iterable[str]) -> set[str]:
        """The values that follow from any of these, which are among them."""
        reached = set(sources)
        for node in self.nodes:
            if reached & set(node.input):
                reached |= set(node.output)
        return reached


def inputs_of(model: ModelProto) -> dict[str, tuple[list[int | None] | None, int]]:
    """Name -> dimensions (None: free), or None where nothing is said, and the kind of numbers."""
    initial = {tensor.name for tensor in model.graph.initializer}
    found = {}
    for value in model.graph.input:
        if value.name in initial:
            continue
        kind = value.type.tensor_type
        dims = None
        if kind.HasField("shape"):
            dims = [d.dim_value if d.dim_value > 0 else None for d in kind.shape.dim]
        found[value.name] = dims, kind.elem_type
    return found


def resolve(model: ModelProto, shapes: Mapping[str, Shape], name: str) -> StaticGraph:
    """The graph for inputs of these shapes, the batch first.

    CheckpointError where a shape does not follow from them, or something is too large.
    """
    kinds = {key: kind for key, (_, kind) in inputs_of(model).items()}
    work = _Resolution(opset(model), next(iter(shapes.values()))[0], name)
    for key, shape in shapes.items():
        work.put(key, Value(shape, kinds[key]))
    for tensor in model.graph.initializer:
        work.put_constant(tensor.name, numpy_helper.to_array(tensor))
    for node in model.graph.node:
        work.add(node)
    outputs = tuple(value.name for value in model.graph.output)
    if lacking := [key for key in outputs if key not in work.values]:
        raise CheckpointError(f"{name} is not a valid ONNX graph: {lacking[0][:60]} is not made.")
    return StaticGraph(
        tuple(work.nodes),
        work.constants,
        work.values,
        tuple(shapes),
        outputs,
        work.batch,
        work.opset,
        name,
    )


class _Resolution:
    """A graph while its shapes are found, node by node."""

    def __init__(self, version: int, batch: int, name: str):
        self.opset, self.batch, self.name = version, batch, name
        self.imports = [helper.make_opsetid("", version)]
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}
        self.values: dict[str, Value] = {}
        self.bytes, self.products = 0, 0

    def put(self, key: str, value: Value) -> None:
        if key in self.values or not key:
            self.refuse(f"{key[:60]!r} is made twice")
        if value.kind not in KINDS:
            self.refuse(f"{key[:60]} is of a type that is not opened")
        size = math.prod(value.shape) * KINDS[value.kind]
        self.bytes += size
        if size > MAX_BYTES or self.bytes > MAX_IN_ALL:
            raise TooLargeError(
                f"{self.name} takes more memory than a model of pictures may: "
                f"{key[:60]} alone is {value.shape} numbers."
            )
        self.values[key] = value

    def put_constant(self, key: str, array: np.ndarray) -> None:
        """Weights are as large as the file: only what is made of them counts."""
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        if key in self.values:
            self.refuse(f"{key[:60]!r} is made twice")
        self.values[key], self.constants[key] = Value(array.shape, kind), array

    def add(self, node: NodeProto) -> None:
        for key in node.input:
            if key and key not in self.values:
                self.refuse(f"{node.op_type} takes {key[:60]!r}, which nothing makes")
        outputs = self.inferred(node)
        inputs = [self.constants.get(key) if key else None for key in node.input]
        known = all(key in self.constants for key in node.input if key)
        (first, value), *_ = outputs.items()
        for key, made in outputs.items():
            self.put(key, made)
        if node.op_type in ("Shape", "Size") and node.input[0] in self.values:
            self.constants[first] = self.shape_constant(node)
            return
        made = folded(node, inputs, value.shape) if known else None
        if made is not None and helper.np_dtype_to_tensor_dtype(made.dtype) == value.kind:
            self.constants[first] = made
            return
        self.count(node)
        self.nodes.append(node)

    def shape_constant(self, node: NodeProto) -> np.ndarray:
        shape = self.values[node.input[0]].shape
        if node.op_type == "Size":
            return np.array(math.prod(shape), np.int64)
        settings = attributes(node)
        return np.array(shape[settings.get("start", 0) : settings.get("end")], np.int64)

    def inferred(self, node: NodeProto) -> dict[str, Value]:
        """Outputs by name, as ONNX itself infers them."""
        types = {key: _type(self.values[key]) for key in node.input if key}
        data = {
            key: numpy_helper.from_array(np.asarray(self.constants[key], order="C"))
            for key in types
            if key in self.constants and self.constants[key].size <= MAX_SHOWN
        }
        try:
            schema = onnx.defs.get_schema(node.op_type, self.opset, "")
            infer = onnx.shape_inference.infer_node_outputs
            made = infer(schema, node, types, data, opset_imports=self.imports)
        except Exception as error:  # inference has errors of its own
            raise CheckpointError(f"{self.name} does not fit together: {_reason(error)}") from error
        outputs = {key: self.known(made.get(key), node) for key in node.output if key}
        if not outputs:
            self.refuse(f"{node.op_type} gives nothing")
        return outputs

    def known(self, kind: TypeProto | None, node: NodeProto) -> Value:
        tensor = kind.tensor_type if kind is not None else None
        dims = tensor.shape.dim if tensor is not None and tensor.HasField("shape") else None
        if tensor is None or dims is None or any(not d.HasField("dim_value") for d in dims):
            raise CheckpointError(
                f"{self.name}: the shape of what {node.op_type} gives cannot be known beforehand: "
                "export it with fixed shapes, the batch aside."
            )
        shape = tuple(d.dim_value for d in dims)
        if any(n < 0 for n in shape):
            self.refuse(f"{node.op_type} gives a negative number of values")
        return Value(shape, tensor.elem_type)

    def count(self, node: NodeProto) -> None:
        """CheckpointError where there is more work than a model of pictures has."""
        shapes = [self.values[key].shape if key else () for key in node.input]
        self.products += products(node, shapes, self.values[node.output[0]].shape)
        copied = columns(node, shapes, self.values[node.output[0]].shape)
        if self.products > MAX_PRODUCTS * self.batch or copied > MAX_COLUMNS:
            raise TooLargeError(
                f"{self.name} needs more than {MAX_PRODUCTS / 1e9:.0f} billion multiplications a "
                "picture."
            )

    def refuse(self, reason: str) -> None:
        raise CheckpointError(f"{self.name} is not a valid ONNX graph: {reason}.")


class TooLargeError(CheckpointError):
    """A graph that a smaller batch may fit."""


def _type(value: Value) -> Any:
    return helper.make_tensor_type_proto(value.kind, value.shape)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:160].rstrip(".") + "."
