"""What every form of data is read into: pictures as stored, their labels, the splits it has.

Knows nothing of how the values are read. Pictures are (H, W) grey, (H, W, 3) colour or (H, W, 4)
with alpha, of any number type.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy import ndarray

from vae_explorer.config import MAX_CLASSES
from vae_explorer.errors import DataError

ALL = "all"  # the split of data that has none
SPLIT_NAMES = {  # what people call them -> what they are called here
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "publictest"), "validation"),
    **dict.fromkeys(("test", "testing", "t10k", "privatetest"), "test"),
}
PICTURES_BATCH = 1024  # looked at together where they lie in one array
MAX_KEPT_BYTES = 500_000_000  # of decoded pictures; the rest are decoded again when asked for


class PictureSequence(Protocol):
    """Pictures one by one: a list, an array of all, or what reads them when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


class RawSplit(NamedTuple):
    """Pictures as stored, labels (N,) int64, and what each is called."""

    pictures: PictureSequence
    labels: ndarray
    names: Sequence[str]


class RawData(NamedTuple):
    """Splits by name: train, validation, test, or "all" where the data has none."""

    splits: dict[str, RawSplit]
    classes: tuple[str, ...]
    notes: list[str]


class Pictures:
    """Pictures that are decoded when asked for; as many as fit into MAX_KEPT_BYTES are kept."""

    def __init__(self, readers: Sequence[Callable[[], ndarray]]) -> None:
        self._readers = readers
        self._kept: dict[int, ndarray] = {}
        self._room = MAX_KEPT_BYTES

    def __len__(self) -> int:
        return len(self._readers)

    def __getitem__(self, index: int, /) -> ndarray:
        if index in self._kept:
            return self._kept[index]
        picture = self._readers[index]()
        if picture.nbytes <= self._room:
            self._room -= picture.nbytes
            self._kept[index] = picture
        return picture


class Selection:
    """Some pictures of a sequence, in an order of their own."""

    def __init__(self, pictures: PictureSequence, indices: ndarray) -> None:
        self.pictures, self.indices = pictures, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int, /) -> ndarray:
        return self.pictures[int(self.indices[index])]


class Chain:
    """The pictures of several sequences, one after the other."""

    def __init__(self, parts: Sequence[PictureSequence]) -> None:
        self.parts = parts
        self.ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: int, /) -> ndarray:
        part = int(np.searchsorted(self.ends, index, side="right"))
        return self.parts[part][index - int(self.ends[part]) + len(self.parts[part])]


def together(parts: Sequence[PictureSequence]) -> PictureSequence:
    """Pictures of several sequences as one, an array where all are arrays of one kind."""
    arrays = [part for part in parts if isinstance(part, ndarray)]
    alike = {(part.shape[1:], part.dtype) for part in arrays}
    if len(arrays) == len(parts) and len(alike) == 1:
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
    return Chain(parts) if len(parts) > 1 else parts[0]


def is_array(pictures: PictureSequence) -> bool:
    """Whether pictures lie in an array or a table, and are no files of their own."""
    while isinstance(pictures, Selection | Chain):
        pictures = pictures.pictures if isinstance(pictures, Selection) else pictures.parts[0]
    return isinstance(pictures, ndarray)


def batches(pictures: PictureSequence) -> Iterator[ndarray]:
    """Pictures (B, H, W[, C]) of one size, in order: many at once where they lie in an array."""
    selected = isinstance(pictures, Selection)
    array = pictures.pictures if selected else pictures
    if not isinstance(array, ndarray):
        for index in range(len(pictures)):
            yield pictures[index][None]
        return
    for start in range(0, len(pictures), PICTURES_BATCH):
        part = slice(start, start + PICTURES_BATCH)
        yield array[pictures.indices[part]] if selected else array[part]


def split_of(name: str) -> str | None:
    """The split that a folder, a file, a key or a value of a table is named after."""
    return SPLIT_NAMES.get(name.strip().lower())


def coded(
    labels: Mapping[str, ndarray | None], lengths: Mapping[str, int], name: str
) -> tuple[dict[str, ndarray], tuple[str, ...]]:
    """Labels of each split, numbers or texts (N,) -> int64 codes and the names of the classes.

    A split without labels is refused where another has some; without any there is one class, named
    as the data is.
    """
    there = {split: values for split, values in labels.items() if values is not None}
    if not there:
        zeros = {split: np.zeros(length, np.int64) for split, length in lengths.items()}
        return zeros, (name,)
    if missing := sorted(set(lengths) - set(there)):
        raise DataError(f"{name} has labels for {', '.join(there)}, but none for {missing[0]}.")
    plain = {split: _plain(values, name) for split, values in there.items()}
    classes, codes = np.unique(np.concatenate(list(plain.values())), return_inverse=True)
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"{name} has {len(classes):,} different labels: a model can have {MAX_CLASSES:,} "
            "classes at most."
        )
    ends = np.cumsum([len(values) for values in plain.values()])[:-1]
    parts = dict(zip(plain, np.split(codes.astype(np.int64), ends), strict=True))
    for split, length in lengths.items():
        if len(parts[split]) != length:
            raise DataError(
                f"{name} has {length:,} pictures in {split}, but {len(parts[split]):,} labels."
            )
    return parts, tuple(map(str, classes.tolist()))


def _plain(labels: ndarray, name: str) -> ndarray:
    """Labels as whole numbers or as texts, (N,): (N, 1) flattened, one column a class decoded."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and labels.size and ((labels == 0) | (labels == 1)).all():
        if not (labels.sum(axis=1) == 1).all():
            raise DataError(f"{name} gives some pictures several labels: keep one of each.")
        labels = labels.argmax(axis=1)
    if labels.ndim != 1:
        shape = " × ".join(map(str, labels.shape))
        raise DataError(f"{name} has labels of the shape {shape}: one a picture is needed.")
    if labels.dtype.kind == "S":
        return np.char.decode(labels, "utf-8", "replace")
    if labels.dtype.kind == "f":
        if bad := int((~np.isfinite(labels)).sum()):
            raise DataError(f"{name} lacks {bad:,} of its {len(labels):,} labels.")
        if not (labels == labels.round()).all():
            raise DataError(f"{name} has labels with fractions: whole numbers or names are needed.")
        return labels.astype(np.int64)
    if labels.dtype.kind not in "iubU":
        raise DataError(
            f"{name} has labels of the type {labels.dtype}: numbers or names are needed."
        )
    return labels.astype(np.int64) if labels.dtype.kind in "iub" else labels
