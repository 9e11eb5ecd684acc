"""Hands that are invented: strokes defined here, written with jitter.

A hand writes each digit in one of the ways of FORMS, with its own slant, width and unsteadiness.
Everything follows from seeds. No training data is involved.
"""

import itertools
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from numpy.random import Generator
from scipy import ndimage

# Points "x,y" in a square of side 100, y down; curves run through them, "!" makes a corner.
FORMS: dict[str, list[str]] = {
    "0 round": ["50,2 24,16 14,50 26,86 50,98 75,84 86,50 74,14 50,2"],
    "0 narrow": ["54,2 36,20 28,52 34,88 48,98 62,84 70,48 66,14 54,2"],
    "0 open": ["62,8 40,4 20,28 16,64 34,94 60,94 82,64 80,28 66,4 54,2"],
    "0 looped": ["40,12 22,38 20,74 40,97 66,92 82,60 78,24 58,4 38,10 46,20 70,10"],
    "1 bar": ["50,2 50,98"],
    "1 serif": ["30,26 54,3! 54,98"],
    "1 foot": ["32,24 52,3! 52,97! 32,97! 74,97"],
    "1 long serif": ["18,48 40,24 58,2! 56,98"],
    "1 bowed": ["56,2 50,50 48,98"],
    # Printed: a flag and a base bar
    "1 printed": ["28,26 52,4! 52,97", "24,97 80,97"],
    "1 wide base": ["22,30 54,4! 54,94! 14,97! 90,95"],
    "1 leaning base": ["30,30 60,4! 46,96", "14,97 84,95"],
    "1 hooked flag": ["14,36 36,24 56,4! 54,96", "10,97 92,97"],
    "1 base left": ["24,26 52,4! 50,96", "8,97 76,97"],
    "1 curved flag": ["22,22 34,8 50,4! 50,96", "20,97 82,97"],
    "1 round flag": ["18,24 32,8 46,6 54,14 54,96", "18,97 88,97"],
    "2 plain": ["18,24 34,6 58,4 76,20 70,46 42,74 16,96! 84,94"],
    "2 looped": ["20,22 42,4 70,8 76,32 54,64 26,92 12,88 22,78 46,90 66,97 88,88"],
    "2 angular": ["18,12 76,8! 74,30 20,95! 86,95"],
    "2 swan": ["22,28 28,10 52,3 72,18 66,48 40,78 20,92! 44,86 66,96 86,86"],
    "3 round": ["22,14 46,3 72,14 70,36 44,47! 74,56 80,78 56,97 20,88"],
    "3 flat": ["20,6 76,6! 46,42! 74,52 80,76 58,96 18,90"],
    "3 big foot": ["28,16 48,6 66,16 62,34 42,42! 78,50 86,76 56,98 14,84"],
    "3 looped": ["24,12 50,2 70,16 62,38 42,46 36,40 48,42 72,54 78,78 52,98 22,86"],
    "4 open": ["28,6 22,38 18,60! 82,58", "66,8 64,98"],
    "4 closed": ["64,98 66,4! 14,66! 88,64"],
    "4 curved": ["24,8 20,40 34,58 60,54 74,40", "78,4 70,52 66,98"],
    "4 tall": ["52,4 16,62! 86,60", "60,36 58,98"],
    "4 flash": ["30,4 18,56! 76,52! 78,28! 62,98"],
    "4 printed": ["66,98 66,3! 18,66! 86,66"],
    "4 box": ["28,4 26,56! 78,56", "74,4 74,98"],
    "4 high bar": ["62,98 62,4! 22,44! 86,44"],
    "4 small": ["56,98 56,4! 24,52! 78,52"],
    "4 cross": ["26,4 24,54! 84,54", "66,4 66,98"],
    "5 two strokes": ["28,8 24,44! 52,38 76,54 74,82 48,97 16,88", "28,8 80,6"],
    "5 one stroke": ["80,6 32,8! 26,44! 54,40 78,60 68,90 42,98 16,88"],
    "5 curved": ["82,6 56,6 34,12 28,32 44,46 66,56 74,74 58,94 22,92"],
    "5 loose bar": ["24,18 22,46! 48,40 74,54 72,84 46,97 14,90", "36,8 84,2"],
    "6 curl": ["66,4 36,26 20,62 32,94 60,96 74,76 60,56 36,60 24,78"],
    "6 stem": ["44,2 30,36 24,74 42,97 68,90 74,68 54,54 28,68"],
    "6 round": ["74,12 54,4 28,24 18,62 34,94 64,96 80,74 66,52 40,52 22,70"],
    "6 straight": ["56,2 22,64 26,90 50,98 72,84 68,62 46,56 24,70"],
    # Upright, with a closed loop
    "6 upright": ["58,3 40,22 30,48 28,72 36,92 54,98 70,88 72,70 60,56 42,58 30,74"],
    "6 big loop": ["60,3 34,24 24,58 32,90 54,98 76,84 76,58 56,44 34,50 24,66"],
    "6 small tail": ["62,4 40,14 26,44 24,74 40,97 64,95 78,74 70,50 46,42 28,56 24,74"],
    "6 hooked": ["70,14 56,3 36,14 26,44 26,74 40,97 62,96 76,76 68,54 48,48 30,60"],
    "6 high loop": ["62,3 36,12 24,40 26,78 48,98 72,86 76,56 58,34 36,40 24,60"],
    "6 closed": ["64,16 52,3 32,14 24,48 30,84 52,98 74,84 74,58 56,44 36,52 24,72"],
    "6 wide": ["70,6 44,4 24,34 22,74 46,97 78,88 80,62 56,48 24,64"],
    "6 long hook": ["76,24 68,6 44,4 26,28 22,70 40,97 66,94 76,72 60,54 36,58 24,74"],
    "6 tall loop": ["58,4 34,16 24,44 28,80 50,98 70,86 74,60 58,38 40,44 26,62"],
    "7 plain": ["16,8 82,8! 42,98"],
    "7 barred": ["14,8 82,6! 60,46 44,98", "32,52 78,48"],
    "7 hooked": ["16,28 18,8! 50,10 82,6! 54,50 46,98"],
    "7 curved": ["16,12 46,6 80,10 70,36 50,64 46,98"],
    "7 serif bar": ["18,24 20,8! 84,8! 44,98", "34,48 80,50"],
    "8 plain": ["70,14 46,3 26,18 36,40 64,56 76,78 52,98 26,80 38,56 64,38 74,20 62,6"],
    "8 two rings": [
        "50,3 30,12 28,34 50,46 70,34 70,12 50,3",
        "50,46 24,58 22,84 50,98 78,84 76,58 50,46",
    ],
    "8 open": ["78,10 50,4 28,18 36,38 62,54 74,78 54,97 28,86 32,62 58,42 84,16"],
    "8 narrow": ["64,6 44,6 36,24 50,46 64,72 54,96 36,88 36,66 54,46 68,22 62,4"],
    "9 stem": ["74,22 52,4 28,16 26,42 50,52 74,34 76,14! 72,98"],
    "9 tail": ["74,24 54,4 28,18 28,42 52,50 72,34 76,18 76,60 60,94 26,92"],
    "9 short": ["72,30 60,6 34,10 26,36 46,52 70,38 74,16 70,56 54,97"],
    "9 open": ["70,10 42,6 24,26 36,48 62,44 76,20! 68,58 62,98"],
    # With a straight tail, or one that turns
    "9 straight": ["72,24 58,4 36,6 26,26 36,46 58,46 72,26! 72,98"],
    "9 stick": ["70,28 56,5 34,8 24,28 34,48 56,48 70,28", "70,6 70,98"],
    "9 thick": ["70,14 48,3 26,16 28,44 52,54 70,36 72,12 76,98"],
    "9 tight": ["64,12 48,4 36,20 48,36 64,20 66,50 64,98"],
    "9 hook": ["74,24 54,4 28,18 28,42 52,50 74,30 76,70 66,94 48,96"],
    "9 turned": ["72,24 56,4 34,8 26,28 38,46 58,44 72,24 74,60 72,84 58,97 36,94"],
}


class Hand(NamedTuple):
    """How someone writes: a form of each digit, and what all of them have in common."""

    forms: tuple[str, ...]  # of the digits 0 to 9
    slant: float  # of uprights, horizontal over vertical; 0.3 leans to the right by 17°
    width: float  # of a digit, of what the forms have
    unsteady: float  # standard deviation of points, of a digit's height
    pressure: float  # how much the stroke's width varies


def _hand(forms: str, *manner: float) -> Hand:
    return Hand(tuple(f"{i} {form}" for i, form in enumerate(forms.split(", "))), *manner)


HANDS = (
    _hand(
        "round, bar, plain, round, printed, two strokes, curl, plain, plain, straight",
        *(0.05, 1.05, 0.015, 0.1),
    ),
    _hand(
        "round, wide base, angular, flat, high bar, one stroke, high loop, barred, two rings, tail",
        *(-0.05, 1.0, 0.02, 0.2),
    ),
    _hand(
        "open, round flag, looped, round, tall, curved, hooked, plain, plain, short",
        *(-0.1, 1.1, 0.02, 0.15),
    ),
    _hand(
        "round, leaning base, swan, big foot, box, loose bar, closed, curved, open, hook",
        *(0.0, 1.05, 0.025, 0.1),
    ),
    _hand(
        "looped, bowed, looped, flat, closed, curved, big loop, barred, plain, stem",
        *(0.15, 0.95, 0.02, 0.25),
    ),
    _hand(
        "narrow, serif, plain, looped, small, two strokes, round, hooked, two rings, tight",
        *(0.1, 1.1, 0.02, 0.15),
    ),
    _hand(
        "round, base left, angular, round, cross, one stroke, straight, plain, plain, stick",
        *(-0.15, 1.0, 0.02, 0.1),
    ),
    _hand(
        "open, bar, plain, flat, curved, two strokes, stem, barred, open, tail",
        *(0.0, 1.05, 0.02, 0.2),
    ),
    _hand(
        "round, curved flag, swan, round, printed, curved, small tail, plain, narrow, thick",
        *(0.05, 0.95, 0.025, 0.15),
    ),
    _hand(
        "looped, printed, looped, big foot, closed, one stroke, hooked, curved, plain, straight",
        *(-0.05, 1.1, 0.02, 0.1),
    ),
    # From here on held out: only how hard they are was set by them, without a pose
    _hand(
        "round, bar, angular, looped, tall, one stroke, stem, plain, open, stick",
        *(0.0, 1.0, 0.02, 0.15),
    ),
    _hand(
        "open, hooked flag, swan, flat, small, loose bar, long hook, hooked, two rings, turned",
        *(-0.1, 1.05, 0.02, 0.1),
    ),
    _hand(
        "round, long serif, looped, big foot, closed, curved, tall loop, plain, plain, straight",
        *(0.15, 1.05, 0.02, 0.2),
    ),
    _hand(
        "looped, foot, plain, round, flash, two strokes, upright, barred, plain, stem",
        *(-0.15, 1.0, 0.02, 0.15),
    ),
    _hand(
        "round, wide base, angular, flat, high bar, curved, wide, curved, open, short",
        *(0.05, 1.1, 0.025, 0.1),
    ),
    _hand(
        "open, bowed, swan, round, printed, loose bar, closed, hooked, plain, thick",
        *(0.1, 0.95, 0.015, 0.2),
    ),
    _hand(
        "narrow, printed, plain, looped, open, two strokes, curl, plain, two rings, hook",
        *(-0.05, 1.1, 0.02, 0.15),
    ),
    _hand(
        "round, printed, looped, flat, cross, one stroke, high loop, curved, open, stem",
        *(0.0, 1.05, 0.02, 0.1),
    ),
    _hand(
        "looped, curved flag, angular, round, curved, curved, straight, barred, plain, turned",
        *(0.1, 1.0, 0.02, 0.2),
    ),
    _hand(
        "round, base left, plain, big foot, tall, two strokes, hooked, plain, narrow, open",
        *(-0.1, 1.1, 0.02, 0.15),
    ),
)
TUNING = len(HANDS) // 2  # hands before this one may be looked at while improving the steps
Strokes = list[ndarray]  # each (n, 2): x, y of a digit about 1 high


def write(hand: Hand, digit: int, rng: Generator) -> Strokes:
    """A digit as this hand writes it this time: in [0, 1] from top to bottom, x around 0."""
    slant, turn = hand.slant + rng.normal(0, 0.05), rng.normal(0, 0.05)
    width = hand.width * np.exp(rng.normal(0, 0.08))
    strokes = []
    for form in FORMS[hand.forms[digit]]:
        path = _curve(form, hand.unsteady, rng)
        path += hand.unsteady / 3 * wander(len(path), rng)
        x, y = (path[:, 0] - 0.5) * width, path[:, 1] - 0.5
        x = x - slant * y
        strokes.append(np.stack([x - turn * y, y + turn * x], axis=1))
    top = min(s[:, 1].min() for s in strokes)
    height = max(s[:, 1].max() for s in strokes) - top
    return [(s - [0, top]) / height for s in strokes]


def _curve(form: str, unsteady: float, rng: Generator) -> ndarray:
    """Catmull-Rom splines between corners through shaken points, (n, 2)."""
    words = form.split()
    points = np.array([[float(v) for v in w.strip("!").split(",")] for w in words]) / 100
    closed = (points[0] == points[-1]).all()
    points += rng.normal(0, unsteady, points.shape)
    if closed:
        points[-1] = points[0] + rng.normal(0, unsteady, 2)
    corners = [0, *(i for i, w in enumerate(words) if w.endswith("!")), len(words) - 1]
    pieces = [_spline(points[a : b + 1]) for a, b in itertools.pairwise(corners)]
    return np.concatenate(pieces)


def _spline(points: ndarray, steps: int = 24) -> ndarray:
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps)[:, None]
    return np.concatenate(
        [
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
            + 0.5 * (3 * b - a - 3 * c + d) * t**3
            for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
        ]
    )


def wander(count: int, rng: Generator) -> ndarray:
    """Smooth noise of unit variance along a path, (count, 2)."""
    noise = ndimage.gaussian_filter1d(rng.normal(size=(count, 2)), 8, axis=0, mode="nearest")
    return noise / max(noise.std(), 1e-6)
