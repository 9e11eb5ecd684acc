"""Codes as the Embedding Projector has them: a zip of vectors.tsv and perhaps metadata.tsv.

That is what our own export writes. Other files, the sprite among them, are left out, and said.
"""

import io
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from vae_explorer.data.forms import entries
from vae_explorer.data.forms.tables import csv_table
from vae_explorer.data.forms.tables.columns import LABEL_NAMES, Columns
from vae_explorer.data.forms.tables.rows import as_numbers
from vae_explorer.errors import DataError
from vae_explorer.models.checkpoint_reader import MAX_BYTES
from vae_explorer.models.foreign.codes.found import FoundCodes, as_codes, check_size

VECTORS, METADATA = "vectors.tsv", "metadata.tsv"


def is_projector(file: BinaryIO) -> bool:
    """Whether a zip archive holds vectors.tsv."""
    try:
        names = zipfile.ZipFile(file).namelist()
    except entries.ZIP_ERRORS:
        return False
    return any(name.rpartition("/")[2] == VECTORS for name in names)


def read(file: BinaryIO, name: str) -> FoundCodes:
    """The codes and their labels. DataError."""
    files = {entry.name: entry for entry in entries.of_zip(file, name)}
    if VECTORS not in files:
        raise DataError(f"{name} holds no {VECTORS} that can be read.")
    vectors, _ = csv_table.read_rows(io.BytesIO(_content(files[VECTORS])), VECTORS, _all_columns)
    found = FoundCodes(as_codes(vectors.values(), VECTORS))
    found.remarks = [f"Codes are read from {VECTORS}."]
    if METADATA in files:
        _take_labels(found, _content(files[METADATA]).decode("utf-8", "replace"))
    if left := sorted(set(files) - {VECTORS, METADATA}):
        found.remarks.append(f"Left out: {', '.join(left)[:200]}.")
    return found


def _content(entry: entries.Entry) -> bytes:
    """All of a file, bounded. DataError."""
    try:
        content = entry.read(MAX_BYTES)
    except OSError as error:
        raise DataError(f"{entry.path} is damaged ({error.strerror}): pack it again.") from error
    if len(content) > MAX_BYTES:
        raise DataError(f"{entry.path} is larger than {MAX_BYTES // 2**20} MB: keep fewer rows.")
    return content


def _all_columns(titles: Sequence[str], *facts: Any) -> Columns:
    check_size(1, len(titles), VECTORS)
    return Columns(tuple(range(len(titles))), None, None, [])


def _take_labels(found: FoundCodes, text: str) -> None:
    """One label a line; with several columns those of the one that is called so, or the first.

    A single column has no header, as the projector has it.
    """
    rows = [line.split("\t") for line in text.splitlines() if line]
    column = 0
    if rows and len(rows[0]) > 1:
        titles = [title.lower() for title in rows.pop(0)]
        column = next((titles.index(name) for name in LABEL_NAMES if name in titles), 0)
    if len(rows) != len(found.codes) or any(len(row) <= column for row in rows):
        raise DataError(
            f"{METADATA} has {len(rows):,} rows, {VECTORS} has {len(found.codes):,}: one is needed "
            "for each code."
        )
    found.labels = np.asarray(as_numbers([row[column] for row in rows]))
    found.remarks.append(f"The label is column {column + 1} of {METADATA}.")
