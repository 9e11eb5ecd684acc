"""A visitor's file of molecules: chosen, read through the one door, its rows as they stand."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.evaluation.molecules.molecule_anomalies import MAX_MOLECULES
from vae_explorer.molecules.files import molecule_files
from vae_explorer.molecules.files.rows import Row
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.session.registry import Property

MAX_MEGABYTES = 20
ABOUT = f"The first {MAX_MOLECULES} rows are read. They stay on the machine that runs this app."
TYPES = [ending.removeprefix(".") for ending in (*molecule_files.ENDINGS, ".gz")]


class Uploaded(NamedTuple):
    """A file of molecules as it was read."""

    key: str  # that a cache knows it by
    name: str
    rows: list[Row]


def choose(key: Property) -> Uploaded | None:
    """The file that was chosen, or None; DataError where it is none."""
    given = st.file_uploader(
        "A .smi or .txt with a SMILES and perhaps a name in each line, a .csv with a column of "
        "SMILES, or an .sdf",
        type=TYPES,
        key=key,
        max_upload_size=visitor.upload_megabytes(MAX_MEGABYTES),
        help=ABOUT,
    )
    if given is None:
        return None
    file = molecule_files.read_bytes(given.getvalue(), given.name)
    for sentence in file.notes:
        messages.note(messages.plain(sentence))
    return Uploaded(given.file_id, given.name, file.rows)
