"""Paths between two points of the latent space, and the table of their kinds.

Arrays of coordinates in, arrays of coordinates out. Knows nothing of models or pages.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


def straight_path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Equal steps along the straight line, (D,), (D,) -> (steps, D), both endpoints included."""
    share = torch.linspace(0, 1, steps).unsqueeze(1)
    return torch.lerp(start, end, share)


def spherical_path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Equal steps of angle, (D,), (D,) -> (steps, D): Shoemake 1985, with the length interpolated.

    Falls back on the straight line where the directions are the same, opposite, or undefined.
    """
    lengths = start.norm(), end.norm()
    if min(lengths) < 1e-6:
        return straight_path(start, end, steps)
    a, b = start / lengths[0], end / lengths[1]
    angle = torch.acos((a @ b).clamp(-1, 1))
    if angle < 1e-4 or math.pi - angle < 1e-4:
        return straight_path(start, end, steps)
    share = torch.linspace(0, 1, steps).unsqueeze(1)
    direction = (((1 - share) * angle).sin() * a + (share * angle).sin() * b) / angle.sin()
    path = direction * torch.lerp(lengths[0], lengths[1], share)
    path[0], path[-1] = start, end
    return path


class PathKind(NamedTuple):
    """A way to go from one point to another."""

    about: str  # its steps, in half a sentence
    path: Callable[[Tensor, Tensor, int], Tensor] | None  # (D,), (D,), steps -> (steps, D)


GEODESIC = "geodesic"
PATHS = {  # a kind without a function is searched before: see `geodesics`
    "straight": PathKind("equal steps along the line", straight_path),
    "spherical": PathKind(
        "equal steps of angle around the origin, which keep to the shell where a high-dimensional "
        "prior has its mass",
        spherical_path,
    ),
    GEODESIC: PathKind(
        "the shortest path as the decoder measures length: how much the picture changes", None
    ),
}
