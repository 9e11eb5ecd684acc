"""Files of the molecules that a page shows."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vae_explorer.export import molecule_exports
from vae_explorer.export.molecule_exports import Columns
from vae_explorer.molecules import molecule_table
from vae_explorer.molecules.molecule_table import MoleculeTable
from vae_explorer.ui import messages
from vae_explorer.ui.shared import widgets


def show(rows: MoleculeTable, names: Sequence[str], more: Columns, file: str) -> None:
    """Buttons for SMILES, table and structures; `names` of the rows, `more` figures of each."""
    if not rows.texts:
        return
    smi = partial(molecule_exports.smi, rows, names)
    csv = partial(molecule_exports.csv, rows, names, more)
    sdf = partial(molecule_exports.sdf, rows, names, more)
    with st.container(horizontal=True):
        widgets.download("SMILES (.smi)", smi, f"{file}.smi", "text/plain", f"save_{file}_smi")
        widgets.download("Table (.csv)", csv, f"{file}.csv", "text/csv", f"save_{file}_csv")
        widgets.download(
            "Structures (.sdf)", sdf, f"{file}.sdf", "chemical/x-mdl-sdfile", f"save_{file}_sdf"
        )
    counts = molecule_table.tally(rows.smiles)
    if counts.valid < counts.total:
        messages.note(
            f"The table holds all {counts.total}, the two others the {counts.valid} valid ones."
        )
