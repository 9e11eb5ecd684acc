"""Molecules of one's own to train on: uploaded, or named by the path of their file."""

from pathlib import Path

import streamlit as st

from vae_explorer.access import mode
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import DataError
from vae_explorer.molecules.files import molecule_files
from vae_explorer.molecules.files.usable_rows import Usable, usable_rows
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared.data import own_data

MAX_MEGABYTES = 200  # of a file of SMILES
FORMS = (
    "A .smi or .txt with a SMILES in each line, a .csv or .tsv with a column of them, or an .sdf; "
    "also as .gz"
)


def choose() -> tuple[str, str]:
    """The path of the file and the column that has the SMILES, "" where its heading says so.

    The path is "" while there is none; what the file holds was said then.

    DataError where it holds no molecules. Visitors of a public server upload it.
    """
    file = st.file_uploader(
        "Your molecules",
        type=[end[1:] for end in (*molecule_files.ENDINGS, ".gz")],
        max_upload_size=visitor.upload_megabytes(MAX_MEGABYTES),
        help=f"{FORMS}. It stays on the machine that runs this app.",
        key=registry.MOLECULE_FILES,
    )
    path = _named() if file is None else _kept_upload(file)
    if not path:
        messages.note(f"{FORMS}.")
        return "", ""
    column = _column(path)
    usable, count = _usable(path, column, *_stamp(path))
    st.markdown(f"**{len(usable.smiles):,} different molecules** of {count:,} rows")
    for note in usable.notes:
        messages.note(messages.plain(note))
    return path, column


def _named() -> str:
    if mode.is_public():
        return ""
    return st.text_input(
        "Or the path of a file on this machine",
        persist_state="session",
        **registry.OWN_MOLECULES_PATH.widget,
    ).strip()


def _column(path: str) -> str:
    """Which column of a table to take, if its heading does not say so."""
    if molecule_files.ending(Path(path)) not in molecule_files.TABLE_ENDINGS:
        return ""
    return st.text_input(
        "Column with the SMILES",
        placeholder="as its heading says",
        persist_state="session",
        **registry.OWN_MOLECULES_COLUMN.widget,
    ).strip()


def _kept_upload(file) -> str:
    """Where an upload of Streamlit's is kept, which is written once."""
    known, path = registry.STORED_MOLECULES.get(("", ""))
    if known != file.file_id:
        path = str(own_data.stored([File(file.name, file.getvalue())]))
        registry.STORED_MOLECULES.put((file.file_id, path))
    return path


def _stamp(path: str) -> tuple[int, int]:
    """What tells one state of a file from another; DataError where there is none."""
    try:
        stat = Path(path).expanduser().stat()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return stat.st_mtime_ns, stat.st_size


@kept(8, title="Reading the molecules …")
def _usable(path: str, column: str, modified: int, size: int) -> tuple[Usable, int]:
    """What is left of the rows of a file, and how many there were."""
    place = Path(path).expanduser()
    file = molecule_files.read_file(place, column)
    return usable_rows(file, place.name), len(file.rows)
