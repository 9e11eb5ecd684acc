"""The latent space of a model, ready to be shown: encoded pictures, ranges, projection, classes.

Shared by all sessions: never change what is handed out.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.latent import camera, geometry
from vae_explorer.latent.camera import Camera
from vae_explorer.models import checkpoints
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.ui.session import dataset_cache
from vae_explorer.ui.session.work.kept import kept

DIGITS = tuple("0123456789")  # classes whose pictures are called so
AXES_SHOWN = 8  # coordinates with a traversal of their own, the most spread first


class Space(NamedTuple):
    """A model's latent space, ready to be shown."""

    checkpoint: Checkpoint
    encoded: EncodedSet | None  # None: no encoded pictures, neither kept nor to be had
    ranges: list[geometry.Range]  # of all data: what sliders offer
    core: list[geometry.Range]  # of nearly all data: what slices and traversals span
    centre: Tensor  # (D,), the middle of the data
    projection: geometry.Projection
    points: np.ndarray  # (N, 2 or 3) float32, the encoded pictures as drawn
    typical: float  # see geometry.typical_spacing
    decimals: int  # of a coordinate, as it is shown and kept
    classes: tuple[str, ...]  # a name for every label; its number where the file has none
    colours: tuple[str, ...]
    members: list[Tensor]  # of each class, indices of its encoded pictures, typical ones first

    @property
    def codes(self) -> EncodedSet:
        """The encoded pictures, of a space that has them: ask first whether `encoded` is None."""
        assert self.encoded is not None, "this space has no encoded pictures"
        return self.encoded

    @property
    def noun(self) -> str:
        """What one of its pictures is called, or one of its codes where no pictures are."""
        if self.checkpoint.smiles:
            return "molecule"
        if self.codes_alone and self.checkpoint.pictures is None:
            return "code"
        return "digit" if self.checkpoint.classes == DIGITS else "picture"

    @property
    def pictures(self) -> str:
        """A text, equal where encoded picture i is the same one; "" where none are encoded."""
        if self.encoded is None:
            return ""
        size = "x".join(map(str, self.checkpoint.config.image_shape))
        dataset = self.checkpoint.dataset
        return f"{dataset}/{self.encoded.split}/{len(self.encoded.mu)}/{size}"

    @property
    def item(self) -> str:
        """The same of encoded ones, with the split of a data set that they are of."""
        test = self.encoded is not None and self.encoded.split == "test" and not self.codes_alone
        return f"test {self.noun}" if test else self.noun

    @property
    def step(self) -> float:
        """Of a coordinate's slider."""
        return 10**-self.decimals

    @property
    def codes_alone(self) -> bool:
        """Whether there is no network: nothing can be decoded or encoded."""
        return not self.checkpoint.model.can_decode

    @property
    def axes(self) -> tuple[str, ...]:
        """A name for each drawn dimension: a one-dimensional space lies along a line."""
        names = self.projection.names
        return names if len(names) > 1 else (*names, "")


@kept(12)
def of(checkpoint: Checkpoint) -> Space:
    """All that pages need to know about a model's latent space."""
    encoded = checkpoint.encoded or _encode(checkpoint)
    mu = encoded.mu if encoded else torch.empty(0, checkpoint.config.latent_dim)
    projection = geometry.projection(mu)
    decimals = geometry.decimals(mu)
    classes = checkpoint.classes
    labelled = int(encoded.labels.max()) + 1 if encoded else 0
    count = max(len(classes), checkpoint.config.classes, labelled)
    return Space(
        checkpoint=checkpoint,
        encoded=encoded,
        ranges=geometry.coordinate_ranges(mu, digits=decimals - 1),
        core=geometry.coordinate_ranges(mu, 0.99, digits=decimals - 1),
        centre=mu.mean(dim=0) if len(mu) else torch.zeros(mu.shape[1]),
        projection=projection,
        points=drawable(projection(mu)),
        typical=_typical(checkpoint, encoded),
        decimals=decimals,
        classes=classes + tuple(map(str, range(len(classes), count))),
        colours=figures.class_colours(max(count, 1)),
        members=[geometry.typical_first(mu, encoded.labels, c) for c in range(count) if encoded],
    )


@kept(12)
def home(checkpoint: Checkpoint) -> Camera | None:
    """From where its cloud is seen at first; None where it is all the same."""
    space = of(checkpoint)
    if space.encoded is None:
        return None
    return camera.camera(space.points, space.encoded.labels.numpy())


def _typical(checkpoint: Checkpoint, encoded: EncodedSet | None) -> float:
    if encoded is None:
        return 0.0
    sigma = (0.5 * encoded.logvar).exp() if checkpoint.config.variational else None
    return geometry.typical_spacing(encoded.mu, sigma)


def spread_first(space: Space) -> list[int]:
    """Coordinates, those along which the data is spread most first; in order up to eight."""
    coordinates = list(range(len(space.ranges)))
    if len(coordinates) <= AXES_SHOWN:
        return coordinates
    return sorted(coordinates, key=lambda d: space.core[d].low - space.core[d].high)


def project(space: Space, z: Tensor) -> np.ndarray:
    """Where points (..., D) are drawn in the cloud, (..., 2 or 3)."""
    return drawable(space.projection(z))


def drawable(points: Tensor) -> np.ndarray:
    """At least two coordinates to draw: a one-dimensional space lies along a line."""
    if points.shape[-1] == 1:
        points = torch.cat([points, torch.zeros_like(points)], dim=-1)
    return np.ascontiguousarray(points.numpy(), dtype=np.float32)


def _encode(checkpoint: Checkpoint) -> EncodedSet | None:
    """The test set through a model whose file does not carry it, where the set is at hand."""
    dataset = dataset_cache.of_model(checkpoint)
    if dataset is None:
        return None
    test = dataset.test
    if not dataset_cache.fits(test.images, checkpoint.config):
        return None
    return checkpoints.encode_split(
        checkpoint.model, datasets.to_unit(test.images), test.labels, "test"
    )
