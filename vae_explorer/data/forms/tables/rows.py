"""Rows of a table, gathered piece by piece -> pictures, labels and splits.

What is wrong with a cell is said with its row and column. Rows are counted from 1, a header apart.
"""

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from vae_explorer.data.forms.arrays import MAX_ARRAY_BYTES
from vae_explorer.data.forms.picture_axes import from_rows
from vae_explorer.data.forms.raw_data import (
    ALL,
    PictureSequence,
    RawData,
    RawSplit,
    coded,
    split_of,
)
from vae_explorer.errors import DataError

SHOWN_SPLITS = 4


class Rows:
    """The rows of one table called `name` so far; `columns` are the names of its pixels."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        self.name, self.columns = name, columns
        self.pixels: list[ndarray] = []  # each (n, P), uint8 or float32
        self.labels: list[str | None] = []
        self.splits: list[str | None] = []
        self.count = self.bytes = 0

    def add(self, pixels: ndarray, labels: Sequence, splits: Sequence) -> None:
        """Rows of pixels (n, P), NaN where there is none; labels and splits (n,), or empty."""
        if not (fine := np.isfinite(pixels)).all():
            row, column = np.argwhere(~fine)[0]
            what = (
                "is empty, or no number (NaN)," if np.isnan(pixels[row, column]) else "is infinite"
            )
            raise DataError(f"{self._cell(row, column)} {what} in {self.name}: mend the table.")
        whole = pixels == np.rint(pixels)
        if whole.all() and pixels.min(initial=0) >= 0 and pixels.max(initial=0) <= 255:
            pixels = pixels.astype(np.uint8)
        self.bytes += pixels.nbytes
        if self.bytes > MAX_ARRAY_BYTES:
            raise DataError(f"{self.name} holds more than {MAX_ARRAY_BYTES / 1e9:g} GB of pixels.")
        self.pixels.append(pixels)
        self.labels += labels
        self.splits += splits
        self.count += len(pixels)

    def values(self) -> ndarray:
        """All rows so far, (N, P) float32; DataError where there are none."""
        if not self.count:
            raise DataError(f"{self.name} has no rows of numbers.")
        return np.concatenate(self.pixels).astype(np.float32)

    def finish(self, notes: list[str]) -> RawData:
        """All of it as data. DataError."""
        if not self.count:
            raise DataError(f"{self.name} has no rows of pixels.")
        pixels = np.concatenate(self.pixels)
        self._check_negative(pixels)
        if pixels.dtype != np.uint8 and (pixels == np.rint(pixels)).all():
            pixels = pixels.astype(np.int32)
        pictures, said = from_rows(pixels, self.name)
        return rows_to_data(pictures, self.labels, self.splits, self.name, notes + said)

    def _check_negative(self, pixels: ndarray) -> None:
        """DataError for a negative value among bytes; fractions may be scaled to around 0."""
        if pixels.dtype == np.uint8 or (least := pixels.min()) >= 0:
            return
        largest, whole = pixels.max(), bool((pixels == np.rint(pixels)).all())
        if whole and largest <= 255 and not (least == -1 and largest <= 1):
            row, column = np.argwhere(pixels == least)[0]
            where = self._cell(row - self.count, column)
            raise DataError(
                f"{where} is negative ({least:g}) in {self.name}: pixels run from 0 to 255."
            )

    def _cell(self, row: int, column: int) -> str:
        """Where a value stands, the row counted from the last one added."""
        return f"{self.columns[column]} in row {self.count + row + 1:,}"


def rows_to_data(
    pictures: PictureSequence,
    labels: Sequence[str | None],
    splits: Sequence[str | None],
    name: str,
    notes: list[str],
) -> RawData:
    """Pictures, one a row, with texts of their labels and splits, or none -> data. DataError."""
    if missing := [row for row, label in enumerate(labels, start=1) if label is None]:
        raise DataError(
            f"{name} lacks the label in {len(missing):,} of {len(labels):,} rows, first in row "
            f"{missing[0]:,}: fill it in, or leave those rows out."
        )
    rows = _rows_of_splits(splits, len(pictures), notes)
    values = as_numbers([str(label) for label in labels]) if labels else None
    given = {split: None if values is None else values[index] for split, index in rows.items()}
    stem = name.partition(".")[0] or name
    codes, classes = coded(given, {split: len(index) for split, index in rows.items()}, stem)
    parts = {}
    for split, index in rows.items():
        chosen = pictures[index] if isinstance(pictures, ndarray) else [pictures[i] for i in index]
        parts[split] = RawSplit(chosen, codes[split], [f"row {i + 1}" for i in index])
    return RawData(parts, classes, notes)


def as_numbers(texts: Sequence[str]) -> ndarray:
    """Labels as whole numbers where all are, so that 10 comes behind 9; else as texts."""
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        return np.array(texts)
    if np.isfinite(numbers).all() and (numbers == numbers.round()).all():
        return numbers.astype(np.int64)
    return np.array(texts)


def _rows_of_splits(
    splits: Sequence[str | None], count: int, notes: list[str]
) -> dict[str, ndarray]:
    """The rows of each split, by a column that names it; all together where it names others."""
    if not splits:
        return {ALL: np.arange(count)}
    named = np.array([split_of(split or "") or "" for split in splits])
    if (named == "").any() or not (named == "train").any():
        shown = ", ".join(sorted({str(split) for split in splits})[:SHOWN_SPLITS])
        notes.append(f"The column of splits holds {shown}, which are none: it is left out.")
        return {ALL: np.arange(count)}
    found = {str(split): np.flatnonzero(named == split) for split in np.unique(named)}
    return found if len(found) > 1 else {ALL: np.arange(count)}
