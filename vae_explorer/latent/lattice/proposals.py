"""Gaussians from which a picture's further points are drawn: fitted to weighed points.

For every random shift one, which knows only what the other shifts found: points that had chosen the
density they are weighed by would give too little. N pictures, R shifts, T or K points of a shift,
D latent coordinates, F features.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

FITTED = 20  # effective points at least of a fit; fewer are tempered first
MAX_LOG_RATIO = 80.0  # of two densities: its exponential is still a float32
MIN_LOG_RATIO = -60.0  # below, exponentials soon are denormal, which takes many times as long
_AWAY = 1e4  # of a log weight that counts as none, unless there is hardly another


class Gaussians(NamedTuple):
    """Proposals for N pictures: one for each shift."""

    mean: Tensor  # (N, R, D)
    cholesky: Tensor  # (N, R, D, D)

    def points(self, eps: Tensor) -> Tensor:
        """(N, R, K, D) of N(0, I) -> as many of these."""
        return self.mean.unsqueeze(2) + eps @ self.cholesky.mT

    def ratio(self, z: Tensor) -> Tensor:
        """q(z) / p(z) at points (N, R, K, D) -> (N, R, K)."""
        centred = (z - self.mean.unsqueeze(2)).mT
        white = torch.linalg.solve_triangular(self.cholesky, centred, upper=False)
        log_ratio = 0.5 * (z.square().sum(dim=3) - white.square().sum(dim=2)) - self._volume
        return log_ratio.clamp(max=MAX_LOG_RATIO).exp()

    def ratio_at_all(self, features: Tensor) -> Tensor:
        """q(z) / p(z) at points that all pictures share, by their `features_of` (R, K, F).

        (R, N, K), as one matrix product, which is quick for many points.
        """
        precision = torch.cholesky_inverse(self.cholesky.flatten(0, 1)).view_as(self.cholesky)
        linear = (precision @ self.mean.unsqueeze(3)).squeeze(3)
        constant = -self._volume - 0.5 * (linear * self.mean).sum(dim=2, keepdim=True)
        square = 0.5 * (torch.eye(self.mean.shape[2]) - precision).flatten(2)
        factors = torch.cat([constant, linear, square], dim=2).transpose(0, 1)
        return (factors @ features.mT).clamp_(MIN_LOG_RATIO, MAX_LOG_RATIO).exp_()

    def of(self, rows: Tensor) -> "Gaussians":
        """Those of some of the pictures."""
        return Gaussians(self.mean[rows], self.cholesky[rows])

    def among(self, count: int, rows: Tensor) -> "Gaussians":
        """These as those of some of so many pictures; the others have anything."""
        mean = self.mean.new_zeros(count, *self.mean.shape[1:])
        cholesky = torch.eye(mean.shape[2]).expand(*mean.shape, -1).clone()
        mean[rows], cholesky[rows] = self.mean, self.cholesky
        return Gaussians(mean, cholesky)

    @property
    def _volume(self) -> Tensor:
        return self.cholesky.diagonal(dim1=2, dim2=3).log().sum(dim=2, keepdim=True)


def features_of(z: Tensor) -> Tensor:
    """1, z and z z^T, (..., D) -> (..., F)."""
    products = (z.unsqueeze(-1) * z.unsqueeze(-2)).flatten(-2)
    return torch.cat([torch.ones_like(z[..., :1]), z, products], dim=-1)


def fit(points: Tensor, log_weights: Tensor, wider: float, side: int | None = None) -> Gaussians:
    """For each shift a Gaussian so many times `wider`, in variance, than the others' points.

    Points (N, R, T, D) of these log weights (N, R, T); only those of a `side`, 0 or 1, where they
    are cut in two across their longest axis. Where few points carry the weight, it is
    raised to a power t < 1 until FITTED do. That widens a Gaussian's variance by 1 / t, of which
    half (by factors) is taken back.
    """
    shifts, count = points.shape[1:3]
    points, log_weights = points.flatten(1, 2).double(), log_weights.flatten(1)
    best = log_weights.argmax(dim=1)
    centre = points[torch.arange(len(points)), best].unsqueeze(1)
    features = features_of(points - centre)[..., 1:]  # or squares would cancel
    own = torch.eye(shifts).bool().repeat_interleave(count, dim=1)
    log_weights = log_weights.unsqueeze(1).masked_fill(own, -torch.inf)
    log_weights = log_weights - log_weights.amax(dim=2, keepdim=True)
    if side is not None:
        log_weights = log_weights - _AWAY * (_sides(features, log_weights) != bool(side))
    power = _tempering(log_weights)
    mean, covariance = _moments(features, (power * log_weights).softmax(dim=2))
    covariance = wider * power.sqrt().unsqueeze(3) * covariance + 1e-6 * torch.eye(mean.shape[2])
    return Gaussians((centre + mean).float(), torch.linalg.cholesky(covariance).float())


def _tempering(log_weights: Tensor) -> Tensor:
    """The power t (N, R, 1) by which FITTED points carry weights (N, R, T); at most 1."""
    low, high = torch.full((*log_weights.shape[:2], 1), 1e-4), torch.ones(1)
    middle = high.expand_as(low)
    for _ in range(10):
        enough = effective_points((middle * log_weights).exp()).unsqueeze(2) >= FITTED
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
        middle = (low + high) / 2
    return low


def _sides(features: Tensor, log_weights: Tensor) -> Tensor:
    """Which points (N, R, T) lie beyond a plane that cuts them in two across their longest axis.

    By two means, of where they lie along it.
    """
    weights = log_weights.softmax(dim=2)
    mean, covariance = _moments(features, weights)
    axis = torch.linalg.eigh(covariance).eigenvectors[..., -1]
    axis = torch.where(axis.sum(dim=2, keepdim=True) < 0, -axis, axis)  # the same in every round
    along = (axis @ features[..., : mean.shape[2]].mT).float()
    cut = (axis * mean).sum(dim=2, keepdim=True).float()
    for _ in range(4):
        beyond = weights * (along > cut)
        means = [
            (part * along).sum(dim=2, keepdim=True) / part.sum(dim=2, keepdim=True).clamp(min=1e-9)
            for part in (beyond, weights - beyond)
        ]
        cut = (means[0] + means[1]) / 2
    return along > cut


def _moments(features: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Means (N, R, D) and covariances (N, R, D, D) of points, by z and z z^T (N, T, F)."""
    sums = weights.double() @ features
    dims = math.isqrt(sums.shape[2])  # F = D + D^2
    mean = sums[..., :dims]
    second = sums[..., dims:].unflatten(2, (dims, dims))
    return mean, second - mean.unsqueeze(3) * mean.unsqueeze(2)


def effective_points(weights: Tensor) -> Tensor:
    """Number of points (...) that as many equal weights (..., T) would be."""
    return weights.sum(dim=-1).square() / weights.square().sum(dim=-1)
