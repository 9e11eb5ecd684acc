"""Pictures changed so that a model of clean ones should notice: built-in anomalies.

Pictures (N, C, H, W) in [0, 1] in, new ones of the same shape and range out. Whatever is random
comes from the generator, picture after picture, so that the first of many are those of few.
Knows nothing of models.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

NOISE_SIGMA = 0.3  # standard deviation, in units of white
OCCLUDED_SHARE = 0.5  # of the side: what an occlusion covers each way


def _per_picture(x: Tensor, draw: Callable[[Tensor], Tensor]) -> Tensor:
    """Draws for one picture (C, H, W) after the other, (N, ...)."""
    return torch.stack([draw(picture) for picture in x]) if len(x) else x


def rotated(x: Tensor, generator: Generator) -> Tensor:
    """A quarter turn to the left; half a turn where pictures are no squares."""
    return x.rot90(1 if x.shape[-1] == x.shape[-2] else 2, dims=(-2, -1))


def mirrored(x: Tensor, generator: Generator) -> Tensor:
    """Left and right exchanged."""
    return x.flip(-1)


def flipped(x: Tensor, generator: Generator) -> Tensor:
    """Top and bottom exchanged."""
    return x.flip(-2)


def noise(x: Tensor, generator: Generator) -> Tensor:
    """Normal noise added to every pixel, cut off at black and white."""
    added = _per_picture(x, lambda picture: torch.empty_like(picture).normal_(generator=generator))
    return (x + NOISE_SIGMA * added).clamp(0, 1)


def inverted(x: Tensor, generator: Generator) -> Tensor:
    """Black for white."""
    return 1 - x


def blank(x: Tensor, generator: Generator) -> Tensor:
    """No ink at all."""
    return torch.zeros_like(x)


def occluded(x: Tensor, generator: Generator) -> Tensor:
    """Black over a quarter of the picture, half of each side, somewhere within it."""
    sides = x.shape[-2:]
    sizes = [round(OCCLUDED_SHARE * side) for side in sides]
    corners = _per_picture(
        x,
        lambda _: torch.stack(
            [
                torch.randint(side - size + 1, (), generator=generator)
                for side, size in zip(sides, sizes, strict=True)
            ]
        ),
    )
    covered = [
        (torch.arange(side) >= corner[:, None]) & (torch.arange(side) < corner[:, None] + size)
        for corner, side, size in zip(corners.view(len(x), 2).T, sides, sizes, strict=True)
    ]  # rows (N, H) and columns (N, W)
    return x * ~(covered[0][:, None, :, None] & covered[1][:, None, None, :])


def shuffled(x: Tensor, generator: Generator) -> Tensor:
    """The two upper quarters exchanged: ink as before, but strokes are broken."""
    half = x.shape[-1] // 2
    rolled = x.roll(half, dims=-1)
    return torch.cat([rolled[..., :half, :], x[..., half:, :]], dim=-2)


class Corruption(NamedTuple):
    """A way to change pictures, and what it is in words."""

    change: Callable[[Tensor, Generator], Tensor]
    about: str


CORRUPTIONS = {
    "rotated": Corruption(rotated, "a quarter turn to the left (half a turn if not square)"),
    "mirrored": Corruption(mirrored, "left and right exchanged"),
    "flipped": Corruption(flipped, "top and bottom exchanged"),
    "noise": Corruption(noise, f"normal noise on every pixel, {NOISE_SIGMA} of white wide"),
    "inverted": Corruption(inverted, "black for white"),
    "blank": Corruption(blank, "no ink at all"),
    "occluded": Corruption(occluded, "a black square over a quarter of the picture"),
    "shuffled": Corruption(
        shuffled, "the two upper quarters exchanged: ink as before, strokes broken"
    ),
}
