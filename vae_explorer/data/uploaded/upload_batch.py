"""The door for many pictures at once: uploaded files, zips among them -> what the model sees.

Nothing is written to a disk, and nothing is taken from an archive but the bytes of pictures.
"""

import io
import zipfile
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.data import image_decoding, uploads
from vae_explorer.data.forms.entries import PACKINGS, ZIP_ERRORS
from vae_explorer.data.forms.picture_file import PICTURE_ENDINGS
from vae_explorer.data.image_decoding import MAX_MEGABYTES
from vae_explorer.data.reading import Reading
from vae_explorer.errors import UploadError

MAX_BATCH_MEGABYTES = 100
MAX_BATCH_PICTURES = 500
HANDWRITING = Reading()  # what models of handwriting see
MAX_BATCH_MEGAPIXELS = 4_000  # that are decoded, of all pictures together: a minute or two
MAX_UNPACKED_MEGABYTES = 1_000  # that come out of archives
TOO_MANY_PIXELS = (
    f"All pictures together have over {MAX_BATCH_MEGAPIXELS:,} megapixels: send fewer."
)
TOO_MANY_BYTES = f"The archive unpacks to over {MAX_UNPACKED_MEGABYTES:,} MB: send fewer."


class File(NamedTuple):
    """A file as somebody gave it."""

    name: str
    data: bytes


class UploadBatch(NamedTuple):
    """Pictures (N, C, H, W) float32 in [0, 1], and the files that are none, with the reason."""

    images: Tensor
    refused: list[tuple[str, str]]


class Budget:
    """What the pictures of one upload may take together; what is beyond is refused, one by one."""

    def __init__(self) -> None:
        self._pixels, self._bytes = 0, 0

    def read(self, read: Callable[[], bytes]) -> bytes:
        """The bytes of a picture; UploadError where all together are too many, unread then."""
        if self._bytes > MAX_UNPACKED_MEGABYTES * 1_000_000:
            raise UploadError(TOO_MANY_BYTES)
        if self._pixels > MAX_BATCH_MEGAPIXELS * 1_000_000:
            raise UploadError(TOO_MANY_PIXELS)
        data = read()
        self._bytes += len(data)
        self._pixels += image_decoding.pixels(data)
        if self._pixels > MAX_BATCH_MEGAPIXELS * 1_000_000:
            raise UploadError(TOO_MANY_PIXELS)
        return data


def read_batch(
    files: Sequence[File],
    reading: Reading = HANDWRITING,
    *,
    without: Collection[str] = (),
    progress: Callable[[float], None] = lambda share: None,
) -> UploadBatch:
    """Every picture of some files and zips as the model sees it, in the order of their names.

    `without` is as for `uploads.read_one`. UploadError where an archive is damaged, where there are
    more than MAX_BATCH_PICTURES, or where not one can be used.
    """
    found, budget = entries(files), Budget()
    images, refused = [], []
    for number, (name, read) in enumerate(found, start=1):
        try:
            images.append(uploads.read_one(budget.read(read), reading, without=without).image)
        except UploadError as error:
            refused.append((name, str(error)))
        progress(number / len(found))
    if not images:
        name, reason = refused[0]
        raise UploadError(f"Not one picture can be used. {name}: {reason}")
    return UploadBatch(torch.stack(images), refused)


def entries(files: Sequence[File]) -> list[tuple[str, Callable[[], bytes]]]:
    """The names of all pictures in some files and zips, in order, and what reads their bytes.

    UploadError where an archive is damaged, and where there are none, or more than
    MAX_BATCH_PICTURES.
    """
    found = [picture for file in sorted(files) for picture in _pictures(file)]
    if not found:
        raise UploadError("There is no picture in the archive: put PNG or JPEG files into it.")
    if len(found) > MAX_BATCH_PICTURES:
        raise UploadError(
            f"{len(found):,} pictures are too many: send {MAX_BATCH_PICTURES} at most."
        )
    return found


def _pictures(file: File) -> list[tuple[str, Callable[[], bytes]]]:
    """The pictures in a file, unread: itself, or those of a zip but for hidden ones."""
    if not zipfile.is_zipfile(io.BytesIO(file.data)):
        return [(file.name, lambda: file.data)]
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.data))
    except ZIP_ERRORS as error:
        raise UploadError(f"{file.name} is a damaged archive: pack it again.") from error
    names = {entry.filename: PurePosixPath(entry.filename) for entry in archive.infolist()}
    return [
        (name, partial(_read, archive, name))
        for name, path in sorted(names.items())
        if path.suffix.lower() in PICTURE_ENDINGS
        and not path.name.startswith(".")
        and "__MACOSX" not in path.parts
    ]


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """An entry, however long it says it is: no more than the picture door will take."""
    if archive.getinfo(name).compress_type not in PACKINGS:
        raise UploadError("It is packed in an unusual way: pack the archive again.")
    try:
        with archive.open(name) as stream:
            return stream.read(MAX_MEGABYTES * 1_000_000 + 1)
    except ZIP_ERRORS as error:
        raise UploadError("It is damaged, or locked by a password.") from error
