"""Draws from exact posteriors, and what their neighbours among the codes say that a picture is.

Knows nothing of files or front ends. N pictures, K draws each, D <= 3 latent coordinates.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.latent.geometry import NEIGHBOURS
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.latent.lattice.weighed_points import Weighed

_DISTANCES = 2**22  # between draws and codes, held at once


class ClassShares(NamedTuple):
    """How the neighbours of a posterior's draws vote."""

    labels: Tensor  # (C,) classes that have votes, that of most first
    shares: Tensor  # (C,) of all votes, 0 to 1


def resampled(lattice: DecodedLattice, weighed: Weighed, count: int, seed: int) -> Tensor:
    """`count` points of p(z|x) for each of N weighed pictures: (N, K, D).

    By systematic resampling (Kitagawa 1996): a point of weight w comes K w times, rounded up or
    down at random. Every n-th is such a sample too.
    """
    below = weighed.shares.double().cumsum(dim=1)
    shift = torch.rand(1, generator=Generator().manual_seed(seed)).double()
    at = (torch.arange(count) + shift) / count * below[:, -1:]
    chosen = torch.searchsorted(below, at).clamp(max=below.shape[1] - 1)
    return weighed.gathered(lattice, chosen)


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
