"""Lists of SMILES: one in each line, perhaps with a name behind it; or a table by another name."""

from vae_explorer.molecules.files import columns, tables
from vae_explorer.molecules.files.rows import (
    MAX_CELL,
    MoleculeFile,
    Row,
    extension_note,
)

BEGIN = 1_000_000  # characters by which a text is judged
COMMENTS = ("#", "//")
SEPARATORS = ("\t", ",", ";", "|", " ")


def read(text: str, name: str, column: str = "") -> MoleculeFile:
    """The rows of a text; of a table those of its column. DataError."""
    found = _table(text, name, column)
    return found or _lines(text)


def _table(text: str, name: str, column: str) -> MoleculeFile | None:
    """The text as a table, where a column is asked for, its heading says where SMILES are, or the
    first word of most lines is none but another one is.
    """
    heading = next((line for line in text[:BEGIN].splitlines() if line.strip()), "").lstrip("#")
    for separator in SEPARATORS:
        cells = [cell.strip().lower() for cell in heading.split(separator)]
        named = len(cells) > 1 and columns.by_heading(cells) is not None
        if named and (separator != " " or columns.by_heading(cells) != 0):
            return tables.read(text, name, separator, column)
    if column:
        return tables.read(text, name, "\t", column)
    begin = "\n".join(text[:BEGIN].splitlines()[: columns.SAMPLED])
    if columns.readable([row.text for row in _lines(begin).rows]) is not False:
        return None
    for separator in SEPARATORS:
        table = [line.split(separator) for line in begin.splitlines() if line.strip()]
        if min(map(len, table)) > 1 and columns.by_content(table) is not None:
            return tables.read(text, name, separator)
    return None


def _lines(text: str) -> MoleculeFile:
    rows, extensions, begun = [], 0, False
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split(maxsplit=1)
        if not parts or line.lstrip().startswith(COMMENTS):
            continue
        first, begun = not begun, True
        if first and columns.by_heading([parts[0].strip(",;").lower()]) is not None:
            continue
        label = parts[1].strip() if len(parts) > 1 else ""
        if label.startswith("|") and "|" in label[1:]:
            label = label[1:].partition("|")[2].strip()
            extensions += 1
        rows.append(Row(parts[0][:MAX_CELL], label, number))
    return MoleculeFile(rows, extension_note(extensions))
