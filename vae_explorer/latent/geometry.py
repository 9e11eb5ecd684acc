"""Geometry of the latent space: points, planes and neighbourhoods.

Arrays of coordinates in, arrays of coordinates out. Knows nothing of pictures, models or pages.
N points, D coordinates, k or n steps.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

MIN_DECIMALS = 2
_WIDE = 0.3  # standard deviation of codes that two decimals tell apart
_DISTANCES_BATCH = 20_000_000  # between points, held at once
NEIGHBOURS = 5  # nearest codes that vote on the class of a point


class Range(NamedTuple):
    """Where a coordinate begins and ends."""

    low: float
    high: float


def decimals(mu: Tensor) -> int:
    """How many tell the codes (N, D) apart in words and sliders: 2, and more of smaller codes."""
    if len(mu) < 2 or not (widest := mu.std(dim=0).max().item()) > 0:
        return MIN_DECIMALS
    return min(max(MIN_DECIMALS + math.ceil(-math.log10(widest / _WIDE)), MIN_DECIMALS), 5)


def coordinate_ranges(mu: Tensor, coverage: float = 1.0, digits: int = 1) -> list[Range]:
    """Where a share of the data lies along each coordinate, (N, D) -> D ranges, outwards to 0.1.

    Or to as many `digits` behind the point. Without data, where nearly all of the prior lies.
    """
    if len(mu) == 0:
        return [Range(-3.0, 3.0)] * mu.shape[1]
    tails = torch.tensor([(1 - coverage) / 2, (1 + coverage) / 2])
    low, high = torch.quantile(mu.float(), tails, dim=0)
    unit = 10**digits
    return [
        Range(math.floor(a * unit) / unit, math.ceil(b * unit + 1e-6) / unit)
        for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]


def prior_samples(seeds: list[int], latent_dim: int) -> Tensor:
    """One draw from N(0, I) a seed, (len(seeds), D): sample i never depends on the others."""
    draws = [torch.randn(latent_dim, generator=Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(draws) if draws else torch.empty(0, latent_dim)


def random_code(mu: Tensor, seed: int) -> Tensor:
    """One of the codes (N, D), each as likely as the others, (D,)."""
    return mu[int(torch.randint(len(mu), (), generator=Generator().manual_seed(seed)))]


def prior_radii(dims: int, shares: list[float]) -> list[float]:
    """Radii around the origin within which so large a share (0 to 1) of N(0, I) lies.

    Quantiles of the chi distribution with `dims` degrees of freedom. Orthonormal axes show N(0, I)
    as N(0, I) again, so for a picture of D coordinates in d drawn ones, `dims` is d.
    """
    from scipy.special import gammaincinv  # slow to import: only where wanted

    return [math.sqrt(2 * gammaincinv(dims / 2, share)) for share in shares]


def traverse(z: Tensor, dim: int, extent: Range, steps: int) -> Tensor:
    """z (D,) with one coordinate swept over a range, (steps, D)."""
    points = z.repeat(steps, 1)
    points[:, dim] = torch.linspace(extent.low, extent.high, steps)
    return points


def slice_plane(z: Tensor, dims: tuple[int, int], extents: list[Range], n: int) -> Tensor:
    """The n x n grid through z (D,) along two coordinates, (n * n, D), row by row from the top.

    The first of `dims` grows to the right, the second upwards.
    """
    across = torch.linspace(extents[dims[0]].low, extents[dims[0]].high, n)
    up = torch.linspace(extents[dims[1]].high, extents[dims[1]].low, n)
    points = z.repeat(n * n, 1)
    points[:, dims[0]] = across.repeat(n)
    points[:, dims[1]] = up.repeat_interleave(n)
    return points


def slice_cell(
    z: Tensor, dims: tuple[int, int], extents: list[Range], n: int
) -> tuple[int, int] | None:
    """Row and column of the slice's cell nearest to z, or None where z lies outside the plane."""
    shares = [(z[d].item() - extents[d].low) / (extents[d].high - extents[d].low) for d in dims]
    if not all(-0.5 / (n - 1) <= share <= 1 + 0.5 / (n - 1) for share in shares):
        return None
    return n - 1 - round(shares[1] * (n - 1)), round(shares[0] * (n - 1))


def typical_first(mu: Tensor, labels: Tensor, label: int) -> Tensor:
    """Indices of a class's points, those nearest to the middle of the class first, (n,)."""
    members = (labels == label).nonzero().flatten()
    middle = mu[members].median(dim=0).values if len(members) else torch.zeros(mu.shape[1])
    return members[(mu[members] - middle).norm(dim=1).argsort()]


def class_centres(mu: Tensor, labels: Tensor, count: int) -> Tensor:
    """The mean code of each of `count` classes, (count, D); NaN where a class has no code."""
    sums = torch.zeros(count, mu.shape[1]).index_add_(0, labels, mu.float())
    return sums / torch.bincount(labels, minlength=count).unsqueeze(1)


def analogy(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """a - b + c, (D,) each: what sets a apart from b, added to c.

    Attribute vectors, as of White 2016 (arXiv:1609.04468), section 3.
    """
    return a - b + c


class Neighbours(NamedTuple):
    """The encoded points nearest to a point, nearest first."""

    indices: Tensor  # (k,)
    distances: Tensor  # (k,) Euclidean, in latent units


def nearest(mu: Tensor, z: Tensor, k: int) -> Neighbours:
    """The k points of mu (N, D) nearest to z (D,); fewer where there are fewer."""
    distances, indices = torch.topk((mu - z).norm(dim=1), min(k, len(mu)), largest=False)
    return Neighbours(indices, distances)


class Remoteness(NamedTuple):
    """How far a point is from all data."""

    distance: float  # to the nearest encoded point, latent units
    typical: float  # as `typical_spacing` has it

    @property
    def far(self) -> bool:
        """Whether hardly any data point is as lonely: the decoder is guessing here."""
        return self.distance > self.typical


def typical_spacing(
    mu: Tensor, sigma: Tensor | None = None, quantile: float = 0.99, max_points: int = 2_000
) -> float:
    """The quantile of distances to the nearest of mu (N, D), from at most so many of them.

    With standard deviations sigma (N, D): of a draw from each posterior to the nearest other mean.
    Means alone lie closer to each other than anything the decoder was trained on: along coordinates
    that say nothing they are all 0, draws are not, and of 32 coordinates most say nothing.
    """
    if len(mu) < 2:
        return 0.0
    some, points = max(1, _DISTANCES_BATCH // len(mu)), mu[:max_points]
    if sigma is not None:
        noise = torch.randn(points.shape, generator=Generator().manual_seed(0))
        points = points + sigma[:max_points] * noise
    least = []
    for start in range(0, len(points), some):
        distances = torch.cdist(points[start : start + some], mu)
        rows = torch.arange(len(distances))
        distances[rows, start + rows] = torch.inf
        least.append(distances.min(dim=1).values)
    return torch.quantile(torch.cat(least), quantile).item()


def remoteness(mu: Tensor, z: Tensor, typical: float) -> Remoteness:
    """How far z (D,) is from all of mu (N, D), beside what `typical_spacing` says is usual."""
    return Remoteness((mu - z).norm(dim=1).min().item() if len(mu) else math.inf, typical)


class Projection(NamedTuple):
    """A linear map from D latent coordinates to at most three that can be drawn."""

    centre: Tensor  # (D,)
    axes: Tensor  # (D, d), orthonormal columns
    names: tuple[str, ...]  # of the d drawn axes
    explained: float  # share of the points' variance that is seen, 0 to 1

    def __call__(self, z: Tensor) -> Tensor:
        """(..., D) -> (..., d)."""
        return (z - self.centre) @ self.axes


def projection(mu: Tensor) -> Projection:
    """The identity up to three coordinates, above that the first three principal components."""
    dims = mu.shape[1]
    if dims <= 3:
        names = tuple(f"z{i + 1}" for i in range(dims))
        return Projection(torch.zeros(dims), torch.eye(dims), names, 1.0)
    centre = mu.mean(dim=0) if len(mu) else torch.zeros(dims)
    if len(mu) < 4:
        axes, explained = torch.eye(dims)[:, :3], 1.0
    else:
        _, lengths, directions = torch.linalg.svd(mu - centre, full_matrices=False)
        axes = directions[:3].T
        explained = (lengths[:3].square().sum() / lengths.square().sum().clamp(min=1e-12)).item()
    return Projection(centre, axes, ("PC1", "PC2", "PC3"), explained)


def tsne(mu: Tensor, seed: int, max_points: int = 2_000) -> Tensor:
    """t-SNE of the first `max_points` points to three coordinates, (min(N, max_points), 3).

    van der Maaten & Hinton 2008, by scikit-learn. Distances between far groups mean nothing in it.
    """
    from sklearn.manifold import TSNE  # slow to import: only where wanted

    points = mu[:max_points].numpy()
    perplexity = min(30.0, max(1.0, (len(points) - 1) / 4))
    start = "pca" if min(points.shape) >= 3 else "random"
    embedding = TSNE(3, perplexity=perplexity, init=start, random_state=seed).fit_transform(points)
    return torch.from_numpy(embedding).float()
