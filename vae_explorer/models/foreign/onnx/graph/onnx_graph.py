"""A graph of known operations as a network of ours: in PyTorch, with gradients, in the browser.

`builder` checks what was read against the results of the runtime; InexpressibleError where it is no
list of plain operations.
"""

import math
from typing import cast

import numpy as np
import torch

from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.models.foreign.adapter import SecondHead, ValueReading
from vae_explorer.models.foreign.network import NetworkConfig, NetworkModel
from vae_explorer.models.foreign.onnx.graph.flows import Flow, InexpressibleError, start
from vae_explorer.models.foreign.onnx.graph.merging import merged
from vae_explorer.models.foreign.onnx.graph.nodes import read as flows_of
from vae_explorer.models.foreign.onnx.graph.steps import (
    Steps,
    compiled,
    flat_weights,
    pictures,
    whole,
)
from vae_explorer.models.foreign.onnx.model_parts.parts import Part, Parts
from vae_explorer.models.frozen_models import frozen_model

Shape = tuple[int, ...]
Picture = tuple[int, int, int]
# What broken settings of nodes make of arithmetic that trusts them
BROKEN = (ValueError, IndexError, KeyError, ZeroDivisionError)


def network_of(parts: Parts, picture: Picture, classes: int, layout: str) -> NetworkModel:
    """The parts as a network; `layout` is that of pixels, as `ValueReading` has it."""
    try:
        with np.errstate(all="ignore"):  # what is no number is refused in the end
            return _network(parts, picture, classes, layout)
    except (ConfigError, CheckpointError, *BROKEN) as error:
        raise InexpressibleError(str(error)) from error


def _network(parts: Parts, picture: Picture, classes: int, layout: str) -> NetworkModel:
    encoder, flat = _encoder(parts, picture, classes, layout)
    decoder = _decoder(parts, picture, classes, layout)
    (encoding, read), (decoding, made) = compiled(encoder), compiled(decoder)
    reading = ValueReading(
        pixel_layout="flat" if flat else "image",
        second_head=cast(SecondHead, parts.heads.kinds[0]),
        labels="one_hot" if classes else "none",
    )
    channels, height, width = picture
    config = NetworkConfig(
        latent_dim=parts.latent_dim,
        image_size=height,
        image_width=0 if width == height else width,
        channels=channels,
        classes=classes,
        variational=parts.heads.kinds != ("none",),
        encoder=encoding,
        decoder=decoding,
        reading=reading,
    )
    named = {
        f"{part}.{key}": torch.from_numpy(value)
        for part, found in (("encoder", read), ("decoder", made))
        for key, value in flat_weights(found).items()
    }
    model = frozen_model(config, named)
    assert isinstance(model, NetworkModel)
    return model


def _encoder(parts: Parts, picture: Picture, classes: int, layout: str) -> tuple[Steps, bool]:
    """Steps from pictures to both heads, and whether they begin with flat pixels."""
    part, pixels = parts.encoder, math.prod(picture)
    order = _pixel_order(picture, layout).reshape(part.graph.shape_of(part.source))
    flat = order.ndim == 1 or classes > 0
    shape = (pixels + classes,) if flat else picture
    flows = _read(part, {part.source: start(shape, order)}, pixels, classes, shape)
    if len(flows) == 1:
        return whole(flows[0]), flat
    return merged(whole(flows[0]), whole(flows[1])), flat


def _decoder(parts: Parts, picture: Picture, classes: int, layout: str) -> Steps:
    """Steps from coordinates to pixels, channels slowest."""
    part, size = parts.decoder, parts.latent_dim
    shape = (size + classes,)
    order = np.arange(size).reshape(part.graph.shape_of(part.source))
    (flow,) = _read(part, {part.source: start(shape, order)}, size, classes, shape)
    channels, height, width = picture
    last = flow.order.shape == (height, width, channels) != picture
    flat_last = flow.order.ndim < 3 and layout.endswith("channels_last")
    pixels = _pixel_order(picture, "image_channels_last" if last or flat_last else "image")
    return pictures(flow, pixels, picture)


def _pixel_order(picture: Shape, layout: str) -> np.ndarray:
    """Where each pixel of a value lies in (C, H, W)."""
    order = np.arange(math.prod(picture)).reshape(picture)
    return order.transpose(1, 2, 0) if layout.endswith("channels_last") else order


def _read(part: Part, flows: dict[str, Flow], after: int, classes: int, shape: Shape) -> list[Flow]:
    """The flows of a part's outputs; a label is one-hot behind the rest of what is given."""
    indices = set()
    if part.label:
        flows[part.label] = start(shape, after + np.arange(classes))
        if part.label_is_index:
            indices.add(part.label)
        else:
            rest = part.graph.shape_of(part.label)
            flows[part.label] = flows[part.label].arranged(after + np.arange(classes).reshape(rest))
    return flows_of(part.graph, part.outputs, flows, indices)
