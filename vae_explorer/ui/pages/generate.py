"""Generate: new pictures from the prior, of a class, in a style; and how often they come true."""

import streamlit as st

from .. import by_class, cache, messages, prior_wall, sidebar, state, styles

PRIOR, CLASS, STYLE = "From the prior", "By class", "In a style"
WAYS = {PRIOR: prior_wall.show, CLASS: by_class.show, STYLE: styles.show}


def page() -> None:
    """The page of new pictures."""
    with messages.guard():
        space = cache.space(sidebar.current())
        way = st.segmented_control(
            "What to make",
            list(WAYS),
            default=PRIOR,
            key="make",
            required=True,
            label_visibility="collapsed",
            **state.LINKED,
        )
        WAYS.get(way, prior_wall.show)(space)
