"""Pictures of a latent space, shared by all sessions: encoded ones, and decoded slices."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.latent import geometry
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.inference import decode
from vae_explorer.ui.session import dataset_cache, latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept


def originals(space: Space) -> Tensor | None:
    """The pictures behind the encoded points, as in a `Split`, where they are on this disk."""
    if space.checkpoint.pictures is not None:
        return space.checkpoint.pictures
    dataset, encoded = dataset_cache.of_model(space.checkpoint), space.encoded
    if encoded is None or dataset is None:
        return None
    images = dataset.split(encoded.split).images
    whole = len(images) == len(encoded.mu) and dataset_cache.fits(images, space.checkpoint.config)
    return images if whole else None


def encoded_pictures(space: Space, indices: list[int]) -> tuple[Tensor, bool]:
    """Encoded pictures (n, C, H, W) by index, and whether they are originals, not decoded.

    Of codes that came without pictures, plain tiles in the colour of the class.
    """
    images = originals(space)
    if images is not None:
        return datasets.to_unit(images[indices]), True
    encoded = space.codes
    if space.codes_alone:
        return figures.plain_tiles([space.colours[n] for n in encoded.labels[indices]]), False
    return decode(space.checkpoint, encoded.mu[indices], encoded.labels[indices]), False


class Slice(NamedTuple):
    """Decodes over a plane of the latent space."""

    sheet: np.ndarray  # uint8 (n H, n W) or (n H, n W, 3)
    url: str  # of the sheet as a picture


def decoded_slice(space: Space, z: Tensor, dims: tuple[int, int], label: int, n: int) -> Slice:
    """The n x n decodes over two coordinates through z (D,): the same for all z of that plane."""
    kept = tuple(0.0 if dim in dims else value for dim, value in enumerate(z.tolist()))
    return _slice(space.checkpoint, kept, dims, label, n)


@kept(64)
def _slice(
    checkpoint: Checkpoint, kept: tuple[float, ...], dims: tuple[int, int], label: int, n: int
) -> Slice:
    points = geometry.slice_plane(torch.tensor(kept), dims, latent_space.of(checkpoint).core, n)
    sheet = figures.sheet(decode(checkpoint, points, label), n, gap=0)
    return Slice(sheet, figures.data_url(figures.png(sheet)))
