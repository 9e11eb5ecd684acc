"""Raw data -> three disjoint splits in memory, read alike, and what is to be said of them.

Splits that the data has are kept; those that it lacks are cut from its training pictures. How
pictures are read is found on the training pictures alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import Generator, Tensor

from vae_explorer.config import ReadingChoice
from vae_explorer.data.forms.found_reading import find_reading
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit, Selection
from vae_explorer.data.reading import Reading
from vae_explorer.errors import DataError

SPLIT_SEED = 0  # of the sets that come without a split of their own
MIN_PICTURES = 20
MAX_SET_BYTES = 4_000_000_000  # of all pictures as read, which are held in memory
SPLITS = ("train", "validation", "test")
CUT_SHARES = {"test": 5, "validation": 10}  # one picture of so many is for these, where lacking
SHOWN_CLASSES = 3


class Split(NamedTuple):
    """Pictures (N, H, W) or in colour (N, 3, H, W), uint8, and labels (N,) int64."""

    images: Tensor
    labels: Tensor

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of one picture: channels, height, width."""
        *channels, height, width = self.images.shape[1:]
        return (channels[0] if channels else 1), height, width

    def __len__(self) -> int:  # of pictures, not of fields
        return len(self.images)


class Dataset(NamedTuple):
    """Three disjoint splits, what the labels are called, and how the pictures were read."""

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    reading: Reading = Reading()
    notes: tuple[str, ...] = ()
    names: Mapping[str, Sequence[str]] = MappingProxyType({})  # of the pictures of each split

    def split(self, name: str) -> Split:
        """The split called train, validation or test."""
        return getattr(self, name)


def describe(dataset: Dataset) -> list[str]:
    """How many pictures, which splits and classes, how they are read, what else is to be said."""
    counts = [f"{len(dataset.split(name)):,} {about}" for name, about in _SHOWN_SPLITS.items()]
    total = sum(len(dataset.split(name)) for name in SPLITS)
    count = len(dataset.classes)
    shown = ", ".join(dataset.classes[:10]) + (", …" if count > 10 else "")
    return [
        f"{total:,} pictures: {', '.join(counts)}.",
        f"{count:,} {'class' if count == 1 else 'classes'}: {shown}.",
        *dataset.reading.sentences(),
        *dataset.notes,
    ]


_SHOWN_SPLITS = {"train": "to train on", "validation": "for validation", "test": "for testing"}


def assemble(name: str, raw: RawData, choice: ReadingChoice | Reading) -> Dataset:
    """A data set of everything that was found, `raw`; its reading is found, or given.

    DataError where it makes none.
    """
    total = sum(len(part.labels) for part in raw.splits.values())
    if total < MIN_PICTURES:
        pictures = "1 picture" if total == 1 else f"{total} pictures"
        raise DataError(f"{name} holds {pictures}: at least {MIN_PICTURES} are needed.")
    parts, notes = completed(raw, name)
    if isinstance(choice, Reading):
        reading, said = choice, []
    else:
        reading, said = find_reading(parts["train"].pictures, choice)
    size = total * int(np.prod(reading.shape))
    if size > MAX_SET_BYTES:
        raise DataError(
            f"{name} takes {size / 1e9:,.1f} GB at {reading.size_text} pixels: choose a smaller "
            "size."
        )
    splits = {split: read_split(part, reading) for split, part in parts.items()}
    notes = [*raw.notes, *notes, *said, *_class_notes(splits, raw.classes), *_duplicates(splits)]
    names = {split: list(part.names) for split, part in parts.items()}
    return Dataset(
        name,
        splits["train"],
        splits["validation"],
        splits["test"],
        raw.classes,
        reading,
        tuple(notes),
        names,
    )


def completed(raw: RawData, name: str) -> tuple[dict[str, RawSplit], list[str]]:
    """Train, validation and test; those that are lacking are cut from train by a fixed shuffle.

    Of a set without splits 20 % are for testing and 10 % for validation.
    """
    given = dict(raw.splits)
    whole = given.pop(ALL, None) or given.pop("train", None)
    if whole is None:
        raise DataError(f"{name} has pictures for {' and '.join(given)}, but none to train on.")
    order = shuffled(len(whole.labels))
    total = sum(len(part.labels) for part in raw.splits.values())
    start, sizes = 0, {}
    for split, one_of in CUT_SHARES.items():
        if split not in given:
            count = max(1, min(total // one_of, len(order) // 3))
            given[split] = _chosen(whole, order[start : start + count])
            start, sizes[split] = start + count, count
    if not sizes:
        return {"train": whole, **given}, []
    if len(sizes) == 2:
        notes = [
            "70 % are to train on, 10 % for validation and 20 % for testing, cut by a fixed "
            "shuffle: the data has no splits of its own."
        ]
    else:
        ((split, count),) = sizes.items()
        notes = [
            f"{count:,} training pictures were cut off for {split}: the data has none of its own."
        ]
    return {"train": _chosen(whole, order[start:]), **given}, notes


def shuffled(count: int) -> ndarray:
    """The order, the same every time, in which pictures without a split are dealt out."""
    return torch.randperm(count, generator=Generator().manual_seed(SPLIT_SEED)).numpy()


def _chosen(part: RawSplit, indices: ndarray) -> RawSplit:
    names = [part.names[int(i)] for i in indices] if part.names else []
    return RawSplit(Selection(part.pictures, indices), part.labels[indices], names)


def read_split(part: RawSplit, reading: Reading) -> Split:
    """All pictures of a split as the model sees them."""
    images = torch.empty((len(part.pictures), *reading.shape), dtype=torch.uint8)
    for index, image in enumerate(images.numpy()):
        image[...] = reading.apply(part.pictures[index])
    return Split(images, torch.from_numpy(np.ascontiguousarray(part.labels)))


def _class_notes(splits: Mapping[str, Split], classes: Sequence[str]) -> list[str]:
    """Classes with one picture, from which nothing can be learned and tested."""
    labels = torch.cat([split.labels for split in splits.values()])
    counts = torch.bincount(labels, minlength=len(classes)).tolist()
    lonely = [name for name, count in zip(classes, counts, strict=True) if count == 1]
    if not lonely:
        return []
    shown = ", ".join(lonely[:SHOWN_CLASSES]) + (", …" if len(lonely) > SHOWN_CLASSES else "")
    few = "1 class has" if len(lonely) == 1 else f"{len(lonely):,} classes have"
    return [f"{few} one picture only: {shown}."]


def _duplicates(splits: Mapping[str, Split]) -> list[str]:
    """How many pictures of one split are in another as well, which makes its scores too good."""
    seen = {name: Counter(map(hash, _contents(split))) for name, split in splits.items()}
    notes = []
    for name, other in (("validation", "train"), ("test", "train"), ("test", "validation")):
        if shared := sum(n for content, n in seen[name].items() if content in seen[other]):
            notes.append(
                f"{shared:,} of {len(splits[name]):,} pictures of {name} are in {other} as well: "
                "scores on them say less."
            )
    return notes


def _contents(split: Split) -> list[bytes]:
    return [image.tobytes() for image in split.images.numpy()]
