"""Encoder and decoder of a model's ONNX files: a file each, or both cut from one.

Which is which is told by shapes. B pictures of C channels and H x W pixels, P = C H W; D
coordinates; K classes.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import onnx
from onnx import ModelProto

from vae_explorer.config import shape_text
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.door.static_graph import Shape, StaticGraph, inputs_of
from vae_explorer.models.foreign.onnx.model_parts.endings import through_layout
from vae_explorer.models.foreign.onnx.model_parts.graph_inputs import (
    NUMBERS,
    WHOLE,
    latent_shape,
    refuse_pictures,
    resolved,
    takes_pictures,
    with_pictures,
)
from vae_explorer.models.foreign.onnx.model_parts.heads import (
    Heads,
    heads_of,
    noise_of,
    sampling_of,
)


class Part(NamedTuple):
    """What of a graph is an encoder or a decoder."""

    graph: StaticGraph
    source: str  # the value that pictures or coordinates are put in for
    outputs: tuple[str, ...]
    label: str = ""  # the input for classes; empty: none
    ends_in_sigmoid: bool = False  # which is cut off: it gives logits

    @property
    def label_is_index(self) -> bool:
        return bool(self.label) and self.graph.values[self.label].kind in WHOLE


class Parts(NamedTuple):
    """A whole model."""

    encoder: Part
    decoder: Part
    heads: Heads
    latent_dim: int


def find_parts(models: Mapping[str, ModelProto], picture: Shape, classes: int) -> Parts:
    """The parts of one file or two, for pictures (C, H, W); CheckpointError where there are none.

    `classes` of the labels at hand, 0 without labels.
    """
    if len(models) == 1:
        ((name, model),) = models.items()
        return _of_whole(model, name, picture, classes)
    reasons, (first, second) = [], models
    if not takes_pictures(models[first], picture) and takes_pictures(models[second], picture):
        first, second = second, first
    if not takes_pictures(models[first], picture):
        refuse_pictures(models, picture)
    for encoder, decoder in ((first, second), (second, first)):
        try:
            return _of_pair(models, encoder, decoder, picture, classes)
        except CheckpointError as error:
            reasons.append(error)
    raise reasons[0]


def _of_pair(
    models: Mapping[str, ModelProto], encoder: str, decoder: str, picture: Shape, classes: int
) -> Parts:
    graph, source, label, noise_inputs = with_pictures(models[encoder], encoder, picture, classes)
    noise = noise_of(graph, noise_inputs)
    sampling = sampling_of(graph, noise, graph.dependent([source]))
    outputs = _distinct(graph, noise)
    reason: CheckpointError | None = None
    for size in _latent_sizes(graph, outputs):
        try:
            part = _decoder(models[decoder], decoder, size, math.prod(picture), classes)
        except CheckpointError as error:
            reason = reason or error
            continue
        same = [key for key in outputs if graph.size_of(key) == size]
        heads = heads_of(graph, same, size, sampling)
        _check_certain(graph, heads, noise)
        return Parts(Part(graph, source, heads.outputs, label), part, heads, size)
    raise reason or CheckpointError(f"{encoder} gives numbers that depend on chance alone.")


def _of_whole(model: ModelProto, name: str, picture: Shape, classes: int) -> Parts:
    if not takes_pictures(model, picture):
        refuse_pictures({name: model}, picture)
    graph, source, label, noise_inputs = with_pictures(model, name, picture, classes)
    noise = noise_of(graph, noise_inputs)
    made = [key for key in graph.outputs if graph.size_of(key) == math.prod(picture)]
    if not made:
        raise CheckpointError(
            f"{name} gives no pictures: none of its outputs has {math.prod(picture):,} numbers, as "
            f"{shape_text(picture)} have. Open it with its decoder."
        )
    pictures = graph.dependent([source])
    sampling = sampling_of(graph, noise, pictures)
    outputs = [key for key in _distinct(graph, noise) if key not in made]
    z = sampling.z if sampling else _latent(graph, outputs, source, made[0])
    size = graph.size_of(z)
    same = [key for key in outputs if graph.size_of(key) == size]
    if sampling is None and z not in same:
        heads = Heads(z)
    else:
        heads = heads_of(graph, same, size, sampling)
    _check_certain(graph, heads, noise)
    _check_cut(graph, z, made[0], source)
    decoder = Part(graph, z, tuple(made[:1]), _used(graph, label, made[:1], z))
    encoder = Part(graph, source, heads.outputs, _used(graph, label, heads.outputs, ""))
    return Parts(encoder, without_sigmoid(decoder), heads, size)


def _used(graph: StaticGraph, label: str, outputs: tuple[str, ...] | list[str], given: str) -> str:
    """The label if these values depend on it."""
    nodes = graph.needed(outputs, [given] if given else [])
    return label if any(label in node.input for node in nodes) else ""


def _latent(graph: StaticGraph, outputs: list[str], source: str, made: str) -> str:
    """Where a graph without chance is cut: at an output, or where it is narrowest."""
    inner = [out for node in graph.nodes for out in node.output if out in graph.values]
    limit = graph.size_of(source)
    candidates = [
        key for key in inner if 0 < graph.size_of(key) < limit and graph.values[key].shape
    ]
    order = sorted(candidates, key=lambda key: (key not in outputs, graph.size_of(key)))
    for key in order[:200]:
        if graph.values[key].shape[0] == graph.batch and _separates(graph, key, made, source):
            return key
    raise CheckpointError(
        f"{graph.name} has no value between pictures that all of it passes: save encoder and "
        "decoder as a file each."
    )


def _separates(graph: StaticGraph, key: str, made: str, source: str) -> bool:
    """Whether the output depends on the picture by this value alone."""
    nodes = graph.needed([made], [key])
    return any(key in n.input for n in nodes) and not any(source in n.input for n in nodes)


def _check_cut(graph: StaticGraph, z: str, made: str, source: str) -> None:
    if not _separates(graph, z, made, source):
        raise CheckpointError(
            f"{graph.name} decodes more than its latent coordinates: its pictures depend on what "
            "the encoder saw by another way as well."
        )


def _check_certain(graph: StaticGraph, heads: Heads, noise: set[str]) -> None:
    if set(heads.outputs) & noise:
        raise CheckpointError(
            f"{graph.name} samples in a way that is not recognised: its encoder must give the mean "
            "itself, and log variance or standard deviation."
        )


def _distinct(graph: StaticGraph, noise: set[str]) -> list[str]:
    """Outputs that do not depend on chance, each value once."""
    seen, found = set(), []
    for key in graph.outputs:
        root = through_layout(graph, key)
        if key not in noise and root not in seen and graph.values[key].shape:
            seen.add(root)
            found.append(key)
    return found


def _latent_sizes(graph: StaticGraph, outputs: list[str]) -> list[int]:
    """How many coordinates there may be, the likeliest first."""
    sizes = [graph.size_of(key) for key in outputs or graph.outputs]
    twice = [n for n in sizes if sizes.count(n) > 1]
    halves = [n // 2 for n in sizes if n % 2 == 0]
    return [n for n in dict.fromkeys([*twice, *halves, *sizes]) if n > 0]


def _decoder(model: ModelProto, name: str, size: int, pixels: int, classes: int) -> Part:
    """The decoder of `size` coordinates; CheckpointError where it is none."""
    reasons: list[CheckpointError] = []
    for key, (dims, kind) in inputs_of(model).items():
        shape = latent_shape(dims, size) if kind in NUMBERS else None
        if shape is None:
            continue
        try:
            graph, label, noise = resolved(model, name, {key: shape}, dims, classes)
        except CheckpointError as error:
            reasons.append(error)
            continue
        if noise:
            reasons.append(
                CheckpointError(
                    f"{name} takes an input {noise[0][:60]!r} beside coordinates: if it is a "
                    "class, choose data with labels."
                )
            )
            continue
        made = [o for o in graph.outputs if graph.size_of(o) == pixels]
        if made:
            return without_sigmoid(Part(graph, key, (made[-1],), label))
        gives = ", ".join(f"{graph.size_of(o):,}" for o in graph.outputs)
        reasons.append(
            CheckpointError(f"{name} gives {gives} numbers, where a picture has {pixels:,}.")
        )
    raise (
        reasons[0]
        if reasons
        else CheckpointError(f"{name} takes no {size} numbers, which is what the encoder gives.")
    )


def without_sigmoid(part: Part) -> Part:
    """The same with logits in place of probabilities, where a sigmoid is the last that is done."""
    key = through_layout(part.graph, part.outputs[0])
    last = part.graph.producer(key)
    if last is None or last.op_type != "Sigmoid":
        return part
    plain = onnx.helper.make_node("Identity", list(last.input), list(last.output))
    nodes = tuple(plain if node is last else node for node in part.graph.nodes)
    return part._replace(graph=part.graph._replace(nodes=nodes), ends_in_sigmoid=True)
