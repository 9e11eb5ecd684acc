"""A picture that was clicked opens where it lies, in the live view, also when of another model."""

import streamlit as st
from torch import Tensor

from . import server, sidebar, state
from .cache import Space

LEAVE = "opening"  # a click in a callback leads to Explore: only a page itself can go there


def at(space: Space, z: Tensor, label: int = 0, key: str = "") -> None:
    """From a callback: let Explore show a place z (D,) of a space, as a class if conditional.

    `key` is that of the space's model where it is not the chosen one.
    """
    st.session_state[LEAVE] = True
    if key:
        sidebar.choose(key, at=(z, label))
    else:
        state.show(space, z, label)


def follow() -> None:
    """Go where the last click leads; to be called at the beginning of a page or fragment."""
    if st.session_state.pop(LEAVE, False):
        st.switch_page(server.explore_page(), query_params={})
