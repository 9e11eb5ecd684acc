"""Steps of a graph as plain operations and their weights: scales folded into products."""

from typing import Any

import numpy as np

from vae_explorer.models.foreign.onnx.graph.flows import (
    Affine,
    Branch,
    Flow,
    InexpressibleError,
    Mark,
    Step,
    chosen,
)
from vae_explorer.models.foreign.onnx.graph.picture_flows import picture
from vae_explorer.models.operations import limits
from vae_explorer.models.operations.kinds import (
    Convolve,
    Linear,
    Normalize,
    Operation,
    Residual,
    Scale,
    TransposedConvolve,
)

Array = np.ndarray
Steps = tuple[Step, ...]
MAX_SCALED = 4096  # numbers of a scale


def simplified(steps: Steps) -> Steps:
    """The same with scales folded into what is beside them."""
    steps = tuple(
        Step(s.operation, {"inner": simplified(s.weights["inner"])})
        if isinstance(s.operation, Branch)
        else s
        for s in steps
    )
    made: list[Step] = []
    for step in steps:
        made.append(step)
        while len(made) > 1 and (one := _as_one(made[-2], made[-1])):
            made[-2:] = [one]
    made = made[::-1]
    kept: list[Step] = []
    for step in made:  # from the last on: what is left goes into the product behind it
        kept.append(step)
        while len(kept) > 1 and (one := _into_next(kept[-1], kept[-2])):
            kept[-2:] = [one]
    return tuple(kept[::-1])


def _as_one(before: Step, after: Step) -> Step | None:
    """A step and the scale behind it as one; None where they are two."""
    if not isinstance(after.operation, Affine):
        return None
    factor, shift = after.weights["factor"], after.weights["shift"]
    old = before.weights
    if isinstance(before.operation, Affine):
        return Step(
            Affine(), {"factor": old["factor"] * factor, "shift": old["shift"] * factor + shift}
        )
    if isinstance(before.operation, Linear):
        column = factor.reshape(-1, 1) if factor.ndim else factor
        weights = {"weight": old["weight"] * column, "bias": old["bias"] * factor + shift}
        return Step(before.operation, weights)
    of_channels = all(v.ndim in (0, 3) and v.shape[1:] in ((), (1, 1)) for v in (factor, shift))
    grouped = isinstance(before.operation, Normalize) and before.operation.kind == "group"
    if not of_channels or not (
        grouped or isinstance(before.operation, Convolve | TransposedConvolve)
    ):
        return None
    flat, more = factor.reshape(-1), shift.reshape(-1)
    axes = {Convolve: (-1, 1, 1, 1), TransposedConvolve: (1, -1, 1, 1), Normalize: (-1,)}
    column = flat.reshape(axes[type(before.operation)])
    weights = {"weight": old["weight"] * column, "bias": old["bias"] * flat + more}
    return Step(before.operation, weights)


def _into_next(before: Step, after: Step) -> Step | None:
    """A scale and the product behind it as one; None where they are two."""
    if not isinstance(before.operation, Affine) or not isinstance(after.operation, Linear):
        return None
    factor, shift = (before.weights[key] for key in ("factor", "shift"))
    if max(factor.ndim, shift.ndim) > 1:
        return None
    weight = after.weights["weight"]
    shifts = np.broadcast_to(shift, weight.shape[1:])
    weights = {"weight": weight * factor, "bias": after.weights["bias"] + weight @ shifts}
    return Step(after.operation, weights)


def whole(flow: Flow) -> Steps:
    """Steps that give the flow's value alone, flat and in its own order."""
    if len(flow.shape) == flow.order.ndim == 3:
        flow = picture(flow)
    return simplified(chosen(flow).steps)


def pictures(flow: Flow, order: Array, shape: tuple[int, int, int]) -> Steps:
    """Steps that give pictures (C, H, W), of which the value has the pixels in this order."""
    places = np.empty(order.size, np.int64)
    places[order.reshape(-1)] = flow.order.reshape(-1)
    made = flow.arranged(places)
    if len(made.shape) == 3:
        made = picture(made.arranged(places.reshape(shape)))
    return simplified(made.steps) if made.in_order else whole(made)


def compiled(steps: Steps, prefix: str = "") -> tuple[tuple[Operation, ...], dict[str, Array]]:
    """Operations and weights by the names that their module has."""
    operations, weights = [], {}
    for step in steps:
        operation, place = step.operation, f"{prefix}{len(operations)}."
        match operation:
            case Affine():
                numbers = [_numbers(step.weights[key]) for key in ("factor", "shift")]
                operations.append(Scale(*numbers))
            case Branch():
                inner, found = compiled(step.weights["inner"], f"{place}inner.")
                operations.append(Residual(inner))
                weights |= found
            case Mark(name):
                raise InexpressibleError(f"{name} is no plain operation")
            case _:
                operations.append(operation)
                weights |= {f"{place}{key}": value for key, value in step.weights.items()}
    limits.check(operations)
    return tuple(operations), weights


def _numbers(values: Array) -> tuple[float, ...]:
    if (values.ndim == 3 and values.shape[1:] != (1, 1)) or values.size > MAX_SCALED:
        raise InexpressibleError("pixels are scaled one by one")
    return tuple(values.reshape(-1).astype(float).tolist())


def flat_weights(weights: dict[str, Array]) -> dict[str, Any]:
    """As they are kept: contiguous, of single precision."""
    return {key: np.array(v, np.float32, order="C") for key, v in weights.items()}
