"""The door for codes without a model: a file's bytes -> a checkpoint that shows them.

Codes, and what comes with them: labels, pictures, log-variances. What was taken for what is said.
"""

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_explorer.config import MAX_CLASSES, ReadingChoice
from vae_explorer.data.forms import arrays, entries, picture_axes
from vae_explorer.data.forms.found_reading import find_reading
from vae_explorer.data.forms.idx import GZIP_MARK
from vae_explorer.data.forms.raw_data import ALL, RawSplit, coded
from vae_explorer.data.forms.tables.parquet_table import PARQUET_MARK
from vae_explorer.data.reading import Reading
from vae_explorer.data.splits import read_split
from vae_explorer.errors import CheckpointError, DataError
from vae_explorer.models.checkpoint_reader import MAX_BYTES, MAX_NAME, read_bytes
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.foreign.adapter import WIDEST_LOGVAR
from vae_explorer.models.foreign.codes import from_arrays, from_projector, from_tables
from vae_explorer.models.foreign.codes.codes_model import CodesConfig, CodesModel
from vae_explorer.models.foreign.codes.found import FoundCodes

ARRAYS = (".npz", ".npy")
TABLES = (".csv", ".tsv", ".parquet")
ENDINGS = (*ARRAYS, *TABLES, ".zip")  # of files of codes; a zip is of the Embedding Projector
PLAIN = ReadingChoice(preparation="plain")  # pictures are shown as they are
Reader = Callable[[BinaryIO, str], FoundCodes]


class OpenedCodes(NamedTuple):
    """Codes that were opened, and how their file was read."""

    checkpoint: Checkpoint
    remarks: tuple[str, ...]  # sentences


def is_codes(name: str) -> bool:
    """Whether a file of this name is one of codes, not of a model."""
    return name.lower().removesuffix(".gz").endswith(ENDINGS)


def open_codes(data: bytes, name: str) -> OpenedCodes:
    """Codes from the bytes of a file called `name`, such as codes.npz.

    The checkpoint's model neither encodes nor decodes; its encoded set are the codes, its
    `pictures` what came with them. CheckpointError or DataError, one sentence, on anything wrong.
    """
    data, _ = read_bytes(data, name)
    content = _unpacked(data, name)
    found = _reader(content, name)(io.BytesIO(content), name)
    remarks = list(found.remarks)
    stem = Path(name.removesuffix(".gz")).stem
    labels, classes = _labels(found, stem, remarks)
    logvar = _logvar(found, remarks)
    pictures, reading = _pictures(found, remarks)
    codes = torch.from_numpy(found.codes)
    config = CodesConfig(codes.shape[1], *_size(reading), variational=found.logvar is not None)
    checkpoint = Checkpoint(
        model=CodesModel(config, tuple(remarks)).eval(),
        config=config,
        name=stem[:MAX_NAME] or "codes",
        classes=classes,
        reading=reading,
        encoded=EncodedSet(codes, logvar, labels, found.split),
        pictures=pictures,
        sha256=hashlib.sha256(b"codes" + data).hexdigest(),
    )
    return OpenedCodes(checkpoint, tuple(remarks))


def open_codes_file(path: Path) -> OpenedCodes:
    """The same from a file of this machine."""
    data, _ = read_bytes(path, path.name)
    return open_codes(data, path.name)


def _unpacked(data: bytes, name: str) -> bytes:
    """The content of a file that gzip has packed, no more than so much; of others all of it."""
    if not data.startswith(GZIP_MARK):
        return data
    try:
        content = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} is damaged: it cannot be unpacked.") from error
    if len(content) > MAX_BYTES:
        raise DataError(f"{name} unpacks to more than {MAX_BYTES // 2**20} MB: keep fewer rows.")
    return content


def _size(reading: Reading | None) -> tuple[int, int, int]:
    """Channels, height and width of the pictures; some, where there are none."""
    return Reading().image_shape if reading is None else reading.image_shape


def _reader(data: bytes, name: str) -> Reader:
    """The reader of a file, by its first bytes and its name. CheckpointError."""
    if data.startswith(arrays.NPY_MARK):
        return from_arrays.read_npy
    if data.startswith(entries.ZIP_MARK):
        is_table = from_projector.is_projector(io.BytesIO(data))
        return from_projector.read if is_table else from_arrays.read_npz
    if data.startswith(PARQUET_MARK):
        return from_tables.read_parquet
    if data[:1] == b"\x80":
        raise CheckpointError(
            f"{name} is a pickle, which may run code when it is opened: save its arrays by "
            "numpy.savez."
        )
    ending = name.lower().removesuffix(".gz")
    if ending.endswith((".csv", ".tsv")) and b"\0" not in data[:512]:
        return from_tables.read_csv
    raise CheckpointError(f"{name} holds no codes that can be read: give {', '.join(ENDINGS)}.")


def _labels(found: FoundCodes, name: str, remarks: list[str]) -> tuple[Tensor, tuple[str, ...]]:
    """Labels (N,) and what they are called; all 0 where there are none that are classes."""
    count = len(found.codes)
    try:
        codes, classes = coded({ALL: found.labels}, {ALL: count}, name)
    except DataError as error:
        remarks.append(f"The labels are left out: {error}")
        codes, classes = coded({ALL: None}, {ALL: count}, name)
    known = found.class_names
    if found.labels is not None and all(c.isdecimal() and int(c) < len(known) for c in classes):
        classes = tuple(known[int(number)] for number in classes)
    classes = tuple(text[:MAX_NAME] for text in classes)
    assert len(classes) <= MAX_CLASSES
    return torch.from_numpy(np.ascontiguousarray(codes[ALL])), classes


def _logvar(found: FoundCodes, remarks: list[str]) -> Tensor:
    """Log-variances (N, D) within what can be drawn; the lowest ones where there are none."""
    if found.logvar is not None and np.isfinite(found.logvar).all():
        return torch.from_numpy(np.ascontiguousarray(found.logvar)).clamp(*WIDEST_LOGVAR)
    if found.logvar is not None:
        found.logvar = None
        remarks.append("The uncertainty is left out: it holds values that are no numbers.")
    return torch.full(found.codes.shape, WIDEST_LOGVAR[0])


def _pictures(found: FoundCodes, remarks: list[str]) -> tuple[Tensor | None, Reading | None]:
    """The pictures as a `Split` has them, and how they were read. DataError."""
    if found.pictures is None:
        return None, None
    values, notes = picture_axes.as_pictures(found.pictures, "the array of pictures")
    picture_axes.check_values(values, "the array of pictures")
    reading, said = find_reading(values, PLAIN)
    part = RawSplit(values, np.zeros(len(values), np.int64), ())
    remarks += [*notes, *said, *reading.sentences()[:-1]]
    return read_split(part, reading).images, reading
