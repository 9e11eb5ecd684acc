"""Named tensors as a model: what its shapes say, and questions about what they do not.

Nothing is known by name alone: layers are connected by what fits (`wiring`), convolutions set by
sizes (`sizes`), the rest is asked and measured.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.conformance.card import Question
from vae_explorer.models.foreign.conformance.search import LIKELIHOOD, SCALE, SECOND_HEAD
from vae_explorer.models.foreign.conformance.value_questions import OUTPUT, reading_of
from vae_explorer.models.foreign.network import NetworkConfig, NetworkModel
from vae_explorer.models.foreign.weights import asked
from vae_explorer.models.foreign.weights.assembly import (
    Part,
    hidden,
    joined,
    residual,
    with_label,
)
from vae_explorer.models.foreign.weights.layers import Layer, named
from vae_explorer.models.foreign.weights.structure.attachments import Attachments, attached
from vae_explorer.models.foreign.weights.structure.sizes import Stacks, convolutions, stacks_of
from vae_explorer.models.foreign.weights.structure.steps import Shape, Step, Wiring
from vae_explorer.models.foreign.weights.structure.wiring import MAX_CLASSES, wirings
from vae_explorer.models.operations.kinds import Activate

Choices = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """A wiring of layers with all that has to be asked about it."""

    layers: list[Layer]
    wiring: Wiring
    shape: Shape  # of a picture: channels, height, width
    attachments: Attachments
    stacks: Stacks

    @property
    def questions(self) -> list[Question]:
        """What the weights do not say."""
        return asked.questions(self.wiring, self.attachments, self.stacks, self.shape)

    @property
    def unused(self) -> list[Layer]:
        """Layers of the file that are no part of the model."""
        used = {layer.index for layer in self.wiring.layers}
        weighted = [x for x in self.layers if x.kind not in ("norm", "slope")]
        return [x for x in weighted if x.index not in used] + self.attachments.unused

    def build(self, choices: Choices) -> NetworkModel:
        """The model of one answer to every question; ConfigError where they do not fit together."""
        encoder, decoder = self._encoder(choices), self._decoder(choices)
        layout = choices.get(asked.PIXELS, "flat" if self.wiring.is_flat else "image")
        latent, wiring = self._latent(encoder), self.wiring
        plain = dict(choices) | ({} if wiring.variational else {SECOND_HEAD: "none"})
        plain[OUTPUT] = asked.value_range(choices[OUTPUT])
        reading = reading_of(
            plain, pixel_layout=layout, labels="one_hot" if wiring.classes else "none"
        )
        channels, height, width = self.shape
        config = NetworkConfig(
            latent_dim=latent,
            image_size=height,
            image_width=width if width != height else 0,
            channels=channels,
            classes=wiring.classes,
            variational=wiring.variational,
            likelihood=choices[LIKELIHOOD],
            pixel_scale=choices[SCALE],
            reading=reading,
            encoder=tuple(encoder.operations),
            decoder=tuple(decoder.operations),
        )
        return _loaded(config, encoder, decoder)

    def _latent(self, encoder: Part) -> int:
        """Coordinates: of heads that give pictures, all their values."""
        pixels = 1 if self.wiring.heads[0].is_flat else math.prod(encoder.size)
        return self.wiring.latent * pixels

    def _encoder(self, choices: Choices) -> Part:
        wiring = self.wiring
        part = Part(asked.stack(self.stacks.encoder, choices, asked.ENCODER_STRIDES))
        part.channels = 0 if self.wiring.is_flat else self.shape[0]
        part.size = self.shape[1:]
        for step in wiring.encoder:
            is_last = step is wiring.encoder[-1]
            bare = is_last and choices.get(asked.BEFORE_HEADS) == "no"
            activation = None if bare else asked.activation(choices, asked.ACTIVATION)
            self._add(part, step, choices, activation, step is wiring.encoder[0], told=0)
        heads = list(wiring.heads)
        weights = joined(heads) if len(heads) > 1 else dict(heads[0].layer.tensors)
        if not wiring.encoder:
            weights = self._labelled(weights, choices, heads[0], told=0)
        part.layer(heads[0], weights, sum(step.outputs for step in heads))
        part.flatten(part.size[0] * part.size[1])
        return part

    def _decoder(self, choices: Choices) -> Part:
        wiring = self.wiring
        part = Part(asked.stack(self.stacks.decoder, choices, asked.DECODER_STRIDES))
        activation = asked.decoder_activation(choices)
        for step in wiring.decoder[:-1]:
            bare = step is wiring.decoder[0] and choices.get(asked.AFTER_FIRST) == "no"
            is_first = step is wiring.decoder[0]
            self._add(part, step, choices, None if bare else activation, is_first, told=1)
        last = wiring.decoder[-1]
        weights = dict(last.layer.tensors)
        if len(wiring.decoder) == 1:
            weights = self._labelled(weights, choices, last, told=1)
        part.layer(last, weights, last.outputs)
        part.crop(*self.shape[1:])
        if asked.has_tanh(choices[OUTPUT]):
            part.add(Activate("tanh"))
        return part

    def _add(
        self,
        part: Part,
        step: Step,
        choices: Choices,
        activation: Activate | None,
        is_first: bool,
        told: int,
    ) -> None:
        """A hidden layer with what belongs to it."""
        place, groups = step.layer.index, choices.get(asked.GROUPS, 0)
        if place in self.attachments.slopes and activation is not None:
            activation = Activate("leaky_relu", slope=self.attachments.slopes[place])
        if (front := self.attachments.first.get(place)) is not None:
            part.normalize(front, groups)
        if residual(part, step, activation):
            return
        weights = dict(step.layer.tensors)
        if is_first and step.layer.kind == "linear":
            weights = self._labelled(weights, choices, step, told)
        setting = part.layer(step, weights, step.outputs)
        if step.layer.kind == "fourier":
            return
        norm = self.attachments.norms.get(place)
        if norm is not None and step.is_flat and norm.channels != step.outputs:
            part.unflatten(norm.channels)
        hidden(part, norm, activation, choices.get(asked.NORMS, "before") == "before", groups)
        part.pool(setting)

    def _labelled(
        self, weights: dict[str, Any], choices: Choices, step: Step, told: int
    ) -> dict[str, Any]:
        if not step.is_flat or (told == 0 and not self.wiring.is_flat):
            return weights
        first = choices.get(asked.LABEL) == "first"
        return with_label(weights, self.wiring.classes, self.wiring.labelled[told], first)


def _loaded(config: NetworkConfig, encoder: Part, decoder: Part) -> NetworkModel:
    """The module with the weights of both parts, frozen."""
    with torch.device("meta"):
        model = NetworkModel(config)
    weights = {f"encoder.{k}": v for k, v in encoder.weights.items()}
    weights |= {f"decoder.{k}": v for k, v in decoder.weights.items()}
    model.load_state_dict(weights, assign=True)
    return model.eval().requires_grad_(False)


def layouts(layers: list[Layer], shape: Shape, classes: int) -> list[Layout]:
    """The likeliest layouts of a file's layers, for pictures of this shape; CheckpointError."""
    found = wirings(layers, shape, classes)
    if not found:
        raise CheckpointError(_misfit(layers, shape))
    made = [layout_of(layers, wiring, shape) for wiring in found]
    fitting = [x for x in made if x.stacks.encoder and x.stacks.decoder]
    if not fitting:
        raise CheckpointError(no_strides(made[0]))
    return fitting


def layout_of(layers: list[Layer], wiring: Wiring, shape: Shape) -> Layout:
    """A layout of a wiring."""
    return Layout(layers, wiring, shape, attached(layers, wiring), stacks_of(wiring, shape))


def no_strides(layout: Layout) -> str:
    """A sentence on convolutions that no usual strides fit to these pictures."""
    part = "decoder" if layout.stacks.encoder else "encoder"
    steps = getattr(layout.wiring, part)
    names = named(step.layer for step in convolutions(steps))
    return (
        f"no usual strides of the {part}'s convolutions ({names}) fit pictures of "
        f"{in_words(layout.shape)}: are they of the size that the model was trained on?"
    )


def in_words(shape: Shape) -> str:
    """Such as "28 × 28 pixels, grey"."""
    channels, height, width = shape
    return f"{height} × {width} pixels" + (", grey" if channels == 1 else f", {channels} channels")


def _misfit(layers: list[Layer], shape: Shape) -> str:
    """A sentence on why no layers can be connected from and to pictures of this shape."""
    pixels = math.prod(shape)
    weighted = [x for x in layers if x.kind in ("linear", "convolution")]
    if not weighted:
        return "the file holds no layers of a network: no weights of two or four dimensions."
    first = weighted[0]
    widest = max((x.weight.shape[1] for x in weighted if x.kind == "linear"), default=0)
    if first.kind == "convolution" and shape[0] != first.weight.shape[1] in (1, 3):
        return (
            f"the file's first layer, {first.name}, takes pictures of {first.weight.shape[1]} "
            f"channels, but those at hand are {in_words(shape)}."
        )
    if first.kind == "linear" and not pixels <= widest <= pixels + MAX_CLASSES:
        side = math.isqrt(widest)
        square = f" (such as {side} × {side})" if side * side == widest else ""
        return (
            f"the file's widest input is {widest:,} values{square}, but the pictures at hand "
            f"have {pixels:,}: {in_words(shape)}."
        )
    return (
        f"the file's layers ({named(weighted)}) were not recognised as encoder, heads and decoder "
        "of such pictures: say which is which, as encoder=… mean=… second=… decoder=…."
    )
