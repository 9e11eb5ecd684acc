"""The one door for data: a path, to a folder or a file of any form -> what is in it.

What a file is, its first bytes say rather than its name. Whatever is wrong with it becomes one
DataError; nothing is unpickled, and nothing is written to the disk.
"""

import gzip
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_explorer.data.forms import (
    arrays,
    entries,
    idx,
    picture_tree,
    tiff_stack,
)
from vae_explorer.data.forms.entries import Entry
from vae_explorer.data.forms.picture_file import PICTURE_ENDINGS, is_one_picture
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit, split_of, together
from vae_explorer.data.forms.tables import csv_table, parquet_table
from vae_explorer.errors import DataError

Reader = Callable[[BinaryIO, str], RawData]
SHARD = re.compile(r".*-\d+-of-\d+\..+")  # of a table that is cut into several files
MIN_PICTURE_FILES = 20  # .npy files of one shape, so many of which are pictures, not sets of them
MAX_SNIFFED = 100  # files of a folder that are opened to see whether they are IDX
START_BYTES = 16  # of a file, that tell its form
ARRAY_ENDINGS = (".npz", ".npy")
TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")
PICKLE_ENDINGS = (".pkl", ".pickle", ".pt", ".pth", ".p")
ABOUT_ENDINGS = {"", ".txt", ".md", ".json", ".xml", ".yaml", ".yml", ".html", ".pdf", ".py"}
OF_MOLECULES = (".smi", ".smiles", ".sdf", ".mol")
OTHER_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar", ".bz2", ".xz")
FORMS_TEXT = "a folder or zip of pictures, .npz, .npy, .csv, .parquet, IDX files or a TIFF stack"


def read_form(path: Path) -> RawData:
    """Everything in a folder or a file, as stored. DataError with what was found instead."""
    path = path.expanduser()
    try:
        if path.is_dir():
            return read_entries(entries.of_folder(path), path.name or str(path), str(path))
        if path.exists() and not path.is_file():
            raise DataError(f"{path} is a device or a pipe: give a folder or a file.")
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
        data = picture_tree.read_tree(pictures, name)
        return data._replace(notes=[*data.notes, *_left_out(files)])
    if found := [entry for entry in files if idx.IDX_FILE.fullmatch(entry.name)]:
        return idx.read_idx_entries(found, name)
    if pictures := _array_pictures(files):
        return picture_tree.read_tree(pictures, name)
    if found := [e for e in files if e.name.lower().endswith(ARRAY_ENDINGS + TABLE_ENDINGS)]:
        return _read_files(found, name, where)
    if found := [entry for entry in files[:MAX_SNIFFED] if idx.shape_of(entry)]:
        return idx.read_idx_entries(found, name)
    if pickles := [entry for entry in files if entry.suffix in PICKLE_ENDINGS]:
        raise _pickle_error(pickles[0].path)
    endings = sorted({entry.suffix or entry.name for entry in files})[:6]
    shown = f"files such as {', '.join(endings)}" if files else "nothing"
    raise DataError(f"{where} holds no pictures, but {shown}: give {FORMS_TEXT}.")


def _left_out(files: list[Entry]) -> list[str]:
    """What to say of files beside pictures that are none, but for those that tell about them."""
    left = [e.path for e in files if e.suffix not in PICTURE_ENDINGS | ABOUT_ENDINGS]
    number = "1 other file is" if len(left) == 1 else f"{len(left):,} other files are"
    return [f"{number} left out, such as {left[0]}."] if left else []


def _array_pictures(files: list[Entry]) -> list[Entry]:
    """The .npy files among others, where each holds one picture: they are many, of one shape."""
    found = [entry for entry in files if entry.suffix == ".npy"]
    if len(found) < MIN_PICTURE_FILES:
        return []
    shapes = {header.shape if (header := arrays.header_of(e)) else () for e in found}
    return found if len(shapes) == 1 and is_one_picture(shapes.pop()) else []


def _read_files(files: list[Entry], name: str, where: str) -> RawData:
    """One table or file of arrays, or several that belong together, as their names say."""
    only_arrays = len(files) > 1 and all(entry.suffix in ARRAY_ENDINGS for entry in files)
    if only_arrays and (as_one := arrays.read_files(files, name)):
        return as_one
    shards = _by_split(files)
    if len(files) > 1 and shards is None:
        shown = ", ".join(entry.path for entry in files[:4])
        raise DataError(f"{where} holds several files of data ({shown}): give one of them.")
    shards = shards or {ALL: files}
    parts = {split: [_read_file(e) for e in shard] for split, shard in shards.items()}
    if len(files) == 1:
        return parts.popitem()[1][0]
    _check_alike(shards, parts)
    every = [part for shard in parts.values() for part in shard]
    classes = tuple(sorted({name for part in every for name in part.classes}, key=_order))
    notes = dict.fromkeys(note for part in every for note in part.notes)
    splits = {split: _joined(shards[split], shard, classes) for split, shard in parts.items()}
    return RawData(splits, classes, list(notes))


def _check_alike(shards: dict[str, list[Entry]], parts: dict[str, list[RawData]]) -> None:
    """DataError where one of the files has splits of its own, or one has labels and one has none.

    The one class of a file without labels is called as the file is.
    """
    labelled: dict[bool, str] = {}
    for split, shard in shards.items():
        for entry, part in zip(shard, parts[split], strict=True):
            if len(part.splits) > 1:
                raise DataError(f"{entry.path} has splits of its own: give that file alone.")
            labelled[part.classes != (entry.name.partition(".")[0],)] = entry.path
    if len(labelled) > 1:
        raise DataError(
            f"{labelled[True]} has labels, but {labelled[False]} has none: give the first alone, "
            "or add labels to the other."
        )


def _joined(shard: list[Entry], parts: list[RawData], classes: tuple[str, ...]) -> RawSplit:
    """The pictures of all files of a split, their labels as numbers of these classes."""
    raws = [raw for part in parts for raw in part.splits.values()]
    labels = []
    for part, raw in zip(parts, raws, strict=True):
        codes = np.array([classes.index(name) for name in part.classes], np.int64)
        labels.append(codes[raw.labels])
    files = [f"{entry.name} " if len(shard) > 1 else "" for entry in shard]
    names = [f"{file}{name}" for file, raw in zip(files, raws, strict=True) for name in raw.names]
    return RawSplit(together([raw.pictures for raw in raws]), np.concatenate(labels), names)


def _order(name: str) -> tuple[bool, int, str]:
    """Numbers by their size, before texts."""
    return (not name.isdecimal(), int(name) if name.isdecimal() else 0, name)


def _by_split(files: list[Entry]) -> dict[str, list[Entry]] | None:
    """Files by the split that each is named after, such as train-00000-of-00002.parquet.

    None where some are named after none, or one split has several that are not so numbered.
    """
    found: dict[str, list[Entry]] = {}
    for entry in sorted(files):
        first = entry.name.lower().replace("_", "-").replace(".", "-").split("-")
        split = next((s for word in first if (s := split_of(word))), None)
        if split is None:
            return None
        found.setdefault(split, []).append(entry)
    shards = [shard for shard in found.values() if len(shard) > 1]
    numbered = all(SHARD.fullmatch(entry.name) for shard in shards for entry in shard)
    return found if "train" in found and numbered else None


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
    if suffix in OF_MOLECULES:
        raise DataError(f"{name} holds molecules, no pictures: take a preset of molecules.")
    if name.lower().endswith(OTHER_ARCHIVES):
        raise DataError(f"{name} is an archive of another kind: unpack it, and give the folder.")
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
    """An IDX file of pictures and those beside it that go with it. DataError for one of labels."""
    beside = [entry for entry in entries.of_folder(path.parent) if len(entry.parts) == 1]
    own = Entry((path.name,), lambda: path.open("rb"))
    if match := idx.PICTURE_FILE.fullmatch(path.name):
        prefix = match[1].lower()
        others = [entry for entry in beside if entry.name.lower().startswith(prefix)]
        return [own, *(entry for entry in others if not idx.PICTURE_FILE.fullmatch(entry.name))]
    if len(idx.shape_of(own)) < 2:
        raise DataError(f"{path.name} is an IDX file of labels: give the folder it lies in.")
    return [own, *(entry for entry in beside if len(idx.shape_of(entry)) == 1)]
