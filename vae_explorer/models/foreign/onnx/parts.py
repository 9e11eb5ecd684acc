"""Encoder and decoder of a model's ONNX files: a file each, or both cut from one.

Which is which is told by shapes. B pictures of C channels and H x W pixels, P = C H W; D
coordinates; K classes.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import onnx
from onnx import ModelProto, TensorProto

from vae_explorer.config import shape_text
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.heads import (
    Heads,
    heads_of,
    noise_of,
    sampling_of,
    through_layout,
)
from vae_explorer.models.foreign.onnx.static_graph import (
    Shape,
    StaticGraph,
    TooLargeError,
    inputs_of,
    resolve,
)

BATCHES = (16, 1)  # of a graph that takes any: what fits in memory
MOST_BATCH = 1024
NUMBERS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.UINT8)
WHOLE = (TensorProto.INT64, TensorProto.INT32)
Dims = list[int | None] | None


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
    if not _takes_pictures(models[first], picture) and _takes_pictures(models[second], picture):
        first, second = second, first
    if not _takes_pictures(models[first], picture):
        _refuse_pictures(models, picture)
    for encoder, decoder in ((first, second), (second, first)):
        try:
            return _of_pair(models, encoder, decoder, picture, classes)
        except CheckpointError as error:
            reasons.append(error)
    raise reasons[0]


def _of_pair(
    models: Mapping[str, ModelProto], encoder: str, decoder: str, picture: Shape, classes: int
) -> Parts:
    graph, source, label, noise_inputs = _with_pictures(models[encoder], encoder, picture, classes)
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
    if not _takes_pictures(model, picture):
        _refuse_pictures({name: model}, picture)
    graph, source, label, noise_inputs = _with_pictures(model, name, picture, classes)
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
    decoder = Part(graph, z, made[:1], _used(graph, label, made[:1], z))
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
    candidates = [key for key in inner if 0 < graph.size_of(key) < limit and graph.values[key].shape]
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
        shape = _latent_shape(dims, size) if kind in NUMBERS else None
        if shape is None:
            continue
        try:
            graph, label, noise = _resolved(model, name, {key: shape}, dims, classes)
        except CheckpointError as error:
            reasons.append(error)
            continue
        if noise:
            continue
        made = [o for o in graph.outputs if graph.size_of(o) == pixels]
        if made:
            return without_sigmoid(Part(graph, key, (made[-1],), label))
        gives = ", ".join(f"{graph.size_of(o):,}" for o in graph.outputs)
        reasons.append(
            CheckpointError(f"{name} gives {gives} numbers, where a picture has {pixels:,}.")
        )
    raise reasons[0] if reasons else CheckpointError(
        f"{name} takes no {size} numbers, which is what the encoder gives."
    )


def _latent_shape(dims: Dims, size: int) -> Shape | None:
    """The shape of z without the batch, if so many numbers fit these dimensions."""
    rest = (dims or [None, None])[1:]
    free = [i for i, n in enumerate(rest) if n is None]
    fixed = math.prod(n for n in rest if n is not None)
    if not rest or size % fixed or (not free and fixed != size):
        return None
    made = [1 if n is None else n for n in rest]
    if free:
        made[free[0]] = size // fixed
    return tuple(made)


def _takes_pictures(model: ModelProto, picture: Shape) -> bool:
    return any(True for _ in _picture_inputs(model, picture))


def _picture_inputs(model: ModelProto, picture: Shape) -> Iterator[tuple[str, Dims, Shape]]:
    """Inputs that pictures fit: name, dimensions, and the shape without the batch."""
    channels, height, width = picture
    for key, (dims, kind) in inputs_of(model).items():
        if kind not in NUMBERS:
            continue
        shapes = [picture, (math.prod(picture),), (height, width, channels)]
        shapes += [(height, width)] if channels == 1 else []
        for shape in shapes:
            if dims is None or _fits(dims, shape):
                yield key, dims, shape


def _fits(dims: list[int | None], shape: Shape) -> bool:
    return len(dims) == len(shape) + 1 and all(
        n is None or n == m for n, m in zip(dims[1:], shape, strict=True)
    )


def _with_pictures(
    model: ModelProto, name: str, picture: Shape, classes: int
) -> tuple[StaticGraph, str, str, list[str]]:
    """The graph with pictures put in: also the names of that input, the label and noise."""
    reasons: list[CheckpointError] = []
    for key, dims, shape in _picture_inputs(model, picture):
        try:
            graph, label, noise = _resolved(model, name, {key: shape}, dims, classes)
            return graph, key, label, noise
        except CheckpointError as error:
            reasons.append(error)
    raise reasons[0] if reasons else CheckpointError(f"{name} takes no pictures.")


def _resolved(
    model: ModelProto, name: str, given: dict[str, Shape], dims: Dims, classes: int
) -> tuple[StaticGraph, str, list[str]]:
    """The graph with all inputs put in: also the label's name, and those of noise."""
    fixed = dims[0] if dims else None
    if fixed is not None and fixed > MOST_BATCH:
        raise CheckpointError(f"{name} takes {fixed:,} pictures at once: free its batch dimension.")
    shapes, label, noise = dict(given), "", []
    for key, (others, kind) in inputs_of(model).items():
        if key in given:
            continue
        rest = _label_shape(others, kind, classes)
        if classes and not label and rest is not None:
            shapes[key], label = rest, key
        elif kind in NUMBERS and others and None not in others[1:]:
            shapes[key] = tuple(n for n in others[1:] if n is not None)
            noise.append(key)
        else:
            raise CheckpointError(
                f"{name} takes an input {key[:60]!r} beside pictures or coordinates: "
                "if it is a class, choose data with labels."
            )
    batches = BATCHES if fixed is None else (fixed,)
    for batch in batches:
        try:
            whole = {key: (batch, *shape) for key, shape in shapes.items()}
            return resolve(model, whole, name), label, noise
        except TooLargeError as error:
            if batch == batches[-1]:
                raise error from None
    raise CheckpointError(f"{name} takes no batch.")


def _label_shape(dims: Dims, kind: int, classes: int) -> Shape | None:
    """The shape of a class without the batch, if an input can be one."""
    if kind in WHOLE:
        rest = [] if dims is None else dims[1:]
        return tuple(1 for _ in rest) if all(n in (None, 1) for n in rest) else None
    if kind in NUMBERS and dims is not None and len(dims) == 2:
        return (dims[1] or classes,) if (dims[1] or classes) >= classes else None
    return None


def _refuse_pictures(models: Mapping[str, ModelProto], picture: Shape) -> None:
    """CheckpointError, with both shapes."""
    told = []
    for name, model in models.items():
        for key, (dims, _) in inputs_of(model).items():
            shape = " × ".join("any" if n is None else str(n) for n in dims or [])
            told.append(f"{key[:40]} of {name} ({shape})")
    raise CheckpointError(
        f"no input takes {shape_text(picture)} (batch × {' × '.join(map(str, picture))}): "
        f"there are {', '.join(told[:6])}."
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
