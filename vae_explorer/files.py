"""Reading and writing files so that nothing is lost and no name escapes its folder.

Writers replace whole files or append whole lines; readers tolerate a writer at work.
"""

import errno
import io
import json
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vae_explorer.errors import ExplorerError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# What no file or folder may be called on Windows, whatever its ending
_RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{d}{n}" for d in ("COM", "LPT") for n in range(10)}


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file as a whole: a reader, or a crash, sees the old content or the new.

    A link stays and what it leads to is replaced; OSError where that is a folder or a device.
    """
    target = regular_file(path)
    temporary = _temporary_path(target)
    try:
        temporary.write_bytes(data)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def regular_file(path: Path) -> Path:
    """Where a path leads to, through links; OSError where there is something that is no file."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "it is a device, not a file", str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path))
    return target


def _temporary_path(path: Path) -> Path:
    """A name that nothing has, in the same folder: who may read it is left to the umask."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make a new folder of files, all of them or none: written beside it, then renamed.

    What is there already is never touched: FileExistsError.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "there is a file or folder of that name", str(path))
    temporary = _temporary_path(path)
    temporary.mkdir()
    try:
        for name, data in files.items():
            (temporary / name).write_bytes(data)
        temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of files by name; the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            about = zipfile.ZipInfo(name)
            about.external_attr = 0o644 << 16  # readable once unpacked
            archive.writestr(about, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file; NaN and infinity are refused, as JSON has none."""
    write_atomically(path, json.dumps(value, indent=1, allow_nan=False).encode())


def read_json(path: Path) -> Any:
    """The value of a JSON file, or None where there is none or it is not JSON."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):  # the last of brackets in brackets
        return None


def append_json_line(path: Path, value: Any) -> None:
    """Add one line to a JSON-lines file."""
    with path.open("ab") as file:
        file.write(json.dumps(value, allow_nan=False).encode() + b"\n")


def plain_name(name: str) -> str:
    """A file's name as somebody gave it, made harmless: no path, not hidden; "" if nothing is left.

    Letters of any language, digits, spaces and -_. stay; whatever else becomes "_". A name that
    Windows keeps for a device gets a "_" before it.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w .-]+", "_", last).strip(" .")[:100]
    return f"_{plain}" if plain.split(".")[0].strip().upper() in _RESERVED else plain


def safe_name(name: str, error: type[ExplorerError]) -> str:
    """The name, if it can be a file's: letters, digits and -_. only, none of them a path.

    Names that Windows keeps for devices, or cuts at their end, are refused everywhere: runs move.
    """
    reserved = name.split(".")[0].upper() in _RESERVED or name.endswith(".")
    if reserved and _NAME.fullmatch(name):
        raise error(f"{name!r} cannot be a name: Windows has no file called so.")
    if not _NAME.fullmatch(name):
        raise error(
            f"{name[:70]!r} cannot be a name: use up to 64 letters, digits, '-', '_' and '.', "
            "beginning with a letter or digit."
        )
    return name


def no_formula(value: Any) -> Any:
    """A cell of a table; text so that no spreadsheet takes it for a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
