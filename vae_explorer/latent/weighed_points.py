"""The points that carry a picture's exact posterior, with their weights.

First those of the lattice of the prior; where few of them fall within a posterior, as happens at
D = 3, further points are spread over Gaussians fitted to what was found. Knows nothing of files or
front ends. N pictures, M lattice points, K further points a picture, T points of a fit, D latent
coordinates, nats throughout.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.errors import ExplorerError
from vae_explorer.latent.prior_lattice import (
    DecodedLattice,
    pixel_log_likelihood,
    scrambled_net,
)

ENOUGH = 2_000  # effective points by which a posterior is known well
FURTHER = 128  # points a round that are spread where the mass is
ROUNDS = 2
SEEN = 1_024  # best points, which a Gaussian is fitted to
FITTED = 20  # effective points at least of such a fit; fewer are tempered first
WIDER = 1.5  # variance of that Gaussian by that of the fit: tails cost more than the middle
MAX_LOG_RATIO = 80.0  # of two densities: its exponential is still a float32
_WEIGHTS = 2**23  # held at once
_VALUES = 2**25  # of decoded further points, held at once


class _Gaussian(NamedTuple):
    """A proposal for each of N pictures."""

    mean: Tensor  # (N, D)
    cholesky: Tensor  # (N, D, D)

    def points(self, eps: Tensor) -> Tensor:
        """(K, D) of N(0, I) -> (N, K, D) of this one."""
        return self.mean.unsqueeze(1) + eps @ self.cholesky.mT

    def log_ratio(self, z: Tensor) -> Tensor:
        """log q(z) - log p(z) at points (N, K, D) or, the same for all, (M, D): -> (N, K or M).

        As a product with 1, z and z z^T, which is quick for many points.
        """
        dims = z.shape[-1]
        precision = torch.cholesky_inverse(self.cholesky)
        linear = (precision @ self.mean.unsqueeze(2)).squeeze(2)
        volume = self.cholesky.diagonal(dim1=1, dim2=2).log().sum(dim=1)
        constant = -volume - 0.5 * (linear * self.mean).sum(dim=1)
        square = 0.5 * (torch.eye(dims).to(precision) - precision)
        factors = torch.cat([constant.unsqueeze(1), linear, square.flatten(1)], dim=1)
        products = (z.unsqueeze(-1) * z.unsqueeze(-2)).flatten(-2)
        features = torch.cat([torch.ones_like(z[..., :1]), z, products], dim=-1).to(factors)
        if z.dim() == 2:
            return (factors @ features.T).float()
        return (features @ factors.unsqueeze(2)).squeeze(2).float()


class Weighed(NamedTuple):
    """Pictures with all their points: the sum of a picture's weights is its p(x)."""

    shared: Tensor  # (N, M) log weights of the lattice's points
    own: Tensor  # (N, K) log weights of further points
    points: Tensor  # (N, K, D) these
    joint: Tensor  # (N, M + K) log p(x, z) + a constant, at all of them

    @property
    def log_weights(self) -> Tensor:
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
    decoded = FURTHER * x[:1].numel()
    batch = max(1, min(_WEIGHTS // len(lattice.points), _VALUES // max(1, decoded)))
    for part in x.split(batch) if len(x) else ():
        with torch.inference_mode():
            yield _weigh_batch(lattice, part)


def _weigh_batch(lattice: DecodedLattice, x: Tensor) -> Weighed:
    """Weights by the lattice, and by further points where it has too few within a posterior."""
    likelihood = lattice.log_likelihood(x)
    if not likelihood.amax(dim=1).isfinite().all():
        n = int((~likelihood.amax(dim=1).isfinite()).nonzero()[0])
        raise ExplorerError(
            f"no point of the latent space explains picture {n + 1}: log p(x) is not finite, so "
            "this model cannot have made it."
        )
    plain = likelihood - math.log(len(lattice.points))
    few = effective_points(plain) < ENOUGH
    prior = -0.5 * lattice.points.square().sum(dim=1)
    dims = lattice.points.shape[1]
    count = ROUNDS * FURTHER if few.any() else 0
    own = torch.full((len(x), count), -torch.inf)
    weighed = Weighed(
        plain, own, torch.zeros(len(x), count, dims), torch.cat([likelihood + prior, own], dim=1)
    )
    if count:
        shared, own, points, likelihoods = _refined(lattice, x[few], likelihood[few])
        weighed.shared[few], weighed.own[few], weighed.points[few] = shared, own, points
        weighed.joint[few, len(prior) :] = likelihoods - 0.5 * points.square().sum(dim=2)
    return weighed


def _refined(
    lattice: DecodedLattice, x: Tensor, likelihood: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log weights (N, M) and (N, K), further points (N, K, D) and log p(x|z) there (N, K).

    Each weight is p(x, z) by the density of all points together, those of the lattice and of every
    round: the balance heuristic of Veach & Guibas 1995.
    """
    count, dims = lattice.points.shape
    best = likelihood.topk(min(SEEN, count), dim=1)
    points, likelihoods = lattice.points[best.indices], best.values
    gaussians: list[_Gaussian] = []
    for step in range(ROUNDS):
        gaussians.append(_fit(points, likelihoods - _log_density(gaussians, points, count)))
        eps = scrambled_net(FURTHER, dims, ROUNDS * lattice.seed + step)
        further = gaussians[-1].points(eps)
        raw = lattice.decode(further.flatten(0, 1)).unflatten(0, further.shape[:2])
        pairs = zip(raw, x.flatten(1), strict=True)
        found = [pixel_log_likelihood(lattice.model, r, p[None])[0] for r, p in pairs]
        points = torch.cat([points, further], dim=1)
        likelihoods = torch.cat([likelihoods, torch.stack(found)], dim=1)
    own, own_likelihoods = (values[:, best.values.shape[1] :] for values in (points, likelihoods))
    return (
        likelihood - _log_density(gaussians, lattice.points, count),
        own_likelihoods - _log_density(gaussians, own, count),
        own,
        own_likelihoods,
    )


def _log_density(gaussians: list[_Gaussian], z: Tensor, count: int) -> Tensor:
    """Of all points together, by that of the prior: `count` of it, FURTHER of each Gaussian."""
    total = torch.tensor(float(count))
    for gaussian in gaussians:
        total = total + FURTHER * gaussian.log_ratio(z).clamp(max=MAX_LOG_RATIO).exp()
    return total.log()


def _fit(points: Tensor, log_weights: Tensor) -> _Gaussian:
    """A Gaussian wider than points (N, T, D) of these log weights (N, T) are spread.

    Where few points carry the weight, it is raised to a power t < 1 until FITTED do. That widens a
    Gaussian's variance by 1 / t, of which half (by factors) is taken back.
    """
    power, high = torch.full((len(points), 1), 1e-4), torch.ones(len(points), 1)
    middle = high
    for _ in range(12):
        enough = (effective_points(middle * log_weights) >= FITTED).unsqueeze(1)
        power, high = torch.where(enough, middle, power), torch.where(enough, high, middle)
        middle = (power + high) / 2
    weights = (power * log_weights).softmax(dim=1).double().unsqueeze(2)
    mean = (weights * points).sum(dim=1)
    centred = points - mean.unsqueeze(1)
    covariance = (weights * centred).mT @ centred
    floor = 1e-6 * torch.eye(points.shape[2]).to(covariance)
    covariance = WIDER * power.sqrt().unsqueeze(2) * covariance + floor
    return _Gaussian(mean.float(), torch.linalg.cholesky(covariance).float())


def effective_points(log_weights: Tensor) -> Tensor:
    """Number of points (N,) that as many equal weights would be: (sum w)^2 / sum w^2."""
    return 1 / log_weights.softmax(dim=1).square().sum(dim=1)
