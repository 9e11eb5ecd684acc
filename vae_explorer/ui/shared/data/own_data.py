"""Data of one's own: uploaded, or named by its path; how it is read, shown and changed."""

import dataclasses
from pathlib import Path
from typing import Any

import streamlit as st

from vae_explorer.access import disk_room, limits, mode, owners
from vae_explorer.config import ReadingChoice, choices, help_text
from vae_explorer.data import datasets, splits
from vae_explorer.data.contact_sheet import contact_sheet
from vae_explorer.data.datasets import Dataset
from vae_explorer.data.uploaded import stored_uploads
from vae_explorer.data.uploaded.stored_uploads import MAX_DATA_MEGABYTES
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import ConfigError, DataError
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.session import dataset_cache, registry
from vae_explorer.ui.shared import pictures
from vae_explorer.ui.shared.data.setting_labels import LABELS, in_words

UPLOAD, PATH = "Upload", "Path on this machine"
FORMS = (
    "Pictures, a zip of them (a folder for each class, or train and test), an npz or npy array, "
    "a CSV or Parquet table with a column for each pixel, IDX files, or a TIFF stack"
)


def choose() -> str:
    """The path of the data; "" while there is none. Visitors of a public server upload it."""
    if mode.is_public():
        return _uploaded()
    way = st.segmented_control(
        "Where your data is",
        [UPLOAD, PATH],
        default=UPLOAD,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        **registry.DATA_WAY.widget,
    )
    return _path() if way == PATH else _uploaded()


def _path() -> str:
    return st.text_input(
        "Folder or file",
        help=f"On the machine that runs this app. {FORMS}.",
        persist_state="session",
        **registry.TRAIN_FOLDER.widget,
    ).strip()


def _uploaded() -> str:
    files = st.file_uploader(
        "Your pictures",
        accept_multiple_files=True,
        max_upload_size=visitor.upload_megabytes(MAX_DATA_MEGABYTES),
        help=f"{FORMS}. It stays on the machine that runs this app.",
        key=registry.DATA_FILES,
    )
    if not files:
        messages.note(f"{FORMS}.")
        return ""
    names = [file.file_id for file in files]
    known, path = registry.STORED_DATA.get(([], ""))
    if known != names:  # once: it may be half a gigabyte
        contents = [File(file.name, file.getvalue()) for file in files]
        path = str(stored(contents))
        registry.STORED_DATA.put((names, path))
    return path


def stored(contents: list[File]) -> Path:
    """Where an upload is kept: on a public server apart from those of others. DataError."""
    who, root = visitor.current(), datasets.data_root().resolve()
    if mode.is_public():
        if not who.secret:
            raise DataError("your browser keeps no cookie of this site: allow cookies to upload.")
        size = sum(len(file.data) for file in contents) / 1e6
        disk_room.for_upload(size, root / stored_uploads.FOLDER, limits.current())
    return stored_uploads.store(contents, root, owners.uploads_folder(who))


def read(path: str) -> tuple[Dataset, ReadingChoice] | None:
    """The data as it will be read, shown; None where it cannot be, which is said."""
    with st.expander("Change how the pictures are read"):
        choice = _choice()
    if choice is None:
        return None
    try:
        with st.spinner("Reading the pictures …"):
            dataset = dataset_cache.load(path, choice)
    except DataError as error:
        messages.failed(str(error))
        return None
    show(dataset)
    return dataset, choice


def show(dataset: Dataset) -> None:
    """What was found: how many, which splits and classes, how they are read, and some of them."""
    count, *others = splits.describe(dataset)
    st.markdown(f"**{messages.plain(datasets.title(dataset.name))}**: {messages.plain(count)}")
    st.markdown("\n".join(f"- {messages.plain(line)}" for line in others))
    pictures.picture(
        contact_sheet(dataset),
        f"{len(dataset.train):,} training pictures, the first of each class",
        remark="What the model will see: the first of each class",
    )


def _choice() -> ReadingChoice | None:
    values = {field.name: _field(field.name) for field in dataclasses.fields(ReadingChoice)}
    try:
        return ReadingChoice(**values)
    except ConfigError as error:
        messages.failed(in_words(str(error)))
        return None


def _field(name: str) -> Any:
    label, widget = LABELS[name], registry.READING(name).widget
    about = help_text(ReadingChoice, name)
    if options := choices(ReadingChoice, name):
        return st.selectbox(label, options, help=about, persist_state="session", **widget)
    if name == "size":
        return st.number_input(
            label, value=0, step=8, help=about, persist_state="session", **widget
        )
    return st.number_input(label, value=0.0, help=about, persist_state="session", **widget)
