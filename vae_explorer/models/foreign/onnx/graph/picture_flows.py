"""Values as pictures: crops, colours in another order, rows of zeros around."""

import numpy as np

from vae_explorer.models.foreign.onnx.graph.flows import (
    Flow,
    InexpressibleError,
    Step,
    chosen,
    flattened,
)
from vae_explorer.models.operations.kinds import Convolve, Crop, TransposedConvolve, Unflatten

Array = np.ndarray


def picture(flow: Flow) -> Flow:
    """The value as a picture (C, H, W) that an operation can take whole."""
    if flow.order.ndim != 3:
        raise InexpressibleError("a picture has channels, height and width")
    if flow.in_order and flow.shape == flow.order.shape:
        return flow
    if len(flow.shape) == 3:
        if moved := _moved(flow):
            return moved
        flow = flattened(flow)
    return chosen(flow).then(Unflatten(*flow.order.shape))


def _moved(flow: Flow) -> Flow | None:
    """Where the value is some channels of a picture, and a window of them; None: it is not."""
    _, height, width = flow.order.shape
    area = flow.shape[1] * flow.shape[2]
    kept = flow.order[:, 0, 0] // area
    top, left = divmod(int(flow.order[0, 0, 0]) % area, flow.shape[2])
    window = np.arange(flow.numbers).reshape(flow.shape)[kept]
    window = window[:, top : top + height, left : left + width]
    if not np.array_equal(window, flow.order):
        return None
    if np.array_equal(kept, np.arange(flow.shape[0])):
        if top == left == 0:
            return flow.then(Crop(height, width))
        if shorter := _cut_before(flow, top, left):
            return cropped(shorter, height, width)
    return cropped(_copied(flow, kept, (top, left), 0), height, width)


def _cut_before(flow: Flow, top: int, left: int) -> Flow | None:
    """A transposed convolution at the end cuts more of its sum; None where there is none."""
    last = flow.steps[-1] if flow.steps else None
    if last is None or top != left or not isinstance(last.operation, TransposedConvolve):
        return None
    operation = last.operation._replace(padding=last.operation.cut + top)
    before = flow._replace(steps=flow.steps[:-1])
    _, height, width = flow.shape
    shape = operation.outputs, height - 2 * top, width - 2 * top
    if min(shape) < 1:
        return None
    steps = (*before.steps, Step(operation, last.weights))
    return Flow(steps, shape, np.arange(np.prod(shape)).reshape(shape))


def _copied(flow: Flow, kept: Array, start: tuple[int, int], padding: int) -> Flow:
    """Channels of a picture as a convolution that copies them, from a row and a column on."""
    whole = np.arange(flow.numbers).reshape(flow.shape)
    flow, size = flow.arranged(whole), max(start) + 1
    weight = np.zeros((len(kept), flow.shape[0], size, size), np.float32)
    weight[np.arange(len(kept)), kept, start[0], start[1]] = 1
    operation = Convolve(flow.shape[0], len(kept), size, 1, padding)
    return flow.then(operation, {"weight": weight, "bias": np.zeros(len(kept), np.float32)})


def padded(flow: Flow, before: tuple[int, int], after: tuple[int, int]) -> Flow:
    """With rows and columns of zeros around."""
    flow = picture(flow)
    channels, height, width = flow.shape
    totals = [sum(ends) for ends in zip(before, after, strict=True)]
    padding = max(*before, *after, max(totals) - min(before))  # so that no row is missing
    start = padding - before[0], padding - before[1]
    flow = _copied(flow, np.arange(channels), start, padding)
    return cropped(flow, height + before[0] + after[0], width + before[1] + after[1])


def cropped(flow: Flow, height: int, width: int) -> Flow:
    """The first rows and columns, where there are more."""
    if flow.shape[1:] == (height, width):
        return flow
    return flow.then(Crop(height, width))
