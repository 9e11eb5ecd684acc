"""Lattices of prior points with what a decoder makes of them: p(x|z) of any picture at all of them.

Knows nothing of files or front ends. N pictures of P values each, M lattice points, D <= 3 latent
coordinates, nats throughout.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat

import torch
from torch import Generator, Tensor

from vae_explorer.errors import ExplorerError
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import log_blank

# Of rank-1 lattices of 2^5 to 2^17 points: the best of 1,500 drawn at random, by the worst-case
# error P2 (Sloan & Joe 1994, "Lattice Methods for Multiple Integration") over the least found
GENERATING_VECTOR = (1, 907_635, 790_115)
MAX_DIM = len(GENERATING_VECTOR)
MAX_POINTS = 2**20  # beyond, the vector repeats itself
SHIFTS = 8  # by whose differences errors are estimated
POINTS = 2**16
MAX_BYTES = 512_000_000  # of decoded points that are kept; beyond, they are decoded again
_BATCH = 4_096  # points decoded at once


def hindrance(model: LatentModel, label: int | None = None) -> str:
    """Why nothing exact can be said of a model, in one sentence; nothing where it can."""
    config = model.config
    if not model.can_decode:
        return "There are codes alone: exact posteriors need the decoder."
    if not config.variational:
        return "A plain autoencoder has no prior, so its pictures have no probability."
    if config.latent_dim > MAX_DIM:
        return (
            f"Lattices of the prior serve models of at most {MAX_DIM} coordinates, this one has "
            f"{config.latent_dim}: use the importance-weighted likelihood (iw_nll) instead."
        )
    if config.classes and (label is None or not 0 <= label < config.classes):
        return f"This model is conditional: give a class from 0 to {config.classes - 1}."
    return ""


def shortage(model: LatentModel, points: int, max_bytes: int = MAX_BYTES) -> str:
    """That so many decoded points do not fit into memory, without a full stop; else nothing."""
    half_bytes = 2 * points * model.config.pixels
    if half_bytes <= max_bytes:
        return ""
    return (
        f"{points:,} decoded points take {half_bytes / 1e6:,.0f} MB, more than the "
        f"{max_bytes / 1e6:,.0f} MB there are"
    )


def check_points(points: int, shifts: int = SHIFTS) -> None:
    """ExplorerError unless there is a lattice of so many points."""
    if not shifts <= points <= MAX_POINTS or points & (points - 1):
        raise ExplorerError(
            f"a lattice has a power of two of points, {shifts} to {MAX_POINTS:,}, not {points:,}."
        )


def shifted_lattice(points: int, dims: int, seed: int, shifts: int = SHIFTS) -> Tensor:
    """Points of N(0, I), (M, D): `shifts` lattices, each moved at random, one after the other.

    Through the inverse of the normal distribution. In each lattice M / shifts points; ExplorerError
    unless M is a power of two from `shifts` to MAX_POINTS.
    """
    check_points(points, shifts)
    each = points // shifts
    vector = torch.tensor(GENERATING_VECTOR[:dims])
    lattice = (torch.arange(each).unsqueeze(1) * vector % each).double() / each
    moved = torch.rand(shifts, 1, dims, generator=Generator().manual_seed(seed)).double()
    cube = ((lattice + moved) % 1).clamp(1e-12, 1 - 1e-12)
    return torch.special.ndtri(cube).float().flatten(0, 1)


def moved_net(points: int, moves: Tensor) -> Tensor:
    """Points of N(0, I), (..., K, D): Sobol points, moved by `moves` (..., D) in [0, 1).

    Of so few points that a lattice's coordinates repeat each other, nets fill space better.
    """
    net = torch.quasirandom.SobolEngine(moves.shape[-1]).draw(points)
    cube = (net + moves.unsqueeze(-2)) % 1
    return torch.special.ndtri(cube.clamp(1e-6, 1 - 1e-6))


@dataclass(frozen=True)
class DecodedLattice:
    """Prior points of a model, decoded; made by `decoded_lattice`."""

    model: LatentModel
    points: Tensor  # (M, D), lattice after lattice
    label: int | None  # of a conditional model
    seed: int
    kept: Tensor | None  # (M, P) what the decoder gives, float32 or float16; None: decode again
    blank: Tensor | None = None  # (M,) log p(all black|z) of kept Bernoulli pixels

    def log_likelihood(self, x: Tensor) -> Tensor:
        """log p(x|z) (N, M) of pictures (N, C, H, W) in [0, 1] at every point."""
        x = x.flatten(1)
        blanks = repeat(None) if self.blank is None else self.blank.split(_BATCH)
        pairs = zip(self._raw(), blanks, strict=self.blank is not None)
        parts = [self.model.log_likelihoods(raw.float(), x, b) for raw, b in pairs]
        return torch.cat(parts, dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """What the decoder gives at points (B, D) -> (B, P), under the lattice's class."""
        return _decode(self.model, z, self.label)

    def labels(self, count: int) -> Tensor | None:
        """The class as often as there are pictures; None: the model is given none."""
        return None if self.label is None else torch.full((count,), self.label)

    def _raw(self) -> Iterator[Tensor]:
        if self.kept is not None:
            yield from self.kept.split(_BATCH)
            return
        for z in self.points.split(_BATCH):
            yield self.decode(z)


def decoded_lattice(
    model: LatentModel,
    points: int = POINTS,
    *,
    label: int | None = None,
    seed: int = 0,
    max_bytes: int = MAX_BYTES,
    keep: bool = False,
    progress: Callable[[float], None] = lambda share: None,
) -> DecodedLattice:
    """The lattice of a model: its `points`, a power of two, decoded and kept where they fit.

    In float32 where they fit into `max_bytes`, else in float16, else each use decodes them again:
    unless `keep` says that this must not be. ExplorerError for a model of which nothing exact can
    be said (`hindrance`), for one whose decoder gives no finite numbers, and for what must be kept
    and does not fit.
    """
    if sentence := hindrance(model, label):
        raise ExplorerError(sentence)
    label = label if model.config.classes else None
    z = shifted_lattice(points, model.latent_dim, seed)
    if sentence := shortage(model, points, max_bytes):
        if keep:
            raise ExplorerError(f"{sentence}: use fewer points.")
        return DecodedLattice(model, z, label, seed, None)
    dtype = torch.float32 if 4 * points * model.config.pixels <= max_bytes else torch.float16
    kept = torch.empty(points, model.config.pixels, dtype=dtype)
    blank = torch.empty(points) if model.config.likelihood == "bernoulli" else None
    for start in range(0, points, _BATCH):
        part = _decode(model, z[start : start + _BATCH], label)
        if dtype == torch.float16:
            part = part.clamp(-65_504, 65_504)  # beyond there is no half
        kept[start : start + _BATCH] = part
        if blank is not None:  # of the values as they are kept
            blank[start : start + _BATCH] = log_blank(part.to(dtype).float())
        progress(min(1.0, (start + _BATCH) / points))
    return DecodedLattice(model, z, label, seed, kept, blank)


def pixel_log_likelihood(
    model: LatentModel, raw: Tensor, x: Tensor, blank: Tensor | None = None
) -> Tensor:
    """`LatentModel.log_likelihoods` as a function."""
    return model.log_likelihoods(raw, x, blank)


def _decode(model: LatentModel, z: Tensor, label: int | None) -> Tensor:
    y = None if label is None else torch.full((len(z),), label)
    with torch.inference_mode():
        raw = torch.cat([model.decode_raw(*_part(z, y, i)) for i in range(0, len(z), _BATCH)])
    if not math.isfinite(raw.sum().item()) and not raw.isfinite().all():
        raise ExplorerError(
            "the decoder gives values that are not finite numbers: the model is damaged or its "
            "training failed, so train or export it again."
        )
    return raw


def _part(z: Tensor, y: Tensor | None, start: int) -> tuple[Tensor, Tensor | None]:
    part = slice(start, start + _BATCH)
    return z[part], None if y is None else y[part]
