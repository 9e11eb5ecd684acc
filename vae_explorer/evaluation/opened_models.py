"""What becomes of a model that was opened on pictures: which ones, and all else it has to carry.

Between the door for models made elsewhere and whoever shows them: page, command line, Python.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.data.datasets import NAMES, Dataset, Split, to_unit
from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import doctor, metrics
from vae_explorer.evaluation.doctor import Finding
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign import model_door
from vae_explorer.models.foreign.conformance.search import MOST_PICTURES
from vae_explorer.models.foreign.network import NetworkConfig
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.models.foreign.weights.layers import layers_of
from vae_explorer.models.foreign.weights.mapping import Row, table
from vae_explorer.models.foreign.weights.weight_files import read_weights

SEED = 0  # of the pictures that are drawn, and of the noise


def open_on(
    files: Mapping[str, bytes],
    dataset: Dataset,
    *,
    given: Mapping[str, Any] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Opened:
    """A model read on training pictures of a data set: the same ones each time.

    `given` and `roles` are as `model_door.open_model` takes them; CheckpointError likewise.
    """
    x, y = sample(dataset.train, MOST_PICTURES)
    draws = Generator().manual_seed(SEED)
    return model_door.open_model(files, x, y, given=given, roles=roles, generator=draws)


def sample(split: Split, count: int) -> tuple[Tensor, Tensor]:
    """At most so many pictures (n, C, H, W) in [0, 1] and their labels (n,), drawn by SEED.

    The highest label is among them, as models are told how many classes there are.
    """
    order = torch.randperm(len(split), generator=Generator().manual_seed(SEED))
    last = int(split.labels[order].argmax())
    kept = (
        order[:count] if last < count else torch.cat([order[: count - 1], order[last : last + 1]])
    )
    return to_unit(split.images[kept]), split.labels[kept]


def layers(files: Mapping[str, bytes], dataset: Dataset) -> list[Row]:
    """The layers of a file of weights with what they are taken for; none where it is no such."""
    if len(files) != 1:
        return []
    ((name, data),) = files.items()
    if Path(name).suffix.lower() not in model_door.WEIGHTS:
        return []
    try:
        weights, _ = read_weights(data, name)
        return table(layers_of(weights.tensors, weights.in_order), dataset.train.image_shape)
    except CheckpointError:
        return []


def completed(opened: Opened, dataset: Dataset) -> Checkpoint:
    """The model with its data set, quick scores and encoded test set, as pages show it.

    Told apart from the same file on other pictures, or read in another way, by its `sha256`.
    ConfigError where the model cannot take the data set.
    """
    checkpoint = dataclasses.replace(
        opened.checkpoint,
        dataset=dataset.name,
        classes=dataset.classes,
        reading=dataset.reading,
        conformance=tuple(opened.card.sentences()),
        sha256=_identity(opened.checkpoint, dataset),
    )
    return metrics.with_quick_scores(checkpoint, dataset)


def _identity(checkpoint: Checkpoint, dataset: Dataset) -> str:
    parts = (checkpoint.sha256, repr(checkpoint.config), dataset.name, repr(dataset.reading))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def can_be_kept(checkpoint: Checkpoint) -> bool:
    """Whether a file of ours can hold it: not what runs by code of its own."""
    return isinstance(checkpoint.config, NetworkConfig)


def to_hand_out(checkpoint: Checkpoint) -> Checkpoint:
    """As it may leave this machine: without the path of data that has no name."""
    known = checkpoint.dataset in NAMES
    return checkpoint if known else dataclasses.replace(checkpoint, dataset="")


def findings(opened: Opened, dataset: Dataset) -> list[Finding]:
    """What the model doctor says of it, on training and validation pictures."""
    model = opened.checkpoint.model
    x, y = sample(dataset.train, doctor.MAX_PICTURES)
    others = sample(dataset.validation, doctor.MAX_PICTURES)
    draws = Generator().manual_seed(SEED)
    return doctor.examine(model, x, y, generator=draws, held_out=others)
