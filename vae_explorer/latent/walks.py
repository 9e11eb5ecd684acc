"""Walks between two points of a model's latent space, and what is true of each step.

A label (class number) counts for conditional models only. Knows nothing of files or front ends.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.errors import ConfigError
from vae_explorer.latent import density, geodesics, geometry, posterior
from vae_explorer.latent.density import CodeDensities
from vae_explorer.latent.geodesics import Decode, Progress
from vae_explorer.latent.path_kinds import PATHS, straight_path
from vae_explorer.latent.posterior import Vote
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet

MAX_STEPS = 1_000


class Walk(NamedTuple):
    """A path taken in n steps, and what it looks like."""

    path: Tensor  # (n, D)
    pictures: Tensor  # (n, C, H, W), decoded along the path
    travelled: Tensor  # (n,) decoded length from the start: Euclidean, pixels in [0, 1]


class Surroundings(NamedTuple):
    """What the codes around each step of a walk say of it."""

    votes: list[Vote]  # n, of the nearest codes
    density: Tensor  # (n,) nats above the density at a typical code
    percent: Tensor  # (n,) of the codes lie where the density is lower


def walk(
    checkpoint: Checkpoint,
    kind: str,
    start: Tensor,
    end: Tensor,
    steps: int,
    label: int = 0,
    geodesic: Tensor | None = None,
) -> Walk:
    """Walk from start to end (D,) in steps, both endpoints included, by one of `PATHS`.

    A geodesic is to be searched before (see `search`); its steps are equal as decoded, those of
    the others in the latent space. ConfigError for other than 2 to 1,000 steps.
    """
    if not 2 <= steps <= MAX_STEPS:
        raise ConfigError(f"a path has from 2 to {MAX_STEPS:,} steps, got {steps:,}.")
    decode = decoder(checkpoint, label)
    cuts = -(-geodesics.KNOTS // (steps - 1))  # stretches between two steps, so that curves count
    count = (steps - 1) * cuts + 1
    function = PATHS[kind].path
    if function is None:
        assert geodesic is not None  # see `search`
        fine = geodesics.evenly_spaced(decode, geodesic, count)
    else:
        fine = function(start, end, count)
    path = fine[::cuts].clone()
    travelled = geodesics.travelled(decode, fine)[::cuts]
    return Walk(path, inference.decode(checkpoint, path, label), travelled)


def hindrance(checkpoint: Checkpoint) -> str:
    """Why no geodesic can be searched, in one sentence; nothing where one can."""
    if checkpoint.model.differentiable:
        return ""
    return "No gradients flow through this model's decoder, so no geodesic can be searched."


def search(
    checkpoint: Checkpoint,
    start: Tensor,
    end: Tensor,
    label: int = 0,
    codes: Tensor | None = None,
) -> Iterator[Progress]:
    """Search the geodesic between two points (D,), by way of codes (N, D) too.

    See `geodesics.geodesic`. ConfigError where that cannot be.
    """
    if reason := hindrance(checkpoint):
        raise ConfigError(reason)
    start, end = start.detach().clone(), end.detach().clone()
    codes = None if codes is None else codes.detach().clone()
    return geodesics.geodesic(decoder(checkpoint, label), start, end, codes)


def find(
    checkpoint: Checkpoint,
    start: Tensor,
    end: Tensor,
    label: int,
    codes: Tensor | None,
    *,
    progress: Callable[[str, float], None],
) -> Tensor:
    """The path (n, D) that a `search` ends with; it tells how far it is."""
    path = start[None]
    for report in search(checkpoint, start, end, label, codes):
        text = f"{report.stage}, iteration {report.iteration}, length {report.length:.2f}"
        progress(text, report.share)
        path = report.path
    return path


def final_path(progress: Iterator[Progress]) -> Tensor:
    """The path (n, D) that a search ends with."""
    *_, last = progress
    return last.path


def cross_fade(first: Tensor, last: Tensor, steps: int) -> Tensor:
    """Two pictures (C, H, W) mixed pixel by pixel, (steps, C, H, W): no model has a part in it."""
    mixed = straight_path(first.flatten(), last.flatten(), steps)
    return mixed.view(steps, *first.shape)


def code_densities(checkpoint: Checkpoint, encoded: EncodedSet) -> CodeDensities | None:
    """The densities at encoded pictures themselves; None where there are fewer than two."""
    return density.code_densities(encoded.mu, _sigma(checkpoint, encoded))


def surroundings(
    checkpoint: Checkpoint,
    encoded: EncodedSet,
    densities: CodeDensities,
    path: Tensor,
    without: Sequence[int] = (),
) -> Surroundings:
    """What encoded pictures say of each step of a path (n, D).

    Those numbered in `without` do not count: the endpoints of a walk, which lie on it by choice.
    """
    counted = torch.ones(len(encoded.mu), dtype=torch.bool)
    # where there are no others, they have to do:
    counted[list(without)] = len(without) >= len(counted)
    mu, labels = encoded.mu[counted], encoded.labels[counted]
    votes = [posterior.vote(geometry.nearest(mu, z, geometry.NEIGHBOURS), labels) for z in path]
    sigma = _sigma(checkpoint, encoded)
    nats = density.log_density(path, mu, None if sigma is None else sigma[counted])
    return Surroundings(votes, nats - densities.median, densities.percent(nats))


def decoder(checkpoint: Checkpoint, label: int = 0) -> Decode:
    """The decoder's mean as a differentiable function, (M, D) -> (M, S * S) in [0, 1]."""
    model = checkpoint.model

    def decode(z: Tensor) -> Tensor:
        y = torch.full((len(z),), label) if model.config.classes else None
        return model.decode(z, y).flatten(1)

    return decode


def _sigma(checkpoint: Checkpoint, encoded: EncodedSet) -> Tensor | None:
    """Standard deviations of posteriors; a plain autoencoder has none."""
    return (0.5 * encoded.logvar).exp() if checkpoint.config.variational else None
