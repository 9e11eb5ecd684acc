"""A model made elsewhere, ready to be shown: with its data set, quick scores and encoded pictures.

Stands between the doors and whoever shows what they give: page, command line, Python. A large data
set is sampled, so that opening a slow model does not take minutes.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Generator

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import NAMES, Dataset, Split, to_unit
from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import doctor, metrics
from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign import model_door
from vae_explorer.models.foreign.conformance.judge import MAX_PICTURES
from vae_explorer.models.foreign.network import NetworkConfig
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.models.foreign.weights.layers import layers_of
from vae_explorer.models.foreign.weights.mapping import Row, table
from vae_explorer.models.foreign.weights.weight_files import read_weights
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules.moses import NAME as MOSES

MAX_SCORED = 10_000  # pictures of a split that scores are measured on
SEED = 0  # of pictures that are drawn, and of noise


def measuring_pictures(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Training pictures (N, C, H, W) in [0, 1] by which a model is read, and their labels."""
    part = _sampled(dataset.train, MAX_PICTURES)
    return to_unit(part.images), part.labels


def open_on(
    files: Mapping[str, bytes],
    dataset: Dataset,
    *,
    given: Mapping[str, Any] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Opened:
    """Files of a model, read on training pictures of a data set: the same ones each time.

    `given` and `roles` are as `model_door.open_model` takes them; CheckpointError likewise.
    """
    x, y = measuring_pictures(dataset)
    draws = Generator().manual_seed(SEED)
    return model_door.open_model(files, x, y, given=given, roles=roles, generator=draws)


def layers(files: Mapping[str, bytes], dataset: Dataset) -> list[Row]:
    """The layers of a file of weights with what they are taken for; none where it is no such."""
    ((name, data),) = list(files.items())[:1] or [("", b"")]
    if len(files) != 1 or Path(name).suffix.lower() not in model_door.WEIGHTS:
        return []
    try:
        weights, _ = read_weights(data, name)
        return table(layers_of(weights.tensors, weights.in_order), dataset.train.image_shape)
    except CheckpointError:
        return []


def findings(opened: Opened, dataset: Dataset) -> list[Finding]:
    """What the model doctor says of it, on training and validation pictures."""
    parts = (_sampled(part, doctor.MAX_PICTURES) for part in (dataset.train, dataset.validation))
    (x, y), others = ((to_unit(part.images), part.labels) for part in parts)
    draws = Generator().manual_seed(SEED)
    return doctor.examine(opened.checkpoint.model, x, y, generator=draws, held_out=others)


def completed(
    opened: Opened, dataset: Dataset, progress: metrics.Progress = lambda what, share: None
) -> Checkpoint:
    """The opened model with what is known of it through a data set, and its card in words.

    Its `sha256` tells it from the same file on other pictures, or read in another way.

    ConfigError where the pictures do not fit the model.
    """
    checkpoint = dataclasses.replace(
        opened.checkpoint,
        dataset=dataset.name,
        classes=dataset.classes,
        reading=dataset.reading,
        conformance=tuple(opened.card.sentences()),
        sha256=_identity(opened.checkpoint, dataset),
    )
    first = slice(0, MAX_SCORED)  # in order: encoded pictures are found by their number
    test = Split(dataset.test.images[first], dataset.test.labels[first])
    measured = dataset._replace(train=_sampled(dataset.train, MAX_SCORED), test=test)
    scores, encoded = metrics.evaluate(
        checkpoint.model, measured, iw_samples=0, prior_points=0, gap_images=0, progress=progress
    )
    return dataclasses.replace(checkpoint, scores=metrics.to_json(scores), encoded=encoded)


def _identity(checkpoint: Checkpoint, dataset: Dataset) -> str:
    parts = (checkpoint.sha256, repr(checkpoint.config), dataset.name, repr(dataset.reading))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def can_be_kept(checkpoint: Checkpoint) -> bool:
    """Whether a file of ours can hold it: not what runs by code of its own."""
    return isinstance(checkpoint.config, ModelConfig | NetworkConfig | MoleculeConfig)


def to_hand_out(checkpoint: Checkpoint) -> Checkpoint:
    """As it may leave this machine: without the path of data that has no name."""
    if checkpoint.dataset in (*NAMES, MOSES):
        return checkpoint
    training = {name: value for name, value in checkpoint.training.items() if name != "dataset"}
    return dataclasses.replace(checkpoint, dataset="", training=training)


def _sampled(split: Split, most: int) -> Split:
    """So many pictures of a split, spread over all of it, always the same.

    One of the highest class is among them: it says how many classes there are.
    """
    if len(split) <= most:
        return split
    order = torch.randperm(len(split), generator=Generator().manual_seed(SEED))
    last = max(most - 1, int(split.labels[order].argmax()))
    chosen = torch.cat([order[: most - 1], order[last : last + 1]])
    return Split(split.images[chosen], split.labels[chosen])
