"""NumPy's files, .npy and .npz -> pictures. Never unpickled, and no larger than they say.

What an array holds is found by its name, or else by its shape.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, BinaryIO, NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.data.forms.entries import Entry
from vae_explorer.data.forms.picture_axes import as_pictures, check_values
from vae_explorer.data.forms.raw_data import (
    ALL,
    RawData,
    RawSplit,
    coded,
    split_of,
)
from vae_explorer.errors import DataError

NPY_MARK = b"\x93NUMPY"
MAX_ARRAY_BYTES = 4_000_000_000  # of all arrays of a file, unpacked
MAX_ARRAYS = 1000  # of an archive
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ROLES = {
    **dict.fromkeys(
        ("x", "image", "images", "imgs", "img", "picture", "pictures", "data", "pixels"), "pictures"
    ),
    **dict.fromkeys(("y", "label", "labels", "target", "targets", "class", "classes"), "labels"),
}
FACTORS = ("latents", "latent", "factors")  # of variation, several a picture: no labels
WORD_BREAK = re.compile(  # x_train, trainX, Xtrain
    r"[_\-. ]+|(?<=[a-z])(?=[A-Z])|(?<=^[XxYy])(?=train|test|val)"
)
READ_ERRORS = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)


class Header(NamedTuple):
    """What an array says of itself."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def bytes(self) -> int:
        """That it takes, unpacked."""
        return int(np.prod([int(n) for n in self.shape], dtype=object)) * self.dtype.itemsize


def read_npy(file: BinaryIO, name: str) -> ndarray:
    """The one array of an .npy file, its size checked before it is read. DataError."""
    try:
        header = _header(file)
        _check_bytes(header.bytes, name)
        _check_plain(header, name)
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    except READ_ERRORS as error:
        raise DataError(f"{name} is damaged, or no .npy file: save it anew.") from error


def read_npy_form(file: BinaryIO, name: str) -> RawData:
    """An .npy file of pictures without labels."""
    pictures, notes = as_pictures(read_npy(file, name), name)
    check_values(pictures, name)
    codes, classes = coded({ALL: None}, {ALL: len(pictures)}, _stem(name))
    return RawData({ALL: _split(pictures, codes[ALL], _stem(name))}, classes, notes)


def read_npz_form(file: BinaryIO, name: str) -> RawData:
    """An .npz archive of pictures, with labels and splits where its arrays are named so."""
    return _data(read_headers(file, name), lambda keys: read_arrays(file, name, keys), name)


def read_files(files: Sequence[Entry], name: str) -> RawData | None:
    """Files of one array each, such as X.npy and y.npy, as an archive of arrays called so.

    None where one holds more, or no name says that it holds pictures. DataError.
    """
    by_key = {entry.name.rpartition(".")[0]: entry for entry in files}
    headers = {key: header for key, entry in by_key.items() if (header := _only_header(entry))}
    if len(headers) < len(files) or not _chosen_by_name(headers):
        return None
    return _data(headers, lambda keys: {key: _only_array(by_key[key]) for key in keys}, name)


def header_of(entry: Entry) -> Header | None:
    """What an .npy file says of itself; None where it is none."""
    try:
        with entry.open() as file:
            return _header(file)
    except READ_ERRORS:
        return None


def _only_header(entry: Entry) -> Header | None:
    if entry.suffix == ".npy":
        return header_of(entry)
    with entry.open() as file:
        headers = list(read_headers(file, entry.name).values())
    return headers[0] if len(headers) == 1 else None


def _only_array(entry: Entry) -> ndarray:
    with entry.open() as file:
        if entry.suffix == ".npy":
            return read_npy(file, entry.name)
        (values,) = read_arrays(file, entry.name, read_headers(file, entry.name)).values()
        return values


def _data(headers: dict[str, Header], read: Callable[..., dict], name: str) -> RawData:
    """Arrays that are named after what they hold, as data. DataError."""
    chosen, notes = _chosen(headers, name)
    arrays = read([key for keys in chosen.values() for key in keys.values()])
    pictures, labels = {}, {}
    for split, keys in chosen.items():
        pictures[split], said = as_pictures(arrays[keys["pictures"]], keys["pictures"])
        check_values(pictures[split], keys["pictures"])
        labels[split] = arrays.get(keys.get("labels", ""))
        notes += [sentence for sentence in said if sentence not in notes]
    sizes = {split: len(values) for split, values in pictures.items()}
    codes, classes = coded(labels, sizes, _stem(name))
    splits = {s: _split(pictures[s], codes[s], chosen[s]["pictures"]) for s in chosen}
    return RawData(splits, classes, notes)


@contextmanager
def _opened(file: BinaryIO, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except READ_ERRORS as error:
        raise DataError(f"{name} is damaged, or no .npz file: save it anew.") from error


def read_headers(file: BinaryIO, name: str) -> dict[str, Header]:
    """What every array of an .npz archive says of itself, by key; none is read. DataError."""
    with _opened(file, name) as archive:
        return _headers(archive, name)


def read_arrays(file: BinaryIO, name: str, keys: Iterable[str]) -> dict[str, ndarray]:
    """Some arrays of an .npz archive, all of which must be numbers or texts. DataError."""
    with _opened(file, name) as archive:
        headers = {key: header for key, header in _headers(archive, name).items() if key in keys}
        for key, header in headers.items():
            _check_plain(header, f"{key} in {name}")
        _check_bytes(sum(header.bytes for header in headers.values()), name)
        read = partial(np.lib.format.read_array, allow_pickle=False)
        return {key: read(archive.open(f"{key}.npy")) for key in headers}


def _split(pictures: ndarray, labels: ndarray, key: str) -> RawSplit:
    return RawSplit(pictures, labels, [f"{key}[{index}]" for index in range(len(pictures))])


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _headers(archive: zipfile.ZipFile, name: str) -> dict[str, Header]:
    """What every array of an archive says of itself; all that would be too much is refused."""
    entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    if len(entries) > MAX_ARRAYS:
        raise DataError(f"{name} holds {len(entries):,} arrays: {MAX_ARRAYS:,} at most are read.")
    headers = {}
    for entry in entries:
        if entry.compress_type not in PACKINGS:
            raise DataError(f"{name} is packed in an unusual way: save it by numpy.savez.")
        with archive.open(entry) as file:
            headers[entry.filename.removesuffix(".npy")] = _header(file)
    return headers


def _header(file: IO[bytes]) -> Header:
    """Shape and type of the array that begins here."""
    version = np.lib.format.read_magic(file)
    first = version == (1, 0)
    read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    try:
        shape, _, dtype = read(file)
    except Exception as error:  # NumPy parses it as Python: damaged ones raise what Python raises
        raise ValueError("no header") from error
    return Header(shape, dtype)


def _check_plain(header: Header, name: str) -> None:
    if header.dtype.hasobject:
        raise DataError(f"{name} holds Python objects, which are never unpickled: save numbers.")


def _check_bytes(count: int, name: str) -> None:
    if count > MAX_ARRAY_BYTES:
        raise DataError(
            f"{name} unpacks to {count / 1e9:,.1f} GB: {MAX_ARRAY_BYTES / 1e9:g} GB are the most."
        )


def _chosen(headers: dict[str, Header], name: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """split -> role (pictures, labels) -> key, and what was left out."""
    found = _chosen_by_name(headers) or _only_pictures(headers, name)
    if len(found) > 1:
        found.pop(ALL, None)
    used = {key for keys in found.values() for key in keys.values()}
    read = ", ".join(sorted(used))
    left = ", ".join(sorted(set(headers) - used)[:6])
    return found, [f"Read from {name}: {read}." + (f" Left out: {left}." if left else "")]


def _chosen_by_name(headers: dict[str, Header]) -> dict[str, dict[str, str]]:
    """split -> role -> key, as far as the names of the arrays say it."""
    found: dict[str, dict[str, str]] = {}
    for key, header in headers.items():
        words = [word.lower() for word in WORD_BREAK.split(key)]
        role = next((ROLES[word] for word in words if word in ROLES), None)
        role = None if words[0] in FACTORS else role
        split = next((s for word in words if (s := split_of(word))), ALL)
        if role is None and split != ALL and len(words) == 1:
            role = "pictures"
        fits = len(header.shape) > 1 or header.dtype.hasobject  # objects are refused later
        if role == "labels" or (role and fits):
            found.setdefault(split, {}).setdefault(role, key)
    return {split: keys for split, keys in found.items() if "pictures" in keys}


def _only_pictures(headers: dict[str, Header], name: str) -> dict[str, dict[str, str]]:
    """Where no name says it: the one array of several axes, and labels of the same length."""
    many = [key for key, header in headers.items() if len(header.shape) > 1]
    if len(many) != 1:
        shown = ", ".join(f"{key} {headers[key].shape}" for key in list(headers)[:6]) or "nothing"
        raise DataError(
            f"{name} does not say which array holds pictures ({shown}): call them x_train, "
            "y_train, x_test and y_test, or images and labels."
        )
    length = headers[many[0]].shape[0]
    rows = [k for k, h in headers.items() if h.shape == (length,) and not h.dtype.hasobject]
    return {ALL: {"pictures": many[0]} | ({"labels": rows[0]} if len(rows) == 1 else {})}
