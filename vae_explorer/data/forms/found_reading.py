"""The reading of a data set, found by looking at its training pictures as they are stored.

Colour, size, range, background and preparation; whatever a person has chosen is taken instead.
"""

import dataclasses
from collections import Counter

import numpy as np
from numpy import ndarray

from vae_explorer.config import MAX_SIDE, MIN_SIDE, ReadingChoice
from vae_explorer.data.forms.raw_data import PictureSequence, batches, is_array
from vae_explorer.data.handwriting import mnist_format
from vae_explorer.data.reading import LUMINANCE, MAX_FEW, Depth, Reading, range_of_fractions
from vae_explorer.errors import DataError

MAX_FOUND_SIDE = 64  # px: larger pictures are scaled down unless a size is chosen
GREY_SPREAD = 0.08  # of white, between channels: what compression leaves of grey is below
COLOUR_SHARE = 0.001  # of the pixels of a picture in colour have more than that
BRIGHT_INK = 0.75  # of white: visible pixels brighter than this vanish on white


class _Facts:
    """What is true of all pictures looked at so far."""

    def __init__(self, files: bool) -> None:
        self.files = files  # whose values are bytes, however dark; an array may hold 0 to 16
        self.count = self.coloured = self.clear = 0
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.fractions = self.deep = False
        self.least, self.largest = np.inf, -np.inf
        self.deep_least, self.deep_largest = np.inf, -np.inf  # of more than 8 bits
        self.visible: list[float] = []  # brightness of what is not clear, a picture
        self.borders: list[float] = []

    def look_at(self, batch: ndarray) -> None:
        """Pictures (B, H, W[, C]) as stored."""
        self.count += len(batch)
        self.sizes[batch.shape[1:3]] += len(batch)
        seen = np.ones(batch.shape[:3], bool)
        colours = batch
        if batch.ndim == 4 and batch.shape[3] == 4:
            self.clear += int((batch[..., 3] < _full(batch)).any(axis=(1, 2)).sum())
            seen = batch[..., 3] > 0
            colours = np.where(seen[..., None], batch[..., :3], 0)
        least, largest = float(colours.min()), float(colours.max())
        self.least, self.largest = min(self.least, least), max(self.largest, largest)
        self.fractions |= batch.dtype.kind == "f"
        if batch.dtype.kind != "f" and batch.dtype != np.uint8:
            self.deep |= largest > 255
            self.deep_least = min(self.deep_least, least)
            self.deep_largest = max(self.deep_largest, largest)
        is_bytes = batch.dtype == np.uint8 and (self.files or self.clear or largest > MAX_FEW)
        white = 255.0 if is_bytes else max(largest, 1e-30)
        if colours.ndim == 4:
            spread = np.ptp(colours.astype(np.float32), axis=-1) > GREY_SPREAD * white
            self.coloured += int((spread.mean(axis=(1, 2)) > COLOUR_SHARE).sum())
        self._note_light(colours, seen, white)

    def _note_light(self, colours: ndarray, seen: ndarray, white: float) -> None:
        grey = colours.astype(np.float32) / white
        grey = grey @ LUMINANCE if grey.ndim == 4 else grey
        self.borders += np.median(
            np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1), axis=1
        ).tolist()
        if not seen.all():
            shares = (grey * seen).sum(axis=(1, 2)) / np.maximum(seen.sum(axis=(1, 2)), 1)
            self.visible += shares.tolist()

    def range(self) -> tuple[Depth, float, float]:
        """How the set is stored, and which values are black and white."""
        if self.fractions:
            return "fractions", *range_of_fractions(self.least, self.largest)
        if self.deep:
            return "16-bit", self.deep_least, self.deep_largest
        if self.largest <= (1 if self.files else MAX_FEW) and not self.clear:
            return "few", min(self.least, 0), max(self.largest, 1)
        return "8-bit", 0, 255

    def background(self) -> str:
        """What clear pixels are to show: what the drawing stands out from, else as borders are."""
        if self.visible:
            return "black" if np.median(self.visible) > BRIGHT_INK else "white"
        return "white" if np.median(self.borders) > 0.5 else "black"


def _full(batch: ndarray) -> float:
    """The value of an opaque pixel's alpha."""
    return 1 if batch.dtype.kind == "f" else float(np.iinfo(batch.dtype).max)


def find_reading(pictures: PictureSequence, choice: ReadingChoice) -> tuple[Reading, list[str]]:
    """How these training pictures are to be read, and in words what was reduced.

    DataError where a choice does not fit them.
    """
    facts = _Facts(files=not is_array(pictures))
    for batch in batches(pictures):
        facts.look_at(batch)
    depth, darkest, brightest = facts.range()
    if choice.darkest != choice.brightest:
        darkest, brightest = choice.darkest, choice.brightest
    height, width = _size(facts.sizes.most_common(1)[0][0], choice.size)
    colour = choice.colour == "colour" or (choice.colour == "found" and facts.coloured > 0)
    reading = Reading(
        channels=3 if colour else 1,
        height=height,
        width=width,
        darkest=float(darkest),
        brightest=float(brightest),
        depth=depth,
        inverted=choice.polarity == "inverted",
        background="white" if facts.background() == "white" else "black",
        preparation="plain",
    )
    return _prepared(pictures, reading, choice), _notes(facts, reading, choice)


def _size(stored: tuple[int, int], chosen: int) -> tuple[int, int]:
    """Height and width to read at, from the commonest stored ones."""
    longer = chosen or min(max(stored), MAX_FOUND_SIDE)
    sides = (round(side * longer / max(stored)) for side in stored)
    high, wide = (min(max(side, MIN_SIDE), MAX_SIDE) for side in sides)
    return high, wide


def _prepared(pictures: PictureSequence, plain: Reading, choice: ReadingChoice) -> Reading:
    """The reading with the preparation that fits every picture, or that was chosen."""
    if choice.preparation == "plain":
        return plain
    inversions = (False, True) if choice.polarity == "found" else (plain.inverted,)
    for inverted in inversions:
        reading = dataclasses.replace(plain, inverted=inverted, preparation="handwriting")
        if _are_prepared(pictures, reading):
            return reading
    if choice.preparation == "handwriting":
        raise DataError(
            "these pictures are not prepared as MNIST's are, grey, 28 × 28 pixels, with ink "
            "centred on an even ground: choose the preparation plain."
        )
    return plain


def _are_prepared(pictures: PictureSequence, reading: Reading) -> bool:
    """Whether every picture is as MNIST's once it is read."""
    side = mnist_format.SIDE
    if reading.shape != (side, side):
        return False
    for batch in batches(pictures):
        if batch.shape[1:3] != (side, side):
            return False
        ink = np.stack([reading.apply(picture) for picture in batch]) / 255
        if not mnist_format.are_prepared(ink).all():
            return False
    return True


def _notes(facts: _Facts, reading: Reading, choice: ReadingChoice) -> list[str]:
    """What of the training pictures does not come through as it is stored."""
    notes = []
    (high, wide), _ = facts.sizes.most_common(1)[0]
    if (high, wide) != (reading.height, reading.width):
        notes.append(f"Pictures of {wide} × {high} pixels are scaled to {reading.size_text}.")
    if other := facts.count - facts.sizes[high, wide]:
        notes.append(
            f"{other:,} of {facts.count:,} training pictures are not of {wide} × {high} pixels: "
            "they are scaled to fit, and padded with the colour of their border."
        )
    if facts.coloured and reading.channels == 1:
        notes.append(f"The colour of {facts.coloured:,} training pictures is left out.")
    elif 0 < facts.coloured < facts.count and choice.colour == "found":
        notes.append(
            f"{facts.coloured:,} of {facts.count:,} training pictures are in colour; the others, "
            "grey, are read as colour as well."
        )
    if facts.clear:
        notes.append(
            f"{facts.clear:,} training pictures have transparent pixels, which become "
            f"{reading.background}."
        )
    return notes
