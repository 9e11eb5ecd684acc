"""Values of which two or more come together: residuals, gates, one-hot labels, Fourier features."""

import math
from collections.abc import Sequence

import numpy as np

from vae_explorer.models.foreign.onnx.graph.flows import (
    Affine,
    Branch,
    Flow,
    InexpressibleError,
    Mark,
    Step,
    common,
    flattened,
    linear,
)
from vae_explorer.models.foreign.onnx.graph.picture_flows import picture
from vae_explorer.models.operations.kinds import Activate, Fourier, Linear

MAX_JOINED = 2**23  # weights of products that are made one
CLOSE = 1e-4  # of constants that programs write with few digits
GATES = {  # what a value is multiplied by, as functions of itself -> (activation, its factor)
    ("sigmoid",): "silu",
    ("softplus", "tanh"): "mish",
    ("hard_sigmoid",): "hardswish",
}


def added(first: Flow, second: Flow) -> Flow:
    """first + second: one a function of the other, or both products of the same."""
    first, second = (
        picture(flow) if flow.order.ndim == 3 and flow.in_order else flow
        for flow in (first, second)
    )
    for a, b in ((first, second), (second, first)):
        count = len(a.steps)
        longer = len(b.steps) > count and common(a.steps, b.steps) == count
        if longer and a.shape == b.shape and np.array_equal(a.order, b.order):
            return Flow((*a.steps, Step(Branch(), {"inner": b.steps[count:]})), a.shape, a.order)
    before = _before(first, second)
    ends = [flow.steps[len(before) :] for flow in (first, second)]
    if any([type(step.operation) for step in end] != [Linear] for end in ends):
        raise InexpressibleError("two values are added")
    weights = {key: ends[0][0].weights[key] + ends[1][0].weights[key] for key in ("weight", "bias")}
    if first.order.shape != second.order.shape or not (first.in_order and second.in_order):
        raise InexpressibleError("two values are added")
    return first._replace(steps=(*before, Step(ends[0][0].operation, weights)))


def _before(first: Flow, second: Flow) -> tuple[Step, ...]:
    return first.steps[: common(first.steps, second.steps)]


def multiplied(first: Flow, second: Flow) -> Flow:
    """first * second, where that is a value times a gate of its own: GELU, SiLU, Mish."""
    if not np.array_equal(first.order, second.order):
        raise InexpressibleError("two values are multiplied")
    before = _before(first, second)
    ends = sorted((f.steps[len(before) :] for f in (first, second)), key=len)
    factor = _factor(ends[0])
    activation, more = _gate(ends[1])
    flow = first._replace(steps=(*before, Step(Activate(activation))))
    return flow if factor * more == 1 else scaled(flow, factor * more)


def divided(first: Flow, second: Flow) -> Flow:
    """v / (1 + |v|), a softsign."""
    count = len(first.steps)
    end = second.steps[count:]
    alike = common(first.steps, second.steps) == count and np.array_equal(first.order, second.order)
    if not alike or [s.operation for s in end] != [Mark("abs"), Affine()]:
        raise InexpressibleError("two values are divided")
    if any(end[1].weights[key].ndim or end[1].weights[key] != 1 for key in ("factor", "shift")):
        raise InexpressibleError("two values are divided")
    return first.elementwise(Step(Activate("softsign")))


def scaled(flow: Flow, factor: float) -> Flow:
    """The value times one number."""
    weights = {"factor": np.float32(factor).reshape(()), "shift": np.float32(0).reshape(())}
    return flow.elementwise(Step(Affine(), weights))


def _factor(steps: Sequence[Step]) -> float:
    """What the ungated value is multiplied by."""
    if not steps:
        return 1.0
    if len(steps) == 1 and isinstance(steps[0].operation, Affine):
        factor, shift = steps[0].weights["factor"], steps[0].weights["shift"]
        if factor.ndim == 0 and not shift.any():
            return factor.item()
    raise InexpressibleError("two values are multiplied")


def _gate(steps: Sequence[Step]) -> tuple[str, float]:
    """The activation that a gate makes, and what it has to be multiplied by."""
    names = tuple(getattr(step.operation, "name", "") for step in steps)
    if names in GATES:
        return GATES[names], 1.0
    if names[:2] == ("", "relu6") and (six := _six_times_hard_sigmoid(steps)):
        return "hardswish", six
    if names == ("", "erf", "") and all(isinstance(s.operation, Affine) for s in steps[::2]):
        inner, outer = steps[0].weights, steps[2].weights
        numbers = [w[key] for w in (inner, outer) for key in ("factor", "shift")]
        if all(n.ndim == 0 for n in numbers):
            root, none, factor, shift = (n.item() for n in numbers)
            if abs(root - math.sqrt(0.5)) < CLOSE and none == 0 and abs(factor - shift) < CLOSE:
                return "gelu", 2 * factor
    raise InexpressibleError("two values are multiplied")


def _six_times_hard_sigmoid(steps: Sequence[Step]) -> float:
    """What relu6(v + 3) is of a hard sigmoid, with a factor behind; 0: it is none."""
    numbers = [s.weights[key] for s in steps[::2] for key in ("factor", "shift")]
    if len(steps) > 3 or any(n.ndim for n in numbers):
        return 0.0
    one, three, factor, shift = (*(n.item() for n in numbers), 1.0, 0.0)[:4]
    return 6 * factor if (one, three, shift) == (1, 3, 0) else 0.0


def joined(flows: Sequence[Flow], axis: int) -> Flow:
    """Values one behind the other along an axis, the batch not counted."""
    shortest = min(flows, key=lambda flow: len(flow.steps))
    if all(len(f.steps) == len(shortest.steps) == common(f.steps, shortest.steps) for f in flows):
        return shortest.arranged(np.concatenate([flow.order for flow in flows], axis=axis))
    if any(flow.order.ndim != 1 for flow in flows):
        raise InexpressibleError("pictures are joined")
    return _fourier(flows) or _products(flows)


def _products(flows: Sequence[Flow]) -> Flow:
    """Each the same value as it is, or a product of it: one product of all."""
    flat = [flattened(flow) for flow in flows]
    count = min(common(flow.steps, flat[0].steps) for flow in flat)
    rests = [flow.steps[count:] for flow in flat]
    if any(len(rest) > 1 or not _is_product(rest) for rest in rests):
        raise InexpressibleError("values of different kinds are joined")
    width = next((rest[0].operation.inputs for rest in rests if rest), flat[0].numbers)
    if sum(flow.order.size for flow in flat) * width > MAX_JOINED:
        raise InexpressibleError("long values are joined")
    weights, biases = [], []
    for flow, rest in zip(flat, rests, strict=True):
        weight, bias = np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
        if rest:
            weight, bias = rest[0].weights["weight"], rest[0].weights["bias"]
        weights.append(weight[flow.order])
        biases.append(bias[flow.order])
    base = Flow(flat[0].steps[:count], (width,), np.arange(width))
    return linear(base, np.concatenate(weights), np.concatenate(biases))


def _is_product(steps: Sequence[Step]) -> bool:
    return all(isinstance(step.operation, Linear) for step in steps)


def _fourier(flows: Sequence[Flow]) -> Flow | None:
    """v, sin(z F), cos(z F), with z the first numbers of v; None where it is not that."""
    if len(flows) != 3:
        return None
    base, *waves = flows
    count, found = len(base.steps), []
    for flow, name in zip(waves, ("sin", "cos"), strict=True):
        rest = flow.steps[count:]
        fits = common(flow.steps, base.steps) == count and flow.in_order
        if not fits or [type(s.operation) for s in rest] != [Linear, Mark]:
            return None
        if rest[1].operation != Mark(name) or rest[0].weights["bias"].any():
            return None
        found.append(rest[0].weights["weight"])
    if not np.array_equal(*found) or not base.in_order or len(base.shape) != 1:
        return None
    used = int(np.flatnonzero(found[0].any(axis=0)).max(initial=0)) + 1
    frequencies = np.ascontiguousarray(found[0][:, :used].T)
    operation = Fourier(used, frequencies.shape[1], 1.0)
    return base.then(operation, {"frequencies": frequencies})
