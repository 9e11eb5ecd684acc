"""Which of many points are meant, and a table of them. The browser has the same in selection/.

Points and codes in, indices out, ascending. Knows nothing of pictures, models or pages.
N points, D coordinates.
"""

import csv
import io
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from vae_explorer.files import no_formula

DECIMALS = 6  # of a coordinate in the table


def in_polygon(points: Tensor, polygon: Tensor) -> Tensor:
    """Indices (n,) of the points (N, 2) that lie in a polygon (M, 2), which closes by itself.

    Where it crosses itself, inside is what it winds around (the nonzero rule): what was gone round
    twice is inside. Points that are not finite lie nowhere.
    """
    points, polygon = points.double(), polygon.double()
    x, y = points[:, 0], points[:, 1]
    winding = torch.zeros(len(points), dtype=torch.int64)
    for (ax, ay), (bx, by) in zip(polygon.tolist(), polygon.roll(-1, 0).tolist(), strict=True):
        side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
        winding += ((y >= ay) & (y < by) & (side > 0)).long()
        winding -= ((y >= by) & (y < ay) & (side < 0)).long()
    return winding.nonzero()[:, 0]


def nearest(codes: Tensor, z: Tensor, count: int) -> Tensor:
    """Indices of the `count` codes (N, D) nearest to z (D,), all where there are fewer.

    Of codes equally far the first ones are taken.
    """
    distances = (codes.double() - z.double()).square().sum(dim=1)
    return distances.argsort(stable=True)[:count].sort().values


def of_class(labels: Tensor, label: int) -> Tensor:
    """Indices of the points of a class; `labels` (N,)."""
    return (labels == label).nonzero()[:, 0]


def to_csv(indices: Iterable[int], labels: Tensor, classes: Sequence[str], codes: Tensor) -> str:
    """A line a point: its index in the split, the name of its class, its code z1 … zD.

    `labels` (N,) and `codes` (N, D) are of all points. Coordinates are rounded to six decimals, of
    two equally near the greater.
    """
    rows = torch.as_tensor(list(indices), dtype=torch.int64)
    values = (codes[rows].double() * 10**DECIMALS + 0.5).floor() / 10**DECIMALS
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["index", "class", *(f"z{d + 1}" for d in range(codes.shape[1]))])
    for index, label, z in zip(rows.tolist(), labels[rows].tolist(), values.tolist(), strict=True):
        writer.writerow([index, no_formula(classes[label]), *map(_text, z)])
    return buffer.getvalue()


def _text(value: float) -> str:
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
