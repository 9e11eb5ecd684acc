"""Structures (SDF of V2000 or V3000, .mol) -> rows of SMILES, by RDKit, which is needed.

A record that RDKit cannot read stays as a row that is no SMILES, and is counted with those.
"""

from collections.abc import Iterator

from vae_explorer.errors import DataError
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.files.rows import MoleculeFile, Row, counted

END_OF_RECORD = "$$$$"
END_OF_STRUCTURE = "M  END"


def read(text: str, name: str) -> MoleculeFile:
    """The records of a file in order; DataError where none is a structure."""
    chemistry.require()
    rows: list[Row] = []
    for number, (line, record) in enumerate(_records(text), 1):
        smiles = chemistry.smiles_of_structure("\n".join(record))
        title = record[0].strip()
        rows.append(Row(smiles or f"{chemistry.DAMAGED} {number}", title, line))
    if not any(END_OF_STRUCTURE in line for line in text.splitlines()):
        raise DataError(f"{name} holds no structure: none ends with {END_OF_STRUCTURE!r}.")
    note = (
        f"{counted(len(rows), 'record')} taken as SMILES: coordinates, explicit hydrogen and "
        "data fields are not kept."
    )
    return MoleculeFile(rows, (note,))


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Where each record begins, from 1, and its lines; empty ones at the end are none."""
    start, record = 1, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(END_OF_RECORD):
            yield start, record or [""]
            start, record = number + 1, []
        else:
            record.append(line)
    if any(line.strip() for line in record):
        yield start, record
