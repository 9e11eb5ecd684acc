"""The chosen model in the forms that other programs read, each made when it is asked for."""

import mimetypes
from pathlib import Path

import streamlit as st

from vae_explorer import files
from vae_explorer.access import mode
from vae_explorer.evaluation import opened_models
from vae_explorer.export import export_formats
from vae_explorer.export.export_formats import FORMATS
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.session import latent_pictures, latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shell import offline_page


def offer(checkpoint: Checkpoint) -> None:
    """A button that opens the choice of forms."""
    with st.popover("Export", icon=":material/ios_share:", width="stretch"):
        name = _file_name(checkpoint.name)
        for kind, form in FORMATS.items():
            ending = form.endings[0]
            if sentence := _hindrance(kind, checkpoint):
                st.markdown(f"**{form.title}**")
                messages.note(sentence)
                continue
            st.download_button(
                f"{form.title} ({ending})",
                lambda kind=kind: content(kind, latent_space.of(checkpoint)),
                f"{name}{'-' + kind if form.several else ''}{ending}",
                mimetypes.guess_type(f"model{ending}")[0] or "application/octet-stream",
                key=f"export_{kind}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )
            messages.note(_about(kind, checkpoint))


def content(kind: str, space: Space) -> bytes:
    """The file of a form: a zip where there are several; of a public server without paths."""
    form = FORMATS[kind]
    pictures = latent_pictures.originals(space) if form.shows_pictures else None
    if mode.is_public():
        space = space._replace(checkpoint=opened_models.to_hand_out(space.checkpoint))
    if form.files is None:
        return offline_page.page(space.checkpoint)
    content = export_formats.export_files(kind, space.checkpoint, pictures)
    return files.zipped(content) if form.several else export_formats.single(content)


def _hindrance(kind: str, checkpoint: Checkpoint) -> str:
    """Why the model has no such form, in one sentence; nothing where it has."""
    if sentence := export_formats.without_network(kind, checkpoint):
        return sentence
    form = FORMATS[kind]
    return form.hindrance(checkpoint) if form.files else offline_page.hindrance(checkpoint)


def _about(kind: str, checkpoint: Checkpoint) -> str:
    form = FORMATS[kind]
    if form.remark:
        return form.remark(checkpoint.config)
    about = form.about
    return about[0].upper() + about[1:] + "."


def _file_name(name: str) -> str:
    """The model's name, if it can be a file's."""
    return Path(name.replace("\\", "/")).name or "model"
