"""Digits of invented hands on pages of many kinds: what a scanner, a phone or a paint program made.

A page is a file's bytes. Everything follows from seeds. No training data is involved.
"""

import io
import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from hands import HANDS, Hand, Strokes, wander, write
from numpy import ndarray
from numpy.random import Generator
from PIL import Image, ImageDraw
from scipy import ndimage

# Pages: ink is the share of a pixel that is covered, (H, W) in [0, 1].


def cover(
    strokes: Strokes,
    hand: Hand,
    rng: Generator,
    *,
    page: tuple[int, int] = (480, 400),
    height: float = 0.6,
    pen: float = 0.06,
    at: tuple[float, float] | None = None,
) -> ndarray:
    """Write on a page (height, width) px: digit and pen in parts of page and digit, middle `at`."""
    tall = height * page[0]
    xs = np.concatenate([s[:, 0] for s in strokes])
    wide = np.ptp(xs) * tall
    if at is None:
        at = (0.5 + rng.uniform(-0.05, 0.05), 0.5 + rng.uniform(-0.05, 0.05))
    left = at[0] * page[1] - wide / 2 - xs.min() * tall
    top = at[1] * page[0] - tall / 2
    scale = 3
    canvas = Image.new("L", (scale * page[1], scale * page[0]))
    pencil = ImageDraw.Draw(canvas)
    for stroke in strokes:
        press = 1 + hand.pressure * wander(len(stroke), rng)[:, 0].clip(-1.5, 1.5)
        radius = scale * np.maximum(pen * tall / 2 * press, 0.5)
        places = scale * (stroke * tall + [left, top])
        for (x, y), (u, v), r in zip(places, places[1:], radius, strict=False):
            pencil.line((x, y, u, v), fill=255, width=max(1, round(2 * r)))
            pencil.ellipse((u - r, v - r, u + r, v + r), fill=255)
        (x, y), r = places[0], radius[0]
        pencil.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(canvas.reduce(scale)) / 255


def paint(ink: ndarray, colour: tuple, paper: ndarray | tuple, opacity: float = 0.9) -> ndarray:
    """Ink of a colour on paper -> (H, W, 3) in [0, 1]."""
    paper = np.broadcast_to(np.asarray(paper, float), (*ink.shape, 3))
    return paper + (opacity * ink)[..., None] * (np.asarray(colour, float) - paper)


def grid(shape: tuple[int, int], rng: Generator, *, squared: bool, strong: float) -> ndarray:
    """White paper (H, W, 3) with the printed lines of a notebook."""
    paper = np.full((*shape, 3), 0.96)
    step = rng.uniform(0.05, 0.09) * shape[0] * (0.7 if squared else 1.4)
    colour = np.array([0.45, 0.6, 0.85]) if rng.random() < 0.6 else np.full(3, 0.6)
    colour = colour if rng.random() < 0.7 else colour / 2
    thick = rng.choice([1, 2, 2, 3])
    for axis in (0, 1) if squared else (0,):
        for at in np.arange(rng.uniform(0, step), shape[axis] - thick, step):
            line = (slice(int(at), int(at) + thick), slice(None))
            line = line if axis == 0 else line[::-1]
            paper[line] += strong * (colour - paper[line])
    if not squared and rng.random() < 0.5:
        at = int(rng.uniform(0.08, 0.14) * shape[1])
        paper[:, at : at + thick] = [0.9, 0.45, 0.45]
    return paper


def photograph(scene: ndarray, rng: Generator, *, dark: float = 0.45) -> ndarray:
    """What a phone makes of a page (H, W, 3): tilt, perspective, shadow, blur and grain."""
    height, width = scene.shape[:2]
    angle = np.deg2rad(rng.uniform(-5, 5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tilt = rng.normal(0, 0.08, 2)  # how much further one side is than the other
    y, x = np.indices((height, width))
    places = np.stack([y / height - 0.5, x / width - 0.5], axis=-1) @ turn.T
    places /= (1 + places @ tilt)[..., None]
    where = [(places[..., 0] + 0.5) * height, (places[..., 1] + 0.5) * width]
    warped = np.stack(
        [ndimage.map_coordinates(scene[..., c], where, order=1, mode="nearest") for c in range(3)],
        axis=-1,
    )
    direction = rng.uniform(0, 2 * np.pi)
    along = (np.cos(direction) * (x / width - 0.5) + np.sin(direction) * (y / height - 0.5)) + 0.5
    light = 1 - (1 - dark) * along.clip(0, 1)
    edge = rng.uniform(0.2, 0.8) + 0.3 * (y / height - 0.5)
    shadow = 1 - rng.uniform(0.1, 0.4) / (1 + np.exp(-(x / width - edge) / rng.uniform(0.02, 0.1)))
    warm = np.array([1.0, rng.uniform(0.92, 1), rng.uniform(0.8, 0.98)])
    photo = warped * (light * shadow)[..., None] * warm * rng.uniform(0.8, 1)
    photo = ndimage.gaussian_filter(photo, (rng.uniform(0.4, 1.5),) * 2 + (0,))
    return photo + rng.normal(0, rng.uniform(0.01, 0.03), photo.shape)


def encode(scene: ndarray, form: str = "PNG", **options) -> bytes:
    """(H, W, 3 or 4) or (H, W) in [0, 1] -> a file."""
    file = io.BytesIO()
    Image.fromarray((scene.clip(0, 1) * 255).round().astype(np.uint8)).save(file, form, **options)
    return file.getvalue()


WHITE, BLACK, BLUE = (0.97, 0.97, 0.97), (0.1, 0.1, 0.12), (0.12, 0.2, 0.55)
BRIGHT = ((0.95, 0.9, 0.6), (0.75, 0.9, 0.75), (0.95, 0.75, 0.75), (0.7, 0.85, 0.95))
DEEP = ((0.7, 0.1, 0.1), (0.1, 0.35, 0.15), (0.15, 0.15, 0.6), (0.45, 0.1, 0.5), (0.1, 0.1, 0.1))


def _plain(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.04, 0.09))
    return encode(paint(ink, BLACK, WHITE))


def _photo(strokes, hand, rng):
    ink = cover(strokes, hand, rng, page=(640, 480), pen=rng.uniform(0.03, 0.08))
    scene = paint(ink, BLUE if rng.random() < 0.5 else BLACK, WHITE)
    return encode(photograph(scene, rng), "JPEG", quality=int(rng.integers(60, 92)))


def _thin(strokes, hand, rng):
    ink = cover(strokes, hand, rng, page=(700, 600), height=0.7, pen=rng.uniform(0.006, 0.015))
    return encode(paint(ink, BLUE, WHITE))


def _marker(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.12, 0.18))
    return encode(paint(ink, DEEP[rng.integers(len(DEEP))], WHITE))


def _coloured(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.04, 0.1))
    colours = DEEP[rng.integers(len(DEEP))], BRIGHT[rng.integers(len(BRIGHT))]
    return encode(paint(ink, *colours, opacity=0.8), "JPEG", quality=85)


def _ruled(strokes, hand, rng, squared=False):
    shape = (600, 500)
    paper = grid(shape, rng, squared=squared, strong=rng.uniform(0.5, 1))
    ink = cover(strokes, hand, rng, page=shape, height=0.55, pen=rng.uniform(0.03, 0.07))
    return encode(paint(ink, BLUE if rng.random() < 0.6 else BLACK, paper))


def _squared(strokes, hand, rng):
    return _ruled(strokes, hand, rng, squared=True)


def _ruled_photo(strokes, hand, rng):
    shape = (800, 640)
    paper = grid(shape, rng, squared=rng.random() < 0.5, strong=rng.uniform(0.6, 1))
    ink = cover(strokes, hand, rng, page=shape, height=0.4, pen=rng.uniform(0.04, 0.08))
    scene = paint(ink, BLUE if rng.random() < 0.5 else BLACK, paper)
    return encode(photograph(scene, rng), "JPEG", quality=int(rng.integers(60, 92)))


def _tiny(strokes, hand, rng):
    at = tuple(rng.uniform(0.15, 0.85, 2))
    ink = cover(strokes, hand, rng, page=(1200, 900), height=0.05, pen=0.09, at=at)
    return encode(paint(ink, BLACK, WHITE), "JPEG", quality=90)


def _chalk(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.05, 0.1))
    ink = ink * (rng.random(ink.shape) > 0.25)
    board = np.full((*ink.shape, 3), (0.12, 0.2, 0.16))
    smear = ndimage.gaussian_filter(rng.normal(size=ink.shape), 20)
    board += (0.04 * smear / smear.std())[..., None]
    return encode(ndimage.gaussian_filter(paint(ink, (0.9, 0.9, 0.88), board), (0.7, 0.7, 0)))


def _transparent(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.04, 0.1))
    colour = DEEP[rng.integers(len(DEEP))] if rng.random() < 0.7 else (1, 1, 1)
    clear = np.concatenate([np.broadcast_to(colour, (*ink.shape, 3)), ink[..., None]], axis=-1)
    return encode(clear)


def _squeezed(strokes, hand, rng):
    page = (120, 100)
    ink = cover(strokes, hand, rng, page=page, pen=rng.uniform(0.05, 0.1))
    return encode(paint(ink, BLACK, WHITE), "JPEG", quality=int(rng.integers(6, 16)))


def _painted(strokes, hand, rng):
    """Hard edges, and corners where the mouse was read."""
    coarse = [s[np.r_[0 : len(s) : 6, len(s) - 1]] for s in strokes]
    coarse = [s + rng.normal(0, 0.01, s.shape) for s in coarse]
    even = hand._replace(pressure=0)
    size = int(rng.choice([200, 280, 400]))
    tall = rng.uniform(0.5, 0.85)
    ink = cover(coarse, even, rng, page=(size, size), height=tall, pen=rng.uniform(0.03, 0.1))
    return encode(np.where(ink > 0.5, 0.0, 1.0))


def _grainy(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.05, 0.09))
    scene = paint(ink, (0.2, 0.2, 0.2), (0.8, 0.8, 0.8))
    return encode(scene + rng.normal(0, rng.uniform(0.06, 0.12), scene.shape))


def _off_centre(strokes, hand, rng):
    at = (rng.choice([0.16, 0.84]), rng.choice([0.2, 0.8]))
    ink = cover(strokes, hand, rng, page=(500, 500), height=0.3, pen=rng.uniform(0.05, 0.1), at=at)
    return encode(paint(ink, BLACK, WHITE))


def _pencil(strokes, hand, rng):
    ink = cover(strokes, hand, rng, page=(600, 500), pen=rng.uniform(0.02, 0.04))
    ink *= 0.5 + 0.5 * rng.random(ink.shape)
    scene = paint(ink, (0.4, 0.4, 0.42), (0.9, 0.9, 0.88))
    return encode(scene + rng.normal(0, 0.01, ink.shape)[..., None], "JPEG", quality=85)


def _dirty(strokes, hand, rng):
    ink = cover(strokes, hand, rng, pen=rng.uniform(0.05, 0.09))
    dirt = Image.new("L", ink.shape[::-1])
    pencil = ImageDraw.Draw(dirt)
    for x, y in rng.uniform(0.05, 0.95, (25, 2)) * ink.shape[::-1]:
        r = rng.uniform(0.5, 4)
        pencil.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(120, 255)))
    return encode(paint(np.maximum(ink, np.asarray(dirt) / 255), BLACK, WHITE))


PAGES: dict[str, Callable[[Strokes, Hand, Generator], bytes]] = {
    "plain scan": _plain,
    "phone photo": _photo,
    "thin pen": _thin,
    "thick marker": _marker,
    "colour on colour": _coloured,
    "ruled paper": _ruled,
    "squared paper": _squared,
    "photo of lined paper": _ruled_photo,
    "tiny on a large page": _tiny,
    "chalk": _chalk,
    "transparent": _transparent,
    "strong JPEG": _squeezed,
    "paint program": _painted,
    "grain": _grainy,
    "off-centre": _off_centre,
    "pencil": _pencil,
    "dirt": _dirty,
}


class Own(NamedTuple):
    """One own picture: a file's bytes and what is written there."""

    data: bytes
    digit: int
    page: str
    hand: int


def own_pictures(each: int = 2, seed: int = 0, hands: range = range(len(HANDS))) -> list[Own]:
    """`each` digits of every hand on every kind of page, all digits alike often."""
    pictures = []
    for p, (name, page) in enumerate(PAGES.items()):
        for h in hands:
            for i in range(each):
                digit = (p + each * h + i) % 10
                rng = np.random.default_rng([seed, p, h, i])
                pictures.append(
                    Own(page(write(HANDS[h], digit, rng), HANDS[h], rng), digit, name, h)
                )
    return pictures


class Row(NamedTuple):
    """A picture of several digits, and which, in reading order."""

    data: bytes
    digits: list[int]
    hand: int


def several(count: int = 24, seed: int = 0, hands: range = range(len(HANDS))) -> list[Row]:
    """Pages with two to six digits of one hand in one or two rows, not touching."""
    rows = []
    for i in range(count):
        h = hands[i % len(hands)]
        rng = np.random.default_rng([seed, 1000, i, h])
        lines = [rng.integers(0, 10, rng.integers(2, 4)).tolist() for _ in range(1 + i % 2)]
        shape, pen = (240 * len(lines) + 80, 600), rng.uniform(0.04, 0.1)
        ink = np.zeros(shape)
        for row, line in enumerate(lines):
            for column, digit in enumerate(line):
                middle = (240 * row + 160 + rng.uniform(-15, 15)) / shape[0]
                strokes = write(HANDS[h], digit, rng)
                tall = rng.uniform(130, 170) / shape[0]
                at = ((120 + 180 * column + rng.uniform(-15, 15)) / shape[1], middle)
                one = cover(strokes, HANDS[h], rng, page=shape, height=tall, pen=pen, at=at)
                ink = np.maximum(ink, one)
        scene = paint(ink, BLUE, grid(shape, rng, squared=i % 3 == 1, strong=0.7 * (i % 3 > 0)))
        rows.append(Row(encode(scene), [*itertools.chain(*lines)], h))
    return rows
