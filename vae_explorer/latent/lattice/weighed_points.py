"""The points that carry a picture's exact posterior, with their weights.

First those of the lattice of the prior; where few of them fall within a posterior, as happens at
D = 3, further points are spread over Gaussians fitted to what was found, in rounds, until the error
is small. Knows nothing of files or front ends. N pictures, M lattice points, R random shifts, T or
K points of one shift, D latent coordinates, nats throughout.
"""

import math
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.errors import ExplorerError
from vae_explorer.latent.lattice.prior_lattice import SHIFTS, DecodedLattice, moved_net
from vae_explorer.latent.lattice.proposals import MIN_LOG_RATIO, Gaussians, features_of, fit

ENOUGH = 2_000  # effective points by which a posterior is known well
TOLERANCE = 0.04  # standard error of log p(x), in nats, from which no more points are wanted
ENLARGED = 1.1  # stated errors by those that shifts tell
SEEN = 64  # best points of a shift's lattice, which Gaussians are fitted to
_WEIGHTS = 2**23  # held at once
_VALUES = 2**25  # of decoded further points, held at once


class Round(NamedTuple):
    """Further points, spread over what was found or over one side of it."""

    points: int  # a shift
    wider: float = 1.5  # variance by that of what was found: tails cost more than the middle
    side: int | None = None  # 0 or 1: of what is cut in two across its longest axis


ROUNDS = (
    Round(8, wider=3.0),  # what lies further out is seen
    Round(16),
    *(Round(16, side=side) for side in (0, 1, None)),
    *(Round(32, side=side) for side in (0, 1)),
)
ALWAYS = 2  # of these, whatever the error


class Weighed(NamedTuple):
    """Pictures with all their points, and how much of the posterior each point carries."""

    by_shift: Tensor  # (N, R) log p(x), by the points of each shift
    shared: Tensor  # (N, M) shares of the lattice's points
    own: Tensor  # (N, K) shares of further points; with `shared` they sum to 1
    points: Tensor  # (N, K, D) these
    mode: Tensor  # (N, D) where p(z|x) is highest among the points

    @property
    def shares(self) -> Tensor:
        """(N, M + K)."""
        return torch.cat([self.shared, self.own], dim=1)

    def gathered(self, lattice: DecodedLattice, indices: Tensor) -> Tensor:
        """The points (N, T, D) of indices (N, T) into all M + K of them."""
        count = len(lattice.points)
        points = lattice.points[indices.clamp(max=count - 1)]
        if not self.points.shape[1]:
            return points
        own = (indices - count).clamp(min=0).unsqueeze(2).expand(-1, -1, points.shape[2])
        return torch.where((indices < count).unsqueeze(2), points, self.points.gather(1, own))


def weigh(lattice: DecodedLattice, x: Tensor) -> Iterator[Weighed]:
    """The pictures in batches, each with its points and their weights."""
    if not x.isfinite().all():
        raise ExplorerError("a picture holds values that are not finite numbers: read it again.")
    decoded = SHIFTS * max(each.points for each in ROUNDS) * x[:1].numel()
    batch = max(1, min(_WEIGHTS // len(lattice.points), _VALUES // max(1, decoded)))
    for start in range(0, len(x), batch):
        with torch.inference_mode():
            yield _weigh_batch(lattice, x[start : start + batch], start)


def _weigh_batch(lattice: DecodedLattice, x: Tensor, start: int) -> Weighed:
    """Weights by the lattice, and by further points where it has too few within a posterior."""
    likelihood = lattice.log_likelihood(x)
    highest = likelihood.amax(dim=1)
    if not highest.isfinite().all():
        n = start + int((~highest.isfinite()).nonzero()[0])
        raise ExplorerError(
            f"no point of the latent space explains picture {n + 1}: log p(x) is not finite, so "
            "this model cannot have made it."
        )
    search = _Search(lattice, x, likelihood, highest)
    rows = search.few()
    for number, each in enumerate(ROUNDS):
        if number >= ALWAYS:
            rows = rows[search.standard_error(rows) > TOLERANCE]
        if not len(rows):
            break
        search.spread(rows, number, each)
    return search.weighed()


class _Search:
    """The points of pictures while more are sought.

    Densities are of all points of a shift together, those of its lattice and of every round, by
    that of the prior: each point's weight is p(x, z) by it (the balance heuristic of Veach & Guibas
    1995).
    """

    def __init__(self, lattice: DecodedLattice, x: Tensor, likelihood: Tensor, highest: Tensor):
        n, dims = len(x), lattice.points.shape[1]
        self.lattice, self.x, self.highest = lattice, x.flatten(1), highest.unsqueeze(1)
        self.shared = lattice.points.view(SHIFTS, -1, dims)
        self.features = features_of(self.shared)
        self.likelihood = likelihood.view(n, SHIFTS, -1)
        # By the highest one: what is far below it counts as nothing
        self.relative = (self.likelihood - highest.view(n, 1, 1)).clamp_(min=MIN_LOG_RATIO).exp_()
        self.density = torch.full((SHIFTS, n, self.shared.shape[1]), float(self.shared.shape[1]))
        best = self.likelihood.topk(min(SEEN, self.shared.shape[1]), dim=2)
        self.seen = best.values.shape[2]
        shift = torch.arange(SHIFTS).view(1, -1, 1)
        self.points = self.shared[shift, best.indices]  # (N, R, T, D), then all further ones
        self.log_likelihood = best.values  # (N, R, T)
        self.own_density = torch.full_like(best.values, float(self.shared.shape[1]))
        self.gaussians: list[tuple[int, Gaussians]] = []
        self.moves = torch.stack([_moves(picture, dims, lattice.seed) for picture in self.x])

    def few(self) -> Tensor:
        """Which pictures have too few effective points."""
        sums, squares = self.relative.sum(dim=(1, 2)), self.relative.square().sum(dim=(1, 2))
        return (sums.square() / squares < ENOUGH).nonzero()[:, 0]

    def spread(self, rows: Tensor, number: int, each: Round) -> None:
        """Add a round's points to some of the pictures."""
        log_weights = self.log_likelihood[rows] - self.own_density[rows].log()
        fitted = fit(self.points[rows], log_weights, each.wider, each.side)
        z = fitted.points(moved_net(each.points, self.moves[rows, number]))
        density = self.shared.shape[1] + each.points * fitted.ratio(z)
        for count, others in self.gaussians:
            density += count * others.of(rows).ratio(z)
        self.own_density[rows] += each.points * fitted.ratio(self.points[rows])
        self.density[:, rows] += each.points * fitted.ratio_at_all(self.features)
        self.points = _appended(self.points, rows, z, 0.0)
        found = self._log_likelihood(rows, z)
        self.log_likelihood = _appended(self.log_likelihood, rows, found, -torch.inf)
        self.own_density = _appended(self.own_density, rows, density, 1.0)
        self.gaussians.append((each.points, fitted.among(len(self.x), rows)))

    def standard_error(self, rows: Tensor) -> Tensor:
        """Of log p(x) as far as it is known, of some of the pictures."""
        shared = self.relative[rows] / self.density[:, rows].transpose(0, 1)
        return standard_error(self._by_shift(shared.sum(dim=2), rows))

    def weighed(self) -> Weighed:
        """All of it, when no more points are wanted."""
        shared = self.relative.div_(self.density.transpose(0, 1))
        by_shift = self._by_shift(shared.sum(dim=2), slice(None))
        total = by_shift.logsumexp(dim=1, keepdim=True)
        own = (self._own_log_weights(slice(None)).flatten(1) - total).exp()
        points = self.points[:, :, self.seen :].flatten(1, 2)
        shared = shared.flatten(1).mul_((self.highest - total).exp())
        return Weighed(by_shift, shared, own, points, self._mode(points))

    def _mode(self, points: Tensor) -> Tensor:
        prior = -0.5 * self.lattice.points.square().sum(dim=1)
        joint, best = (self.likelihood.flatten(1) + prior).max(dim=1)
        mode = self.lattice.points[best]
        if not points.shape[1]:
            return mode
        further = self.log_likelihood[:, :, self.seen :].flatten(1)
        value, own = (further - 0.5 * points.square().sum(dim=2)).max(dim=1)
        return torch.where((value > joint).unsqueeze(1), points[torch.arange(len(own)), own], mode)

    def _by_shift(self, shared: Tensor, rows: Tensor | slice) -> Tensor:
        """log p(x) (N, R) by each shift, given the sums (N, R) of its lattice's weights."""
        own = self._own_log_weights(rows).logsumexp(dim=2)
        return torch.logaddexp(shared.log() + self.highest[rows], own)

    def _own_log_weights(self, rows: Tensor | slice) -> Tensor:
        density = self.own_density[rows, :, self.seen :].log()
        return self.log_likelihood[rows, :, self.seen :] - density

    def _log_likelihood(self, rows: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) at each picture's own points (N, R, K, D) -> (N, R, K)."""
        raw = self.lattice.decode(z.flatten(0, 2)).unflatten(0, (len(rows), -1))
        pairs = zip(raw, self.x[rows], strict=True)
        found = [self.lattice.model.log_likelihoods(r, p[None])[0] for r, p in pairs]
        return torch.stack(found).view(z.shape[:3])


def _moves(x: Tensor, dims: int, seed: int) -> Tensor:
    """How nets are moved for a picture (P,), by its pixels: (rounds, R, D) in [0, 1).

    Were nets the same for all pictures, so would be the error, and a mean over pictures no better.
    """
    generator = Generator().manual_seed(zlib.crc32(x.numpy().tobytes(), seed % 2**32))
    return torch.rand(len(ROUNDS), SHIFTS, dims, generator=generator)


def standard_error(by_shift: Tensor) -> Tensor:
    """Of the logarithm of the mean of p(x), given log p(x) (N, R) by each shift: delta method.

    Somewhat enlarged, as points stop coming where by chance it looks small.
    """
    each = (by_shift - by_shift.amax(dim=1, keepdim=True)).exp()
    return ENLARGED * each.std(dim=1) / each.mean(dim=1) / math.sqrt(by_shift.shape[1])


def _appended(values: Tensor, rows: Tensor, new: Tensor, missing: float) -> Tensor:
    """Values (N, R, T, ...) with new ones (n, R, K, ...) of some of the N behind them."""
    further = values.new_full((len(values), *new.shape[1:]), missing)
    further[rows] = new
    return torch.cat([values, further], dim=2)
