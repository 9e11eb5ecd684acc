"""What a graph does to a value, as steps from the input on, while it is read.

A `Flow` is the steps so far and where each number of the graph's value lies in what they give: so
reshaping and transposing change the places alone, whatever order a program keeps pixels in. n
numbers; pictures of C channels and H x W pixels, channels slowest.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from vae_explorer.models.operations.description import output_shape
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Flatten,
    Linear,
    Operation,
    TransposedConvolve,
)

Array = np.ndarray
Shape = tuple[int, ...]
MAX_SELECTED = 2**22  # weights of a product that does nothing but choose


class InexpressibleError(Exception):
    """A graph that is no list of plain operations; what says so is for a runtime to run."""


class Affine(NamedTuple):
    """v factor + shift, elementwise: folded into a product beside it in the end."""


class Mark(NamedTuple):
    """A function that is part of an operation: "erf" of a GELU, "sin" of Fourier features."""

    name: str


class Branch(NamedTuple):
    """v + the steps applied to v."""


class Step(NamedTuple):
    """An operation and its weights by name, as its module has them."""

    operation: Any  # an `Operation`, or Affine, Mark or Branch
    weights: Mapping[str, Any] = {}


class Flow(NamedTuple):
    """Steps, the shape of what they give, and places in it of the graph's value."""

    steps: tuple[Step, ...]
    shape: Shape  # (n,) or (C, H, W)
    order: Array  # of the value's own shape, without the batch: indices into (n,)

    @property
    def numbers(self) -> int:
        """How many numbers the steps give."""
        return math.prod(self.shape)

    @property
    def in_order(self) -> bool:
        """Whether the value is all of what the steps give, as it is."""
        flat = self.order.reshape(-1)
        return flat.size == self.numbers and bool((flat == np.arange(flat.size)).all())

    def then(self, operation: Operation, weights: Mapping[str, Any] = {}) -> "Flow":
        """With an operation on the whole of it behind; the value is then what it gives."""
        try:
            shape = output_shape([operation], self.shape)
        except ValueError as error:
            raise InexpressibleError(str(error)) from error
        order = np.arange(math.prod(shape)).reshape(shape)
        return Flow((*self.steps, Step(operation, weights)), shape, order)

    def elementwise(self, step: Step) -> "Flow":
        """With a step behind that leaves every number in its place."""
        return self._replace(steps=(*self.steps, step))

    def arranged(self, order: Array) -> "Flow":
        """The same numbers in another arrangement, or some of them."""
        return self._replace(order=order)


def start(shape: Shape, order: Array) -> Flow:
    """What a part is given."""
    return Flow((), shape, order)


def same(first: Step, second: Step) -> bool:
    """Whether two steps do the same."""
    if first is second:
        return True
    if first.operation != second.operation or type(first.operation) is not type(second.operation):
        return False
    if isinstance(first.operation, Branch):
        a, b = first.weights["inner"], second.weights["inner"]
        return len(a) == len(b) and all(map(same, a, b))
    return first.weights.keys() == second.weights.keys() and all(
        np.array_equal(value, second.weights[key]) for key, value in first.weights.items()
    )


def common(first: tuple[Step, ...], second: tuple[Step, ...]) -> int:
    """How many steps two lists begin with alike."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if not same(a, b):
            break
        count += 1
    return count


def linear(flow: Flow, weight: Array, bias: Array | None) -> Flow:
    """A product of the value's numbers, weight (m, n) in the value's own order."""
    flow = flattened(flow)
    places = flow.order.reshape(-1)
    if not flow.in_order:
        whole = np.zeros((flow.numbers, len(weight)), np.float32)
        np.add.at(whole, places, weight.T)
        weight = whole.T
    made = np.zeros(len(weight), np.float32) if bias is None else bias
    weights = {"weight": np.asarray(weight, np.float32), "bias": np.asarray(made, np.float32)}
    return flow.then(Linear(flow.numbers, len(weight)), weights)


def flattened(flow: Flow) -> Flow:
    """The same, of steps that give (n,)."""
    if len(flow.shape) == 1:
        return flow
    return flow.then(Flatten()).arranged(flow.order)


def affine(flow: Flow, factor: Array, shift: Array) -> Flow:
    """The value's numbers times a factor plus a shift, both of its own shape."""
    places = flow.order.reshape(-1)
    whole = np.ones(flow.numbers, np.float32), np.zeros(flow.numbers, np.float32)
    weights = {}
    for key, numbers, given in zip(("factor", "shift"), whole, (factor, shift), strict=True):
        numbers[places] = given.reshape(-1)
        if not np.array_equal(numbers[places], given.reshape(-1).astype(np.float32)):
            raise InexpressibleError("one number is scaled in two ways")
        weights[key] = _compact(numbers, places, flow.shape)
    return flow.elementwise(Step(Affine(), weights))


def _compact(numbers: Array, places: Array, shape: Shape) -> Array:
    """(), (C, 1, 1) or (n,) where the rest repeats, else the whole shape."""
    used = numbers[places]
    if (used == used[0]).all():
        return used[0].reshape(())
    whole = numbers.reshape(shape)
    if len(shape) == 3 and (whole == whole[:, :1, :1]).all():
        return whole[:, :1, :1]
    return whole


def chosen(flow: Flow) -> Flow:
    """Flat, and in the value's own order: the product before gives it so, or one is put in."""
    flow = flattened_by_channels(flow)
    if flow.in_order:
        return flow.arranged(flow.order.reshape(-1))
    places = flow.order.reshape(-1)
    for index in range(len(flow.steps) - 1, -1, -1):
        operation, weights = flow.steps[index]
        if isinstance(operation, Linear):
            rows = {key: value[places] for key, value in weights.items()}
            step = Step(operation._replace(outputs=len(places)), rows)
            rest = tuple(_chosen_elementwise(s, places) for s in flow.steps[index + 1 :])
            steps = (*flow.steps[:index], step, *rest)
            return Flow(steps, (len(places),), np.arange(len(places)))
        if not isinstance(operation, Affine | Activate):
            break
    if flow.steps or len(places) * flow.numbers > MAX_SELECTED:
        raise InexpressibleError("numbers change places behind what is no product")
    weight = np.zeros((len(places), flow.numbers), np.float32)
    weight[np.arange(len(places)), places] = 1
    return flow.then(
        Linear(flow.numbers, len(places)), {"weight": weight, "bias": weight[:, 0] * 0}
    )


def _chosen_elementwise(step: Step, places: Array) -> Step:
    if not isinstance(step.operation, Affine):
        return step
    return Step(
        step.operation,
        {key: v if v.ndim == 0 else v[places] for key, v in step.weights.items()},
    )


def flattened_by_channels(flow: Flow) -> Flow:
    """Flat; where the value is some channels of a convolution, that gives them alone."""
    if len(flow.shape) == 1:
        return flow
    channels, height, width = flow.shape
    places = flow.order.reshape(-1)
    kept = places[:: height * width] // (height * width)
    whole = np.arange(flow.numbers).reshape(channels, -1)[kept].reshape(-1)
    last = flow.steps[-1] if flow.steps else None
    some = not flow.in_order and np.array_equal(whole, places)
    if some and last is not None and isinstance(last.operation, Convolve | TransposedConvolve):
        flow = Flow(
            (*flow.steps[:-1], _some_channels(last, kept)), (len(kept), height, width), places
        )
        return flow.then(Flatten()).arranged(np.arange(len(places)).reshape(flow.order.shape))
    return flattened(flow)


def _some_channels(step: Step, kept: Array) -> Step:
    operation, weights = step
    if getattr(operation, "groups", 1) != 1:
        raise InexpressibleError("channels of a grouped convolution are chosen")
    weight = weights["weight"]
    weight = weight[:, kept] if isinstance(operation, TransposedConvolve) else weight[kept]
    made = {"weight": weight, "bias": weights["bias"][kept]}
    return Step(operation._replace(outputs=len(kept)), made)
