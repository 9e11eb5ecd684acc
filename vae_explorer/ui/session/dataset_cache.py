"""Data sets, shared by all sessions: each is held in memory once.

What is handed out is shared between visitors and threads: never change it.
"""

import streamlit as st
from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.data import datasets
from vae_explorer.data.datasets import Dataset
from vae_explorer.errors import DataError


def load(name: str) -> Dataset:
    """A data set that is at hand; DataError says what is missing."""
    return _load(name, str(datasets.data_root().resolve()))


def at_hand(name: str) -> Dataset | None:
    """A data set, or None where it is missing or damaged: a model can be shown without it."""
    try:
        return load(name) if datasets.available(name) else None
    except DataError:
        return None


def fits(images: Tensor, config: ModelConfig) -> bool:
    """Whether the pictures of a `Split` are of the size and colour that a model sees."""
    channels, *sides = config.image_shape
    return list(images.shape[1:]) == ([channels, *sides] if channels > 1 else sides)


@st.cache_resource(show_spinner=False, max_entries=3)
def _load(name: str, root: str) -> Dataset:
    return datasets.load_dataset(name)
