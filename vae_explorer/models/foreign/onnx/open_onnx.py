"""ONNX files opened: as a network of plain operations where they are one, else by a runtime.

What the files do not say is asked of the user's pictures (see `conformance`).
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from onnx import ModelProto
from torch import Generator, Tensor

from vae_explorer.data.datasets import NAMES
from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoint_reader import class_names
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.adapter import ForeignModel
from vae_explorer.models.foreign.conformance.card import LIKELIHOOD, SCALE
from vae_explorer.models.foreign.conformance.search import search
from vae_explorer.models.foreign.onnx.builder import PROBES, Builder
from vae_explorer.models.foreign.onnx.door.onnx_door import read_graph, unpacked
from vae_explorer.models.foreign.onnx.model_parts.labels import classes_of
from vae_explorer.models.foreign.onnx.model_parts.parts import find_parts
from vae_explorer.models.foreign.onnx.onnx_session import SessionModel
from vae_explorer.models.foreign.opened import Opened

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
    classes = classes_of(parts, count)
    y = labels if classes else None
    builder = Builder(parts, picture, classes)
    builder.check(images[:PROBES], None if y is None else y[:PROBES])
    about = _metadata(models)
    decided = _likelihood_of(about) | dict(given or {})
    model, card = search(builder.questions, builder.build, images, y, decided, generator)
    if isinstance(model, SessionModel):
        remark = f"It is run by onnxruntime, not as plain operations: {builder.reason}."
        card = dataclasses.replace(card, remarks=(*card.remarks, remark))
    return Opened(_checkpoint(model, name, about, found), card)


def _checkpoint(
    model: ForeignModel, name: str, about: Mapping[str, str], files: Mapping[str, bytes]
) -> Checkpoint:
    """The model with what its files say of it."""
    dataset = about.get("dataset", "")
    return Checkpoint(
        model=model,
        config=model.config,
        name=name,
        dataset=dataset if dataset in NAMES else "",
        classes=_class_names(about),
        sha256=hashlib.sha256(b"".join(files[key] for key in sorted(files))).hexdigest(),
    )


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
