"""Ways from page to page: a button, or a picture that opens where it lies, in the live view."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from torch import Tensor

from vae_explorer.ui.session import position
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shell import server, sidebar

LEAVE = "opening"  # a click in a callback leads to Explore: only a page itself can go there


def at(space: Space, z: Tensor, label: int = 0, key: str = "") -> None:
    """From a callback: let Explore show a place z (D,) of a space, as a class if conditional.

    `key` is that of the space's model where it is not the chosen one.
    """
    st.session_state[LEAVE] = True
    if key:
        sidebar.choose(key, at=(z, label))
    else:
        position.show(space, z, label)


def follow() -> None:
    """Go where the last click leads; to be called at the beginning of a page or fragment."""
    if st.session_state.pop(LEAVE, False):
        _go(server.explore_page)


def button(title: str, page: Callable, key: str, act: Callable, *args: Any, **look: Any) -> None:
    """A button that does `act(*args)` and goes on to a page; `look` is what `st.button` takes."""
    if st.button(title, key=key, on_click=act, args=args, **look):
        _go(page)


def _go(page: Callable) -> None:
    st.switch_page(page(), query_params={})  # without: bound ones refuse
