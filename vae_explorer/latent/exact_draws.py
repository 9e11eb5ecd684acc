"""Draws from exact posteriors, and what their neighbours among the codes say that a picture is.

Knows nothing of files or front ends. N pictures, K draws each, D <= 3 latent coordinates.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.latent.exact import ExactPosterior
from vae_explorer.latent.geometry import NEIGHBOURS
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice

NEARLY_ALL = 0.95  # of a posterior's mass
_DISTANCES = 2**22  # between draws and codes, held at once


class ClassShares(NamedTuple):
    """How the neighbours of a posterior's draws vote."""

    labels: Tensor  # (C,) classes that have votes, that of most first
    shares: Tensor  # (C,) of all votes, 0 to 1


def draws(
    lattice: DecodedLattice, x: Tensor, posterior: ExactPosterior, count: int, seed: int = 0
) -> Tensor:
    """`count` points of p(z|x) for each of pictures (N, C, H, W) in [0, 1]: (N, K, D).

    From the heaviest points of what `exact.posterior` gave, where these carry NEARLY_ALL of it;
    else so many do that the lattice alone serves. By systematic resampling (Kitagawa 1996): a point
    of weight w comes K w times, rounded up or down at random. Every n-th is such a sample too.
    """
    generator = Generator().manual_seed(seed)
    parts = []
    for n in range(len(x)):
        points, weights = posterior.top_points[n], posterior.top_weights[n]
        if weights.sum() < NEARLY_ALL:
            points, weights = lattice.points, lattice.log_likelihood(x[n : n + 1])[0].softmax(dim=0)
        below = weights.double().cumsum(dim=0)
        at = (torch.arange(count) + torch.rand(1, generator=generator).double()) / count
        chosen = torch.searchsorted(below / below[-1], at).clamp(max=len(points) - 1)
        parts.append(points[chosen])
    return torch.stack(parts) if parts else torch.empty(0, count, lattice.points.shape[1])


def class_shares(z: Tensor, mu: Tensor, labels: Tensor) -> ClassShares:
    """The votes of the nearest codes of mu (N, D), labels (N,), around draws z (K, D), K, N > 0.

    Each draw's NEIGHBOURS have a vote each, so a class's share is what p(z|x) gives it.
    """
    count = min(NEIGHBOURS, len(mu))
    parts = z.split(max(1, _DISTANCES // len(mu)))
    near = [torch.cdist(part, mu).topk(count, largest=False).indices for part in parts]
    shares = labels[torch.cat(near)].flatten().bincount().float()
    shares, order = (shares / shares.sum()).sort(descending=True, stable=True)
    return ClassShares(order[shares > 0], shares[shares > 0])
