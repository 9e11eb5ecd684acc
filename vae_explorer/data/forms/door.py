"""The one door for data: a path, to a folder or a file of any form -> what is in it.

What a file is, its first bytes say rather than its name. Whatever is wrong with it becomes one
DataError; nothing is unpickled, and nothing is written to the disk.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from vae_explorer.data.forms import (
    arrays,
    entries,
    idx,
    picture_tree,
    tiff_stack,
)
from vae_explorer.data.forms.entries import Entry
from vae_explorer.data.forms.picture_file import PICTURE_ENDINGS
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit, split_of
from vae_explorer.data.forms.tables import csv_table, parquet_table
from vae_explorer.errors import DataError

Reader = Callable[[BinaryIO, str], RawData]
START_BYTES = 16  # of a file, that tell its form
ARRAY_ENDINGS = (".npz", ".npy")
TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")
PICKLE_ENDINGS = (".pkl", ".pickle", ".pt", ".pth", ".p")
FORMS_TEXT = "a folder or zip of pictures, .npz, .npy, .csv, .parquet, IDX files or a TIFF stack"


def read_form(path: Path) -> RawData:
    """Everything in a folder or a file, as stored. DataError with what was found instead."""
    path = path.expanduser()
    try:
        if path.is_dir():
            return read_entries(entries.of_folder(path), path.name or str(path), str(path))
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}.") from error
    with file:
        start = file.read(START_BYTES)
        file.seek(0)
        if idx.has_idx_header(_unpacked_start(file, start)):
            return idx.read_idx_entries(_siblings(path), path.parent.name)
        if start.startswith(entries.ZIP_MARK) and not _is_npz(file):
            return read_entries(entries.of_zip(file, path.name), path.stem, path.name)
        return _reader(file, start, path.name)(file, path.name)


def read_entries(files: list[Entry], name: str, where: str) -> RawData:
    """The files of a folder or an archive: pictures, else IDX files, else tables or arrays."""
    if pictures := picture_tree.pictures_among(files):
        return picture_tree.read_tree(pictures, name)
    if found := [entry for entry in files if idx.IDX_FILE.fullmatch(entry.name)]:
        return idx.read_idx_entries(found, name)
    if found := [e for e in files if e.name.lower().endswith(ARRAY_ENDINGS + TABLE_ENDINGS)]:
        return _read_files(found, where)
    if pickles := [entry for entry in files if entry.suffix in PICKLE_ENDINGS]:
        raise _pickle_error(pickles[0].path)
    endings = sorted({entry.suffix or entry.name for entry in files})[:6]
    shown = f"files such as {', '.join(endings)}" if files else "nothing"
    raise DataError(f"{where} holds no pictures, but {shown}: give {FORMS_TEXT}.")


def _read_files(files: list[Entry], where: str) -> RawData:
    """One table or file of arrays, or one for each split, as their names say."""
    shards = _by_split(files)
    if len(files) > 1 and shards is None:
        shown = ", ".join(entry.path for entry in files[:4])
        raise DataError(f"{where} holds several files of data ({shown}): give one of them.")
    shards = shards or {ALL: files[0]}
    parts = {split: _read_file(entry) for split, entry in shards.items()}
    if len(parts) == 1:
        return next(iter(parts.values()))
    classes = tuple(sorted({name for part in parts.values() for name in part.classes}, key=_order))
    notes = [note for part in parts.values() for note in part.notes]
    splits = {}
    for split, part in parts.items():
        codes = [classes.index(name) for name in part.classes]
        (raw,) = part.splits.values() if len(part.splits) == 1 else (None,)
        if raw is None:
            raise DataError(f"{shards[split].path} has splits of its own: give that file alone.")
        labels = raw.labels.copy()
        for old, new in enumerate(codes):
            labels[raw.labels == old] = new
        splits[split] = RawSplit(raw.pictures, labels, raw.names)
    return RawData(splits, classes, list(dict.fromkeys(notes)))


def _order(name: str) -> tuple[bool, int, str]:
    """Numbers by their size, before texts."""
    return (not name.isdecimal(), int(name) if name.isdecimal() else 0, name)


def _by_split(files: list[Entry]) -> dict[str, Entry] | None:
    """Files by the split that each is named after, such as train-00000-of-00001.parquet."""
    found: dict[str, Entry] = {}
    for entry in files:
        first = entry.name.lower().replace("_", "-").replace(".", "-").split("-")
        split = next((s for word in first if (s := split_of(word))), None)
        if split is None or split in found:
            return None
        found[split] = entry
    return found if "train" in found else None


def _read_file(entry: Entry) -> RawData:
    with entry.open() as file:
        start = file.read(START_BYTES)
        file.seek(0)
        return _reader(file, start, entry.name)(file, entry.name)


def _reader(file: BinaryIO, start: bytes, name: str) -> Reader:
    """The reader of a file that begins so. DataError where there is none."""
    suffix = Path(name).suffix.lower()
    if start.startswith(arrays.NPY_MARK):
        return arrays.read_npy_form
    if start.startswith(entries.ZIP_MARK):
        return arrays.read_npz_form
    if start.startswith(parquet_table.PARQUET_MARK):
        return parquet_table.read_parquet_form
    if start.startswith(tiff_stack.TIFF_MARKS):
        return tiff_stack.read_tiff_form
    if suffix in PICKLE_ENDINGS or start[:1] == b"\x80":
        raise _pickle_error(name)
    if suffix in PICTURE_ENDINGS:
        raise DataError(f"{name} is one picture: at least 20 are needed, in a folder or a zip.")
    if not start:
        raise DataError(f"{name} is empty.")
    if b"\0" in _unpacked_start(file, start) or suffix not in (
        ".csv",
        ".tsv",
        ".txt",
        ".gz",
        ".data",
    ):
        raise DataError(f"{name} is in no form that is read here: give {FORMS_TEXT}.")
    return csv_table.read_csv_form


def _pickle_error(name: str) -> DataError:
    return DataError(
        f"{name} is a pickle, which may run code when it is opened: save its pictures by "
        "numpy.savez."
    )


def _unpacked_start(file: BinaryIO, start: bytes) -> bytes:
    """The first bytes of what a file packed by gzip holds, or its own; leaves it at its start."""
    if not start.startswith(idx.GZIP_MARK):
        return start
    try:
        return gzip.GzipFile(fileobj=file).read(START_BYTES)
    except (OSError, EOFError, zlib.error):
        return start
    finally:
        file.seek(0)


def _is_npz(file: BinaryIO) -> bool:
    """Whether a zip archive holds arrays alone; leaves the file at its start."""
    try:
        names = zipfile.ZipFile(file).namelist()
    except entries.ZIP_ERRORS:
        return False
    finally:
        file.seek(0)
    return bool(names) and all(name.endswith(".npy") for name in names)


def _siblings(path: Path) -> list[Entry]:
    """An IDX file of pictures and those beside it that go with it."""
    match = idx.PICTURE_FILE.fullmatch(path.name)
    if match is None:
        raise DataError(f"{path.name} is an IDX file of labels: give the folder it lies in.")
    prefix = match[1].lower()
    return [
        entry
        for entry in entries.of_folder(path.parent)
        if len(entry.parts) == 1
        and entry.name.lower().startswith(prefix)
        and (entry.name == path.name or not idx.PICTURE_FILE.fullmatch(entry.name))
    ]
