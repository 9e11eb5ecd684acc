"""Codes in tables, CSV, TSV or Parquet: a row an item, a column a coordinate, or one of lists.

Our own tables are among them: those of `encode`, and of a selection.
"""

from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

from vae_explorer.data.forms.tables import csv_table, parquet_table
from vae_explorer.data.forms.tables.columns import LABEL_NAMES, Columns, repeating
from vae_explorer.data.forms.tables.rows import Rows, as_numbers
from vae_explorer.errors import DataError
from vae_explorer.models.foreign.codes import names
from vae_explorer.models.foreign.codes.found import FoundCodes, as_codes, check_size

Numbered = dict[str, dict[int, int]]  # stem -> number -> column


def read_csv(file: BinaryIO, name: str) -> FoundCodes:
    """The codes of a table of text. DataError."""
    chosen = _Choice()
    rows, columns = csv_table.read_rows(file, name, partial(_choose, chosen))
    return _found(chosen, rows, columns)


def read_parquet(file: BinaryIO, name: str) -> FoundCodes:
    """The codes of a Parquet table: columns of numbers, or one of lists. DataError."""
    lists = parquet_table.read_lists(file, name, lambda key: names.parts_of(key)[1] in names.CODES)
    file.seek(0)
    if lists is None:
        chosen = _Choice()
        rows, columns = parquet_table.read_rows(file, name, partial(_choose, chosen))
        return _found(chosen, rows, columns)
    found = FoundCodes(as_codes(lists.values, lists.name))
    found.remarks = [f"Codes are read from the column {lists.name}."]
    if lists.label:
        found.remarks.append(f"The label is the column {lists.label}.")
    if lists.others:
        found.remarks.append(f"Left out: {names.in_words(lists.others)}.")
    _take_labels(found, lists.labels)
    return found


class _Choice:
    """What `_choose` has found beside the columns themselves."""

    coordinates = 0  # the first so many columns
    spread = ""  # what the others say, a name of SPREADS; "": there are none


def _found(chosen: _Choice, rows: Rows, columns: Columns) -> FoundCodes:
    values, count = rows.values(), chosen.coordinates
    found = FoundCodes(as_codes(values[:, :count], rows.name), remarks=columns.notes)
    if chosen.spread:
        found.logvar = names.SPREADS[chosen.spread](values[:, count:])
    _take_labels(found, rows.labels)
    return found


def _take_labels(found: FoundCodes, texts: Sequence[str | None]) -> None:
    """Labels by their texts, where every row has one."""
    if missing := sum(text is None for text in texts):
        found.remarks.append(f"{missing:,} rows have no label, so the labels are left out.")
    elif texts:
        found.labels = as_numbers([str(text) for text in texts])


def _choose(
    chosen: _Choice,
    titles: Sequence[str],
    numeric: Sequence[bool],
    firsts: Sequence[Sequence],
    headed: bool,
    table: str,
) -> Columns:
    """The columns of coordinates, then of their spread, and that of the label."""
    lower = [title.strip().strip('"').lower() for title in titles]
    label = next((lower.index(name) for name in LABEL_NAMES if name in lower), None)
    numbers = [i for i in range(len(titles)) if numeric[i] and i != label]
    stems: Numbered = {}
    for column in numbers:
        if headed and (parts := names.numbered(lower[column])):
            stems.setdefault(parts[0], {})[parts[1]] = column
    codes, spread = _coordinates(stems), []
    if codes:
        spread = _spread(chosen, stems, codes)
    else:
        skipped = (*names.ROW_NUMBERS, *names.MEASURES)
        codes = {i: i for i in numbers if names.parts_of(lower[i])[1] not in skipped}
    if label is None:
        texts = [i for i in range(len(titles)) if not numeric[i]]
        label = repeating(texts, firsts)
    if not codes:
        raise DataError(
            f"{table} has no columns of numbers that could be codes: call them z1, z2, …, and the "
            "label label."
        )
    check_size(1, len(codes), table)
    chosen.coordinates = len(codes)
    columns = (*codes.values(), *spread)
    return Columns(columns, label, None, _notes(titles, columns, chosen, label))


def _coordinates(stems: Numbered) -> dict[int, int]:
    """Number -> column of the coordinates: those called as codes are, else the most of one name."""
    known = [stem for stem in names.CODES if stem in stems]
    others = [s for s, found in stems.items() if len(found) > 1 and s not in names.SPREADS]
    most = max(others, key=lambda stem: len(stems[stem]), default=None)
    chosen = known[0] if known else most
    return dict(sorted(stems[chosen].items())) if chosen is not None else {}


def _spread(chosen: _Choice, stems: Numbered, codes: dict[int, int]) -> list[int]:
    """The columns of the coordinates' spread, in their order; none where numbers differ."""
    for stem in names.SPREADS:
        if stem in stems and set(stems[stem]) == set(codes):
            chosen.spread = stem
            return [stems[stem][number] for number in codes]
    return []


def _notes(
    titles: Sequence[str], columns: Sequence[int], chosen: _Choice, label: int | None
) -> list[str]:
    """Which columns were taken for what, and which were left out."""
    first, last = titles[columns[0]], titles[columns[chosen.coordinates - 1]]
    span = first if first == last else f"{first} to {last}"
    notes = [f"Codes are read from {chosen.coordinates:,} columns, {span}."]
    if chosen.spread:
        notes.append(f"Uncertainty is read from columns such as {titles[columns[-1]]}.")
    if label is None:
        notes.append("There is no column of labels.")
    else:
        notes.append(f"The label is the column {titles[label]}.")
    left = [title for i, title in enumerate(titles) if i not in (*columns, label)]
    if left:
        notes.append(f"Left out: {names.in_words(left)}.")
    return notes
