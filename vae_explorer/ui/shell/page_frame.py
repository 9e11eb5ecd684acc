"""What every page has around it: the menu of pages, the logo, the sidebar."""

import contextlib

import streamlit as st

from vae_explorer.errors import ExplorerError
from vae_explorer.ui import html, messages, navigation
from vae_explorer.ui.components import address
from vae_explorer.ui.html import element
from vae_explorer.ui.navigation import PageEntry
from vae_explorer.ui.shell import look, streamlit_version
from vae_explorer.ui.shell.look import logo

# What the theme cannot say: less empty space around a page that is looked at as a whole
STYLE = """<style>
.stMainBlockContainer { padding: 4.2rem 2.5rem 3rem; max-width: 1500px; }
.page-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.8rem; }
.page-head h1 { font-size: 1.35rem; padding: 0; margin: 0; }
.page-head p { margin: 0; opacity: 0.75; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 4rem 1rem 2rem; } }
</style>"""


def navigate():
    """The page to run: navigation and the model chooser, the same on every page."""
    _stop_where_too_old()
    from vae_explorer.ui.session import registry
    from vae_explorer.ui.shell import sidebar  # only now: it brings torch
    from vae_explorer.ui.shell.scenes import deck, presentation

    page = st.navigation(
        [navigation.page(entry.name) for entry in navigation.PAGES], position="top"
    )
    st.logo(logo.FILE, size="large")
    st.html(STYLE + presentation.STYLE)
    entry = next(row for row in navigation.PAGES if navigation.address(row) == page.url_path)
    if registry.PAGE_SHOWN.get(page.url_path) != page.url_path:
        registry.DOWNLOAD_ASKED.take()  # its failure is no news elsewhere
    registry.PAGE_SHOWN.put(page.url_path)
    _tell_of_new_session()
    deck.keep("scenes_storage")
    sidebar.show(entry.name)
    look.show()
    _head(entry)
    presentation.show()
    _stop_without_network(entry)
    _stop_without_pictures(entry)
    return page


def _purpose(entry: PageEntry) -> str:
    from vae_explorer.ui.session import model_selection

    return entry.molecules if entry.molecules and model_selection.of_molecules() else entry.purpose


def _tell_of_new_session() -> None:
    """Say so, once, where a page that has been open goes on without what the server held for it.

    The server was started again, or it is another of several behind a proxy. The browser names the
    session that it had, third of what it offers as protocols; one that is still there is gone on
    with, and then holds this property.
    """
    from vae_explorer.ui.session import registry

    offered = st.context.headers.get("Sec-WebSocket-Protocol", "").split(",")
    if not registry.BEGUN_ANEW.is_set and any(part.strip() for part in offered[2:]):
        messages.begun_anew()
    registry.BEGUN_ANEW.put(False)


def _head(entry: PageEntry) -> None:
    """What the page is for: its heading with a sentence, and the title of its tab."""
    st.set_page_config(f"{entry.title} · VAE Explorer")
    with st.container(horizontal=True, vertical_alignment="center"):
        html.show(
            element(
                "header",
                element("h1", entry.title),
                element("p", _purpose(entry)),
                class_="page-head",
            )
        )
        address.copy_button()


def _stop_without_network(entry: PageEntry) -> None:
    """On a page that needs a network, say so where only codes are at hand, and where to go."""
    from vae_explorer.ui.session import model_selection

    with contextlib.suppress(ExplorerError):  # a damaged model is reported by the page itself
        if not entry.needs or model_selection.current().model.can_decode:
            return
        messages.needs_network(entry.needs)
        st.page_link(navigation.page("explore"), label="Explore these codes")
        st.stop()


def _stop_without_pictures(entry: PageEntry) -> None:
    """On a page about pictures, say so where a model of molecules is chosen."""
    from vae_explorer.ui.session import model_selection

    if entry.of_pictures and model_selection.of_molecules():
        messages.needs_pictures()
        st.page_link(navigation.page("explore"), label="Explore the molecules")
        st.stop()


def _stop_where_too_old() -> None:
    """Say on the page that this Streamlit cannot show it; the oldest ones have no `st.App`."""
    try:
        streamlit_version.require(st.__version__)
    except ExplorerError as error:
        messages.failed(str(error))
        st.stop()
