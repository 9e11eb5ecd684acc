"""An array of pictures: which axis is which, found by their lengths, and values no pixel can have.

Knows no files.
"""

from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from vae_explorer.config import MIN_SIDE
from vae_explorer.data.forms.raw_data import PICTURES_BATCH
from vae_explorer.errors import DataError

MAX_ROUGHNESS = 0.8  # of pictures along the last axis, in that of others: noise is equally rough


def as_pictures(values: ndarray, name: str) -> tuple[ndarray, list[str]]:
    """An array of pictures -> (N, H, W) or (N, H, W, 3 or 4), and what its axes were taken for.

    From (N, H, W), (N, H, W, C), (N, C, H, W) or rows of pixels, (N, P). DataError.
    """
    if values.dtype.kind not in "buif":
        raise DataError(f"{name} holds values of the type {values.dtype}: numbers are needed.")
    values = values.astype(np.uint8) if values.dtype.kind == "b" else values
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    notes: list[str] = []
    shape = values.shape
    if _number_is_last(values):
        values = np.moveaxis(values, -1, 0)
        axes = "height × width × channel" if values.ndim == 4 else "height × width"
        notes = [f"{' × '.join(map(str, shape))} values are read as {axes} × number."]
    elif values.ndim == 2:
        values, notes = from_rows(values, name)
    elif values.ndim == 4 and shape[3] not in (1, 3, 4) and shape[1] in (1, 3, 4):
        values = np.moveaxis(values, 1, -1)
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    fits = values.ndim == 3 or (values.ndim == 4 and values.shape[3] in (3, 4))
    if not fits or min(values.shape[1:3]) < 1:
        said = " × ".join(map(str, shape))
        raise DataError(
            f"{name} has the shape {said}: pictures are number × height × width, with 1, 3 or 4 "
            "channels last or second."
        )
    return values, notes


def _number_is_last(values: ndarray) -> bool:
    """Whether pictures lie behind each other along the last axis, as MATLAB's do.

    (H, W, 3, N) says so itself; (S, S, N) where its pixels are then less rough than otherwise.
    """
    if values.ndim == 4:
        return [length in (1, 3, 4) for length in values.shape[1:]] == [False, True, False]
    if values.ndim != 3 or values.shape[0] != values.shape[1] or values.shape[0] < MIN_SIDE:
        return False
    if values.shape[2] in (1, 3, 4, values.shape[0]):
        return False
    return _roughness(np.moveaxis(values, -1, 0)) < MAX_ROUGHNESS * _roughness(values)


def from_rows(rows: ndarray, name: str) -> tuple[ndarray, list[str]]:
    """Rows of pixels (N, P) -> square pictures (N, S, S), or (N, S, S, 3) for P = 3 S²."""
    count = rows.shape[1]
    side, third = round(count**0.5), round((count / 3) ** 0.5)
    if side * side == count and side >= MIN_SIDE:
        return rows.reshape(-1, side, side), []
    if 3 * third * third != count or third < MIN_SIDE:
        raise DataError(
            f"{name} has {count:,} pixels a picture, which make no square of at least {MIN_SIDE} × "
            f"{MIN_SIDE}: 784 make 28 × 28."
        )
    last = rows.reshape(-1, third, third, 3)
    first = np.moveaxis(rows.reshape(-1, 3, third, third), 1, -1)
    is_last = _roughness(last) <= _roughness(first)
    order = "pixel after pixel" if is_last else "channel after channel"
    said = f"{count:,} values are read as {third} × {third} pixels in colour, {order}."
    return (last if is_last else first), [said]


def _roughness(pictures: ndarray) -> float:
    """How much neighbouring pixels of a channel differ, in the mean: least where axes are right."""
    some = pictures[:256].astype(np.float32)
    return float(np.abs(np.diff(some, axis=2)).mean() + np.abs(np.diff(some, axis=1)).mean())


def check_values(pictures: ndarray, name: str) -> None:
    """DataError for a value that no pixel can have, naming the picture it is in."""
    for start, batch in _parts(pictures):
        if batch.dtype.kind == "f" and not (good := np.isfinite(batch)).all():
            index = start + int(np.argwhere(~good)[0, 0])
            raise DataError(f"{name} holds a value that is no number (NaN) in picture {index}.")
    if pictures.dtype.kind != "i" or not pictures.size:
        return
    least, largest = int(pictures.min()), int(pictures.max())
    if least < 0 and largest <= 255 and not (least == -1 and largest <= 1):
        index = int(np.argwhere(pictures == least)[0, 0])
        raise DataError(
            f"{name} holds the negative value {least} in picture {index}: pixels run from 0 to 255."
        )


def _parts(pictures: ndarray) -> Iterator[tuple[int, ndarray]]:
    for start in range(0, len(pictures), PICTURES_BATCH):
        yield start, pictures[start : start + PICTURES_BATCH]
