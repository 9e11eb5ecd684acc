"""What was found in a file of codes, checked: what every form of file is read into."""

from dataclasses import dataclass, field

import numpy as np
from numpy import ndarray

from vae_explorer.errors import DataError
from vae_explorer.models.checkpoints import MAX_COORDINATE
from vae_explorer.models.foreign.adapter import MAX_LATENT

MAX_ROWS = 100_000  # what a browser shows and selects from without a wait
MAX_VALUES = 2**24  # numbers of all codes, which a page is sent
MAX_PICTURE_BYTES = 500_000_000  # as stored


@dataclass
class FoundCodes:
    """Arrays as they are stored, and the sentences that say what was taken for what."""

    codes: ndarray  # (N, D) float32
    logvar: ndarray | None = None  # (N, D) float32
    labels: ndarray | None = None  # (N,) or (N, K), numbers or texts
    class_names: tuple[str, ...] = ()  # by number, where the file has them
    pictures: ndarray | None = None  # (N, ...)
    split: str = "all"
    remarks: list[str] = field(default_factory=list)


def check_size(rows: int, coordinates: int, name: str) -> None:
    """DataError for more codes, or longer ones, than can be shown; or none at all."""
    if not rows or not coordinates:
        raise DataError(f"{name} holds no codes: a row for each item is needed.")
    if coordinates > MAX_LATENT:
        raise DataError(
            f"{name} holds codes of {coordinates:,} coordinates: {MAX_LATENT:,} are the most; "
            "reduce them, by PCA say."
        )
    if rows > MAX_ROWS:
        raise DataError(f"{name} holds {rows:,} codes: {MAX_ROWS:,} are the most; keep some.")
    if rows * coordinates > MAX_VALUES:
        raise DataError(
            f"{name} holds {rows:,} × {coordinates:,} numbers: {MAX_VALUES:,} are the most; keep "
            "fewer rows, or reduce the coordinates."
        )


def as_codes(values: ndarray, name: str) -> ndarray:
    """Codes (N, D) of any number type -> float32; DataError for what cannot be drawn."""
    if values.dtype.kind not in "buif" or values.ndim != 2:
        shape = " × ".join(map(str, values.shape))
        raise DataError(f"{name} is {shape} of {values.dtype}: codes are rows of numbers.")
    check_size(len(values), values.shape[1], name)
    codes = np.ascontiguousarray(values, np.float32)
    good = np.isfinite(codes) & (np.abs(codes) <= MAX_COORDINATE)
    if not good.all():
        row, column = (int(i) for i in np.argwhere(~good)[0])
        value = codes[row, column]
        what = "no number (NaN)" if np.isnan(value) else f"larger than {MAX_COORDINATE:,.0f}"
        raise DataError(f"coordinate {column + 1} in row {row + 1:,} of {name} is {what}.")
    return codes
