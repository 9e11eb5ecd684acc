"""Explore: be at a place of the latent space, and see all that the model says about it."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.pages.explore import first_tour, neighbourhood, sliders
from vae_explorer.ui.pages.explore.neighbourhood import SLIDERS_SHOWN, VIEW
from vae_explorer.ui.session import current_place, latent_space, model_selection, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import live_view_payload, projection_view

EACH_MODE = {
    current_place.MODES[0]: "Live: your browser decodes while you drag",
    current_place.MODES[1]: "Sliders: the server decodes when you let go",
}


def page() -> None:
    """The default page."""
    with messages.guard():
        space = latent_space.of(model_selection.current())
        with st.container(horizontal=True, vertical_alignment="center"):
            first_tour.offer(space)
            projected = projection_view.choose(space)
            live = _is_live(space)
        if live:
            current_place.follow_history(space)
            current_place.get(space)
            live_view.explorer(live_view_payload.blob(space, projected, VIEW), key=VIEW)
        else:
            sliders.show(space, projected)
        if projected is not None and projected.remark:
            messages.note(projected.remark)
        neighbourhood.show(space, live)
        if not live:  # last, so that the browser keeps it until a run without it has ended
            live_view.mark(VIEW, key=SLIDERS_SHOWN)


def _is_live(space: Space) -> bool:
    """Whether the browser decodes, not the server, which it does by necessity or by choice."""
    decoder = None if space.codes_alone else browser_model.decoder_or_reason(space.checkpoint)
    if isinstance(decoder, str):
        messages.note(decoder)
        return False
    mode = st.segmented_control(
        "Who decodes",
        current_place.MODES,
        default=current_place.MODES[0],
        required=True,
        label_visibility="collapsed",
        **registry.MODE.widget,
    )
    messages.note(EACH_MODE[mode or current_place.MODES[0]])
    return mode != current_place.MODES[1]
