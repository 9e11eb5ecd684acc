"""Small deformations of pictures that keep a digit the digit it is.

They make an encoder see more handwriting than there is: the encoder's generalisation is what
limits a small-latent VAE. Knows nothing of models.
"""

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

ROTATION = math.radians(10)  # each of these is the largest deviation, drawn uniformly
SCALE = 0.08  # of the size
SHEAR = 0.15
SHIFT = 1.0  # pixels


def deform(x: Tensor, generator: Generator) -> Tensor:
    """Each picture rotated, scaled, sheared and shifted at random. (B, C, H, W) -> same, [0, 1]."""

    def draw(largest: float) -> Tensor:
        return torch.empty(len(x), device=x.device).uniform_(-largest, largest, generator=generator)

    angle, shear = draw(ROTATION), draw(SHEAR)
    wide, high = 1 + draw(SCALE), 1 + draw(SCALE)
    height, width = x.shape[-2:]
    aspect = height / width  # grid coordinates run from -1 to 1 along both sides
    cos, sin = angle.cos(), angle.sin()
    row_x = torch.stack([wide * cos, (shear - sin) * aspect, draw(2 * SHIFT / width)], dim=1)
    row_y = torch.stack([sin / aspect, high * cos, draw(2 * SHIFT / height)], dim=1)
    grid = F.affine_grid(torch.stack([row_x, row_y], dim=1), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False).clamp_(0, 1)
