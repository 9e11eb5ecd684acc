"""Molecules as files for other programs: SMILES (.smi), a table (.csv), structures (.sdf).

Only the table has room for texts that are no molecules: they stand there as they were written.
"""

import csv as tables
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vae_explorer import files
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.chemistry import PROPERTIES
from vae_explorer.molecules.molecule_table import MoleculeTable

Columns = Mapping[str, Sequence[Any]]  # further figures of each row, by name


def smi(rows: MoleculeTable, names: Sequence[str]) -> bytes:
    """Each molecule in a line, its name behind it."""
    lines = [
        f"{smiles} {name}\n" for smiles, name in zip(rows.smiles, names, strict=True) if smiles
    ]
    return "".join(lines).encode()


def csv(rows: MoleculeTable, names: Sequence[str], more: Columns) -> bytes:
    """All rows: SMILES as RDKit writes it, as it was written, whether valid, figures."""
    columns: dict[str, Sequence[Any]] = {
        "name": names,
        "smiles": [smiles or "" for smiles in rows.smiles],
        "written": rows.texts,
        "valid": [str(smiles is not None).lower() for smiles in rows.smiles],
    }
    columns |= {name: rows.column(name).tolist() for name in PROPERTIES}
    columns |= more
    file = io.StringIO()
    writer = tables.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return file.getvalue().encode()


def sdf(rows: MoleculeTable, names: Sequence[str], more: Columns) -> bytes:
    """All molecules with coordinates in the plane, their figures as fields (V2000)."""
    chem, depictor = chemistry.part("Chem"), chemistry.part("Chem.rdDepictor")
    file = io.StringIO()
    writer = chem.SDWriter(file)
    for i, smiles in enumerate(rows.smiles):
        if smiles is None:
            continue
        molecule = chemistry.parsed(smiles)
        depictor.Compute2DCoords(molecule)
        molecule.SetProp("_Name", names[i])
        fields = dict(zip(PROPERTIES, rows.properties[i].tolist(), strict=True))
        fields |= {name: values[i] for name, values in more.items()}
        for name, value in ({"SMILES": smiles} | fields).items():
            molecule.SetProp(name, str(_cell(value)))
        writer.write(molecule)
    writer.close()
    return file.getvalue().encode()


def _cell(value: Any) -> Any:
    """Numbers with six digits, nothing where there is none."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return files.no_formula(value)
