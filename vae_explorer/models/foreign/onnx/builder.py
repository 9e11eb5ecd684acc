"""Models of an ONNX graph's parts, one for each reading: networks, or runs of the runtime.

A network stands in for the runtime only where both give the same numbers.
"""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel
from vae_explorer.models.foreign.conformance.card import LIKELIHOOD, SCALE
from vae_explorer.models.foreign.network import NetworkModel
from vae_explorer.models.foreign.onnx import questions
from vae_explorer.models.foreign.onnx.graph.flows import InexpressibleError
from vae_explorer.models.foreign.onnx.graph.onnx_graph import network_of
from vae_explorer.models.foreign.onnx.model_parts.parts import Parts
from vae_explorer.models.foreign.onnx.onnx_session import SessionModel, sessions_of

PROBES = 20  # pictures that a model is tried with: more than a batch
CLOSE = 2e-4  # by which results may differ, as a share of the largest
Choices = Mapping[str, Any]


class Builder:
    """The model of one reading; what does not depend on the reading is made once."""

    def __init__(self, parts: Parts, picture: tuple[int, int, int], classes: int):
        self.parts, self.picture, self.classes = parts, picture, classes
        self.questions = questions.of_parts(parts, picture)
        self.sessions = sessions_of(parts)
        self.networks: dict[str, NetworkModel] = {}  # by the layout of pixels
        self.reason = ""  # why the last layout that makes no network makes none

    def build(self, choices: Choices) -> ForeignModel:
        """ConfigError where the choices do not fit."""
        network = self.networks.get(choices[questions.LAYOUT])
        return self.session(choices) if network is None else _read_as(network, choices)

    def session(self, choices: Choices) -> SessionModel:
        """The model as the runtime works it out."""
        reading = questions.reading_of(choices)
        channels, height, width = self.picture
        config = ForeignConfig(
            latent_dim=self.parts.latent_dim,
            image_size=height,
            image_width=0 if width == height else width,
            channels=channels,
            classes=self.classes,
            variational=self.parts.heads.kinds != ("none",),
            reading=dataclasses.replace(reading, labels="index" if self.classes else "none"),
            **_pixels_of(choices),
        )
        return SessionModel(config, self.sessions, self.parts.heads.joint).eval()

    def check(self, x: Tensor, y: Tensor | None) -> None:
        """Run the graphs on a few pictures: CheckpointError where they are no model.

        Settles what is a network: that which gives what the runtime gives.
        """
        z = torch.randn(len(x), self.parts.latent_dim, generator=Generator().manual_seed(0))
        usual: dict[str, Any] = {q.name: q.options[0] for q in self.questions}
        usual |= {LIKELIHOOD: "gaussian", SCALE: 1.0}
        try:
            session = self.session(usual)
        except ConfigError as error:
            raise CheckpointError(f"the model does not fit: {error}") from error
        _check_answers(session, x, y, z)
        layouts = next(q.options for q in self.questions if q.name == questions.LAYOUT)
        for layout in layouts:
            choices = usual | {questions.LAYOUT: layout}
            try:
                network = network_of(self.parts, self.picture, self.classes, layout)
            except InexpressibleError as error:
                self.reason = str(error)
                continue
            mine, theirs = _read_as(network, choices), self.session(choices)
            if all(map(_agree, _answers(mine, x, y, z), _answers(theirs, x, y, z))):
                self.networks[layout] = network
            else:
                self.reason = "as such it gives other numbers"


def _read_as(network: NetworkModel, choices: Choices) -> NetworkModel:
    """The same modules, read in another way; how pixels lie is in the network."""
    own = network.config.reading
    reading = dataclasses.replace(
        questions.reading_of(choices), pixel_layout=own.pixel_layout, labels=own.labels
    )
    shared = copy.copy(network)
    shared.config = dataclasses.replace(network.config, reading=reading, **_pixels_of(choices))
    return shared


def _pixels_of(choices: Choices) -> dict[str, Any]:
    return {"likelihood": choices[LIKELIHOOD], "pixel_scale": choices[SCALE]}


def _answers(model: ForeignModel, x: Tensor, y: Tensor | None, z: Tensor) -> list[Tensor]:
    with torch.no_grad():
        return [*model.encode(x, y), model.decode_raw(z, y)]


def _check_answers(model: SessionModel, x: Tensor, y: Tensor | None, z: Tensor) -> None:
    """CheckpointError for an encoder that varies, or a decoder that does not."""
    encoder, decoder = (session.part.graph.name for session in model.sessions)
    expected = _answers(model, x, y, z)
    if not all(values.isfinite().all() for values in expected):
        raise CheckpointError(f"{encoder} or {decoder} gives values that are not finite numbers.")
    turned = model.encode(x.flip(0), None if y is None else y.flip(0))
    again: Sequence[Tensor] = [v.flip(0) for v in turned] + [model.encode(x, y)[0]]
    if not all(map(_agree, again, [*expected[:2], expected[0]])):
        raise CheckpointError(
            f"{encoder} gives another answer for the same picture each time, or one that depends "
            "on the rest of the batch: export it after model.eval(), with the mean as an output."
        )
    if _agree(model.decode_raw(-3 * z, y), expected[2]):
        raise CheckpointError(
            f"{decoder} ignores its latent coordinates: it gives the same picture for all of them."
        )


def _agree(first: Tensor, second: Tensor) -> bool:
    largest = second.abs().max().item() if second.numel() else 0.0
    return bool((first - second).abs().max() <= CLOSE * max(largest, 1e-3))
