"""IDX files, MNIST's own form, packed by gzip or not: pictures and their labels.

The format, from LeCun's page: two zero bytes, a type, the number of axes, their lengths as
big-endian 32-bit numbers, then the values.
"""

import gzip
import math
import re
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.data.forms.arrays import MAX_ARRAY_BYTES
from vae_explorer.data.forms.entries import Entry
from vae_explorer.data.forms.picture_axes import as_pictures, check_values
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit, coded, split_of
from vae_explorer.errors import DataError

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MARK = b"\x1f\x8b"
PICTURE_FILE = re.compile(r"(.*?)images?([-.]idx\d)?([-.]ubyte)?(\.gz)?", re.IGNORECASE)
IDX_FILE = re.compile(r".*[-.]idx\d([-.]ubyte)?(\.gz)?|.*-ubyte(\.gz)?", re.IGNORECASE)
RAW_FILES = tuple(  # as torchvision keeps a set of MNIST's layout
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
)


class _Pair(NamedTuple):
    """A file of pictures, and that of their labels where there is one."""

    pictures: Entry
    labels: Entry | None


class MnistFiles(NamedTuple):
    """Pictures (N, H, W) and labels (N,), both uint8, of the two splits that MNIST has."""

    train: tuple[ndarray, ndarray]
    test: tuple[ndarray, ndarray]


def has_idx_header(start: bytes) -> bool:
    """Whether a file that begins so says that it is of this form."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in TYPES and 1 <= start[3] <= 4


def read_idx(file: BinaryIO, name: str) -> ndarray:
    """The array of a file, unpacked if it is packed; ValueError or OSError where it is damaged."""
    packed = file.read(2) == GZIP_MARK
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if packed else file
    start = source.read(4)
    if not has_idx_header(start):
        raise ValueError(f"{name} has no header of an IDX file")
    shape = struct.unpack(f">{start[3]}I", source.read(4 * start[3]))
    dtype = np.dtype(TYPES[start[2]])
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_ARRAY_BYTES:
        raise ValueError(f"{name} says that it holds {size / 1e9:,.1f} GB")
    content = source.read(size + 1)
    if len(content) != size:
        raise ValueError(f"{name} holds {len(content):,} bytes of the {size:,} that it announces")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=True)


def read_idx_entries(entries: list[Entry], name: str) -> RawData:
    """Pairs of files of pictures and labels; which split each is, its name says."""
    pairs = _pairs_by_name(entries, name) or _pairs_by_shape(entries, name)
    if not pairs:
        shown = ", ".join(entry.name for entry in sorted(entries)[:4])
        raise DataError(f"{name} holds IDX files without pictures ({shown}).")
    if set(pairs) == {"train"}:
        pairs = {ALL: pairs["train"]}
    pictures: dict[str, ndarray] = {}
    labels: dict[str, ndarray | None] = {}
    for split, pair in pairs.items():
        pictures[split], _ = as_pictures(_read_entry(pair.pictures), pair.pictures.name)
        check_values(pictures[split], pair.pictures.name)
        labels[split] = None if pair.labels is None else _read_entry(pair.labels)
    codes, classes = coded(labels, {s: len(v) for s, v in pictures.items()}, name)
    splits = {
        split: RawSplit(values, codes[split], [f"{split}[{i}]" for i in range(len(values))])
        for split, values in pictures.items()
    }
    return RawData(splits, classes, [])


def shape_of(entry: Entry) -> tuple[int, ...]:
    """What a file says that it holds; () where it is not of this form, or cannot be read."""
    try:
        with entry.open() as file:
            packed = file.read(2) == GZIP_MARK
            file.seek(0)
            source = gzip.GzipFile(fileobj=file) if packed else file
            start = source.read(4)
            if not has_idx_header(start):
                return ()
            return struct.unpack(f">{start[3]}I", source.read(4 * start[3]))
    except (OSError, EOFError, struct.error, zlib.error):
        return ()


def _pairs_by_name(entries: list[Entry], name: str) -> dict[str, _Pair]:
    """Split -> files, where names say which of them hold pictures."""
    by_name = {entry.name.lower(): entry for entry in entries}
    pairs: dict[str, _Pair] = {}
    for entry in sorted(entries):
        if match := PICTURE_FILE.fullmatch(entry.name):
            _add(pairs, _split_of(match[1]), _Pair(entry, _labels_of(match[1], by_name)), name)
    return pairs


def _pairs_by_shape(entries: list[Entry], name: str) -> dict[str, _Pair]:
    """The same where no name says it: labels have one axis, and are as many as their pictures."""
    shapes = {entry: shape for entry in sorted(entries) if (shape := shape_of(entry))}
    pairs: dict[str, _Pair] = {}
    for entry, shape in shapes.items():
        if len(shape) > 1:
            split = _split_of(entry.name)
            fitting = [e for e, s in shapes.items() if s == shape[:1]]
            fitting = [e for e in fitting if _split_of(e.name) == split] or fitting
            _add(pairs, split, _Pair(entry, fitting[0] if len(fitting) == 1 else None), name)
    return pairs


def _add(pairs: dict[str, _Pair], split: str, pair: _Pair, name: str) -> None:
    if split in pairs:
        raise DataError(
            f"{name} holds several sets of IDX files, such as {pairs[split].pictures.name} and "
            f"{pair.pictures.name}: give a folder with one, and call its splits train and test."
        )
    pairs[split] = pair


def _split_of(name: str) -> str:
    """The split that one of the words of a file's name names, or "all"."""
    return next((s for word in re.split(r"[-_. ]", name) if (s := split_of(word))), ALL)


def _labels_of(prefix: str, entries: dict[str, Entry]) -> Entry | None:
    """The file of labels that goes with one of pictures."""
    start = re.compile(re.escape(prefix) + r"labels?([-.]|$)", re.IGNORECASE)
    return next((entry for name, entry in sorted(entries.items()) if start.match(name)), None)


def _read_entry(entry: Entry) -> ndarray:
    try:
        with entry.open() as file:
            return read_idx(file, entry.name)
    except (OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise DataError(f"{entry.name} cannot be read ({error}): fetch it anew.") from error


def raw_file(folder: Path, name: str) -> Path | None:
    """One of RAW_FILES as it lies in a folder, unpacked or else whole and packed; None without."""
    for path in (folder / name, folder / f"{name}.gz"):
        try:
            if path.stat().st_size > 0 and (path.suffix != ".gz" or _is_whole(path)):
                return path
        except (OSError, EOFError, struct.error, zlib.error):
            continue
    return None


def _is_whole(path: Path) -> bool:
    """Whether a packed file has come to its end, which says how long it is unpacked."""
    with path.open("rb") as file:
        start = gzip.GzipFile(fileobj=file).read(16)
        if not has_idx_header(start):
            return False
        axes = min(start[3], 3)
        sizes = struct.unpack(f">{axes}I", start[4 : 4 + 4 * axes])
        file.seek(-4, 2)
        return struct.unpack("<I", file.read(4))[0] == 4 + 4 * axes + math.prod(sizes)


def read_mnist_files(folder: Path) -> MnistFiles:
    """The four files of a set of MNIST's layout; ValueError or OSError where one is damaged."""
    arrays = []
    for name in RAW_FILES:
        path = raw_file(folder, name)
        if path is None:
            raise FileNotFoundError(2, "no such file", str(folder / name))
        with path.open("rb") as file:
            arrays.append(read_idx(file, path.name))
    train, train_labels, test, test_labels = arrays
    for pictures, labels in ((train, train_labels), (test, test_labels)):
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (28, 28) or labels.ndim != 1:
            raise ValueError("the files hold no bytes of 28 × 28 pixels")
        if len(pictures) != len(labels):
            raise ValueError("pictures and labels do not match")
    return MnistFiles((train, train_labels), (test, test_labels))
