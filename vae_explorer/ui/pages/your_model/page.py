"""Your model: files of a model made elsewhere, pictures, and how the model was read."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.your_model import model_files, opening, reading_pictures
from vae_explorer.ui.session import registry

INTRODUCTION = """
**How it works**

1. Add the model as your program saved it: PyTorch weights or ONNX. No code of a file is run.
2. Say which pictures it was trained on.
3. What the file does not say (activations, ranges of values, what the heads are) is measured on
   these pictures: the reading with the best −ELBO is taken. A card shows every decision with its
   margin, and you can change each.
"""


def page() -> None:
    """Files and pictures at the left, the model as it was read at the right."""
    form, result = st.columns([4, 7], gap="large")
    with form, messages.guard():
        _form()
    with result, messages.guard():
        if registry.MODEL_REQUEST.is_set:
            opening.show(registry.MODEL_REQUEST.get())
        else:
            st.markdown(INTRODUCTION)


def _form() -> None:
    files = model_files.choose()
    own = model_files.are_ours(files)
    source = None if own else reading_pictures.choose()
    ready = bool(files) and (own or source is not None)
    if st.button(
        "Read the model",
        type="secondary" if registry.MODEL_REQUEST.is_set else "primary",
        icon=":material/search_insights:",
        disabled=not ready,
        help="" if ready else "Add a model and choose its pictures first",
        key="read_model",
    ):
        opening.begin(opening.Request(files, source))
        st.rerun()  # with the button no longer the page's first
