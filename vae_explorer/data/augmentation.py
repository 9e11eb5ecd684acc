"""Small deformations of pictures that keep a digit the digit it is.

They make an encoder see more handwriting than there is: the encoder's generalisation is what
limits a small-latent VAE. Knows nothing of models. B pictures of C channels, H x W pixels.
"""

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

ROTATION = math.radians(10)  # each of these is the largest deviation, drawn uniformly
SCALE = 0.08  # of the size
SHEAR = 0.15
SHIFT = 1.0  # pixels

FRAMED_ROTATION, FRAMED_SHEAR = math.radians(8), 0.12  # the same where the frame is kept
ASPECT = 0.08  # of the width by the height, as a logarithm
FRAMED_SCALE = 0.02  # of the longer side
INK = 0.3  # of white, from which a pixel counts as ink
RESCALED = 0.7, 1.4  # least and most that a picture is resized to keep its longer side


def deform(x: Tensor, generator: Generator, kind: str = "free") -> Tensor:
    """Deform each picture at random. (B, C, H, W) -> same, in [0, 1].

    Parameters
    ----------
    kind
        "free": rotated, scaled, sheared and shifted. "framed": rotated, sheared, widened or
        narrowed, but the bright ink keeps its centre of mass and, nearly, its longer side, as in
        pictures that were prepared like MNIST's. A model that explains only such pictures is asked
        for little that it cannot do.
    """
    return {"free": _deform_freely, "framed": _deform_within_frame}[kind](x, generator)


def _deform_freely(x: Tensor, generator: Generator) -> Tensor:
    angle, shear = _draw(x, ROTATION, generator), _draw(x, SHEAR, generator)
    wide, high = 1 + _draw(x, SCALE, generator), 1 + _draw(x, SCALE, generator)
    height, width = x.shape[-2:]
    aspect = height / width  # grid coordinates run from -1 to 1 along both sides
    cos, sin = angle.cos(), angle.sin()
    right, down = (_draw(x, 2 * SHIFT / side, generator) for side in (width, height))
    row_x = torch.stack([wide * cos, (shear - sin) * aspect, right], dim=1)
    row_y = torch.stack([sin / aspect, high * cos, down], dim=1)
    grid = F.affine_grid(torch.stack([row_x, row_y], dim=1), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False).clamp_(0, 1)


def _deform_within_frame(x: Tensor, generator: Generator) -> Tensor:
    angle, shear = (_draw(x, d, generator) for d in (FRAMED_ROTATION, FRAMED_SHEAR))
    wide = _draw(x, ASPECT / 2, generator).exp()
    cos, sin = angle.cos(), angle.sin()
    across = torch.stack([cos * wide, cos * shear - sin / wide], dim=1)
    along = torch.stack([sin * wide, sin * shear + cos / wide], dim=1)
    forth = torch.stack([across, along], dim=1)  # (B, 2, 2), of points (x, y)
    ink = x.amax(dim=1)
    longer = _longer_side(ink, torch.eye(2, device=x.device).expand_as(forth))
    resized = (longer / _longer_side(ink, forth)).clamp(*RESCALED)
    resized = resized * _draw(x, FRAMED_SCALE, generator).exp()
    back = torch.linalg.inv(forth * resized.view(-1, 1, 1))
    height, width = x.shape[-2:]
    points = _points(height, width, x.device)
    weights = ink.flatten(1)
    centre = weights @ points / weights.sum(dim=1, keepdim=True).clamp(min=1e-6)  # (B, 2)
    source = centre.unsqueeze(1) + (points - centre.unsqueeze(1)) @ back.mT  # (B, H W, 2)
    grid = (2 * source + 1) / torch.tensor([width, height], device=x.device) - 1
    # Bicubic: bilinear sampling blurs, and a decoder would learn to
    shape = len(x), height, width, 2
    return F.grid_sample(x, grid.view(shape), mode="bicubic", align_corners=False).clamp_(0, 1)


def _draw(x: Tensor, largest: float, generator: Generator) -> Tensor:
    """A number for each picture, uniform in [-largest, largest]."""
    return torch.empty(len(x), device=x.device).uniform_(-largest, largest, generator=generator)


def _points(height: int, width: int, device) -> Tensor:
    """Centres of pixels as (x, y), row by row, (H W, 2)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y], dim=2).flatten(0, 1).float().to(device)


def _longer_side(ink: Tensor, linear: Tensor) -> Tensor:
    """Pixels (B,) of the longer side of the ink (B, H, W) under linear maps (B, 2, 2).

    By every second pixel, which is a quarter of the work.
    """
    coarse = F.max_pool2d(ink.unsqueeze(1), 2, ceil_mode=True)
    away = torch.where(coarse.flatten(1) > INK, 0.0, 1e4).unsqueeze(1)
    height, width = coarse.shape[-2:]
    mapped = linear @ (2 * _points(height, width, ink.device) + 0.5).T  # (B, 2, points)
    sides = (mapped - away).amax(dim=2) - (mapped + away).amin(dim=2) + 2
    return sides.amax(dim=1).clamp(min=1)
