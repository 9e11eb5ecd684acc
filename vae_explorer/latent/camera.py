"""From where a cloud of points is to be seen so that its classes lie apart.

Points and class numbers in, two angles out. Knows nothing of models and pages, and of the drawing
only that it is turned about its third axis and then tilted. N points, C classes, V lines of sight.
"""

import math
from typing import NamedTuple

import numpy as np

MAX_POINTS = 2_500  # that are looked at, evenly from all
SIGHTS = 400  # of half a sphere: both ends of a line show the same plane
CELL = 0.08  # side of a cell of the picture, in halves of the cloud's longest side
END_ON = 20  # degrees that every axis keeps from the line of sight, to be seen itself
AS_GOOD = 0.01  # overlaps that differ by less are alike: the wider spread is taken
_TAIL = 0.002  # share of the points at each end of an axis that say nothing of the cloud's size


class Camera(NamedTuple):
    """The direction from the middle of a cloud to the eye, in radians."""

    yaw: float  # about the third axis, from the first
    pitch: float  # above the plane of the first two


class Cloud(NamedTuple):
    """Points as they are looked at."""

    points: np.ndarray  # (N, 3), N > 3, about the middle, the longest side 2 long
    labels: np.ndarray  # (N,) in 0..C-1, each of them there


def prepared(points: np.ndarray, labels: np.ndarray) -> Cloud | None:
    """A cloud (N, d), labels (N,) of any numbers; None where no line of sight is to be chosen."""
    finite = np.flatnonzero(np.isfinite(points).all(axis=1))
    if points.shape[1] != 3 or len(finite) < 4:
        return None
    some = finite[np.linspace(0, len(finite) - 1, min(len(finite), MAX_POINTS)).astype(int)]
    points = points[some].astype(float)
    low, high = np.quantile(points, [_TAIL, 1 - _TAIL], axis=0)
    placed = (points - (low + high) / 2) * (2 / max((high - low).max(), 1e-12))
    return Cloud(placed, np.unique(labels[some], return_inverse=True)[1])


def camera(points: np.ndarray, labels: np.ndarray) -> Camera | None:
    """Where to look from at a cloud (N, d), labels (N,), for its classes to lie apart.

    Along the line of sight on which they overlap least; of lines as good along the one that shows
    most of the spread, which decides where there is one class; from the end on which the class
    that others hide most is hidden less. None where there is nothing to choose: in other than
    three dimensions, or of fewer than four points that are finite. Deterministic.
    """
    cloud = prepared(points, labels)
    if cloud is None:
        return None
    sights = directions()
    overlaps = np.array([overlap(cloud, sight) for sight in sights])
    spreads = np.where(overlaps <= overlaps.min() + AS_GOOD, _spread(cloud, sights), -1)
    sight = sights[spreads.argmax()]
    if _most_hidden(cloud, -sight) < _most_hidden(cloud, sight):
        sight = -sight
    x, y, z = sight.tolist()
    return Camera(round(math.atan2(y, x), 3), round(math.asin(z), 3))


def directions() -> np.ndarray:
    """Unit vectors from which every axis is seen, evenly over half a sphere: (V, 3).

    A Fibonacci lattice (González 2010, "Measurement of areas on a sphere").
    """
    n = np.arange(SIGHTS) + 0.5
    height, turn = n / SIGHTS, n * math.pi * (3 - math.sqrt(5))
    around = np.sqrt(1 - height**2)
    vectors = np.stack([around * np.cos(turn), around * np.sin(turn), height], axis=1)
    return vectors[np.abs(vectors).max(axis=1) < math.cos(math.radians(END_ON))]


def direction(camera: Camera) -> np.ndarray:
    """The unit vector towards the eye, (3,)."""
    yaw, pitch = camera
    around = math.cos(pitch)
    return np.array([around * math.cos(yaw), around * math.sin(yaw), math.sin(pitch)])


def overlap(cloud: Cloud, sight: np.ndarray) -> float:
    """How much the classes lie over each other, seen along a unit vector (3,): 0 to 1.

    The share of a point's neighbours in the picture that are of another class, as the mean over a
    class's points and then over the classes, so that small ones count as much. Neighbours are what
    lies in the same cell of the picture. Such purity of neighbourhoods is what Sips et al. 2009
    ("Selecting good views of high-dimensional data using class consistency") choose views by, and
    what agrees best with where people see classes apart (Aupetit & Sedlmair 2016, "SepMe").
    """
    cells, within = _cells(cloud, sight)
    others = _sizes(cells) - _sizes(within)
    return float(_by_class(cloud, others / np.maximum(_sizes(cells) - 1, 1)).mean())


def _most_hidden(cloud: Cloud, sight: np.ndarray) -> float:
    """Of the class that is hidden most: the share of neighbours nearer and of others, 0 to 1."""
    cells, within = _cells(cloud, sight)
    far = cloud.points @ -sight
    nearer = _rank(cells, far) - _rank(within, far)
    return float(_by_class(cloud, nearer / np.maximum(_sizes(cells) - 1, 1)).max())


def _spread(cloud: Cloud, sights: np.ndarray) -> np.ndarray:
    """The share of the variance that is seen along unit vectors (V, 3), (V,) in 0 to 1."""
    variance = np.cov(cloud.points.T)
    lost = np.einsum("vi,ij,vj->v", sights, variance, sights)
    return 1 - lost / max(float(np.trace(variance)), 1e-12)


def _cells(cloud: Cloud, sight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cell of the picture in which each point is seen, and its class within it: numbers."""
    across = np.array([-sight[1], sight[0], 0]) / math.hypot(*sight[:2])  # the picture's right
    up = np.cross(sight, across)
    columns, rows = np.floor(cloud.points @ np.stack([across, up], axis=1) / CELL).astype(int).T
    rows, columns = rows - rows.min(), columns - columns.min()
    _, cells = np.unique(rows * (columns.max() + 1) + columns, return_inverse=True)
    return cells, cells * (cloud.labels.max() + 1) + cloud.labels


def _sizes(groups: np.ndarray) -> np.ndarray:
    """How many points are in the group of each, (N,)."""
    return np.bincount(groups)[groups]


def _rank(groups: np.ndarray, far: np.ndarray) -> np.ndarray:
    """How many points of its group are nearer than each, (N,)."""
    order = np.lexsort((far, groups))
    starts = np.cumsum(np.bincount(groups)) - np.bincount(groups)
    rank = np.empty(len(groups), int)
    rank[order] = np.arange(len(groups)) - starts[groups[order]]
    return rank


def _by_class(cloud: Cloud, values: np.ndarray) -> np.ndarray:
    """The mean over the points of each class, (C,)."""
    return np.bincount(cloud.labels, values) / np.bincount(cloud.labels)
