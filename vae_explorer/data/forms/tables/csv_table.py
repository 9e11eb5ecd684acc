"""A table as text, CSV or TSV, packed by gzip or not: a row a picture, a column a pixel.

With a header or without one, columns parted by commas, semicolons, tabs or bars. Read in pieces,
never whole.
"""

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.data.forms.idx import GZIP_MARK
from vae_explorer.data.forms.raw_data import RawData
from vae_explorer.data.forms.tables import columns as table_columns
from vae_explorer.data.forms.tables.rows import Rows
from vae_explorer.errors import DataError

HEAD_BYTES = 1 << 22  # looked at before the table is read: some rows, however wide
SAMPLED_ROWS = 200
BLOCK_BYTES = 1 << 24  # read at once; a row must not be longer
MAX_TEXT_BYTES = 8_000_000_000  # that come out of a packed table
MAX_FIELD_CHARACTERS = 1 << 20
SEPARATORS = ",;\t|"
NUMERIC_SHARE = 0.5  # of a column's first values are numbers: then the others are mistakes
READ_ERRORS = (OSError, EOFError, zlib.error)


class _Layout(NamedTuple):
    """What the first rows say of a table."""

    separator: str
    headed: bool
    names: list[str]
    numeric: list[bool]
    firsts: list[list[Any]]
    text_column: int | None  # that holds all pixels of a picture, parted by spaces


class _Bounded(io.RawIOBase):
    """A stream that ends with a DataError where too much comes out of it."""

    def __init__(self, source: Any, name: str) -> None:
        self.source, self.name, self.left = source, name, MAX_TEXT_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = self.source.read(len(buffer))
        self.left -= len(piece)
        if self.left < 0:
            raise DataError(f"{self.name} unpacks to more than {MAX_TEXT_BYTES / 1e9:g} GB.")
        buffer[: len(piece)] = piece
        return len(piece)


def read_csv_form(file: BinaryIO, name: str) -> RawData:
    """A table called `name`, such as train.csv. DataError."""
    rows, columns = read_rows(file, name)
    return rows.finish(columns.notes)


def read_rows(
    file: BinaryIO, name: str, choose: table_columns.Chooser | None = None
) -> tuple[Rows, table_columns.Columns]:
    """The rows of a table and which of its columns they are, those of pixels unless `choose`n."""
    try:
        head = _text(file, name).read(HEAD_BYTES)
        layout = _layout(head, name)
        if choose is not None:
            layout = layout._replace(text_column=None)
        columns = _columns(layout, name, choose or table_columns.choose)
        rows = Rows(name, [layout.names[i] for i in columns.pixels])
        try:
            for batch in _batches(file, name, layout, columns):
                _add(rows, batch, layout, columns)
        except ValueError as error:  # pyarrow's own are ValueErrors, without row and column
            raise _fault(file, name, layout, columns) from error
    except READ_ERRORS as error:
        raise DataError(f"{name} is damaged: it cannot be unpacked.") from error
    return rows, columns


def _text(file: BinaryIO, name: str) -> io.BufferedReader:
    """The file from its start, unpacked."""
    file.seek(0)
    packed = file.read(2) == GZIP_MARK
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if packed else file
    return io.BufferedReader(_Bounded(source, name), 1 << 16)


def _layout(head: bytes, name: str) -> _Layout:
    """Columns and what they hold, from the first rows."""
    if b"\0" in head:
        raise DataError(f"{name} is no table of text: give CSV in UTF-8.")
    lines = head.decode("utf-8-sig", "replace").splitlines()
    if len(head) == HEAD_BYTES:
        lines = lines[:-1]  # it may be cut
    if not lines:
        raise DataError(f"{name} is empty, or its rows are too long to read.")
    separator = max(SEPARATORS, key=lines[0].count)
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    try:
        rows = list(islice(csv.reader(lines, delimiter=separator), SAMPLED_ROWS + 1))
    except csv.Error as error:
        raise DataError(f"{name} is no table of text ({error}): give CSV in UTF-8.") from error
    headed = _is_header(rows[0])
    names = [n.strip() or f"column {i + 1}" for i, n in enumerate(rows[0])]
    if not headed or _is_made_of_row(rows[0]):
        names = [f"column {i + 1}" for i in range(len(rows[0]))]
    sample = [row for row in rows[headed:] if len(row) == len(names)]
    firsts = [[row[i].strip() for row in sample] for i in range(len(names))]
    numeric, values, text_column = [], [], None
    for index, texts in enumerate(firsts):
        numbers = [number for text in texts if (number := _number(text)) is not None]
        numeric.append(bool(texts) and len(numbers) > NUMERIC_SHARE * len(texts))
        values.append(numbers if numeric[-1] else texts)
        if not numeric[-1] and texts and len(texts[0].split()) >= table_columns.MIN_PIXELS:
            text_column = index
    return _Layout(separator, headed, names, numeric, values, text_column)


def _is_header(fields: list[str]) -> bool:
    """Whether the first row names columns: most are no numbers, or they count up from 0 or 1."""
    numbers = [number for field in fields if (number := _number(field)) is not None]
    counting = numbers == list(range(len(numbers))) or numbers == list(range(1, len(numbers) + 1))
    named = len(numbers) <= len(fields) / 2 or (counting and len(numbers) < len(fields))
    return named or _is_made_of_row(fields)


def _is_made_of_row(fields: Sequence[str]) -> bool:
    """Whether pandas made names of a row of numbers: a second 0 is called 0.1, a third 0.2."""
    seen = Counter[str]()
    made = 0
    for field in fields:
        first, _, number = field.strip().partition(".")
        made += bool(number) and number == str(seen[first])
        seen[first] += 1
    return made > len(fields) / 4


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _columns(layout: _Layout, name: str, choose: table_columns.Chooser) -> table_columns.Columns:
    """Which columns are what; of a column with all pixels in it, that one alone."""
    if layout.text_column is None:
        return choose(layout.names, layout.numeric, layout.firsts, layout.headed, name)
    label, split, notes = table_columns.side_columns(layout.names)
    pixels = layout.text_column
    notes.insert(0, f"All pixels are read from the column {layout.names[pixels]}.")
    notes += table_columns.left_out(layout.names, (pixels, label, split))
    return table_columns.Columns((pixels,), label, split, notes)


def _batches(
    file: BinaryIO, name: str, layout: _Layout, columns: table_columns.Columns
) -> Iterator[Any]:
    """The wanted columns, so many rows at once; they are called by their positions."""
    import pyarrow
    from pyarrow import csv as arrow_csv

    others = [i for i in (columns.label, columns.split) if i is not None]
    pixel = pyarrow.float32() if layout.text_column is None else pyarrow.string()
    types = {str(i): pixel for i in columns.pixels} | {str(i): pyarrow.string() for i in others}
    with arrow_csv.open_csv(
        pyarrow.PythonFile(_text(file, name), mode="r"),
        read_options=arrow_csv.ReadOptions(
            column_names=[str(i) for i in range(len(layout.names))],
            skip_rows=int(layout.headed),
            block_size=BLOCK_BYTES,
            use_threads=False,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=layout.separator),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types, include_columns=list(types), strings_can_be_null=True
        ),
    ) as reader:
        yield from reader


def _add(rows: Rows, batch: Any, layout: _Layout, columns: table_columns.Columns) -> None:
    """Put one piece of the table to the rows so far."""
    if layout.text_column is None:
        cells = [batch[str(i)].to_numpy(zero_copy_only=False) for i in columns.pixels]
        pixels = np.stack(cells, axis=1)
    else:
        pixels = _split_texts(batch[str(layout.text_column)].to_pylist(), rows)
    labels, splits = (
        [] if i is None else batch[str(i)].to_pylist() for i in (columns.label, columns.split)
    )
    rows.add(pixels, labels, splits)


def _split_texts(texts: Sequence[str | None], rows: Rows) -> ndarray:
    """Texts of numbers parted by spaces, all of one length -> (n, P) float32."""
    pictures: list[ndarray] = []
    for number, text in enumerate(texts, start=rows.count + 1):
        try:
            pictures.append(np.array((text or "").split(), np.float32))
        except ValueError as error:
            raise DataError(
                f"{rows.columns[0]} in row {number:,} of {rows.name} is no numbers."
            ) from (error)
        if len(pictures[-1]) != len(pictures[0]):
            raise DataError(
                f"row {number:,} of {rows.name} has {len(pictures[-1]):,} pixels, row 1 has "
                f"{len(pictures[0]):,}."
            )
    if not rows.pixels:
        rows.columns = [f"pixel {i}" for i in range(len(pictures[0]))] if pictures else []
    return np.stack(pictures) if pictures else np.zeros((0, 0), np.float32)


def _fault(file: BinaryIO, name: str, layout: _Layout, columns: table_columns.Columns) -> DataError:
    """The sentence for the first cell that is no number, or row that is too short or long."""
    text = io.TextIOWrapper(_text(file, name), "utf-8-sig", "replace", newline="")
    reader = csv.reader(text, delimiter=layout.separator)
    try:
        for number, row in enumerate(islice(reader, int(layout.headed), None), start=1):
            if row and len(row) != len(layout.names):
                return DataError(
                    f"row {number:,} of {name} has {len(row):,} columns, the first has "
                    f"{len(layout.names):,}: mend the table."
                )
            for column in columns.pixels if row else ():
                if row[column].strip() and _number(row[column]) is None:
                    shown = row[column].strip()[:20]
                    return DataError(
                        f"{layout.names[column]} in row {number:,} of {name} is the text "
                        f"{shown!r}, no number: mend the table."
                    )
    except csv.Error:
        pass
    return DataError(f"{name} is no table that can be read: give CSV in UTF-8.")
