"""Something small that stays in the visitor's own browser, and is sent nowhere else."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vae_explorer.ui.components.browser import bundle


def keep(name: str, value: Any, *, on_found: Callable[[Any], None], key: str) -> bool:
    """Keep a JSON value in the browser's storage, and hand over once what an earlier visit left.

    Parameters
    ----------
    name : under which the browser keeps it
    value : written whenever it is another; an empty one is not written over what is there
    on_found : called with what was there when the page came, before the page runs again
    key : of this element

    Returns whether the browser keeps anything: False where storage is refused or full.
    """

    def found() -> None:
        on_found(st.session_state[key].found)

    component = bundle.component("browser_storage")
    result = component(
        key=key,
        data={"name": name, "value": value},
        on_found_change=found,
        on_refused_change=lambda: None,
    )
    return not getattr(result, "refused", False)
