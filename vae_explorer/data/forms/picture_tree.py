"""Picture files in folders, or in an archive of folders -> splits, classes and pictures.

A folder is a class; folders called train, validation or test are splits. What was left out is said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.config import MAX_CLASSES
from vae_explorer.data.forms import tiff_tags
from vae_explorer.data.forms.entries import Entry
from vae_explorer.data.forms.picture_file import PICTURE_ENDINGS, stored_values
from vae_explorer.data.forms.raw_data import (
    ALL,
    Pictures,
    RawData,
    RawSplit,
    Selection,
    split_of,
)
from vae_explorer.data.image_decoding import MAX_MEGABYTES
from vae_explorer.errors import DataError, UploadError

MAX_PICTURES = 100_000  # in one folder or archive
MAX_UNREADABLE = 5  # files that are left out, or a share of them
MAX_UNREADABLE_SHARE = 0.01
NAMED_FILES = 3  # of many that have something in common, in a sentence


TIFF_ENDINGS = (".tif", ".tiff")
FOLDER_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")  # of test_set, testImages, test1
FILLERS = (  # words beside that of a split that say nothing
    *("set", "data", "dataset", "image", "images", "img", "imgs", "picture", "pictures", "photos"),
    *("split", "folder", "seg", "cropped", "jpg", "png"),
)


class _Placed(NamedTuple):
    """A picture file, and the folders that are left once its split is known."""

    entry: Entry
    folders: tuple[str, ...]


def pictures_among(entries: Sequence[Entry]) -> list[Entry]:
    """The picture files, by their endings."""
    return [entry for entry in entries if entry.suffix in PICTURE_ENDINGS]


def read_tree(entries: Sequence[Entry], name: str) -> RawData:
    """Picture files of a folder or archive called `name`. DataError."""
    if len(entries) > MAX_PICTURES:
        raise DataError(f"{name} holds {len(entries):,} pictures: more than {MAX_PICTURES:,}.")
    _check_names(entries, name)
    notes: list[str] = []
    placed = _without_wrapping([_Placed(entry, entry.parts[:-1]) for entry in entries])
    parts = _by_split(placed, notes)
    for split, files in parts.items():
        parts[split] = _on_one_level(_without_repeats(files, split), name, notes)
    labelled = any(file.folders for files in parts.values() for file in files)
    if labelled and any(not file.folders for files in parts.values() for file in files):
        raise DataError(f"{name} has class folders in one split and none in another: sort both.")
    folders = {file.folders[0] for files in parts.values() for file in files if file.folders}
    classes = tuple(sorted(folders)) or (name,)
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"{name} holds {len(classes):,} folders: more than {MAX_CLASSES:,} classes."
        )
    notes += _doubtful_classes(classes)
    files = [file for part in parts.values() for file in part]
    pictures = Pictures([partial(_read, file.entry) for file in files])
    readable = _readable(pictures, files, name, notes)
    codes = {label: code for code, label in enumerate(classes)}
    splits, start = {}, 0
    for split, part in parts.items():
        kept = np.flatnonzero(readable[start : start + len(part)])
        labels = [codes[part[i].folders[0]] if labelled else 0 for i in kept]
        names = [part[i].entry.path for i in kept]
        if names:
            chosen = Selection(pictures, start + kept)
            splits[split] = RawSplit(chosen, np.array(labels, np.int64), names)
        start += len(part)
    return RawData(splits, classes, notes)


def _read(entry: Entry) -> ndarray:
    """A picture file as it is stored; UploadError or OSError."""
    return stored_values(entry.read(MAX_MEGABYTES * 1_000_000))


def _readable(pictures: Pictures, files: list[_Placed], name: str, notes: list[str]) -> ndarray:
    """Which of the files are pictures, (N,) bool; DataError where many are none."""
    bad: dict[int, str] = {}
    stacks = 0
    for index, file in enumerate(files):
        try:
            pictures[index]
            stacks += file.entry.suffix in TIFF_ENDINGS and _has_more_pages(file.entry)
        except UploadError as error:
            bad[index] = f"{file.entry.path} ({str(error).partition(':')[0].rstrip('.')})"
        except OSError as error:
            bad[index] = f"{file.entry.path} ({error.strerror or 'damaged'})"
    readable = np.ones(len(files), bool)
    readable[list(bad)] = False
    shown = ", ".join(list(bad.values())[:NAMED_FILES]) + (", …" if len(bad) > NAMED_FILES else "")
    if len(bad) == len(files) or len(bad) > max(MAX_UNREADABLE, MAX_UNREADABLE_SHARE * len(files)):
        raise DataError(
            f"{len(bad):,} of {len(files):,} pictures in {name} cannot be read: {shown}; remove "
            "them or save them anew."
        )
    if bad:
        notes.append(f"{_count(len(bad), 'unreadable file')} left out: {shown}.")
    if stacks:
        several = "1 TIFF file holds" if stacks == 1 else f"{stacks:,} TIFF files hold"
        notes.append(f"{several} several pages: the first alone is read.")
    return readable


def _has_more_pages(entry: Entry) -> bool:
    return tiff_tags.has_more_pages(entry.read(MAX_MEGABYTES * 1_000_000))


def _count(count: int, noun: str) -> str:
    """Such as 1 picture is, 2 pictures are."""
    return f"{count:,} {noun} is" if count == 1 else f"{count:,} {noun}s are"


def _without_wrapping(files: list[_Placed]) -> list[_Placed]:
    """Without folders that hold nothing but one folder, as archives have; a class stays."""
    while True:
        first = {file.folders[:1] for file in files}
        if len(first) != 1 or min(len(file.folders) for file in files) < 2:
            return files
        files = [file._replace(folders=file.folders[1:]) for file in files]


def _without_repeats(files: list[_Placed], split: str) -> list[_Placed]:
    """The files of a split without a folder that all lie in, such as test_set in test_set."""
    files = _without_wrapping(files)
    tops = {file.folders[:1] for file in files}
    if len(tops) == 1 and (top := tops.pop()) and _split_of_folder(top[0]) == split:
        return [file._replace(folders=file.folders[1:]) for file in files]
    return files


def _by_split(files: list[_Placed], notes: list[str]) -> dict[str, list[_Placed]]:
    """The files of each split, without its folder; "all" where there are no splits.

    A folder called train beside classes is a class; splits may also lie within the classes.
    """
    if all(len(file.folders) == 2 and split_of(file.folders[1]) for file in files):
        files = [file._replace(folders=file.folders[::-1]) for file in files]
    tops = Counter(file.folders[0] for file in files if file.folders)
    splits = {top: split for top in tops if (split := _split_of_folder(top))}
    only_splits = len(splits) == len(tops) and all(file.folders for file in files)
    if not splits or (len(set(splits.values())) < 2 and not only_splits):
        return {ALL: files}
    parts: dict[str, list[_Placed]] = {}
    others = Counter[str]()
    for file in files:
        top = file.folders[0] if file.folders else ""
        if top in splits:
            parts.setdefault(splits[top], []).append(file._replace(folders=file.folders[1:]))
        else:
            others[top or "no folder"] += 1
    for other, count in others.items():
        notes.append(f"{_count(count, 'picture')} in {other}, which is no split: left out.")
    if len(parts) == 1:
        (split, found), *_ = parts.items()
        notes.append(f"The only split is {split}: all others are cut from it.")
        return {ALL: found}
    return parts


def _split_of_folder(name: str) -> str | None:
    """The split that a folder is named after, such as test, test_set or TestImages."""
    words = [word.lower() for word in FOLDER_WORD.findall(name)]
    others = [word for word in words if not (split_of(word) or word in FILLERS or word.isdecimal())]
    splits = {split for word in words if (split := split_of(word))}
    return splits.pop() if len(splits) == 1 and not others else split_of(name)


def _split_among(name: str) -> str | None:
    """The split that any word of a name names."""
    return next((split for word in FOLDER_WORD.findall(name) if (split := split_of(word))), None)


def _doubtful_classes(classes: Sequence[str]) -> list[str]:
    """What to say of classes such as trainA and testA, which may be meant as splits."""
    found = {name: split for name in classes if (split := _split_among(name))}
    doubtful = list(found)
    if len(set(found.values())) < 2:
        return []
    shown = ", ".join(doubtful[:NAMED_FILES]) + (", …" if len(doubtful) > NAMED_FILES else "")
    return [f"{shown} are taken for classes: folders of splits are called train and test."]


def _on_one_level(files: list[_Placed], name: str, notes: list[str]) -> list[_Placed]:
    """Files that lie in class folders, or all in none; others are left out, and said."""
    levels = Counter(len(file.folders) for file in files)
    if not (levels[1] or levels[0]):
        deeper = Counter("/".join(file.entry.parts[: 1 - len(file.folders)]) for file in files)
        shown = ", ".join(list(deeper)[:NAMED_FILES])
        raise DataError(
            f"{name} has no pictures where classes are expected, but {len(files):,} pictures lie "
            f"one level deeper, in {shown}: give that folder, or move them up."
        )
    level = 1 if levels[1] else 0
    if 2 * levels[level] < len(files):
        raise DataError(
            f"{name} has {levels[level]:,} pictures where classes are expected, but "
            f"{len(files) - levels[level]:,} lie on other levels: give one of its folders."
        )
    for other, count in levels.items():
        if other != level:
            where = "beside the class folders" if other < level else "in folders within the classes"
            where = where if level else "in folders that hold no more"
            notes.append(f"{_count(count, 'picture')} left out, {where}.")
    return [file for file in files if len(file.folders) == level]


def _check_names(entries: Sequence[Entry], name: str) -> None:
    for entry in entries:
        try:
            entry.path.encode()
        except UnicodeEncodeError as error:
            shown = entry.path.encode(errors="replace").decode()
            raise DataError(f"{shown} in {name} is not named in UTF-8: rename it.") from error
