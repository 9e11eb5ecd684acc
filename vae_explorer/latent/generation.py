"""New pictures: from the prior, of a class, in a style.

Knows nothing of files or front ends. N pictures, D latent coordinates, C classes. Every draw has a
seed of its own, so draw i never depends on the others.
"""

import itertools
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.errors import ConfigError, DataError
from vae_explorer.latent.geometry import class_centres, prior_samples
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.inference import decode

MIN_CLASS_PICTURES = 2  # encoded pictures: one alone is a picture, not a density
MAX_SEEDS = 10_000
MAX_SEED = 2**31 - 1
DECODING_BATCH = 1_000  # pictures that are decoded, or judged, together


class Generated(NamedTuple):
    """Pictures, and where in the latent space they were decoded."""

    z: Tensor  # (N, D)
    pictures: Tensor  # (N, C, H, W) in [0, 1]


def from_prior(
    checkpoint: Checkpoint, seeds: Sequence[int], temperature: float = 1.0, label: int | Tensor = 0
) -> Generated:
    """Draws from N(0, T² I), one a seed; `label`, one or (N,), for a conditional model only.

    The same seed is the same direction at every temperature T.
    """
    z = temperature * prior_samples(list(seeds), checkpoint.config.latent_dim)
    return Generated(z, _decoded(checkpoint, z, label))


class ClassDensity(NamedTuple):
    """Where the pictures of a class lie: a mixture of Gaussians, of equal weights."""

    mu: Tensor  # (n, D)
    sigma: Tensor  # (n, D)

    def sample(self, seeds: Sequence[int], temperature: float = 1.0) -> Tensor:
        """One draw a seed, (len(seeds), D): z = m + T (z₁ - m), with m the middle of the mixture.

        So T = 0 is the middle and T = 1 the density itself, as with the prior, whose m is 0.
        """
        dims = self.mu.shape[1]
        if not len(seeds):
            return torch.empty(0, dims)
        draws = []
        for seed in seeds:
            generator = Generator().manual_seed(seed)
            eps = torch.randn(dims, generator=generator)
            chosen = int(torch.randint(len(self.mu), (1,), generator=generator))
            draws.append(self.mu[chosen] + self.sigma[chosen] * eps)
        return torch.lerp(self.mu.mean(dim=0), torch.stack(draws), temperature)


def density_half(labels: Tensor) -> Tensor:
    """Which of N encoded pictures make the densities of classes, (N,) -> (N,): half of each class.

    Every second one; the others judge (see `class_judge`), so that no draw meets its own origin.
    """
    half = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        half[(labels == label).nonzero().flatten()[::2]] = True
    return half


def class_density(checkpoint: Checkpoint, encoded: EncodedSet | None, label: int) -> ClassDensity:
    """The aggregate posterior of a class: Makhzani et al. 2015 (arXiv:1511.05644), eq. 1.

    Of every second encoded picture of it; see `density_half`. A plain autoencoder has no
    posteriors: its codes are widened by Scott's rule (Scott 1992, Multivariate Density Estimation,
    eq. 6.42).
    DataError where there are too few pictures.
    """
    if encoded is None:
        raise DataError(
            f"{checkpoint.name} carries no encoded pictures: publish it first, and its classes "
            "have a density to draw from."
        )
    half = density_half(encoded.labels) & (encoded.labels == label)
    mu, logvar = encoded.mu[half], encoded.logvar[half]
    if len(mu) < MIN_CLASS_PICTURES:
        count = int((encoded.labels == label).sum())
        raise DataError(
            f"{checkpoint.name} knows {count} encoded picture{'' if count == 1 else 's'} of class "
            f"{class_name(checkpoint, label)}: too few for a density, so choose another class."
        )
    if checkpoint.config.variational:
        return ClassDensity(mu, (0.5 * logvar).exp())
    width = mu.std(dim=0) * len(mu) ** (-1 / (mu.shape[1] + 4))
    return ClassDensity(mu, width.expand_as(mu))


def of_class(
    checkpoint: Checkpoint,
    encoded: EncodedSet | None,
    label: int,
    seeds: Sequence[int],
    temperature: float = 1.0,
) -> Generated:
    """Pictures of a class, one a seed.

    A conditional model is told the class and draws from its prior; any other draws from the density
    of the class. DataError where that has none, or there is no such class.
    """
    if checkpoint.config.classes:
        if not 0 <= label < checkpoint.config.classes:
            raise DataError(
                f"{checkpoint.name} has classes 0 to {checkpoint.config.classes - 1}, not {label}."
            )
        return from_prior(checkpoint, seeds, temperature, label)
    z = class_density(checkpoint, encoded, label).sample(seeds, temperature)
    return Generated(z, _decoded(checkpoint, z, 0))


def in_every_class(
    checkpoint: Checkpoint, encoded: EncodedSet | None, z: Tensor, labels: Tensor | None
) -> Generated:
    """Styles z (N, D) as each of C classes: points (N, C, D), pictures (N, K, C, H, W).

    A conditional model keeps z and is told another class: Kingma et al. 2014, "Semi-supervised
    Learning with Deep Generative Models", figure 2. Any other goes from the centre of the style's
    own class, one of `labels` (N,), to that of each class; one that nobody has encoded has no
    centre: its points are not numbers and its pictures black. DataError without encoded pictures.
    """
    count = checkpoint.config.classes
    if count:
        points = z.unsqueeze(1).expand(-1, count, -1)
        classes = torch.arange(count).repeat(len(z))
    elif encoded is None or labels is None:
        raise DataError(f"{checkpoint.name} has no class centres: it carries no encoded pictures.")
    else:
        count = max(len(checkpoint.classes), int(encoded.labels.max()) + 1)
        centres = class_centres(encoded.mu, encoded.labels, count)
        points = z.unsqueeze(1) + centres.unsqueeze(0) - centres[labels].unsqueeze(1)
        classes = 0
    pictures = _decoded(checkpoint, points.flatten(0, 1).nan_to_num(), classes)
    pictures = pictures.unflatten(0, (len(z), count))
    pictures[points.isnan().any(dim=2)] = 0
    return Generated(points, pictures)


def is_far(mu: Tensor, z: Tensor, typical: float) -> Tensor:
    """Which points z (N, D) lie farther from all of mu (M, D) than data do from each other, (N,).

    `typical` as `geometry.typical_spacing` gives it. Where nothing is encoded nothing is far.
    """
    if len(mu) == 0:
        return torch.zeros(len(z), dtype=torch.bool)
    return torch.cdist(z, mu).min(dim=1).values > typical


def class_name(checkpoint: Checkpoint, label: int) -> str:
    """What a class is called; its number where the file has no name for it."""
    named = 0 <= label < len(checkpoint.classes)
    return checkpoint.classes[label] if named else str(label)


def read_seeds(text: str) -> list[int]:
    """Seeds as people write them, "0-23,40"; ConfigError on anything else."""
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,10})\s*(?:-\s*(\d{1,10})\s*)?", part, flags=re.ASCII)
        low = int(match[1]) if match else 0
        high = int(match[2] or low) if match else -1
        if not low <= high <= MAX_SEED or len(seeds) + high - low >= MAX_SEEDS:
            raise ConfigError(
                f"{text[:60]!r} are no seeds: write numbers and ranges such as 0-23,40, rising, at "
                f"most {MAX_SEEDS:,} of them, each below 2^31."
            )
        seeds += range(low, high + 1)
    return seeds


def seeds_text(seeds: Sequence[int]) -> str:
    """The shortest text that `read_seeds` reads back."""
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and seed == parts[-1][1] + 1:
            parts[-1][1] = seed
        else:
            parts.append([seed, seed])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in parts)


def renewed_seeds(seeds: Sequence[int], locked: Collection[int], shown: int) -> list[int]:
    """Other seeds for all tiles that are not locked, counted on from the highest one shown."""
    fresh = itertools.count(max(seeds[:shown]) + 1)
    return [seed if i in locked else next(fresh) for i, seed in enumerate(seeds)]


def with_new_seed(seeds: Sequence[int], tile: int) -> list[int]:
    """The same with a seed for one tile that no other has."""
    return [max(seeds) + 1 if i == tile else seed for i, seed in enumerate(seeds)]


def _decoded(checkpoint: Checkpoint, z: Tensor, label: int | Tensor) -> Tensor:
    """Pictures (N, C, H, W), a bounded number of them at once."""
    parts = [torch.empty(0, *checkpoint.config.image_shape)]
    for start in range(0, len(z), DECODING_BATCH):
        part = slice(start, start + DECODING_BATCH)
        classes = label[part] if isinstance(label, Tensor) else label
        parts.append(decode(checkpoint, z[part], classes))
    return torch.cat(parts)
