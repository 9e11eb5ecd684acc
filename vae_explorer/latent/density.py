"""The density of the aggregate posterior q(z) = 1/N sum_n N(z; mu_n, diag sigma_n^2).

Where a decoder has learnt to decode: Makhzani et al. 2015 (arXiv:1511.05644), eq. 1. On a grid, to
be drawn, and exactly at given points. N posteriors, D latent and d drawn coordinates (2 or 3).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

SHARES = (0.5, 0.9, 0.99)  # of the mass, in the regions whose levels are given
MARGIN = 3  # empty cells on each side, into which the smoothing may spread
DENSITY_BATCH = 256  # points whose density is taken at a time: that many times N numbers in memory
NEIGHBOUR_RANK = 5  # whose distance stands for a density where there are no posteriors
REFERENCE_CODES = 1_000  # codes at most whose own densities others are compared with
TAIL = 0.0005  # of the draws, at each end of each coordinate, that need not fit into the grid


class DensityGrid(NamedTuple):
    """A histogram of drawn coordinates, smoothed."""

    values: np.ndarray  # float32 (n,) * d: mass of each cell; sums to the share of draws inside
    low: tuple[float, ...]  # d: where the first cells begin
    high: tuple[float, ...]  # d: where the last cells end
    levels: tuple[float, ...]  # the least value of a cell in the region of each of SHARES

    def scaled(self) -> "DensityGrid":
        """The same with its highest cell at 1, as float16: what the browser gets."""
        peak = float(self.values.max()) or 1.0
        levels = tuple(level / peak for level in self.levels)
        return self._replace(values=(self.values / peak).astype(np.float16), levels=levels)


def aggregate_density(
    mu: Tensor,
    sigma: Tensor,
    project: Callable[[Tensor], Tensor] | None = None,
    *,
    cells: int = 40,
    draws: int = 32,
    seed: int = 0,
) -> DensityGrid:
    """Density of the aggregate posterior, as it appears in the drawn coordinates.

    Protocol: `draws` times, one z = mu + sigma * eps from each posterior in all D coordinates, then
    projected; a histogram of all of them (see `density_grid`). So the spread along axes that are
    no coordinates of z is right too.

    Parameters
    ----------
    mu, sigma : (N, D), means and standard deviations; posteriors not finite are left out
    project : (N, D) -> (N, d), for example a `geometry.Projection`; None where D is 2 or 3
    cells : along each side of the grid
    draws : from each posterior
    seed : of a generator of its own
    """
    finite = mu.isfinite().all(dim=1) & sigma.isfinite().all(dim=1)
    mu, sigma = mu[finite], sigma[finite]
    generator = Generator().manual_seed(seed)
    drawn = []
    for _ in range(draws):
        z = mu + sigma * torch.randn(mu.shape, generator=generator)
        drawn.append(z if project is None else project(z))
    return density_grid(torch.cat(drawn), cells)


def density_grid(points: Tensor, cells: int = 40) -> DensityGrid:
    """Smoothed histogram of points (M, d) with the levels of their highest density regions.

    The grid spans the central 99.9 % of each coordinate and a margin; what lies beyond counts as
    mass too. Smoothing is a Gaussian of one cell. The region of a share is the set of highest cells
    that holds so many of the points (Hyndman 1996, The American Statistician 50(2)). Raises
    ValueError for other than 2 or 3 coordinates, or fewer than 8 cells.
    """
    from scipy.ndimage import gaussian_filter  # slow to import: only where wanted

    count, dims = points.shape
    if dims not in (2, 3) or cells < 8:
        raise ValueError(f"needs 2 or 3 coordinates and 8 cells, got {dims} and {cells}")
    low, high = _extent(points.numpy(), cells)
    cell = np.floor((points.numpy() - low) / (high - low) * cells).astype(np.int64)
    inside = ((cell >= 0) & (cell < cells)).all(axis=1)
    flat = np.ravel_multi_index(tuple(cell[inside].T), (cells,) * dims)
    counts = np.bincount(flat, minlength=cells**dims).reshape((cells,) * dims)
    share = counts / max(count, 1)
    mass = gaussian_filter(share, sigma=1.0, truncate=MARGIN, mode="constant")
    values = mass.astype(np.float32)
    return DensityGrid(values, tuple(low.tolist()), tuple(high.tolist()), _levels(values, share))


def _extent(points: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the grid begins and ends, (M, d) -> (d,), (d,): never without width."""
    if len(points) == 0:
        return np.full(points.shape[1], -3.0), np.full(points.shape[1], 3.0)
    low, high = np.quantile(points.astype(np.float64), [TAIL, 1 - TAIL], axis=0)
    least = max(float((high - low).max()) * 1e-2, 1e-2)
    half = np.maximum(high - low, least) / 2 * cells / (cells - 2 * MARGIN)
    return (low + high) / 2 - half, (low + high) / 2 + half


def _levels(values: np.ndarray, share: np.ndarray) -> tuple[float, ...]:
    """The value of the last cell needed, from the highest on, to hold each of SHARES; 0 if empty.

    `share` is each cell's share of the draws themselves: smoothing widens, so it must not vouch.
    """
    if not share.any():
        return (0.0,) * len(SHARES)
    ranked = np.argsort(values, axis=None)[::-1]
    last = np.searchsorted(np.cumsum(share.ravel()[ranked]), SHARES)
    return tuple(values.ravel()[ranked[np.minimum(last, len(ranked) - 1)]].tolist())


def log_density(
    z: Tensor, mu: Tensor, sigma: Tensor | None, excluded: Tensor | None = None
) -> Tensor:
    """Exact log density of the mixture of all posteriors at points z (M, D), in nats: (M,).

    Where a model has no posteriors (`sigma` None), -D log r with r the distance to the fifth
    nearest code: the density but for a constant (Loftsgaarden & Quesenberry 1965). -inf where there
    are no codes.

    Parameters
    ----------
    mu, sigma : (N, D), means and standard deviations
    excluded : for each point the number of a code that does not count there, (M,)
    """
    z, mu = z.double(), mu.double()
    sigma = None if sigma is None else sigma.double()
    parts = []
    for first in range(0, len(z), DENSITY_BATCH):
        batch = slice(first, first + DENSITY_BATCH)
        out = None if excluded is None else excluded[batch].unsqueeze(1)
        parts.append(_density(z[batch], mu, sigma, out))
    return torch.cat(parts) if parts else z.new_empty(0)


def _density(z: Tensor, mu: Tensor, sigma: Tensor | None, out: Tensor | None) -> Tensor:
    count = len(mu) - (out is not None)
    if count == 0:
        return z.new_full((len(z),), -math.inf)
    if sigma is None:
        distances = torch.cdist(z, mu)
        if out is not None:
            distances.scatter_(1, out, math.inf)
        last = distances.kthvalue(min(NEIGHBOUR_RANK, count), dim=1).values
        return -mu.shape[1] * last.clamp(min=1e-9).log()
    precision = sigma.square().reciprocal()
    squares = z.square() @ precision.T - 2 * z @ (mu * precision).T
    squares += (mu.square() * precision).sum(dim=1)
    height = sigma.log().sum(dim=1) + mu.shape[1] / 2 * math.log(2 * math.pi)
    each = -squares.clamp(min=0) / 2 - height  # (M, N)
    if out is not None:
        each.scatter_(1, out, -math.inf)
    return each.logsumexp(dim=1) - math.log(count)


class CodeDensities(NamedTuple):
    """The densities at codes, each without its own posterior: what others are compared with."""

    values: Tensor  # (n,) nats, rising

    @property
    def median(self) -> float:
        """That of a typical code, nats."""
        return torch.quantile(self.values, 0.5).item()

    def quantile(self, share: float) -> float:
        """Below which so large a share (0 to 1) of the codes lies, nats."""
        return torch.quantile(self.values, share).item()

    def percent(self, densities: Tensor) -> Tensor:
        """How many codes lie where the density is below these (M,) nats, in percent, (M,)."""
        below = torch.searchsorted(self.values, densities.to(self.values.dtype))
        return 100 * below / len(self.values)


def code_densities(mu: Tensor, sigma: Tensor | None) -> CodeDensities | None:
    """Densities at codes (N, D), `REFERENCE_CODES` of them at most; None of fewer than two."""
    if len(mu) < 2:
        return None
    chosen = torch.arange(0, len(mu), -(-len(mu) // REFERENCE_CODES))
    values = log_density(mu[chosen], mu, sigma, chosen)
    return CodeDensities(values.sort().values)
