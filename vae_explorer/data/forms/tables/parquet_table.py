"""Parquet tables: a column a pixel, or one column of picture files or of lists of pixels.

The last two are how Hugging Face keeps sets of pictures; the names of classes are taken from there.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.data.forms.arrays import MAX_ARRAY_BYTES
from vae_explorer.data.forms.picture_axes import as_pictures, check_values
from vae_explorer.data.forms.picture_file import stored_values
from vae_explorer.data.forms.raw_data import Pictures, RawData
from vae_explorer.data.forms.tables import columns as table_columns
from vae_explorer.data.forms.tables.rows import Rows, rows_to_data
from vae_explorer.errors import DataError, UploadError

PARQUET_MARK = b"PAR1"
ROWS_BATCH = 1024
SAMPLED_ROWS = 200


def read_parquet_form(file: BinaryIO, name: str) -> RawData:
    """A table called `name`, such as train.parquet. DataError."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        _check_size(table, name)
        schema = table.schema_arrow
        for index, field in enumerate(schema):
            kind = field.type
            if pyarrow.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
                return _from_files(table, index, name, lambda cell: (cell or {}).get("bytes"))
            if pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind):
                return _from_files(table, index, name, lambda cell: cell)
            if pyarrow.types.is_nested(kind) and not pyarrow.types.is_struct(kind):
                return _from_lists(table, index, name)
        return _from_columns(table, name)
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise DataError(f"{name} is damaged, or no Parquet file: save it anew.") from error


def _check_size(table: Any, name: str) -> None:
    """DataError where the pages say that too much would come out of them."""
    about = table.metadata
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    values = sum(g.column(c).num_values for g in groups for c in range(g.num_columns))
    size = max(sum(group.total_byte_size for group in groups), 4 * values)
    if size > MAX_ARRAY_BYTES:
        raise DataError(
            f"{name} unpacks to {size / 1e9:,.1f} GB: {MAX_ARRAY_BYTES / 1e9:g} GB are the most."
        )


def read_rows(
    file: BinaryIO, name: str, choose: table_columns.Chooser
) -> tuple[Rows, table_columns.Columns]:
    """The rows of a table of one number a column, and which of its columns they are. DataError."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        _check_size(table, name)
        return _rows(table, name, choose)
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise DataError(f"{name} is damaged, or no Parquet file: save it anew.") from error


class ListColumn(NamedTuple):
    """A column of lists of numbers, and the label beside it."""

    name: str
    values: ndarray  # (N, ...)
    label: str  # name of its column, "" where there is none
    labels: list[str | None]
    others: list[str]  # names of all other columns


def read_lists(file: BinaryIO, name: str, fits: Callable[[str], bool]) -> ListColumn | None:
    """The first column of lists whose name fits, else the only one of a table. DataError."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        _check_size(table, name)
        schema = table.schema_arrow
        kinds = pyarrow.types
        lists = [i for i, f in enumerate(schema) if kinds.is_nested(f.type)]
        lists = [i for i in lists if not kinds.is_struct(schema[i].type)]
        fitting = [i for i in lists if fits(schema.names[i])] or (lists if len(lists) == 1 else [])
        if not fitting:
            return None
        label, _, _ = _side_columns(table, fitting[0], name)
        values, labels, _ = _lists(table, fitting[0], name, (label, None))
        label_name = "" if label is None else schema.names[label]
        others = [name for i, name in enumerate(schema.names) if i not in (fitting[0], label)]
        return ListColumn(schema.names[fitting[0]], values, label_name, labels, others)
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise DataError(f"{name} is damaged, or no Parquet file: save it anew.") from error


def _from_columns(table: Any, name: str) -> RawData:
    """A column a pixel."""
    rows, columns = _rows(table, name, table_columns.choose)
    schema = table.schema_arrow
    return _named(rows.finish(columns.notes), schema, columns.label, schema.names)


def _rows(
    table: Any, name: str, choose: table_columns.Chooser
) -> tuple[Rows, table_columns.Columns]:
    import pyarrow

    schema, names = table.schema_arrow, table.schema_arrow.names
    kinds = [field.type for field in schema]
    numeric = [
        any(
            test(kind)
            for test in (
                pyarrow.types.is_integer,
                pyarrow.types.is_floating,
                pyarrow.types.is_boolean,
            )
        )
        for kind in kinds
    ]
    first = next(table.iter_batches(SAMPLED_ROWS), None)
    firsts = [[] if first is None else _known(first.column(i)) for i in range(len(names))]
    columns = choose(names, numeric, firsts, True, name)
    rows = Rows(name, [names[i] for i in columns.pixels])
    wanted = [*columns.pixels, *(i for i in (columns.label, columns.split) if i is not None)]
    for batch in table.iter_batches(ROWS_BATCH, columns=[names[i] for i in wanted]):
        cells = [_as_floats(batch.column(names[i])) for i in columns.pixels]
        others = [_texts(batch, names, i) for i in (columns.label, columns.split)]
        rows.add(np.stack(cells, axis=1), *others)
    return rows, columns


def _known(column: Any) -> list:
    return [value for value in column.to_pylist() if value is not None]


def _as_floats(column: Any) -> ndarray:
    """A column of numbers as float32, NaN where there is none."""
    import pyarrow

    return column.cast(pyarrow.float32(), safe=False).to_numpy(zero_copy_only=False)


def _texts(batch: Any, names: Sequence[str], index: int | None) -> list[str | None]:
    """A column as texts, None where nothing stands; no column: no texts."""
    if index is None:
        return []
    values = batch.column(names[index]).to_pylist()
    return [None if v is None or v == "" or v != v else str(v) for v in values]


def _side_columns(table: Any, pictures: int, name: str) -> tuple[int | None, int | None, list[str]]:
    """The columns of label and split beside one that holds pictures, and what is said of them."""
    names = table.schema_arrow.names
    label, split, notes = table_columns.side_columns(names)
    notes.insert(0, f"Pictures are read from the column {names[pictures]} of {name}.")
    return label, split, notes + table_columns.left_out(names, (pictures, label, split))


def _from_files(table: Any, index: int, name: str, content: Any) -> RawData:
    """A column of picture files, each read through the door for pictures."""
    label, split, notes = _side_columns(table, index, name)
    names = table.schema_arrow.names
    files: list[bytes] = []
    labels, splits = [], []
    for batch in table.iter_batches(ROWS_BATCH):
        files += [content(cell) or b"" for cell in batch.column(index).to_pylist()]
        labels += _texts(batch, names, label)
        splits += _texts(batch, names, split)
    pictures = Pictures([partial(stored_values, data) for data in files])
    for row in range(len(pictures)):
        try:
            pictures[row]
        except UploadError as error:
            reason = str(error).partition(":")[0].rstrip(".")
            raise DataError(f"row {row + 1:,} of {name} holds no picture ({reason}).") from error
    data = rows_to_data(pictures, labels, splits, name, notes)
    return _named(data, table.schema_arrow, label, names)


def _from_lists(table: Any, index: int, name: str) -> RawData:
    """A column of lists of pixels, flat or nested."""
    label, split, notes = _side_columns(table, index, name)
    values, labels, splits = _lists(table, index, name, (label, split))
    pictures, said = as_pictures(values, name)
    check_values(pictures, name)
    data = rows_to_data(pictures, labels, splits, name, notes + said)
    return _named(data, table.schema_arrow, label, table.schema_arrow.names)


def _lists(
    table: Any, index: int, name: str, beside: tuple[int | None, int | None]
) -> tuple[ndarray, list[str | None], list[str | None]]:
    """A column of lists of numbers, all of one shape, and the texts of two columns beside it."""
    (label, split), names = beside, table.schema_arrow.names
    pieces: list[ndarray] = []
    labels, splits, count = [], [], 0
    for batch in table.iter_batches(ROWS_BATCH):
        try:
            piece = np.array(batch.column(index).to_pylist())
            if piece.dtype.kind not in "buif":
                raise ValueError("not numbers")
        except ValueError as error:
            raise DataError(
                f"the lists in {names[index]} of {name} differ in length, or hold no numbers, "
                f"between row {count + 1:,} and row {count + len(batch):,}."
            ) from error
        pieces.append(_small(piece))
        count += len(piece)
        labels += _texts(batch, names, label)
        splits += _texts(batch, names, split)
    if not pieces:
        raise DataError(f"{name} has no rows.")
    return np.concatenate(pieces), labels, splits


def _small(values: ndarray) -> ndarray:
    """Whole numbers of a byte as such."""
    if values.dtype.kind in "iub" and values.min(initial=0) >= 0 and values.max(initial=0) <= 255:
        return values.astype(np.uint8)
    return values.astype(np.float32) if values.dtype.kind == "f" else values


def _named(data: RawData, schema: Any, label: int | None, names: Sequence[str]) -> RawData:
    """The data with the names of its classes, where the table's Hugging Face header tells them."""
    try:
        about = json.loads((schema.metadata or {})[b"huggingface"])
        known = about["info"]["features"][names[label or 0]]["names"]
        classes = tuple(str(known[int(code)]) for code in data.classes)
    except (KeyError, ValueError, TypeError, IndexError):
        return data
    return data._replace(classes=classes)
