"""Data that somebody uploaded, kept so that a training process can read it.

One file as it is, or several pictures in a folder, below `uploads/` in the folder of data sets; the
same content is kept once. Nothing in it is opened here: that is for `forms`.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import DataError
from vae_explorer.files import plain_name, write_folder

MAX_DATA_MEGABYTES = 500  # of one upload, all of its files together
FOLDER = "uploads"


def store(files: Sequence[File], root: Path, folder: Path | None = None) -> Path:
    """Where the files lie from now on: one file, or a folder of several. DataError.

    `root` is the folder of data sets, `folder` another one below it than the usual.

    Names are made harmless; two files of one name are told apart by a number.
    """
    size = sum(len(file.data) for file in files)
    if size > MAX_DATA_MEGABYTES * 1_000_000:
        raise DataError(
            f"{size / 1e6:,.0f} MB are too much for an upload: send {MAX_DATA_MEGABYTES} MB at "
            "most, or give the path of a folder on the machine that runs this app."
        )
    contents = _by_name(files)
    digest = hashlib.sha256()
    for name, data in sorted(contents.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    several = "pictures-" if len(contents) > 1 else ""  # the name of a folder is shown
    folder = (folder or root / FOLDER) / f"{several}{digest.hexdigest()[:12]}"
    if not folder.is_dir():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            write_folder(folder, contents)
        except OSError as error:
            if folder.is_dir():  # another visitor has just sent the same
                return _place(folder, contents)
            raise DataError(
                f"the upload cannot be kept in {root} ({error.strerror}): set VAE_EXPLORER_DATA to "
                "a folder that is writable."
            ) from error
    return _place(folder, contents)


def _place(folder: Path, contents: dict[str, bytes]) -> Path:
    return folder / next(iter(contents)) if len(contents) == 1 else folder


def _by_name(files: Sequence[File]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for number, file in enumerate(files):
        name = plain_name(file.name) or f"file{number}"
        path = PurePosixPath(name)
        while name in contents:
            name = f"{path.stem}-{number}{path.suffix}"
            number += len(files)
        contents[name] = file.data
    return contents
