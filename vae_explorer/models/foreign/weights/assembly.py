"""Layers of a file, and what is decided about them -> operations and their weights."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from vae_explorer.errors import ConfigError
from vae_explorer.models.foreign.weights.layers import Layer
from vae_explorer.models.foreign.weights.structure.sizes import pooling
from vae_explorer.models.foreign.weights.structure.steps import Step
from vae_explorer.models.foreign.weights.structure.strides import Setting, Stack
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Operation,
    Pool,
    Residual,
    TransposedConvolve,
    Unflatten,
    Upsample,
)


class Part:
    """The operations of an encoder or decoder as they are put together, and their weights."""

    def __init__(self, stack: Stack):
        self.operations: list[Operation] = []
        self.weights: dict[str, Tensor] = {}
        self.settings: Iterator[Setting] = iter(stack.settings)
        self.size = stack.start
        self.channels = 0  # of the picture that is at hand; 0: values

    def add(self, operation: Operation, weights: Mapping[str, Tensor] = {}) -> None:
        """One more operation, and its weights by their names in its module."""
        self.weights |= {f"{len(self.operations)}.{name}": v for name, v in weights.items()}
        self.operations.append(operation)

    def flatten(self, pixels: int) -> None:
        """A picture as values, of a mean over its places where that leaves so many pixels."""
        if not self.channels:
            return
        if self.size[0] * self.size[1] != pixels and (kernel := pooling(self.size, pixels)):
            self.add(Pool("average", kernel, kernel))
        self.add(Flatten())
        self.channels = 0

    def unflatten(self, channels: int) -> None:
        """Values as a picture of so many channels."""
        if not self.channels:
            self.add(Unflatten(channels, *self.size))
            self.channels = channels

    def layer(self, step: Step, weights: Mapping[str, Tensor], outputs: int) -> Setting | None:
        """The operation of a layer; of a convolution its setting."""
        layer = step.layer
        if layer.kind == "fourier":
            inputs, features = layer.tensors["frequencies"].shape
            self.add(Fourier(inputs, features, 1.0), weights)
            return None
        if layer.kind == "linear":
            if self.channels:
                self.flatten(step.inputs // self.channels)
            inputs = weights["weight"].shape[1]
            self.add(Linear(inputs, outputs, "bias" in weights), weights)
            return None
        setting = next(self.settings)
        if setting.transposed not in step.transposed:
            raise ConfigError(f"{layer.name} is no such convolution.")
        self.unflatten(step.inputs)
        if setting.resize in ("nearest", "bilinear"):
            self.add(Upsample(2, setting.resize))
        kind = TransposedConvolve if setting.transposed else Convolve
        made = kind(step.inputs, outputs, *setting[1:4], bias="bias" in weights)
        if isinstance(made, TransposedConvolve):
            made = made._replace(output_padding=setting.output_padding)
        self.add(made, weights)
        self.size = setting.side(self.size[0]), setting.side(self.size[1])
        self.channels = outputs
        return setting

    def pool(self, setting: Setting | None) -> None:
        """The pooling that a setting has behind its layer."""
        if setting is not None and setting.resize in ("max", "average"):
            self.add(Pool(setting.resize, 2, 2))

    def crop(self, height: int, width: int) -> None:
        """The first rows and columns, where there are more."""
        if self.channels and self.size != (height, width):
            self.add(Crop(height, width))

    def normalize(self, norm: Layer, groups: int) -> None:
        """A normalisation of what is at hand."""
        values = norm.channels
        plain = {k: norm.tensors.get(k, torch.full((values,), v)) for k, v in AFFINE.items()}
        if "running_mean" in norm.tensors:
            running = {k: norm.tensors[k] for k in ("running_mean", "running_var")}
            counted = {"num_batches_tracked": torch.tensor(0)}
            self.add(Normalize("batch", values), plain | running | counted)
        elif self.channels:
            self.add(Normalize("group", values, groups=groups), plain)
        else:
            self.add(Normalize("layer", values), plain)


AFFINE = {"weight": 1.0, "bias": 0.0}


def joined(heads: Sequence[Step]) -> dict[str, Tensor]:
    """The weights of one layer that gives what all heads give, one after the other."""
    tensors = [step.layer.tensors for step in heads]
    joined = {"weight": torch.cat([t["weight"] for t in tensors])}
    if any("bias" in t for t in tensors):
        joined["bias"] = torch.cat(
            [t.get("bias", t["weight"].new_zeros(len(t["weight"]))) for t in tensors]
        )
    return joined


def with_label(weights: Mapping[str, Tensor], classes: int, told: bool, first: bool) -> Any:
    """The weights of a layer that takes a label behind its values.

    `told` says whether its own have columns for it at all, `first` whether they stand in front.
    """
    if not classes:
        return dict(weights)
    weight = weights["weight"]
    if not told:
        weight = torch.cat([weight, weight.new_zeros(len(weight), classes)], dim=1)
    elif first:
        weight = weight.roll(-classes, dims=1)
    return dict(weights) | {"weight": weight}


def hidden(
    part: Part, norm: Layer | None, activation: Activate | None, norm_first: bool, groups: int
) -> None:
    """What follows a hidden layer: its normalisation and its activation, in this order or not."""
    if norm is not None and norm_first:
        part.normalize(norm, groups)
    if activation is not None:
        part.add(activation)
    if norm is not None and not norm_first:
        part.normalize(norm, groups)


def residual(part: Part, step: Step, activation: Activate | None) -> bool:
    """A layer that one of our own decoders adds to its input, with its activation."""
    if ".inner." not in f".{step.layer.name}." or step.inputs != step.outputs:
        return False
    inner = (Linear(step.inputs, step.outputs, "bias" in step.layer.tensors),)
    weights = {f"inner.0.{k}": v for k, v in step.layer.tensors.items()}
    part.add(Residual((*inner, activation) if activation else inner), weights)
    return True
