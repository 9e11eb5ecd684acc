"""A file of weights and pictures at hand -> a model whose reading was measured, and its card."""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.models.foreign.conformance.card import Card
from vae_explorer.models.foreign.conformance.measured_card import known_card
from vae_explorer.models.foreign.conformance.search import Progress, search
from vae_explorer.models.foreign.network import NetworkModel
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.models.foreign.weights.layers import layers_of, named
from vae_explorer.models.foreign.weights.layouts import Layout, in_words, layouts
from vae_explorer.models.foreign.weights.mapping import Roles, mapped
from vae_explorer.models.foreign.weights.own_record import recorded_checkpoint
from vae_explorer.models.foreign.weights.structure.steps import Shape
from vae_explorer.models.foreign.weights.weight_files import Weights, read_weights

NO_LABELS = "the model is told classes: it needs pictures with labels."


def open_weights(
    source: bytes | Path,
    name: str,
    images: Tensor,
    labels: Tensor | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    roles: Roles | str | None = None,
    generator: Generator | None = None,
    progress: Progress = lambda share: None,
) -> Opened:
    """The model of a file of weights, read in the way that explains these pictures best.

    Parameters
    ----------
    source, name
        The file or its bytes, and what the model is called.
    images, labels
        Training pictures (N, C, H, W) in [0, 1] and their classes (N,).
    given
        Answers by the names of questions: what need not be measured.
    roles
        Which layers are what, where shapes do not tell: see `mapping`.

    CheckpointError, one sentence, where there is no such model, or none that explains the pictures.
    """
    generator = generator or Generator().manual_seed(0)
    weights, data = read_weights(source, name)
    own = _own(weights, data, name)
    if own is not None and (given or roles):
        raise CheckpointError("the file says itself how it is read: leave answers and roles out.")
    if own is not None:
        return _known(own, images, labels, generator)
    layers = layers_of(weights.tensors, weights.in_order)
    shape, classes = _shape(images), 0 if labels is None else int(labels.max()) + 1
    found = mapped(layers, roles, shape) if roles else layouts(layers, shape, classes)
    model, card, layout = _best(found, images, labels, given or {}, generator, progress)
    remarks = (*weights.remarks, *_remarks(layout))
    checkpoint = Checkpoint(
        model=model,
        config=model.config,
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return Opened(checkpoint, dataclasses.replace(card, remarks=(*card.remarks, *remarks)))


def _own(weights: Weights, data: bytes, name: str) -> Checkpoint | None:
    """The model of a file of ours, which says itself how it is read; None of any other."""
    if weights.record:
        return recorded_checkpoint(
            weights.record, weights.tensors, name, hashlib.sha256(data).hexdigest()
        )
    return load_checkpoint(data, name) if weights.of_ours else None


def _known(
    checkpoint: Checkpoint, images: Tensor, labels: Tensor | None, generator: Generator
) -> Opened:
    config = checkpoint.config
    if _shape(images) != config.image_shape:
        raise CheckpointError(
            f"the model is of {in_words(config.image_shape)}, but the pictures at hand are of "
            f"{in_words(_shape(images))}."
        )
    if config.classes and labels is None:
        raise CheckpointError(NO_LABELS)
    y = labels if config.classes else None
    if y is not None and (count := int(y.max()) + 1) > config.classes:
        raise CheckpointError(
            f"the model knows {config.classes:,} classes, the data has {count:,}."
        )
    return Opened(checkpoint, known_card(checkpoint.model, images, y, generator))


def _best(
    found: list[Layout],
    images: Tensor,
    labels: Tensor | None,
    given: Mapping[str, Any],
    generator: Generator,
    progress: Progress,
) -> tuple[NetworkModel, Card, Layout]:
    """Of layouts that fit equally well the one that costs least."""
    read, refusal = [], None
    for layout in found:
        y = labels if layout.wiring.classes else None
        if layout.wiring.classes and y is None:
            raise CheckpointError(NO_LABELS)
        try:
            model, card = search(
                layout.questions, layout.build, images, y, given, generator, progress
            )
            read.append((model, card, layout))
        except CheckpointError as error:
            refusal = refusal or error
    if not read and refusal is not None:
        raise refusal
    return min(read, key=lambda r: r[1].neg_elbo)


def _shape(images: Tensor) -> Shape:
    _, channels, height, width = images.shape
    return channels, height, width


def _remarks(layout: Layout) -> list[str]:
    if not layout.unused:
        return []
    return [f"Not used: {named(layout.unused)}."]
