"""Two heads of one trunk as one list of steps: what a network of ours ends in."""

from collections.abc import Sequence

import numpy as np

from vae_explorer.models.foreign.onnx.graph.flows import (
    Affine,
    InexpressibleError,
    Step,
    common,
)
from vae_explorer.models.foreign.onnx.graph.steps import Steps, simplified
from vae_explorer.models.operations.kinds import Activate, Convolve, Linear, TransposedConvolve

Array = np.ndarray
MAX_REPEATED = 2048  # numbers of a value that is given on as it is
# f(v) - f(-v) is v itself; of a leaky ReLU 1 + slope times that
CARRIES = ("relu", "leaky_relu", "softplus", "gelu", "gelu_tanh", "silu")


def merged(first: Steps, second: Steps) -> Steps:
    """Two heads of one trunk as one list of steps that gives both, one behind the other."""
    count = common(first, second)
    ends = first[count:], second[count:]
    try:
        made = _side_by_side(*ends)
    except InexpressibleError:
        layers = _leveled(*map(_layers, ends))
        made = _side_by_side(*layers)
    return simplified((*first[:count], *made))


def _side_by_side(first: Sequence[Step], second: Sequence[Step]) -> list[Step]:
    """Lists of the same kinds, each product with both's outputs."""
    if [type(s.operation) for s in first] != [type(s.operation) for s in second] or not first:
        raise InexpressibleError("the heads are made in different ways")
    made: list[Step] = []
    stacked = False
    for a, b in zip(first, second, strict=True):
        if not isinstance(a.operation, Linear | Convolve | TransposedConvolve):
            if a.operation != b.operation or a.weights or b.weights:
                raise InexpressibleError("the heads are made in different ways")
            made.append(a)
            continue
        made.append(_blocks(a, b) if stacked else _stacked(a, b))
        stacked = True
    if not stacked:
        raise InexpressibleError("the heads are made in different ways")
    return made


def _stacked(first: Step, second: Step) -> Step:
    """Two products of the same value as one."""
    outputs = first.operation.outputs + second.operation.outputs
    operation = first.operation._replace(outputs=outputs)
    if (
        operation != second.operation._replace(outputs=outputs)
        or getattr(operation, "groups", 1) > 1
    ):
        raise InexpressibleError("the heads are made in different ways")
    axis = 1 if isinstance(operation, TransposedConvolve) else 0
    weight = np.concatenate([first.weights["weight"], second.weights["weight"]], axis=axis)
    bias = np.concatenate([first.weights["bias"], second.weights["bias"]])
    return Step(operation, {"weight": weight, "bias": bias})


def _blocks(first: Step, second: Step) -> Step:
    """Two products of a value each as one of both."""
    a, b = first.operation, second.operation
    bias = np.concatenate([first.weights["bias"], second.weights["bias"]])
    weights = first.weights["weight"], second.weights["weight"]
    if isinstance(a, Linear) and isinstance(b, Linear):
        weight = np.zeros((a.outputs + b.outputs, a.inputs + b.inputs), np.float32)
        weight[: a.outputs, : a.inputs], weight[a.outputs :, a.inputs :] = weights
        made = Linear(a.inputs + b.inputs, a.outputs + b.outputs)
        return Step(made, {"weight": weight, "bias": bias})
    if not isinstance(a, Convolve) or a != b or a.groups > 1:
        raise InexpressibleError("the heads are made in different ways")
    made = a._replace(inputs=2 * a.inputs, outputs=2 * a.outputs, groups=2)
    return Step(made, {"weight": np.concatenate(weights), "bias": bias})


def _layers(steps: Sequence[Step]) -> list[Step]:
    """Flat steps as products with an activation between each two; relu6 as two ReLUs."""
    made: list[Step] = []
    for step in steps:
        match step.operation:
            case Linear():
                made.append(step)
            case Activate("relu6"):
                made += _relu6(_width(made))
            case Activate():
                made.append(step)
            case Affine():
                made += [_identity(_width(made)), step]
            case _:
                raise InexpressibleError("the heads are made in different ways")
    if made and not isinstance(made[-1].operation, Linear):
        made += [_identity(_width(made))] if isinstance(made[-1].operation, Activate) else []
    return list(_products_only(made))


def _width(steps: Sequence[Step]) -> int:
    widths = [s.operation.outputs for s in steps if isinstance(s.operation, Linear)]
    if not widths or widths[-1] > MAX_REPEATED:
        raise InexpressibleError("a head begins with what is no product")
    return widths[-1]


def _product(weight: Array, bias: Array) -> Step:
    outputs, inputs = weight.shape
    weights = {"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}
    return Step(Linear(inputs, outputs), weights)


def _identity(width: int) -> Step:
    return _product(np.eye(width), np.zeros(width))


def _relu6(width: int) -> list[Step]:
    """relu(v) - relu(v - 6)."""
    one = np.eye(width)
    twice = _product(np.concatenate([one, one]), np.repeat([0.0, -6.0], width))
    back = _product(np.concatenate([one, -one], axis=1), np.zeros(width))
    return [twice, Step(Activate("relu")), back]


def _products_only(steps: Sequence[Step]) -> Steps:
    """Products that follow each other as one."""
    made: list[Step] = []
    for step in simplified(tuple(steps)):
        if made and isinstance(step.operation, Linear) and isinstance(made[-1].operation, Linear):
            before = made.pop()
            weight = step.weights["weight"] @ before.weights["weight"]
            bias = step.weights["weight"] @ before.weights["bias"] + step.weights["bias"]
            step = _product(weight, bias)
        made.append(step)
    return tuple(made)


def _leveled(first: list[Step], second: list[Step]) -> tuple[list[Step], list[Step]]:
    """The same with as many layers each: the shorter one carries its numbers through the rest."""
    lists = [first, second]
    short = 0 if len(first) < len(second) else 1
    longer = lists[1 - short]
    while len(lists[short]) < len(longer):
        carried = lists[short]
        if not carried:
            raise InexpressibleError("one head is made of the other")
        step = longer[len(carried)]
        lists[short] = [*carried[:-1], *_carried(carried[-1], step)]
    return lists[0], lists[1]


def _carried(last: Step, activation: Step) -> list[Step]:
    """A product whose numbers pass an activation: each as itself and as its negative."""
    operation = activation.operation
    if not isinstance(operation, Activate) or operation.name not in CARRIES:
        raise InexpressibleError("the heads are made in different ways")
    weight, bias = last.weights["weight"], last.weights["bias"]
    one = np.eye(len(bias))
    whole = 1 + operation.slope if operation.name == "leaky_relu" else 1
    return [
        _product(np.concatenate([weight, -weight]), np.concatenate([bias, -bias])),
        activation,
        _product(np.concatenate([one, -one], axis=1) / whole, np.zeros(len(bias))),
    ]
