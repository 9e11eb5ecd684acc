"""Nodes that change each number by itself, and products of all numbers."""

import math

import numpy as np

from vae_explorer.models.foreign.onnx.graph import joins
from vae_explorer.models.foreign.onnx.graph.flows import (
    Flow,
    InexpressibleError,
    Mark,
    Step,
    affine,
    linear,
)
from vae_explorer.models.foreign.onnx.graph.reader import Reader
from vae_explorer.models.operations.kinds import Activate

PLAIN = {  # activations without settings
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "HardSwish": "hardswish",
    "Mish": "mish",
}
JOINS = {"Add": joins.added, "Mul": joins.multiplied, "Div": joins.divided}
SELU = (1.6732632, 1.0507010)  # alpha and gamma of the paper


def activation(reader: Reader) -> Flow:
    kind, settings = reader.node.op_type, reader.settings
    operation = Activate(PLAIN.get(kind, ""))
    match kind:
        case "LeakyRelu":
            operation = Activate("leaky_relu", slope=settings.get("alpha", 0.01))
        case "Celu" if settings.get("alpha", 1.0) == 1:
            operation = Activate("elu", slope=1.0)
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


def prelu(reader: Reader) -> Flow:
    slopes = reader.weight(1)
    if not (slopes == slopes.reshape(-1)[0]).all():
        raise InexpressibleError("slopes differ from channel to channel")
    slope = slopes.reshape(-1)[0].item()
    return reader.input.elementwise(Step(Activate("leaky_relu", slope=slope)))


def mark(reader: Reader) -> Flow:
    return reader.input.elementwise(Step(Mark(reader.node.op_type.lower())))


def hard_sigmoid(reader: Reader) -> Flow:
    alpha, beta = reader.settings.get("alpha", 0.2), reader.settings.get("beta", 0.5)
    if abs(alpha - 1 / 6) > joins.CLOSE or beta != 0.5:
        raise InexpressibleError("a hard sigmoid of its own")
    return reader.input.elementwise(Step(Mark("hard_sigmoid")))


def clip(reader: Reader) -> Flow:
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


def gemm(reader: Reader) -> Flow:
    settings, weight = reader.settings, reader.weight(1)
    if settings.get("transA", 0):
        raise InexpressibleError("the batch is multiplied")
    weight = weight if settings.get("transB", 0) else weight.T
    bias = reader.constant(2)
    if bias is not None:
        bias = settings.get("beta", 1.0) * reader.per_value(bias)
    return linear(reader.input, settings.get("alpha", 1.0) * weight, bias)


def matmul(reader: Reader) -> Flow:
    weight = reader.weight(1)
    if reader.input.order.ndim != 1 or weight.ndim != 2:
        raise InexpressibleError("a product of many rows an input")
    return linear(reader.input, weight.T, None)


def arithmetic(reader: Reader) -> Flow:
    kind, (first, second) = reader.node.op_type, reader.node.input
    if first in reader.flows and second in reader.flows:
        join = JOINS.get(kind)
        if join is None:
            raise InexpressibleError(f"{kind} of two values")
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


def negative(reader: Reader) -> Flow:
    return joins.scaled(reader.input, -1)


def batch_normalization(reader: Reader) -> Flow:
    scale, bias, mean, variance = (reader.weight(i).astype(np.float64) for i in range(1, 5))
    factor = scale / np.sqrt(variance + reader.settings.get("epsilon", 1e-5))
    shift = bias - mean * factor
    column = (-1, *[1] * (len(reader.shape) - 1))
    flow = reader.input
    factor, shift = (
        np.broadcast_to(v.reshape(column).astype(np.float32), reader.shape) for v in (factor, shift)
    )
    return affine(flow, factor, shift)
