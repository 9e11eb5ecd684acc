"""All models by data set, each with a line of what it is for, in a dialog that chooses one."""

import contextlib

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import model_comparison
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.presets import PRESET_HELP
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.ui import messages
from vae_explorer.ui.session import model_cache, model_selection

UNKNOWN = "An unknown data set"


def offer() -> None:
    """A button that opens the dialog."""
    if st.button(
        "All models by data set", key="all_models", icon=":material/list:", width="stretch"
    ):
        _dialog()


@st.dialog("Models by data set", width="large")
def _dialog() -> None:
    for dataset, entries in _groups().items():
        st.markdown(f"**{messages.plain(dataset)}**")
        for key, (title, about) in entries.items():
            name, line = st.columns([2, 5], vertical_alignment="center")
            if name.button(
                messages.plain(title),
                key=f"list_{key}",
                on_click=model_selection.choose,
                args=(key,),
                width="stretch",
            ):
                st.rerun()  # of the whole page, which closes the dialog
            line.caption(messages.plain(about))


def _groups() -> dict[str, dict[str, tuple[str, str]]]:
    """Data set -> key of a model -> (its title, what it is), in the chooser's order."""
    groups: dict[str, dict[str, tuple[str, str]]] = {}
    for entry in list_models():
        with contextlib.suppress(CheckpointError):  # reported where it is chosen
            checkpoint = model_cache.load(entry)
            _put(groups, entry.key, entry.title, checkpoint)
    for key, checkpoint in model_selection.uploaded().items():
        _put(groups, key, f"{checkpoint.name} (added)", checkpoint)
    return groups


def _put(groups: dict, key: str, title: str, checkpoint: Checkpoint) -> None:
    dataset = datasets.title(checkpoint.dataset) or UNKNOWN
    groups.setdefault(dataset, {})[key] = title, describe(checkpoint)


def describe(checkpoint: Checkpoint) -> str:
    """A model in a line: what its preset says it is for, or what kind it is."""
    if about := PRESET_HELP.get(checkpoint.name):
        return f"{about[:1].upper()}{about[1:]}{'' if about.endswith('?') else '.'}"
    kind = model_comparison.kind_of(checkpoint.config, model_comparison.settings_of(checkpoint))
    return f"{checkpoint.config.latent_dim}-D {kind}."
