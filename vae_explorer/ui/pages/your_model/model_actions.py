"""What can be done with a model that was read: explore it, keep it."""

from collections.abc import Callable

import streamlit as st

from vae_explorer.data.datasets import Dataset
from vae_explorer.evaluation import opened_models
from vae_explorer.models import checkpoints
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.ui import messages
from vae_explorer.ui.session import model_selection
from vae_explorer.ui.shared import page_links, widgets


def show(opened: Opened, dataset: Dataset) -> None:
    """Buttons; what takes long happens when one is pressed."""
    with st.container(horizontal=True):
        offer_explore(lambda: opened_models.completed(opened, dataset))
        if opened_models.can_be_kept(opened.checkpoint):
            widgets.download(
                "Keep as .safetensors",
                lambda: content(opened, dataset),
                f"{opened.checkpoint.name}{checkpoints.SUFFIX}",
                "application/octet-stream",
                "keep_model",
            )
    if not opened_models.can_be_kept(opened.checkpoint):
        messages.note("It runs by code of its own, which no file of ours holds: keep its own file.")


def offer_explore(complete: Callable[[], Checkpoint]) -> None:
    """A button that makes the model the chosen one, kept for this session, and opens Explore."""
    if not st.button("Explore it", type="primary", icon=":material/explore:", key="explore_model"):
        return
    with st.spinner("Encoding the test pictures and scoring the model …", show_time=True):
        checkpoint = complete()
    model_selection.add(checkpoint)
    page_links.go("explore")


def content(opened: Opened, dataset: Dataset) -> bytes:
    """The model as a file of ours, with all that is known of it."""
    made = opened_models.completed(opened, dataset)
    return checkpoints.file_of(opened_models.to_hand_out(made))
