"""Files by name, wherever they lie: in a folder, or in a zip archive of which nothing is unpacked.

Hidden files and what systems leave behind are not among them. Bounded: names, bytes that come out.
"""

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from vae_explorer.errors import DataError

MAX_ENTRIES = 300_000  # names in a folder or an archive, of any kind
MAX_LEVELS = 8  # of folders in folders
MAX_UNPACKED_BYTES = 4_000_000_000  # that come out of one archive, whatever it says
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ZIP_ERRORS = (  # all that zipfile was seen to raise on mutated archives
    *(zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError),
    zlib.error,
)
ZIP_MARK = b"PK\x03\x04"


class Entry(NamedTuple):
    """A file: the folders it lies in and its own name, and how it is opened."""

    parts: tuple[str, ...]
    open: Callable[[], BinaryIO]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.parts[-1]

    @property
    def path(self) -> str:
        """All of it, for people."""
        return "/".join(self.parts)

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters, with the dot."""
        return PurePosixPath(self.name).suffix.lower()

    def read(self, most: int) -> bytes:
        """Its bytes, no more than so many and one."""
        with self.open() as file:
            return file.read(most + 1)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that nobody made on purpose."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def of_folder(folder: Path) -> list[Entry]:
    """Every visible file of a folder and those in it, sorted. DataError."""
    entries: list[Entry] = []
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        parts = waiting.pop()
        for item in _listed(folder.joinpath(*parts)):
            if is_hidden(item.name):
                continue
            there = (*parts, item.name)
            if item.is_dir():
                if len(there) <= MAX_LEVELS:
                    waiting.append(there)
            elif item.is_file() or not Path(item.path).exists():  # no pipe, which never ends
                entries.append(Entry(there, lambda path=Path(item.path): path.open("rb")))
        if len(entries) > MAX_ENTRIES:
            raise DataError(f"{folder} holds more than {MAX_ENTRIES:,} files: leave some out.")
    return sorted(entries, key=lambda entry: entry.parts)


def _listed(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as items:
            return list(items)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be opened ({error.strerror}): give it read rights."
        ) from (error)


def of_zip(file: BinaryIO, name: str) -> list[Entry]:
    """Every visible file of a zip archive, sorted, readable as long as `file` is. DataError."""
    try:
        archive = zipfile.ZipFile(file)
    except ZIP_ERRORS as error:
        raise DataError(f"{name} is a damaged archive: pack it again.") from error
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_ENTRIES:
        raise DataError(f"{name} holds {len(infos):,} files: at most {MAX_ENTRIES:,} are read.")
    budget = _Budget(archive, name)
    entries = {}
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        parts = tuple(part for part in parts if part not in ("/", ".", ".."))
        if parts and not any(map(is_hidden, parts)):
            entries[parts] = Entry(parts, lambda info=info: budget.open(info))
    return [entries[parts] for parts in sorted(entries)]


class _Budget:
    """What may still come out of an archive; a file that came out once may come again."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive, self.name = archive, name
        self.left = MAX_UNPACKED_BYTES
        self.paid: dict[str, int] = {}

    def open(self, info: zipfile.ZipInfo) -> BinaryIO:
        """A file of the archive; OSError where it is locked, damaged, or packed in another way."""
        if info.compress_type not in PACKINGS:
            raise OSError(0, "packed in an unusual way")
        if info.flag_bits & 1:
            raise OSError(0, "locked by a password")
        return io.BufferedReader(_Counted(self, info), 1 << 16)

    def spend(self, key: str, total: int) -> None:
        """Count that so many bytes of a file have come out. DataError beyond the limit."""
        paid = self.paid.get(key, 0)
        if total > paid:
            self.left -= total - paid
            self.paid[key] = total
        if self.left < 0:
            raise DataError(
                f"{self.name} unpacks to more than {MAX_UNPACKED_BYTES / 1e9:g} GB: unpack it, and "
                "give the folder."
            )


class _Counted(io.RawIOBase):
    """A file of an archive, counted as it comes out."""

    def __init__(self, budget: _Budget, info: zipfile.ZipInfo) -> None:
        self.budget, self.key = budget, info.filename
        try:
            self.file = budget.archive.open(info)
        except ZIP_ERRORS as error:
            raise OSError(0, "damaged") from error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            piece = self.file.read(len(buffer))
        except ZIP_ERRORS as error:
            raise OSError(0, "damaged") from error
        self.budget.spend(self.key, self.file.tell())
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def close(self) -> None:
        self.file.close()
        super().close()
