"""What sessions share, cached by what identifies it: file stamp, content hash, seed, sizes.

Everything handed out here is shared between visitors and threads: never change it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.errors import CheckpointError, DataError
from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.latent import geometry
from vae_explorer.models import checkpoints, model_matching
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.inference import decode
from vae_explorer.models.model_matching import Facts
from vae_explorer.training.runs.model_library import ModelEntry

HashFuncs = dict[str | type[Any], Callable[[Any], Any]]
AXES_SHOWN = 8  # axes with a traversal of their own, the most spread first
BY_CONTENT: HashFuncs = {Checkpoint: lambda checkpoint: checkpoint.sha256}


class Summary(NamedTuple):
    """What is said of a model among others."""

    facts: Facts
    row: Row


class Space(NamedTuple):
    """A model's latent space, ready to be shown."""

    checkpoint: Checkpoint
    encoded: EncodedSet | None  # None: no encoded pictures, neither kept nor to be had
    ranges: list[geometry.Range]  # of all data: what sliders offer
    core: list[geometry.Range]  # of nearly all data: what slices and traversals span
    centre: Tensor  # (D,), the middle of the data
    projection: geometry.Projection
    points: np.ndarray  # (N, 2 or 3) float32, the encoded pictures as drawn
    typical: float  # see latent.typical_spacing
    classes: tuple[str, ...]  # a name for every label; its number where the file has none
    colours: tuple[str, ...]
    members: list[Tensor]  # of each class, indices of its encoded pictures, typical ones first

    @property
    def codes(self) -> EncodedSet:
        """The encoded pictures, of a space that has them: ask first whether `encoded` is None."""
        assert self.encoded is not None, "this space has no encoded pictures"
        return self.encoded

    @property
    def axes(self) -> tuple[str, ...]:
        """A name for each drawn dimension: a one-dimensional space lies along a line."""
        names = self.projection.names
        return names if len(names) > 1 else (*names, "")


def load(entry: ModelEntry) -> Checkpoint:
    """A checkpoint, read again only when its file has changed."""
    return _load(*_stamp(entry))


@st.cache_resource(show_spinner=False, max_entries=12)
def _load(path: str, modified: int, size: int) -> Checkpoint:
    return checkpoints.load_checkpoint(path)


def summary(entry: ModelEntry) -> Summary:
    """What others are told of a model, read once a file; the model itself is let go of again."""
    return _summary(entry.key, entry.title, *_stamp(entry))


@st.cache_resource(show_spinner=False, max_entries=1_000)
def _summary(key: str, title: str, path: str, modified: int, size: int) -> Summary:
    checkpoint = checkpoints.load_checkpoint(path)
    return Summary(model_matching.facts(key, checkpoint), model_comparison.row(title, checkpoint))


def _stamp(entry: ModelEntry) -> tuple[str, int, int]:
    """What tells one state of a model's file from another."""
    try:
        stat = entry.path.stat()
    except OSError as error:
        raise CheckpointError(f"the model {entry.title} is gone: choose another.") from error
    return str(entry.path), stat.st_mtime_ns, stat.st_size


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs=BY_CONTENT)
def space(checkpoint: Checkpoint) -> Space:
    """All that pages need to know about a model's latent space."""
    encoded = checkpoint.encoded or _encode(checkpoint)
    mu = encoded.mu if encoded else torch.empty(0, checkpoint.config.latent_dim)
    projection = geometry.projection(mu)
    classes = checkpoint.classes
    seen = int(encoded.labels.max()) + 1 if encoded else 0
    count = max(len(classes), checkpoint.config.classes, seen)
    return Space(
        checkpoint=checkpoint,
        encoded=encoded,
        ranges=geometry.coordinate_ranges(mu),
        core=geometry.coordinate_ranges(mu, coverage=0.99),
        centre=mu.mean(dim=0) if len(mu) else torch.zeros(mu.shape[1]),
        projection=projection,
        points=drawable(projection(mu)),
        typical=geometry.typical_spacing(mu),
        classes=classes + tuple(map(str, range(len(classes), count))),
        colours=figures.class_colours(max(count, 1)),
        members=[geometry.typical_first(mu, encoded.labels, c) for c in range(count) if encoded],
    )


def spread_first(space: Space) -> list[int]:
    """Coordinates, those along which the data is spread most first; in order up to eight."""
    dims = list(range(len(space.ranges)))
    if len(dims) <= AXES_SHOWN:
        return dims
    return sorted(dims, key=lambda d: space.core[d].low - space.core[d].high)


def project(space: Space, z: Tensor) -> np.ndarray:
    """Where places (..., D) are drawn in the cloud, (..., 2 or 3)."""
    return drawable(space.projection(z))


class Slice(NamedTuple):
    """Decodes over a plane of the latent space."""

    sheet: np.ndarray  # uint8 (n S, n S)
    url: str  # of the sheet as a picture


def plane(space: Space, z: Tensor, dims: tuple[int, int], label: int, n: int) -> Slice:
    """The n x n decodes over two coordinates through z (D,): the same for all z of that plane."""
    held = tuple(0.0 if dim in dims else value for dim, value in enumerate(z.tolist()))
    return _plane(space.checkpoint, held, dims, label, n)


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=BY_CONTENT)
def _plane(
    checkpoint: Checkpoint, held: tuple[float, ...], dims: tuple[int, int], label: int, n: int
) -> Slice:
    places = geometry.slice_plane(torch.tensor(held), dims, space(checkpoint).core, n)
    sheet = figures.sheet(decode(checkpoint, places, label), n, gap=0)
    return Slice(sheet, figures.data_url(figures.png(sheet)))


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=BY_CONTENT)
def tsne(checkpoint: Checkpoint, count: int, seed: int) -> np.ndarray:
    """The first `count` encoded pictures placed by t-SNE, (count, 3)."""
    return geometry.tsne(space(checkpoint).codes.mu, seed, count).numpy()


def originals(space: Space) -> Tensor | None:
    """The pictures (N, S, S) uint8 behind the encoded points, where they are on this disk."""
    known, encoded = at_hand(space.checkpoint.dataset), space.encoded
    if encoded is None or known is None:
        return None
    images = known.split(encoded.split).images
    side = space.checkpoint.config.image_size
    return images if images.shape == (len(encoded.mu), side, side) else None


def pictures(space: Space, indices: list[int]) -> tuple[Tensor, bool]:
    """Encoded pictures (n, 1, S, S) by index, and whether they are originals, not decoded."""
    known = originals(space)
    if known is not None:
        return datasets.to_unit(known[indices]), True
    encoded = space.codes
    return decode(space.checkpoint, encoded.mu[indices], encoded.labels[indices]), False


def dataset(name: str) -> datasets.Dataset:
    """A data set that is at hand, held in memory once; DataError says what is missing."""
    return _dataset(name, str(datasets.data_root().resolve()))


def at_hand(name: str) -> datasets.Dataset | None:
    """A data set, or None where it is missing or damaged: a model can be shown without it."""
    try:
        return dataset(name) if datasets.available(name) else None
    except DataError:
        return None


@st.cache_resource(show_spinner=False, max_entries=3)
def _dataset(name: str, root: str) -> datasets.Dataset:
    return datasets.load_dataset(name)


def _encode(checkpoint: Checkpoint) -> EncodedSet | None:
    """The test set through a model whose file does not carry it, where the set is at hand."""
    known = at_hand(checkpoint.dataset)
    if known is None:
        return None
    test = known.test
    if test.images.shape[-1] != checkpoint.config.image_size:
        return None
    return checkpoints.encode_split(
        checkpoint.model, datasets.to_unit(test.images), test.labels, "test"
    )


def drawable(points: Tensor) -> np.ndarray:
    """At least two coordinates to draw: a one-dimensional space lies along a line."""
    if points.shape[-1] == 1:
        points = torch.cat([points, torch.zeros_like(points)], dim=-1)
    return np.ascontiguousarray(points.numpy(), dtype=np.float32)
