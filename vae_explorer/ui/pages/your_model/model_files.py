"""The files of a model, as a visitor adds them."""

import streamlit as st

from vae_explorer.models.checkpoint_reader import MAX_MEGABYTES
from vae_explorer.models.foreign import model_door
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.session import registry

ENDINGS = (
    f"One file of weights ({' '.join(model_door.WEIGHTS)}), one or two {model_door.ONNX[0]} "
    "files, or a zip of them."
)


def choose() -> dict[str, bytes]:
    """The files by name; none yet: empty. CheckpointError where two have one name."""
    files = st.file_uploader(
        "Model",
        accept_multiple_files=True,
        max_upload_size=visitor.upload_megabytes(MAX_MEGABYTES),
        help=f"{ENDINGS} They stay on the machine that runs this app.",
        key=registry.MODEL_FILES,
    )
    if not files:
        messages.note(ENDINGS)
    return model_door.by_name((file.name, file.getvalue()) for file in files)


def are_ours(files: dict[str, bytes]) -> bool:
    """Whether it is a checkpoint of ours, which needs no pictures; says so."""
    if not model_door.is_ours(files):
        return False
    messages.note("This is a file of VAE Explorer: it says itself how it is read.")
    return True
