"""Tables of molecules: text between separators -> the rows of the column with SMILES."""

import csv
import io
from typing import NamedTuple

from vae_explorer.errors import DataError
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.files import columns
from vae_explorer.molecules.files.rows import (
    MAX_CELL,
    MoleculeFile,
    Row,
    counted,
    extension_note,
    without_extension,
)

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
LOOKED_AT = 20  # lines by which the separator is found
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


class Line(NamedTuple):
    """The cells of a row, and the line of the file that it begins in, from 1."""

    cells: list[str]
    number: int


class Columns(NamedTuple):
    """What the columns of a table are."""

    smiles: int
    names: int | None = None
    splits: int | None = None
    headed: bool = True  # whether the first line is a heading
    notes: tuple[str, ...] = ()  # what was found out, in sentences


def read(text: str, name: str, usual: str, column: str = "") -> MoleculeFile:
    """The rows of a table; `usual` is the separator that its ending promises. DataError."""
    text, skipped, separator = _begun(text, usual)
    lines = _lines(text, name, separator, skipped)
    _check_columns(lines, name)
    found = _columns(lines, name, column)
    body = lines[1:] if found.headed else lines
    rows = [_row(line, found) for line in body]
    if found.splits is not None and "train" not in {row.split for row in rows}:
        rows = [row._replace(split="") for row in rows]  # the column means something else
    cells = [line.cells[found.smiles].strip()[:MAX_CELL] for line in body]
    extensions = sum(row.text != cell for row, cell in zip(rows, cells, strict=True))
    said = f"The columns of {name} are separated by {SEPARATORS[separator]}."
    notes = (*([said] if separator != usual else ()), *found.notes, *extension_note(extensions))
    return MoleculeFile(rows, notes)


def _begun(text: str, usual: str) -> tuple[str, int, str]:
    """The text from its first row on, how many lines stand before that, and the separator."""
    lines, skipped = text.split("\n", 64), 0
    while len(lines) > 1 and (not lines[0].strip() or _is_remark(lines[0])):
        lines.pop(0)
        skipped += 1
    if lines[0].lower().startswith("sep=") and lines[0].strip()[4:] in SEPARATORS:
        return "\n".join(lines[1:]), skipped + 1, lines[0].strip()[4:]
    return "\n".join(lines), skipped, _separator([*filter(str.strip, lines[:LOOKED_AT])], usual)


def _is_remark(line: str) -> bool:
    return line.startswith("#") and "smiles" not in line.lower()


def _separator(lines: list[str], usual: str) -> str:
    """The one that cuts all of the first lines alike, into several columns with a heading that says
    SMILES if possible; else the usual one.
    """
    even: dict[str, list[str]] = {}
    for separator in (usual, *SEPARATORS):
        rows = [*csv.reader(lines, delimiter=separator)] if separator != " " else []
        if rows and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            even.setdefault(separator, rows[0])
    if usual == " " and not even:
        return usual
    headed = [known for known, first in even.items() if columns.candidates(first)]
    return next(iter([*headed, *even]), usual)


def _lines(text: str, name: str, separator: str, skipped: int) -> list[Line]:
    """All rows that are not empty."""
    if separator == " ":
        split = enumerate((line.split() for line in text.splitlines()), 1)
        return [Line(cells, number + skipped) for number, cells in split if cells]
    reader, lines, number = csv.reader(io.StringIO(text), delimiter=separator), [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(cells, number + skipped))
            number = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{name} is no table that can be read ({error}).") from error
    return lines


def _check_columns(lines: list[Line], name: str) -> None:
    """DataError where lines have different numbers of columns."""
    wide = len(lines[0].cells)
    for line in lines:
        if len(line.cells) != wide:
            raise DataError(
                f"{name} is mixed: line {line.number} has {counted(len(line.cells), 'column')}, "
                f"the first has {wide}."
            )


def _columns(lines: list[Line], name: str, column: str) -> Columns:
    """Which column is which: as asked for, by the heading, else by what is in them. DataError."""
    first = [cell.strip().lstrip("#").strip() for cell in lines[0].cells]
    sample = [line.cells for line in lines[1 : columns.SAMPLED + 1]]
    if column:
        small = [cell.lower() for cell in first]
        if column.strip().lower() not in small:
            shown = ", ".join(first[:8])
            raise DataError(f"{name} has no column {column!r}: its first line is {shown}.")
        return _headed(first, small.index(column.strip().lower()))
    named = columns.candidates(first)
    good = [i for i in named if columns.readable([cells[i] for cells in sample]) is not False]
    guess = columns.by_content(sample) if sample and not good else None
    if good or (named and guess is None):
        wanted, *others = good or named
        return _headed(first, wanted, _note(first, wanted, others))
    whole = [first, *sample]
    if len(first) > 1 and chemistry.available() and columns.by_content(whole) is None:
        _refuse(first, sample, name)
    if guess is None or columns.readable([first[guess]]):
        return _without_heading(lines, name)
    return _headed(first, guess, _note(first, guess, []))


def _headed(first: list[str], wanted: int, note: str = "") -> Columns:
    names, splits = columns.of_names(first, wanted), columns.of_splits(first, wanted)
    return Columns(wanted, names, splits, notes=(note,) if note else ())


def _note(first: list[str], wanted: int, others: list[int]) -> str:
    """What is said of a column that was chosen; nothing where its heading leaves no doubt."""
    said = f"The SMILES are taken from the column {first[wanted]}"
    if others:
        return f"{said}; there are others in {', '.join(first[i] for i in others)}."
    return "" if "smiles" in first[wanted].lower() else f"{said}."


def _refuse(first: list[str], sample: list[list[str]], name: str) -> None:
    """DataError where no column of a table has SMILES."""
    other = columns.other_notation(sample) if sample else None
    about = f"the column {first[other[0]]} holds another notation, {other[1]}" if other else ""
    about = about or f"its first line is {', '.join(first[:8])[:200]}"
    raise DataError(f"{name} has no column of SMILES that RDKit can read: {about}.")


def _without_heading(lines: list[Line], name: str) -> Columns:
    """Every line is a molecule: the first column with SMILES, else the first one."""
    wanted = columns.by_content([line.cells for line in lines[: columns.SAMPLED]]) or 0
    others = [i for i in range(len(lines[0].cells)) if i != wanted]
    said = f"{name} has no heading: the SMILES are taken from column {wanted + 1}."
    return Columns(wanted, next(iter(others), None), headed=False, notes=(said,) if wanted else ())


def _row(line: Line, found: Columns) -> Row:
    name = line.cells[found.names].strip() if found.names is not None else ""
    said = line.cells[found.splits].strip().lower() if found.splits is not None else ""
    split = SPLIT_WORDS.get(said, "other") if found.splits is not None else ""
    return Row(without_extension(line.cells[found.smiles])[:MAX_CELL], name, line.number, split)
