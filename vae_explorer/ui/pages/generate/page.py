"""Generate: new pictures from the prior, of a class, in a style; and how well they match."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.generate import class_samples, prior_samples, style_transfer
from vae_explorer.ui.session import latent_space, model_selection, registry
from vae_explorer.ui.shared.page_links import IN_A_STYLE

PRIOR, CLASS = "From the prior", "By class"
SECTIONS = {PRIOR: prior_samples.show, CLASS: class_samples.show, IN_A_STYLE: style_transfer.show}


def page() -> None:
    """The page of new pictures."""
    with messages.guard():
        space = latent_space.of(model_selection.current())
        section = st.segmented_control(
            "What to generate",
            list(SECTIONS),
            default=PRIOR,
            required=True,
            label_visibility="collapsed",
            **registry.SAMPLING.widget,
        )
        SECTIONS.get(section, prior_samples.show)(space)
