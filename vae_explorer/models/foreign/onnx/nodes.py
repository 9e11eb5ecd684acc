"""Nodes of a graph, read one after the other as steps (see `flows`)."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vae_explorer.models.foreign.onnx import convolutions, joins
from vae_explorer.models.foreign.onnx.flows import (
    Flow,
    InexpressibleError,
    Mark,
    Step,
    affine,
    flattened,
    linear,
    picture,
)
from vae_explorer.models.foreign.onnx.folding import attributes, axes_of, slices
from vae_explorer.models.foreign.onnx.static_graph import StaticGraph
from vae_explorer.models.operations.kinds import Activate, Normalize, Upsample

Array = np.ndarray
PLAIN = {  # activations without settings
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "HardSwish": "hardswish",
    "Mish": "mish",
}
SELU = (1.6732632, 1.0507010)  # alpha and gamma of the paper


class Reader:
    """Flows of a graph's values, from those of its inputs on."""

    def __init__(self, graph: StaticGraph, flows: Mapping[str, Flow], indices: set[str]):
        self.graph, self.flows = graph, dict(flows)
        self.indices = set(indices)  # values that are class numbers: their flows are one-hot

    def read(self, outputs: tuple[str, ...]) -> list[Flow]:
        """The flows of some values; InexpressibleError where one is none."""
        for node in self.graph.needed(outputs, self.flows):
            self.node, self.settings = node, attributes(node)
            read = READERS.get(node.op_type)
            if read is None:
                raise InexpressibleError(f"{node.op_type} is no plain operation")
            made = read(self)
            for key, flow in zip(node.output, made if isinstance(made, list) else [made], strict=False):
                self.flows[key] = flow
        return [self.flow(key) for key in outputs]

    def flow(self, key: str) -> Flow:
        if key not in self.flows or key in self.indices:
            raise InexpressibleError(f"{key} is no value of the network")
        return self.flows[key]

    @property
    def input(self) -> Flow:
        """The flow of the node's first input."""
        return self.flow(self.node.input[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """What the node gives, without the batch."""
        shape = self.graph.values[self.node.output[0]].shape
        if not shape or shape[0] != self.graph.batch:
            raise InexpressibleError("the batch changes its place")
        return shape[1:]

    def constant(self, index: int) -> Array | None:
        """A constant input; None: it is not given."""
        key = self.node.input[index] if len(self.node.input) > index else ""
        if key and key not in self.graph.constants:
            raise InexpressibleError("a setting depends on the input")
        return self.graph.constants[key] if key else None

    @property
    def constants(self) -> list[Array | None]:
        return [self.graph.constants.get(key) for key in self.node.input]

    def weight(self, index: int) -> Array:
        value = self.constant(index)
        if value is None:
            raise InexpressibleError("a weight is missing")
        return value.astype(np.float32)

    def per_value(self, constant: Array) -> Array:
        """A constant as each number of the output meets it, without the batch."""
        whole = np.broadcast_to(constant.astype(np.float32), (self.graph.batch, *self.shape))
        if not (whole == whole[:1]).all():
            raise InexpressibleError("a constant differs within the batch")
        return whole[0]


def _activation(reader: Reader) -> Flow:
    kind, settings = reader.node.op_type, reader.settings
    operation = Activate(PLAIN.get(kind, ""))
    match kind:
        case "LeakyRelu":
            operation = Activate("leaky_relu", slope=settings.get("alpha", 0.01))
        case "ThresholdedRelu" | "Celu":
            raise InexpressibleError(f"{kind} is no plain operation")
        case "Elu":
            operation = Activate("elu", slope=settings.get("alpha", 1.0))
        case "Selu":
            given = settings.get("alpha", SELU[0]), settings.get("gamma", SELU[1])
            if not np.allclose(given, SELU, atol=joins.CLOSE):
                raise InexpressibleError("a SELU of its own")
            operation = Activate("selu")
        case "Gelu":
            tanh = settings.get("approximate", b"none") == b"tanh"
            operation = Activate("gelu_tanh" if tanh else "gelu")
        case "Swish" if settings.get("alpha", 1.0) == 1:
            operation = Activate("silu")
    if not operation.name:
        raise InexpressibleError(f"{kind} is no plain operation")
    return reader.input.elementwise(Step(operation))


def _prelu(reader: Reader) -> Flow:
    slopes = reader.weight(1)
    if not (slopes == slopes.reshape(-1)[0]).all():
        raise InexpressibleError("slopes differ from channel to channel")
    slope = slopes.reshape(-1)[0].item()
    return reader.input.elementwise(Step(Activate("leaky_relu", slope=slope)))


def _mark(reader: Reader) -> Flow:
    return reader.input.elementwise(Step(Mark(reader.node.op_type.lower())))


def _hard_sigmoid(reader: Reader) -> Flow:
    alpha, beta = reader.settings.get("alpha", 0.2), reader.settings.get("beta", 0.5)
    if abs(alpha - 1 / 6) > joins.CLOSE or beta != 0.5:
        raise InexpressibleError("a hard sigmoid of its own")
    return reader.input.elementwise(Step(Mark("hard_sigmoid")))


def _clip(reader: Reader) -> Flow:
    """low + relu6 of what is above it, scaled; of one end a ReLU."""
    settings = reader.settings
    if "min" in settings or "max" in settings or len(reader.node.input) < 2:
        low, high = settings.get("min", -math.inf), settings.get("max", math.inf)
    else:
        ends = reader.constant(1), reader.constant(2)
        low, high = (
            unset if end is None else end.item()
            for end, unset in zip(ends, (-math.inf, math.inf), strict=True)
        )
    flow = reader.input
    shape = flow.order.shape

    def changed(flow: Flow, factor: float, shift: float) -> Flow:
        if (factor, shift) == (1, 0):
            return flow
        return affine(flow, np.full(shape, factor), np.full(shape, shift))

    low, high = (math.copysign(math.inf, v) if abs(v) > 1e30 else v for v in (low, high))
    if not low < high:
        raise InexpressibleError("a clip of nothing")
    if math.inf in (-low, high):
        sign, end = (1, low) if math.isinf(high) else (-1, high)
        if math.isinf(end):
            return flow
        flow = changed(flow, sign, -sign * end).elementwise(Step(Activate("relu")))
        return changed(flow, sign, end)
    span = (high - low) / 6
    flow = changed(flow, 1 / span, -low / span).elementwise(Step(Activate("relu6")))
    return changed(flow, span, low)


def _gemm(reader: Reader) -> Flow:
    settings, weight = reader.settings, reader.weight(1)
    if settings.get("transA", 0):
        raise InexpressibleError("the batch is multiplied")
    weight = weight if settings.get("transB", 0) else weight.T
    bias = reader.constant(2)
    if bias is not None:
        bias = settings.get("beta", 1.0) * reader.per_value(bias)
    return linear(reader.input, settings.get("alpha", 1.0) * weight, bias)


def _matmul(reader: Reader) -> Flow:
    weight = reader.weight(1)
    if reader.input.order.ndim != 1 or weight.ndim != 2:
        raise InexpressibleError("a product of many rows an input")
    return linear(reader.input, weight.T, None)


def _arithmetic(reader: Reader) -> Flow:
    kind, (first, second) = reader.node.op_type, reader.node.input
    if first in reader.flows and second in reader.flows:
        if kind not in ("Add", "Mul"):
            raise InexpressibleError(f"{kind} of two values")
        join = joins.added if kind == "Add" else joins.multiplied
        return join(reader.flow(first), reader.flow(second))
    flipped = first in reader.graph.constants
    flow = reader.flow(second if flipped else first)
    number = reader.per_value(reader.weight(0 if flipped else 1))
    if flow.order.shape != reader.shape or (flipped and kind == "Div"):
        raise InexpressibleError("a value is repeated, or divides")
    one, none = np.ones_like(number), np.zeros_like(number)
    match kind:
        case "Add":
            return affine(flow, one, number)
        case "Sub":
            return affine(flow, -one, number) if flipped else affine(flow, one, -number)
        case "Mul":
            return affine(flow, number, none)
    if not number.all():
        raise InexpressibleError("a division by 0")
    return affine(flow, 1 / number, none)


def _negative(reader: Reader) -> Flow:
    return joins.scaled(reader.input, -1)


def _batch_normalization(reader: Reader) -> Flow:
    scale, bias, mean, variance = (reader.weight(i).astype(np.float64) for i in range(1, 5))
    factor = scale / np.sqrt(variance + reader.settings.get("epsilon", 1e-5))
    shift = bias - mean * factor
    column = (-1, *[1] * (len(reader.shape) - 1))
    flow = reader.input
    factor, shift = (
        np.broadcast_to(v.reshape(column).astype(np.float32), reader.shape) for v in (factor, shift)
    )
    return affine(flow, factor, shift)


def _instance_normalization(reader: Reader) -> Flow:
    """Of whole groups of channels: the value is (groups, rest) or (C, H, W)."""
    flow, scale, bias = reader.input, reader.weight(1), reader.weight(2)
    if len(flow.shape) != 3:
        flow = picture(flow)
    return _grouped(flow, len(scale), scale, bias, reader.settings)


def _group_normalization(reader: Reader) -> Flow:
    flow, groups = picture(reader.input), reader.settings["num_groups"]
    return _grouped(flow, groups, reader.weight(1), reader.weight(2), reader.settings)


def _grouped(flow: Flow, groups: int, scale: Array, bias: Array, settings: dict[str, Any]) -> Flow:
    channels = flow.shape[0]
    if not flow.in_order or channels % groups or channels % len(scale):
        raise InexpressibleError("what is normalised are no groups of channels")
    weights = {"weight": scale, "bias": bias}
    weights = {key: np.repeat(v, channels // len(v)) for key, v in weights.items()}
    operation = Normalize("group", channels, settings.get("epsilon", 1e-5), groups)
    return flow.then(operation, weights).arranged(flow.order)


def _layer_normalization(reader: Reader) -> Flow:
    flow = flattened(reader.input)
    axis, rank = reader.settings.get("axis", -1), len(reader.shape) + 1
    if not flow.in_order or axis % rank != 1:
        raise InexpressibleError("a part of each input is normalised")
    bias = reader.constant(2)
    weights = {
        "weight": reader.per_value(reader.weight(1)).reshape(-1),
        "bias": np.zeros(flow.numbers) if bias is None else reader.per_value(bias).reshape(-1),
    }
    operation = Normalize("layer", flow.numbers, reader.settings.get("epsilon", 1e-5))
    return flow.then(operation, weights).arranged(flow.order)


def _convolution(reader: Reader) -> Flow:
    return convolutions.convolved(
        reader.input, reader.weight(1), reader.constant(2), reader.settings
    )


def _transposed_convolution(reader: Reader) -> Flow:
    wanted = reader.shape[1:]
    bias = reader.constant(2)
    return convolutions.transposed(reader.input, reader.weight(1), bias, reader.settings, wanted)


def _pool(reader: Reader) -> Flow:
    kind = "max" if reader.node.op_type == "MaxPool" else "average"
    if len(reader.node.output) > 1:
        raise InexpressibleError("places of maxima are asked for")
    return convolutions.pooled(reader.input, kind, reader.settings)


def _average(reader: Reader) -> Flow:
    """Of all pixels of a channel: GlobalAveragePool, or ReduceMean over both sides."""
    flow = reader.input
    if reader.node.op_type == "ReduceMean":
        rank = flow.order.ndim + 1
        axes = sorted(a % rank for a in axes_of(reader.constants, reader.settings))
        if rank != 4 or axes != [2, 3]:
            raise InexpressibleError("a mean of something else than pixels")
    flow = convolutions.averaged(flow)
    return flow.arranged(flow.order.reshape(reader.shape))


def _resized(reader: Reader) -> Flow:
    flow = picture(reader.input)
    _, height, width = flow.shape
    channels, rows, columns = reader.shape
    factor = rows // height
    mode = reader.settings.get("mode", b"nearest")
    how = reader.settings.get("coordinate_transformation_mode", b"half_pixel")
    if (channels, factor * height, factor * width) != (flow.shape[0], rows, columns):
        raise InexpressibleError("a picture is scaled by no whole factor")
    smooth = mode == b"linear" and how in (b"half_pixel", b"pytorch_half_pixel")
    if mode != b"nearest" and not smooth:
        raise InexpressibleError("a picture is scaled by other weights")
    return flow.then(Upsample(factor, "bilinear" if smooth else "nearest"))


def _depth_to_space(reader: Reader) -> Flow:
    columns_first = reader.settings.get("mode", b"DCR") == b"CRD"
    return convolutions.unshuffled(reader.input, reader.settings["blocksize"], columns_first)


def _layout(reader: Reader) -> Flow:
    """Another shape of the same numbers; class numbers stay class numbers."""
    key = reader.node.input[0]
    if key in reader.indices:
        reader.indices.add(reader.node.output[0])
        return reader.flows[key]
    return reader.input.arranged(reader.input.order.reshape(reader.shape))


def _transposed(reader: Reader) -> Flow:
    rank = reader.input.order.ndim + 1
    axes = reader.settings.get("perm", list(range(rank))[::-1])
    if axes[0] != 0:
        raise InexpressibleError("the batch changes its place")
    return reader.input.arranged(reader.input.order.transpose([a - 1 for a in axes[1:]]))


def _sliced(reader: Reader) -> Flow:
    order = reader.input.order
    whole, *rest = slices(reader.constants, reader.settings, order.ndim + 1)
    if whole != slice(None):
        raise InexpressibleError("a part of the batch is taken")
    return reader.input.arranged(order[tuple(rest)])


def _split(reader: Reader) -> list[Flow]:
    order, axis = reader.input.order, reader.settings.get("axis", 0) % (reader.input.order.ndim + 1)
    sizes = [reader.graph.values[key].shape[axis] for key in reader.node.output]
    if axis == 0:
        raise InexpressibleError("the batch is split")
    parts = np.split(order, np.cumsum(sizes)[:-1], axis=axis - 1)
    return [reader.input.arranged(part) for part in parts]


def _joined(reader: Reader) -> Flow:
    flows = [reader.flow(key) for key in reader.node.input]
    axis = reader.settings["axis"] % (flows[0].order.ndim + 1)
    if axis == 0:
        raise InexpressibleError("batches are joined")
    return joins.joined(flows, axis - 1)


def _gathered(reader: Reader) -> Flow:
    """Rows of a table by class (an embedding), or some numbers of a value."""
    table, key = reader.node.input
    axis = reader.settings.get("axis", 0)
    if key in reader.indices and axis == 0:
        rows = reader.weight(0)
        if rows.ndim != 2 or len(rows) != reader.flows[key].order.size:
            raise InexpressibleError("a table of something else than classes")
        return linear(reader.flows[key], rows.T, None)
    order, places = reader.flow(table).order, reader.constant(1)
    if places is None or axis % (order.ndim + 1) == 0:
        raise InexpressibleError("a part of the batch is taken")
    return reader.flow(table).arranged(np.take(order, places, axis % (order.ndim + 1) - 1))


def _one_hot(reader: Reader) -> Flow:
    """Class numbers compared with each class, or OneHot itself."""
    keys = [key for key in reader.node.input if key in reader.indices]
    if len(keys) != 1:
        raise InexpressibleError("values are compared")
    flow = reader.flows[keys[0]]
    classes = np.arange(flow.order.size)
    if reader.node.op_type == "OneHot":
        depth, values = reader.constant(1), reader.constant(2)
        fits = depth is not None and depth.item() == classes.size and values is not None
        fits = fits and values.tolist() == [0, 1]
    else:
        others = [c for c in reader.constants if c is not None]
        fits = len(others) == 1 and np.array_equal(others[0].reshape(-1), classes)
    if not fits or reader.shape[-1] != classes.size:
        raise InexpressibleError("classes are compared with something else")
    return flow.arranged(flow.order.reshape(reader.shape))


READERS: dict[str, Callable[[Reader], Flow | list[Flow]]] = {
    **dict.fromkeys(PLAIN, _activation),
    **dict.fromkeys(("LeakyRelu", "Elu", "Selu", "Gelu", "Swish"), _activation),
    **dict.fromkeys(("Erf", "Sin", "Cos"), _mark),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    **dict.fromkeys(
        ("Identity", "Cast", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze"), _layout
    ),
    **dict.fromkeys(("MaxPool", "AveragePool"), _pool),
    **dict.fromkeys(("GlobalAveragePool", "ReduceMean"), _average),
    **dict.fromkeys(("Resize", "Upsample"), _resized),
    **dict.fromkeys(("Equal", "OneHot"), _one_hot),
    "PRelu": _prelu,
    "HardSigmoid": _hard_sigmoid,
    "Clip": _clip,
    "Neg": _negative,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_normalization,
    "InstanceNormalization": _instance_normalization,
    "GroupNormalization": _group_normalization,
    "LayerNormalization": _layer_normalization,
    "Conv": _convolution,
    "ConvTranspose": _transposed_convolution,
    "DepthToSpace": _depth_to_space,
    "Transpose": _transposed,
    "Slice": _sliced,
    "Split": _split,
    "Concat": _joined,
    "Gather": _gathered,
}
