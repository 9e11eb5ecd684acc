"""The models that Compare shows beside each other, and what they have in common."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.data import datasets
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import metrics, model_comparison
from vae_explorer.evaluation.classes import disentanglement
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.training.runs import live_models
from vae_explorer.training.runs.model_library import ModelEntry, list_models
from vae_explorer.ui.session import latent_space, model_cache, model_selection
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

MOST = 4
FIRST = ("mnist-3d", "mnist-beta4-3d", "mnist-autoencoder-3d")  # one idea each: shown at first
STEPS = 9  # decodes along each coordinate
AXES = 5  # coordinates with a traversal, the most spread first


class ComparedModel(NamedTuple):
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
        """Which pictures it has encoded: see `Space.pictures`."""
        return self.space.pictures


def first_choice(current: str) -> list[str]:
    """The models shown at first: the current one, and others of its data set.

    Reads no more files than it has to.
    """
    of_pictures = titles()
    entries = {entry.key: entry for entry in list_models() if entry.key in of_pictures}
    added = model_selection.uploaded()
    model = added.get(current) or (_row(entries[current]) if current in entries else None)
    keys = [current] if model is not None and current in of_pictures else []
    for key in (*FIRST, *entries):
        if len(keys) == len(FIRST) or key in keys or key not in entries:
            continue
        row = _row(entries[key])
        if row is not None and (model is None or row.dataset == model.dataset):
            keys.append(key)
    return keys


def followed(keys: Sequence[str], before: str, current: str) -> list[str]:
    """The models shown once another one is the current one, which then is among them."""
    if current in keys or current not in titles():
        return list(keys)
    if list(keys) == first_choice(before):
        return first_choice(current)
    kept = [key for key in keys if key != before]
    return [current, *kept][:MOST]


def titles() -> dict[str, str]:
    """All models of pictures, key -> title: not codes that came without a network."""
    known = model_selection.titles_of(molecules=False)
    return {key: title for key, title in known.items() if _decodes(key)}


def _decodes(key: str) -> bool:
    """Whether it has a decoder: of models in files all have."""
    model = model_selection.uploaded().get(key) or live_models.of_key(key)
    return model is None or model.model.can_decode


def load(keys: Sequence[str]) -> list[ComparedModel]:
    """The models of these keys; ExplorerError where one is gone or damaged."""
    at_hand = {entry.key: entry for entry in list_models()}
    named, models = titles(), []
    for key in keys:
        added = model_selection.uploaded().get(key)
        checkpoint = model_cache.load(at_hand[key]) if added is None else added
        models.append(ComparedModel(key, named[key], latent_space.of(checkpoint)))
    return models


def rows() -> tuple[list[Row], list[str]]:
    """A row for each model at hand, and the sentences about those that cannot be read."""
    rows, unread, named = [], [], titles()
    for entry in filter(lambda entry: entry.key in named, list_models()):
        row = _row(entry)
        if row is None:
            unread.append(f"{entry.title} cannot be read.")
        else:
            rows.append(row)
    rows += [
        model_comparison.row(named[key], model)
        for key, model in model_selection.uploaded().items()
        if key in named
    ]
    return rows, unread


def _row(entry: ModelEntry) -> Row | None:
    try:
        return model_cache.summary(entry).row
    except ExplorerError:
        return None


def groups(models: Sequence[ComparedModel]) -> list[list[ComparedModel]]:
    """Models that hold the same pictures, together; in the order in which they were chosen."""
    by_items: dict[str, list[ComparedModel]] = {}
    for model in models:
        if model.items:
            by_items.setdefault(model.items, []).append(model)
    return list(by_items.values())


def decoded(model: ComparedModel, indices: list[int]) -> Tensor:
    """What a model makes of its encoded pictures, (n, C, H, W)."""
    encoded = model.space.codes
    return inference.decode(model.space.checkpoint, encoded.mu[indices], encoded.labels[indices])


def traversals(model: ComparedModel, index: int) -> tuple[list[int], Sequence[Tensor]]:
    """Coordinates, and the decodes along each from the code of a picture, (STEPS, C, H, W)."""
    space = model.space
    dims = sorted(latent_space.spread_first(space)[:AXES])
    z = space.codes.mu[index]
    points = torch.cat([geometry.traverse(z, dim, space.core[dim], STEPS) for dim in dims])
    label = int(space.codes.labels[index])
    return dims, inference.decode(space.checkpoint, points, label).split(STEPS)


class Coordinate(NamedTuple):
    """What one latent coordinate carries, in nats."""

    name: str
    kl_nats: float | None  # None: an autoencoder has none
    class_nats: float  # mutual information with the class


@kept(24)
def coordinates(checkpoint: Checkpoint) -> tuple[list[Coordinate], float]:
    """What each coordinate carries, those that carry most first, and the entropy of the class."""
    encoded = latent_space.of(checkpoint).codes
    class_nats = disentanglement.class_information(encoded).tolist()
    kl_nats: list[float] = []
    if checkpoint.config.variational:
        values = metrics.kl_per_dimension(encoded).value
        kl_nats = values if isinstance(values, list) else [values]
    carried = [
        Coordinate(f"z{dim + 1}", kl_nats[dim] if kl_nats else None, nats)
        for dim, nats in enumerate(class_nats)
    ]
    carried.sort(key=lambda c: (-(c.kl_nats or 0), -c.class_nats))
    return carried, disentanglement.class_entropy(encoded.labels)
