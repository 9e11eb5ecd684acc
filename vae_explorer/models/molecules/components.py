"""Codes along their principal components: all of them, so that no point is lost.

N points, D coordinates. Up to three coordinates stay as they are.
"""

from typing import NamedTuple

import torch
from torch import Tensor

SHOWN_AS_THEY_ARE = 3  # coordinates


class Components(NamedTuple):
    """A rotation of the latent space about the middle of the data."""

    centre: Tensor  # (D,)
    axes: Tensor  # (D, D), orthonormal columns, those of most variance first
    rotated: bool  # whether coordinates are not simply the model's own

    def of(self, z: Tensor) -> Tensor:
        """Points of the model (..., D) along the components (..., D)."""
        return (z - self.centre) @ self.axes

    def back(self, along: Tensor) -> Tensor:
        """Points along the components (..., D) as the model has them (..., D)."""
        return along @ self.axes.T + self.centre


def components(mu: Tensor) -> Components:
    """The principal components of codes (N, D); the coordinates themselves up to three.

    Each axis points to where its largest entry is positive, so that they are the same every time.
    """
    dims = mu.shape[1]
    if dims <= SHOWN_AS_THEY_ARE or len(mu) < 2:
        return Components(torch.zeros(dims), torch.eye(dims), False)
    centre = mu.mean(dim=0)
    _, axes = torch.linalg.eigh(torch.cov((mu - centre).double().T))  # rising variance
    axes = axes.flip(dims=(1,)).float()
    signs = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True)).sign()
    return Components(centre, axes * signs, True)
