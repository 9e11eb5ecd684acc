"""The models that Compare shows beside each other, and what they have in common."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.data import datasets
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import disentanglement, metrics, model_comparison
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.training.runs.model_library import ModelEntry, list_models
from vae_explorer.ui.session import cache, model_selection
from vae_explorer.ui.session.cache import BY_CONTENT, Space

MOST = 4
USUAL = ("mnist-3d", "mnist-beta4-3d", "mnist-autoencoder-3d")  # one idea each: shown at first
STEPS = 9  # decodes along each coordinate
AXES = 5  # coordinates with a traversal, the most spread first


class Shown(NamedTuple):
    """One of the models beside each other."""

    key: str
    title: str
    space: Space

    @property
    def dataset(self) -> str:
        """What its pictures are called."""
        return datasets.title(self.space.checkpoint.dataset) or "an unknown data set"

    @property
    def items(self) -> str:
        """What the encoded pictures are, alike where item i is the same picture; "" for none."""
        encoded, checkpoint = self.space.encoded, self.space.checkpoint
        if encoded is None:
            return ""
        side = checkpoint.config.image_size
        return f"{checkpoint.dataset}/{encoded.split}/{len(encoded.mu)}/{side}"


def usual(current: str) -> list[str]:
    """The models shown at first: the current one, and others of its data set.

    Reads no more files than it has to.
    """
    entries = {entry.key: entry for entry in list_models()}
    added = model_selection.uploaded()
    own = added.get(current) or (_row(entries[current]) if current in entries else None)
    found = [current] if own is not None else []
    for key in (*USUAL, *entries):
        if len(found) == len(USUAL) or key in found or key not in entries:
            continue
        row = _row(entries[key])
        if row is not None and (own is None or row.dataset == own.dataset):
            found.append(key)
    return found


def shown(keys: Sequence[str]) -> list[Shown]:
    """The models of these keys; ExplorerError where one is gone or damaged."""
    at_hand = {entry.key: entry for entry in list_models()}
    named, found = model_selection.titles(), []
    for key in keys:
        added = model_selection.uploaded().get(key)
        checkpoint = cache.load(at_hand[key]) if added is None else added
        found.append(Shown(key, named[key], cache.space(checkpoint)))
    return found


def rows() -> tuple[list[Row], list[str]]:
    """A row for each model at hand, and the sentences about those that cannot be read."""
    found, unread = [], []
    for entry in list_models():
        row = _row(entry)
        if row is None:
            unread.append(f"{entry.title} cannot be read.")
        else:
            found.append(row)
    found += [
        model_comparison.row(f"{c.name} (added)", c) for c in model_selection.uploaded().values()
    ]
    return found, unread


def _row(entry: ModelEntry) -> Row | None:
    try:
        return cache.summary(entry).row
    except ExplorerError:
        return None


def groups(models: Sequence[Shown]) -> list[list[Shown]]:
    """Models that hold the same pictures, together; in the order in which they were chosen."""
    found: dict[str, list[Shown]] = {}
    for model in models:
        if model.items:
            found.setdefault(model.items, []).append(model)
    return list(found.values())


def decoded(model: Shown, indices: list[int]) -> Tensor:
    """What a model makes of its encoded pictures, (n, 1, S, S)."""
    encoded = model.space.encoded
    return inference.decode(model.space.checkpoint, encoded.mu[indices], encoded.labels[indices])


def traversals(model: Shown, index: int) -> tuple[list[int], Sequence[Tensor]]:
    """Coordinates, and the decodes along each from the code of a picture, (STEPS, 1, S, S)."""
    space = model.space
    dims = sorted(cache.spread_first(space)[:AXES])
    z = space.encoded.mu[index]
    places = torch.cat([geometry.traverse(z, dim, space.core[dim], STEPS) for dim in dims])
    label = int(space.encoded.labels[index])
    return dims, inference.decode(space.checkpoint, places, label).split(STEPS)


class Coordinate(NamedTuple):
    """What one latent coordinate carries, in nats."""

    name: str
    kl: float | None  # None: an autoencoder has none
    told: float  # of the class


@st.cache_resource(show_spinner=False, max_entries=24, hash_funcs=BY_CONTENT)
def coordinates(checkpoint: Checkpoint) -> tuple[list[Coordinate], float]:
    """What each coordinate carries, those that carry most first, and the entropy of the class."""
    encoded = cache.space(checkpoint).encoded
    told = disentanglement.class_information(encoded).tolist()
    kl = [None] * len(told)
    if checkpoint.config.variational:
        kl = metrics.kl_per_dimension(encoded).value
    found = [Coordinate(f"z{d + 1}", kl[d], told[d]) for d in range(len(told))]
    found.sort(key=lambda c: (-(c.kl or 0), -c.told))
    return found, disentanglement.class_entropy(encoded.labels)
