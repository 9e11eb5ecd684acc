"""The pictures that a model was trained on, by which it is read."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.config import ReadingChoice
from vae_explorer.data import datasets
from vae_explorer.data.datasets import FOUND
from vae_explorer.ui import messages
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.data import dataset_download, own_data

OWN = "Use your own data"


class Source(NamedTuple):
    """A data set by its name or path, and how it is read."""

    name: str
    choice: ReadingChoice = FOUND


def choose() -> Source | None:
    """The data set; None while there is none."""
    known = sorted(datasets.NAMES, key=lambda name: not datasets.available(name))
    name = st.selectbox(
        "Pictures it was trained on",
        [*known, OWN],
        format_func=lambda name: name if name == OWN else datasets.title(name),
        persist_state="session",
        **registry.READING_DATASET.widget,
    )
    if name == OWN:
        return _own()
    if datasets.available(name):
        return Source(name)
    messages.note(f"{datasets.title(name)} is not on this machine.")
    dataset_download.offer(name)
    return None


def _own() -> Source | None:
    path = own_data.choose()
    data = own_data.read(path) if path else None
    return None if data is None else Source(path, data[1])
