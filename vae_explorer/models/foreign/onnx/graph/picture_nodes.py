"""Nodes that take pictures: convolutions, pools, scaling, normalisation."""

from typing import Any

import numpy as np

from vae_explorer.models.foreign.onnx.door.folding import axes_of
from vae_explorer.models.foreign.onnx.graph import convolutions
from vae_explorer.models.foreign.onnx.graph.flows import (
    Flow,
    InexpressibleError,
    flattened,
)
from vae_explorer.models.foreign.onnx.graph.picture_flows import padded as with_zeros
from vae_explorer.models.foreign.onnx.graph.picture_flows import picture
from vae_explorer.models.foreign.onnx.graph.reader import Reader
from vae_explorer.models.operations.kinds import Normalize, Upsample

Array = np.ndarray


def instance_normalization(reader: Reader) -> Flow:
    """Of whole groups of channels: the value is (groups, rest) or (C, H, W)."""
    flow, scale, bias = reader.input, reader.weight(1), reader.weight(2)
    if len(flow.shape) != 3:
        flow = picture(flow)
    return _grouped(flow, len(scale), scale, bias, reader.settings)


def group_normalization(reader: Reader) -> Flow:
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


def layer_normalization(reader: Reader) -> Flow:
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


def convolution(reader: Reader) -> Flow:
    return convolutions.convolved(
        reader.input, reader.weight(1), reader.constant(2), reader.settings
    )


def transposed_convolution(reader: Reader) -> Flow:
    wanted = reader.shape[1:]
    bias = reader.constant(2)
    return convolutions.transposed(reader.input, reader.weight(1), bias, reader.settings, wanted)


def pool(reader: Reader) -> Flow:
    kind = "max" if reader.node.op_type == "MaxPool" else "average"
    if len(reader.node.output) > 1:
        raise InexpressibleError("places of maxima are asked for")
    return convolutions.pooled(reader.input, kind, reader.settings)


def average(reader: Reader) -> Flow:
    """Of all pixels of a channel: GlobalAveragePool, or ReduceMean over both sides."""
    flow = reader.input
    if reader.node.op_type == "ReduceMean":
        rank = flow.order.ndim + 1
        axes = sorted(a % rank for a in axes_of(reader.constants, reader.settings))
        if rank != 4 or axes != [2, 3]:
            raise InexpressibleError("a mean of something else than pixels")
    flow = convolutions.averaged(flow)
    return flow.arranged(flow.order.reshape(reader.shape))


def resized(reader: Reader) -> Flow:
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


def depth_to_space(reader: Reader) -> Flow:
    columns_first = reader.settings.get("mode", b"DCR") == b"CRD"
    return convolutions.unshuffled(reader.input, reader.settings["blocksize"], columns_first)


def padded(reader: Reader) -> Flow:
    """Zeros around pictures."""
    settings, values = reader.settings, reader.constant(2)
    pads = settings.get("pads")
    if pads is None:
        given = reader.constant(1)
        pads = [] if given is None else given.tolist()
    zeros = settings.get("value", 0) == 0 and (values is None or not values.any())
    if (
        settings.get("mode", b"constant") != b"constant"
        or not zeros
        or reader.constant(3) is not None
    ):
        raise InexpressibleError("something else than zeros is put around a picture")
    if len(pads) != 8 or min(pads) < 0 or any(pads[i] for i in (0, 1, 4, 5)):
        raise InexpressibleError("zeros are put around something else than a picture")
    return with_zeros(reader.input, (pads[2], pads[3]), (pads[6], pads[7]))
