"""The presentation: scenes over the whole screen, with large type and without menus."""

import contextlib

import streamlit as st

from vae_explorer.errors import ExplorerError
from vae_explorer.teaching.scenes import Scene
from vae_explorer.ui import messages, navigation
from vae_explorer.ui.components.address import presenter
from vae_explorer.ui.session import model_selection, registry
from vae_explorer.ui.shell.scenes import deck

# Streamlit measures in rem: all grows with the root's letters, and pointers stay true
STYLE = """<style>
html[data-presenting] { font-size: clamp(17px, 10px + 0.75vw, 30px); }
html[data-presenting] :is([data-testid=stHeader], [data-testid=stSidebar],
  [data-testid=stExpandSidebarButton]) { display: none; }
html[data-presenting] .stMainBlockContainer > div > :has(.page-head) { display: none; }
html[data-presenting] .stMainBlockContainer { padding-top: 0; max-width: none; }
</style>"""


def show() -> None:
    """The bar while scenes are presented; nothing otherwise. To be called once in each run.

    The browser knows whether they are: the address says which scene, and a scene may lead away.
    """
    presenter.presenter(
        deck.shown(),
        pages=[navigation.address(entry) for entry in navigation.PAGES],
        show=registry.SCENE_SHOWN.get(("", 0)),
        on_leave=_leave,
        key="presenter",
    )
    place = _place(len(deck.current()))
    if place is not None:
        _about_model(place, deck.current()[place])


def _place(count: int) -> int | None:
    """The index of the scene that the address names, or None."""
    text = registry.SCENE.link_text() or ""
    place = int(text) - 1 if text.isdecimal() and len(text) < 5 else -1
    return place if 0 <= place < count else None


def _leave() -> None:
    registry.SCENE.write_link(None)


def _about_model(place: int, scene: Scene) -> None:
    """Say where a scene's model is not here, and offer others; or where it is another by now."""
    if deck.lacks_model(scene):
        titles = model_selection.titles()
        st.warning(
            f"This scene was saved with the model {messages.plain(scene.model)}, which is not on "
            "this machine: leave and add its file in the sidebar, or show the scene with another.",
            icon=":material/help:",
        )
        st.selectbox(
            "Show its scenes with",
            list(titles),
            index=None,
            format_func=titles.__getitem__,
            placeholder="Choose a model",
            on_change=_take_model,
            args=(place, scene.model),
            **registry.SCENE_MODEL(scene.model).widget,
        )
        st.stop()
    with contextlib.suppress(ExplorerError):  # a damaged model is reported by the page itself
        sha256 = model_selection.current().sha256
        same_model = scene.model == model_selection.chosen()
        if same_model and scene.model_sha256 and scene.model_sha256 != sha256:
            messages.note("This scene was saved with another version of its model.")


def _take_model(place: int, missing: str) -> None:
    """Let all scenes of a model that is not here be shown with the chosen one, this one at once."""
    key = registry.SCENE_MODEL(missing).get()
    if key in model_selection.titles():
        deck.replace_model(missing, key)
        deck.go_to(place, presented=True)
