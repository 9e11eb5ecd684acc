"""Scenes as a file: saved by a download, opened by an upload through one door."""

import math

import streamlit as st

from vae_explorer.errors import SceneError
from vae_explorer.teaching import scenes
from vae_explorer.teaching.scenes import MAX_KILOBYTES, MAX_SCENES, Scene
from vae_explorer.ui import messages
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared import widgets
from vae_explorer.ui.shell.scenes import deck

NAME = "scenes.json"


def show() -> None:
    """Both, and what becomes of the scenes that are there already."""
    kept = deck.current()
    if kept:
        widgets.download(
            "Save as a file",
            lambda: scenes.write(kept),
            NAME,
            "application/json",
            "save_scenes",
        )
    st.file_uploader(
        "Open a file of scenes (.json)",
        type=["json"],
        max_upload_size=math.ceil(MAX_KILOBYTES / 1000),
        on_change=_read,
        key=registry.SCENES_FILE,
    )
    if refused := registry.SCENES_REFUSED.take():
        messages.failed(refused)
    if opened := registry.SCENES_READ.get():
        _ask(kept, opened)


def _read() -> None:
    """The one door for files of scenes: read, check, and only then keep."""
    file = registry.SCENES_FILE.get()
    registry.SCENES_READ.take()
    if file is None:
        return
    try:
        opened = scenes.read(file.getvalue(), deck.objection)
    except SceneError as error:
        registry.SCENES_REFUSED.put(str(error))
        return
    if deck.current():
        registry.SCENES_READ.put(opened)
    else:
        _take(opened)


def _ask(kept: list[Scene], opened: list[Scene]) -> None:
    """What becomes of the scenes that are there."""
    st.info(
        f"The file holds {len(opened)} scenes, and you have {len(kept)} here.",
        icon=":material/help:",
    )
    with st.container(horizontal=True):
        st.button("Replace mine", key="replace_scenes", on_click=_take, args=(opened,))
        st.button(
            "Add them behind mine",
            key="add_scenes",
            on_click=_take,
            args=([*kept, *opened],),
            disabled=len(kept) + len(opened) > MAX_SCENES,
        )


def _take(opened: list[Scene]) -> None:
    registry.SCENES_READ.take()
    registry.SCENE_EDITED.take()
    deck.put(opened)
    registry.SCENES_SAID.put(f"{len(opened)} scenes are here.")
