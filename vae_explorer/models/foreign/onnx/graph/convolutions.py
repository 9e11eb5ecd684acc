"""Convolutions and pools of a graph as operations: square kernels, the same padding on each side.

A kernel that is not square, or padding that differs from side to side, is written with zeros in the
kernel, and rows that are cut off.
"""

from typing import Any, NamedTuple

import numpy as np

from vae_explorer.models.foreign.onnx.graph.flows import Flow, InexpressibleError
from vae_explorer.models.foreign.onnx.graph.picture_flows import cropped, picture
from vae_explorer.models.operations.kinds import Convolve, Pool, TransposedConvolve

Array = np.ndarray


class Window(NamedTuple):
    """How a kernel moves, in rows and columns."""

    kernel: tuple[int, int]
    stride: int
    dilation: int
    before: tuple[int, int]  # padding above and on the left
    after: tuple[int, int]


def window(settings: dict[str, Any], kernel: tuple[int, ...], side: tuple[int, int]) -> Window:
    """The settings of a node; `side` is that of the picture it takes."""
    strides = settings.get("strides", [1, 1])
    dilations = settings.get("dilations", [1, 1])
    if len(kernel) != 2 or strides[0] != strides[1] or dilations[0] != dilations[1]:
        raise InexpressibleError("a kernel moves in rows otherwise than in columns")
    pads = settings.get("pads", [0, 0, 0, 0])
    auto = settings.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        pads = _same(kernel, strides[0], dilations[0], side, auto == b"SAME_UPPER")
    if len(pads) != 4 or min(pads) < 0:
        raise InexpressibleError("padding is cut off")
    (top, left, bottom, right) = pads
    return Window((kernel[0], kernel[1]), strides[0], dilations[0], (top, left), (bottom, right))


def _same(
    kernel: tuple[int, ...], stride: int, dilation: int, side: tuple[int, int], upper: bool
) -> list[int]:
    """Padding by which ceil(side / stride) rows come out."""
    totals = [
        max(0, (-(-n // stride) - 1) * stride + dilation * (k - 1) + 1 - n)
        for n, k in zip(side, kernel, strict=True)
    ]
    less, more = [t // 2 for t in totals], [t - t // 2 for t in totals]
    return [*less, *more] if upper else [*more, *less]


def convolved(flow: Flow, weight: Array, bias: Array | None, settings: dict[str, Any]) -> Flow:
    """A Conv node; weight (outputs, inputs / groups, k, k)."""
    flow = picture(flow)
    height, width = flow.shape[1:]
    moves = window(settings, weight.shape[2:], (height, width))
    padding = _padding(moves)
    leading = [padding - n for n in moves.before]
    size = max(lead + k for lead, k in zip(leading, moves.kernel, strict=True))
    if moves.dilation > 1 and (any(leading) or len({*moves.kernel}) > 1):
        raise InexpressibleError("a dilated kernel has uneven padding")
    if any(leading) or len({*moves.kernel}) > 1:
        weight = _placed(weight, leading, size)
    wanted = [
        (n + before + after - moves.dilation * (k - 1) - 1) // moves.stride + 1
        for n, before, after, k in zip(
            (height, width), moves.before, moves.after, moves.kernel, strict=True
        )
    ]
    outputs, groups = len(weight), settings.get("group", 1)
    operation = Convolve(
        flow.shape[0], outputs, size, moves.stride, padding, groups, True, moves.dilation
    )
    weights = {"weight": np.asarray(weight, np.float32), "bias": _bias(bias, outputs)}
    return cropped(flow.then(operation, weights), *wanted)


def _padding(moves: Window) -> int:
    """Zeros on each side that are enough for a kernel made square, and moved, by zeros of its own.

    What they give too much at the end is cut off.
    """
    sides = list(zip(moves.kernel, moves.before, moves.after, strict=True))
    longest = max(before + after - kernel for kernel, before, after in sides)
    return max(*moves.before, *moves.after, longest + max(k - before for k, before, _ in sides))


def _placed(weight: Array, leading: list[int], size: int) -> Array:
    """A kernel as part of a larger one of zeros."""
    whole = np.zeros((*weight.shape[:2], size, size), np.float32)
    (top, left), (rows, columns) = leading, weight.shape[2:]
    whole[:, :, top : top + rows, left : left + columns] = weight
    return whole


def transposed(
    flow: Flow,
    weight: Array,
    bias: Array | None,
    settings: dict[str, Any],
    wanted: tuple[int, ...],
) -> Flow:
    """A ConvTranspose node; weight (inputs, outputs, k, k), rows and columns that come out."""
    flow = picture(flow)
    if settings.get("group", 1) != 1 or set(settings.get("dilations", [1])) != {1}:
        raise InexpressibleError("a transposed convolution has groups or gaps")
    kernel, sides = weight.shape[2:], flow.shape[1:]
    strides = settings.get("strides", [1, 1])
    if len(kernel) != 2 or strides[0] != strides[1]:
        raise InexpressibleError("a kernel moves in rows otherwise than in columns")
    stride = strides[0]
    before = _cut_before(settings, kernel, sides, stride, wanted)
    cut = min(before)
    leading = [0, 0]
    if before[0] != before[1]:  # zeros in front of the shorter cut's kernel move the sum
        cut = max(before)
        leading = [cut - n for n in before]
    size = max(lead + k for lead, k in zip(leading, kernel, strict=True))
    ends = [(n - 1) * stride + size - 2 * cut for n in sides]
    added = max(0, *(w - end for w, end in zip(wanted, ends, strict=True)))
    grown = max(0, added - stride + 1)
    if any(leading) or grown or kernel[0] != kernel[1]:
        weight = _placed(weight, leading, size + grown)
    inputs, outputs = weight.shape[:2]
    operation = TransposedConvolve(inputs, outputs, size + grown, stride, cut, added - grown)
    weights = {"weight": np.asarray(weight, np.float32), "bias": _bias(bias, outputs)}
    return cropped(flow.then(operation, weights), *wanted)


def _cut_before(
    settings: dict[str, Any],
    kernel: tuple[int, ...],
    sides: tuple[int, ...],
    stride: int,
    wanted: tuple[int, ...],
) -> list[int]:
    """Rows and columns of the sum that are cut above and on the left."""
    auto = settings.get("auto_pad", b"NOTSET")
    if auto == b"NOTSET" and "output_shape" not in settings:
        return list(settings.get("pads", [0, 0, 0, 0])[:2])
    if auto == b"VALID":
        return [0, 0]
    added = settings.get("output_padding", [0, 0])
    totals = [
        max(0, (n - 1) * stride + extra + k - w)
        for n, k, w, extra in zip(sides, kernel, wanted, added, strict=True)
    ]
    upper = auto == b"SAME_UPPER"
    return [t // 2 if upper else t - t // 2 for t in totals]


def pooled(flow: Flow, kind: str, settings: dict[str, Any]) -> Flow:
    """A MaxPool or AveragePool node."""
    flow = picture(flow)
    side = flow.shape[1], flow.shape[2]
    moves = window(settings, tuple(settings["kernel_shape"]), side)
    pads = {*moves.before, *moves.after}
    even = len(pads) == 1 and moves.kernel[0] == moves.kernel[1] and moves.dilation == 1
    counted = kind == "max" or pads == {0} or settings.get("count_include_pad", 0)
    if not even or not counted or settings.get("ceil_mode", 0):
        raise InexpressibleError("a pool has uneven padding")
    return flow.then(Pool(kind, moves.kernel[0], moves.stride, pads.pop()))


def averaged(flow: Flow) -> Flow:
    """The mean of each channel, (C, 1, 1)."""
    flow = picture(flow)
    height, width = flow.shape[1:]
    if height != width:
        raise InexpressibleError("a pool is not square")
    return flow.then(Pool("average", height, height))


def unshuffled(flow: Flow, block: int, columns_first: bool) -> Flow:
    """Channels spread over blocks of pixels (DepthToSpace), as a transposed convolution."""
    flow = picture(flow)
    outputs = flow.shape[0] // block**2
    weight = np.zeros((flow.shape[0], outputs, block, block), np.float32)
    for channel, row, column in np.ndindex(outputs, block, block):
        place = row * block + column
        source = channel * block**2 + place if columns_first else place * outputs + channel
        weight[source, channel, row, column] = 1
    weights = {"weight": weight, "bias": np.zeros(outputs, np.float32)}
    return flow.then(TransposedConvolve(flow.shape[0], outputs, block, block, 0), weights)


def _bias(bias: Array | None, outputs: int) -> Array:
    return np.zeros(outputs, np.float32) if bias is None else np.asarray(bias, np.float32)
