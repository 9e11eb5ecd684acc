"""How a page says that something went wrong: one sentence, and the session goes on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vae_explorer.access import mode
from vae_explorer.errors import ExplorerError

# From where a file system begins, or a drive: not what stands within a word or an address
_PATH = re.compile(r"(?<![\w.:/\\~])(?:~|[A-Za-z]:)?(?:[/\\][^\s/\\:;,()'\"]+)+[/\\]?")


@contextmanager
def guard() -> Iterator[None]:
    """Show an ExplorerError where it happened, not an error page; fragments need their own."""
    try:
        yield
    except ExplorerError as error:
        failed(str(error))


def failed(sentence: str) -> None:
    """Something went wrong: in one sentence, which may quote what came from outside.

    Visitors of a public server do not learn where its files lie.
    """
    st.error(plain(without_folders(sentence)), icon=":material/error:")


def without_folders(text: str) -> str:
    """On a public server, paths in a text cut to their last part."""
    if not mode.is_public():
        return text
    return _PATH.sub(lambda path: re.split(r"[/\\]", path[0].rstrip("/\\"))[-1], text)


def plain(text: str) -> str:
    """Markdown that shows a text from outside as it is: a name, a file's, a protocol."""
    return re.sub(r"([\\`*\[\]<&~$]|:(?=\S)|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def note(text: str) -> None:
    """A remark beside a figure or picture, quieter than the page."""
    st.caption(text)


def begun_anew() -> None:
    """The server does not know this page any more; said until it is closed."""
    st.toast(
        "This page had to begin anew: its server was started again, or another has taken over. "
        "What the address says is kept; add your own pictures and models again.",
        icon=":material/restart_alt:",
        duration="infinite",
    )


def needs_network(done: str) -> None:
    """Only codes are at hand; `done`: what this page would do to a picture."""
    st.info(
        f"These are codes alone: without the network that made them no picture can be {done}. "
        "Choose a model in the sidebar, or look at the codes on Explore.",
        icon=":material/scatter_plot:",
    )


def needs_pictures() -> None:
    """A model of molecules is chosen, and this page is about pictures."""
    st.info(
        "This page is about models of pictures, and the chosen one makes molecules. Choose another "
        "model in the sidebar, or go on with the molecules.",
        icon=":material/science:",
    )


def no_cloud() -> None:
    """There are no encoded pictures to draw."""
    st.info(
        "This model's file carries no encoded pictures, and its data set is not on this disk, "
        "so there is no cloud to show. Decoding works all the same.",
        icon=":material/scatter_plot:",
    )
