"""Data sets that somebody handed over in Python, by name: arrays, tensors, torch's data sets.

They are read as files of the same arrays are (`forms.arrays`): which axis is which, and what is
black and white, is found. Knows no models.
"""

import itertools
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor
from torch.utils import data as torch_data

from vae_explorer.config import ReadingChoice
from vae_explorer.data import splits
from vae_explorer.data.forms.arrays import as_pictures, check_values
from vae_explorer.data.forms.found_reading import find_reading
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit, coded
from vae_explorer.data.reading import Reading
from vae_explorer.data.splits import Dataset, Split
from vae_explorer.errors import DataError

PREFIX = "given:"  # of the names of such data sets among others
FOUND = ReadingChoice()  # nothing is chosen: as the pictures are found to be
BATCH = 256  # items of a data set at once

_kept: dict[str, "Given"] = {}  # by the data set's name
_numbers = itertools.count(1)
_lock = threading.Lock()


class Given(NamedTuple):
    """A data set as it was handed over, and as it was read."""

    dataset: Dataset  # its name is a key of `get`
    raw: RawData  # for those who read it otherwise
    number: int  # another one each time, though the name may be the same


def made(name: str, raw: RawData, choice: ReadingChoice | Reading = FOUND) -> Dataset:
    """A data set of raw data, "given:NAME" among others, not yet kept.

    It is read as it is found to be, or as chosen. DataError where it makes no data set.
    """
    return splits.assemble(f"{PREFIX}{name}", raw, choice)


def keep(dataset: Dataset, raw: RawData) -> None:
    """Keep a data set that was `made` of raw data; of one name only the latest."""
    with _lock:
        _kept[dataset.name] = Given(dataset, raw, next(_numbers))


def get(name: str) -> Given | None:
    """The data set of that name, "given:NAME"; None where none is kept."""
    return _kept.get(name)


def forget(name: str) -> None:
    """Let go of a data set, "given:NAME", if it is kept."""
    with _lock:
        _kept.pop(name, None)


def title(name: str) -> str:
    """What people call it."""
    return name.removeprefix(PREFIX)


def read(kept: Given, choice: ReadingChoice | Reading) -> Dataset:
    """A kept data set as it was read, or by another choice."""
    if choice in (FOUND, kept.dataset.reading):
        return kept.dataset
    return splits.assemble(kept.dataset.name, kept.raw, choice)


def in_order(raw: RawData, reading: Reading | None, most: int) -> tuple[Split, Reading]:
    """The first `most` pictures as they were handed over, not cut into splits, and their reading.

    Without a reading it is found.
    """
    whole = raw.splits[ALL]
    pictures, labels = np.asarray(whole.pictures)[:most], whole.labels[:most]
    if not len(pictures):
        raise DataError("there are no pictures: at least one is needed.")
    reading = reading or find_reading(pictures, FOUND)[0]
    return splits.read_split(RawSplit(pictures, labels, []), reading), reading


def raw_data(images: Any, labels: Any = None, name: str = "images") -> RawData:
    """What was handed over, as raw data without splits; DataError where it is not pictures.

    images : array, tensor or list (N, P), (N, H, W), (N, H, W, C) or (N, C, H, W) of bytes or
        numbers of any range; or a torch `Dataset` or `DataLoader` of pictures, or of pairs of a
        picture and its label
    labels : whole numbers or texts (N,); None where there are none
    """
    values, codes = as_arrays(images, labels)
    pictures, notes = as_pictures(values, name)
    check_values(pictures, name)
    numbers, classes = coded({ALL: codes}, {ALL: len(pictures)}, name)
    names = [f"{name}[{index}]" for index in range(len(pictures))]
    return RawData({ALL: RawSplit(pictures, numbers[ALL], names)}, classes, notes)


def as_arrays(images: Any, labels: Any = None) -> tuple[ndarray, ndarray | None]:
    """Pictures and labels as arrays of equal length, whatever they were handed over as."""
    if isinstance(images, torch_data.Dataset | torch_data.DataLoader):
        images, found = _items(images)
        labels = found if labels is None else labels
    values = _array(images, "the pictures")
    if labels is None:
        return values, None
    codes = _array(labels, "the labels")
    if codes.dtype.kind == "O":  # as pandas keeps texts
        codes = np.asarray([str(value) for value in codes.ravel()]).reshape(codes.shape)
    if values.shape[:1] != codes.shape[:1]:
        raise DataError(
            f"the pictures have the shape {values.shape}, but the labels {codes.shape}: one label "
            "a picture is needed."
        )
    return values, codes


def _array(values: Any, what: str) -> ndarray:
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        return (values.float() if values.dtype == torch.bfloat16 else values).numpy()
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError(f"{what} are not all of one shape: make them an array first.") from error


def _items(source: torch_data.Dataset | torch_data.DataLoader) -> tuple[ndarray, Any]:
    """All pictures of a torch data set, in its order where it has one, and its labels or None."""
    pictures: list[ndarray] = []
    labels: list[ndarray] = []
    for item in _batches(source):
        picture, label = _parts(item)
        pictures.append(_array(picture, "the pictures"))
        if label is not None:
            labels.append(_array(label, "the labels"))
    if not pictures:
        raise DataError("the data set is empty: it gives no pictures.")
    _check_alike([batch.shape[1:] for batch in pictures])
    return np.concatenate(pictures), np.concatenate(labels) if labels else None


def _parts(item: Any) -> tuple[Any, Any]:
    """Pictures and labels of what a data set gives: (x, y, …), (x,) or x."""
    if isinstance(item, Mapping):
        raise DataError("the data set gives dictionaries: give pairs of a picture and its label.")
    if not isinstance(item, tuple | list):
        return item, None
    return item[0], item[1] if len(item) > 1 else None


def _batches(source: Any) -> Any:
    """Batches of pictures (B, …), or pairs of them and labels (B,).

    A loader's data set is gone through in order: a shuffled one would not tell which is which.
    """
    if not isinstance(source, torch_data.DataLoader):
        return torch_data.DataLoader(source, BATCH, collate_fn=_collated)
    if isinstance(source.dataset, torch_data.IterableDataset):
        return source
    return torch_data.DataLoader(source.dataset, BATCH, collate_fn=source.collate_fn)


def _collated(items: list[Any]) -> tuple[ndarray, ndarray | None]:
    """Items of a data set, pictures as arrays, tensors or Pillow's, as one batch."""
    parts = [_parts(item) for item in items]
    arrays = [_array(picture, "the pictures") for picture, _ in parts]
    _check_alike([array.shape for array in arrays])
    labels = [label.tolist() if isinstance(label, Tensor) else label for _, label in parts]
    return np.stack(arrays), None if labels[0] is None else np.asarray(labels)


def _check_alike(shapes: list[tuple[int, ...]]) -> None:
    first, *others = dict.fromkeys(shapes)
    if others:
        raise DataError(
            f"the data set gives pictures of the shapes {first} and {others[0]}: make them of one "
            "size."
        )
