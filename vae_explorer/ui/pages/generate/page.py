"""Generate: new pictures from the prior, of a class, in a style; and how often they come true."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.generate import class_samples, prior_samples, style_transfer
from vae_explorer.ui.session import cache, position
from vae_explorer.ui.shell import sidebar

PRIOR, CLASS, STYLE = "From the prior", "By class", "In a style"
WAYS = {PRIOR: prior_samples.show, CLASS: class_samples.show, STYLE: style_transfer.show}


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
            **position.LINKED,
        )
        WAYS.get(way, prior_samples.show)(space)
