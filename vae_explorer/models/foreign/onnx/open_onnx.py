"""ONNX files opened: as a network of plain operations where they are one, else by a runtime.

What the files do not say is asked of the user's pictures (see `conformance`).
"""

import copy
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from onnx import ModelProto
from torch import Generator, Tensor

from vae_explorer.config import MAX_CLASSES
from vae_explorer.data.datasets import NAMES
from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.models.checkpoint_reader import class_names
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel
from vae_explorer.models.foreign.conformance.card import LIKELIHOOD, SCALE
from vae_explorer.models.foreign.conformance.search import search
from vae_explorer.models.foreign.network import NetworkModel
from vae_explorer.models.foreign.onnx import questions
from vae_explorer.models.foreign.onnx.door.onnx_door import read_graph, unpacked
from vae_explorer.models.foreign.onnx.graph.flows import InexpressibleError
from vae_explorer.models.foreign.onnx.graph.onnx_graph import network_of
from vae_explorer.models.foreign.onnx.model_parts.parts import Part, Parts, find_parts
from vae_explorer.models.foreign.onnx.onnx_session import SessionModel, sessions_of
from vae_explorer.models.foreign.opened import Opened

PROBES = 20  # pictures that a model is tried with: more than a batch
CLOSE = 2e-4  # by which results may differ, as a share of the largest
METADATA = ("likelihood", "pixel_scale")  # what our own files say beside what is in the graph


def open_onnx(
    files: Mapping[str, bytes],
    name: str,
    images: Tensor,
    labels: Tensor | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    generator: Generator,
) -> Opened:
    """A model of one ONNX file, or of an encoder and a decoder.

    Parameters
    ----------
    files
        Bytes by file name; a zip of them is unpacked.
    images, labels
        Training pictures (N, C, H, W) in [0, 1] and their classes (N,), which tell what the files
        do not say.
    given
        Options that the user has decided, by the names of `questions`.

    CheckpointError, one sentence, where it is no such model or does not fit the pictures.
    """
    found = unpacked(files)
    models = {key: read_graph(data, key) for key, data in found.items()}
    picture = (images.shape[1], images.shape[2], images.shape[3])
    count = 0 if labels is None else int(labels.max()) + 1
    parts = find_parts(models, picture, count)
    classes = _classes(parts, count)
    y = labels if classes else None
    builder = _Builder(parts, picture, classes)
    builder.check(images[:PROBES], None if y is None else y[:PROBES])
    about = _metadata(models)
    asked = questions.of_parts(parts, picture)
    decided = _likelihood_of(about) | dict(given or {})
    model, card = search(asked, builder.build, images, y, decided, generator)
    dataset = about.get("dataset", "")
    digest = hashlib.sha256(b"".join(found[key] for key in sorted(found))).hexdigest()
    checkpoint = Checkpoint(
        model=model,
        config=model.config,
        name=name,
        dataset=dataset if dataset in NAMES else "",
        classes=_class_names(about),
        sha256=digest,
    )
    return Opened(checkpoint, card)


class _Builder:
    """The model of one reading; what does not depend on the reading is made once."""

    def __init__(self, parts: Parts, picture: tuple[int, int, int], classes: int):
        self.parts, self.picture, self.classes = parts, picture, classes
        self.sessions = sessions_of(parts, classes)
        self.networks: dict[str, NetworkModel | None] = {}

    def build(self, choices: Mapping[str, Any]) -> ForeignModel:
        """ConfigError where the choices do not fit."""
        reading = questions.reading_of(choices)
        session = self.session(choices)
        network = self.networks[reading.pixel_layout]
        if network is None:
            return session
        reading = dataclasses.replace(
            reading,
            pixel_layout=network.config.reading.pixel_layout,
            labels=network.config.reading.labels,
        )
        shared = copy.copy(network)  # the same modules, read in another way
        shared.config = dataclasses.replace(network.config, reading=reading, **_pixels_of(choices))
        return shared

    def session(self, choices: Mapping[str, Any]) -> SessionModel:
        reading = questions.reading_of(choices)
        channels, height, width = self.picture
        labels = "index" if self.classes else "none"
        config = ForeignConfig(
            latent_dim=self.parts.latent_dim,
            image_size=height,
            image_width=0 if width == height else width,
            channels=channels,
            classes=self.classes,
            variational=self.parts.heads.kinds != ("none",),
            reading=dataclasses.replace(reading, labels=labels),
            **_pixels_of(choices),
        )
        return SessionModel(config, self.sessions, self.parts.heads.joint).eval()

    def check(self, x: Tensor, y: Tensor | None) -> None:
        """Run the graphs on a few pictures: CheckpointError where they are no model.

        Settles what is a network: that which gives what the runtime gives.
        """
        z = torch.randn(len(x), self.parts.latent_dim, generator=Generator().manual_seed(0))
        for question in questions.of_parts(self.parts, self.picture):
            if question.name == questions.LAYOUT:
                layouts = question.options
        first = {q.name: q.options[0] for q in questions.of_parts(self.parts, self.picture)}
        first |= {LIKELIHOOD: "gaussian", SCALE: 1.0}
        for layout in layouts:
            self.networks[layout] = None
            choices = first | {questions.LAYOUT: layout}
            try:
                session = self.session(choices)
                expected = [*session.encode(x, y), session.decode_raw(z, y)]
                self.networks[layout] = network_of(self.parts, self.picture, self.classes, layout)
                model = self.build(choices)
                made = [*model.encode(x, y), model.decode_raw(z, y)]
            except InexpressibleError:
                made = expected
            except ConfigError as error:
                raise CheckpointError(f"the model does not fit: {error}") from error
            if not all(map(_agree, made, expected)):
                self.networks[layout] = None
        _check_answers(session, x, y, z, expected)


def _check_answers(
    model: SessionModel, x: Tensor, y: Tensor | None, z: Tensor, expected: list[Tensor]
) -> None:
    """CheckpointError for an encoder that varies, or a decoder that does not."""
    encoder, decoder = (session.part.graph.name for session in model.sessions)
    if not all(values.isfinite().all() for values in expected):
        raise CheckpointError(f"{encoder} or {decoder} gives values that are not finite numbers.")
    turned = model.encode(x.flip(0), None if y is None else y.flip(0))
    again = [v.flip(0) for v in turned] + [model.encode(x, y)[0]]
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


def _classes(parts: Parts, count: int) -> int:
    """How many classes a model has; 0: it is not conditional."""
    found = [
        n for part in (parts.encoder, parts.decoder) if part.label for n in [_classes_of(part)] if n
    ]
    if not parts.encoder.label and not parts.decoder.label:
        return 0
    classes = max(found, default=count)
    if classes < count or classes > MAX_CLASSES:
        raise CheckpointError(
            f"the model knows {classes:,} classes, but the labels at hand have {count:,}."
        )
    return classes


def _classes_of(part: Part) -> int:
    """The classes of a label by its width, or by what class numbers are compared with."""
    if not part.label_is_index:
        return part.graph.size_of(part.label)
    reached = part.graph.dependent([part.label])
    for node in part.graph.nodes:
        if not reached & set(node.input):
            continue
        constants = [part.graph.constants[k] for k in node.input if k in part.graph.constants]
        if node.op_type == "Equal" and constants:
            return constants[0].size
        if node.op_type == "OneHot" and constants:
            return int(constants[0].reshape(-1)[0])
        if node.op_type == "Gather" and constants and node.input[1] in reached:
            return len(constants[0])
    return 0


def _pixels_of(choices: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "likelihood": choices[LIKELIHOOD],
        "pixel_scale": choices[SCALE],
    }


def _metadata(models: Mapping[str, ModelProto]) -> dict[str, str]:
    """What a file says of itself in words."""
    entries = [entry for model in models.values() for entry in model.metadata_props]
    return {entry.key: entry.value for entry in entries}


def _likelihood_of(about: Mapping[str, str]) -> dict[str, Any]:
    """What our own files say of pixels; the rest is in the graph."""
    likelihood, scale = map(about.get, METADATA)
    if likelihood == "bernoulli":
        return {LIKELIHOOD: likelihood}
    try:
        number = float(scale or "nan")
    except ValueError:
        return {}
    if likelihood != "gaussian" or not 1e-6 <= number <= 100:
        return {}
    return {LIKELIHOOD: likelihood, SCALE: number}


def _class_names(about: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return class_names(json.loads(about.get("classes", "[]")), "classes")
    except (ValueError, RecursionError, CheckpointError):
        return ()
