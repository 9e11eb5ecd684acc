"""The door for files of molecules: untrusted bytes -> rows of text, or one sentence.

A table (.csv, .tsv) with the SMILES in one column, or a .smi or .txt with a SMILES and perhaps a
name in each line; any of them as .gz. What is a molecule, `molecule_sets` asks.
"""

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import NamedTuple

from vae_explorer.errors import DataError

TABLE_ENDINGS = {".csv": ",", ".tsv": "\t"}
LINE_ENDINGS = {".smi", ".smiles", ".txt"}
ENDINGS = (*TABLE_ENDINGS, *LINE_ENDINGS)
MAX_BYTES = 2**30  # of a file's text
MAX_CELL = 10_000  # characters
SMILES_COLUMNS = ("smiles", "canonical_smiles", "canonicalsmiles", "structure", "molecule", "mol")
NAME_COLUMNS = ("name", "names", "id", "title", "compound", "label")


class Row(NamedTuple):
    """A molecule as a file has it."""

    text: str  # meant to be a SMILES
    name: str  # "" where it has none
    line: int  # where it stands, from 1


def is_molecule_file(path: Path) -> bool:
    """Whether a file's name says that molecules may be in it."""
    return ending(path) in ENDINGS


def ending(path: Path) -> str:
    """Of a file's name, in small letters, .gz left out."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def read_file(path: Path, column: str = "") -> list[Row]:
    """The rows of a file; DataError where it has none or cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return read_text(text_of(data, path.name), path.name, column)


def text_of(data: bytes, name: str) -> str:
    """The text of a file, unpacked where its name or its first bytes say gzip; DataError."""
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{name} is damaged: it cannot be unpacked.") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{name} holds more than {MAX_BYTES // 2**20} MB of text: split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not text: give a .csv or a .smi in UTF-8.") from error


def read_text(text: str, name: str, column: str = "") -> list[Row]:
    """The rows of a file's text; `column` names the one with SMILES, of a table. DataError."""
    if not text.strip():
        raise DataError(f"{name} is empty: a SMILES in each line is wanted.")
    kind = ending(Path(name))
    rows = (
        _table_rows(text, name, TABLE_ENDINGS[kind], column)
        if kind in TABLE_ENDINGS
        else _line_rows(text)
    )
    if not rows:
        raise DataError(f"{name} has a heading, but no molecule below it.")
    return rows


def _table_rows(text: str, name: str, separator: str, column: str) -> list[Row]:
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
    except csv.Error as error:
        raise DataError(f"{name} is no table that can be read ({error}).") from error
    _check_columns(lines, name)
    first = [cell.strip().lower() for cell in lines[0]]
    wanted = _smiles_column(first, name, column)
    if wanted is None:  # no heading: every line is a molecule
        named = 1 if len(first) > 1 else None
        return [_row(line, 0, named, number) for number, line in enumerate(lines, 1)]
    named = next((first.index(c) for c in NAME_COLUMNS if c in first), None)
    return [_row(line, wanted, named, number) for number, line in enumerate(lines[1:], 2)]


def _check_columns(lines: list[list[str]], name: str) -> None:
    """DataError where lines have different numbers of columns."""
    for number, line in enumerate(lines, 1):
        if len(line) != len(lines[0]):
            raise DataError(
                f"{name} is mixed: line {number} has {len(line)} columns, the first has "
                f"{len(lines[0])}."
            )


def _smiles_column(first: list[str], name: str, column: str) -> int | None:
    """Which column of a table has the SMILES, by its heading; None where there is no heading."""
    if column:
        if column.strip().lower() not in first:
            shown = ", ".join(first[:8])
            raise DataError(f"{name} has no column {column!r}: its first line is {shown}.")
        return first.index(column.strip().lower())
    return next((first.index(known) for known in SMILES_COLUMNS if known in first), None)


def _line_rows(text: str) -> list[Row]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.strip().split(maxsplit=1)
        if not parts or line.startswith("#") or (number == 1 and _is_heading(parts[0])):
            continue
        rows.append(Row(parts[0][:MAX_CELL], parts[1] if len(parts) > 1 else "", number))
    return rows


def _is_heading(word: str) -> bool:
    return word.strip(",;").lower() in SMILES_COLUMNS


def _row(line: list[str], wanted: int, named: int | None, number: int) -> Row:
    name = line[named].strip() if named is not None and named != wanted else ""
    return Row(line[wanted].strip()[:MAX_CELL], name, number)
