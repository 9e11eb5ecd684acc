"""A new run on molecules: its preset, its molecules, a few settings, and what starts it."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from vae_explorer.access import disk_room, limits, mode, owners
from vae_explorer.data import datasets
from vae_explorer.data.uploaded import stored_uploads
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import DataError
from vae_explorer.molecule_presets import MOLECULE_PRESET_HELP, MOLECULE_PRESETS
from vae_explorer.molecules import molecule_files, molecule_sets, moses
from vae_explorer.training.runs import run_folder
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.pages.train import molecule_settings, run_buttons
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared.data import dataset_download

OWN = "SMILES of your own"
MAX_MEGABYTES = 200  # of a file of SMILES
FORMS = (
    "A .smi or .txt with a SMILES in each line, or a .csv or .tsv with a column of them; also as "
    ".gz"
)


def show() -> None:
    """The form; what its buttons start is the run to watch next."""
    preset = _preset()
    source = st.selectbox(
        "Molecules",
        (moses.NAME, OWN),
        format_func=lambda name: moses.TITLE if name == moses.NAME else name,
        persist_state="session",
        **registry.TRAIN_MOLECULES.widget,
    )
    dataset = _own() if source == OWN else _moses()
    config = molecule_settings.read(MOLECULE_PRESETS[preset])
    run_name = st.text_input(
        "Name of the run",
        placeholder=run_folder.free_name(preset),
        persist_state="session",
        **registry.RUN_NAME.widget,
    )
    if dataset:
        with messages.guard():
            name = run_name.strip() or run_folder.free_name(preset)
            run_buttons.show(name, replace(config, dataset=dataset))


def _preset() -> str:
    first = next(iter(MOLECULE_PRESETS))
    if not registry.MOLECULE_SETTING("epochs").is_set:
        molecule_settings.fill(first)
    preset = st.selectbox(
        "Preset",
        list(MOLECULE_PRESETS),
        on_change=lambda: molecule_settings.fill(registry.MOLECULE_PRESET.get(first)),
        persist_state="session",
        **registry.MOLECULE_PRESET.widget,
    )
    about = MOLECULE_PRESET_HELP[preset]
    messages.note(f"{about[0].upper()}{about[1:]}.")
    return preset


def _moses() -> str:
    """The set's name; "" where it is not at hand, with the offer to fetch it."""
    if moses.available():
        return moses.NAME
    st.info(f"{moses.TITLE}, 1.9 million molecules of ZINC, is not on this machine.")
    dataset_download.offer(moses.NAME)
    return ""


def _own() -> str:
    """The path of uploaded molecules, or of those that a path names; "" while there are none."""
    file = st.file_uploader(
        "Your molecules",
        type=[end[1:] for end in (*molecule_files.ENDINGS, ".gz")],
        max_upload_size=visitor.upload_megabytes(MAX_MEGABYTES),
        help=f"{FORMS}. It stays on the machine that runs this app.",
        key=registry.MOLECULE_FILES,
    )
    path = _stored(file) if file is not None else _named()
    if not path:
        messages.note(f"{FORMS}.")
        return ""
    with messages.guard():
        return _checked(path)
    return ""


def _named() -> str:
    if mode.is_public():
        return ""
    return st.text_input(
        "Or the path of a file on this machine",
        persist_state="session",
        **registry.OWN_MOLECULES_PATH.widget,
    ).strip()


def _stored(file) -> str:
    """Where an upload is kept, written once: on a public server apart from those of others."""
    known, path = registry.STORED_MOLECULES.get(("", ""))
    if known == file.file_id:
        return path
    who, root, data = visitor.current(), datasets.data_root().resolve(), file.getvalue()
    with messages.guard():
        if mode.is_public():
            if not who.secret:
                raise DataError("your browser keeps no cookie of this site: allow cookies.")
            folder = root / stored_uploads.FOLDER
            disk_room.for_upload(len(data) / 1e6, folder, limits.current())
        content = [File(file.name, data)]
        path = str(stored_uploads.store(content, root, owners.uploads_folder(who)))
        registry.STORED_MOLECULES.put((file.file_id, path))
    return path


def _checked(path: str) -> str:
    """The same path, once what it holds has been said; DataError."""
    rows = molecule_files.read_file(Path(path).expanduser())
    usable = _usable(path, len(rows))
    st.markdown(f"**{len(usable.smiles):,} different molecules** of {len(rows):,} rows")
    for note in usable.notes:
        messages.note(messages.plain(note))
    return path


@kept(8, title="Reading the molecules …")
def _usable(path: str, rows: int) -> molecule_sets.Usable:
    """Kept by path and count: a file that grows is read anew."""
    place = Path(path).expanduser()
    return molecule_sets.usable_rows(molecule_files.read_file(place), place.name)
