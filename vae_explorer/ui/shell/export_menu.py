"""The chosen model in the forms that other programs read, each made when it is asked for."""

from pathlib import Path

import streamlit as st

from vae_explorer import files
from vae_explorer.export import export_formats
from vae_explorer.export.export_formats import KINDS
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.session import cache
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shell import offline_page

MIME = {".zip": "application/zip", ".pt": "application/octet-stream", ".html": "text/html"}


def offer(checkpoint: Checkpoint) -> None:
    """A button that opens the choice of forms."""
    with st.popover("Take it along", icon=":material/ios_share:", width="stretch"):
        name = _file_name(checkpoint.name)
        for kind, form in KINDS.items():
            if sentence := _hindrance(kind, checkpoint):
                st.markdown(f"**{form.title}**")
                messages.note(sentence)
                continue
            st.download_button(
                f"{form.title} ({form.suffix})",
                lambda kind=kind: content(kind, cache.space(checkpoint)),
                f"{name}{'-' + kind if form.several else ''}{form.suffix}",
                MIME[form.suffix],
                key=f"take_{kind}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )
            messages.note(_about(kind, checkpoint))


def content(kind: str, space: Space) -> bytes:
    """The file of a form: a zip where there are several."""
    if kind == "html":
        return offline_page.page(space.checkpoint)
    checkpoint = space.checkpoint
    pictures = cache.originals(space) if kind == "projector" else None
    made = export_formats.made(kind, checkpoint, pictures)
    return files.zipped(made) if KINDS[kind].several else export_formats.single(made)


def _hindrance(kind: str, checkpoint: Checkpoint) -> str:
    """Why the model has no such form, in one sentence; nothing where it has."""
    if kind == "projector" and checkpoint.encoded is None:
        return "This model's file carries no encoded pictures to project."
    if kind == "html":
        return offline_page.hindrance(checkpoint)
    return ""


def _about(kind: str, checkpoint: Checkpoint) -> str:
    if kind == "state-dict":
        return export_formats.about_state_dict(checkpoint.config)
    about = KINDS[kind].about
    return about[0].upper() + about[1:] + "."


def _file_name(name: str) -> str:
    """The model's name, if it can be a file's."""
    return Path(name.replace("\\", "/")).name or "model"
