"""Explore: be somewhere in the latent space and see everything the model says about the place."""

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.pages.explore.neighbourhood import SLIDERS_SHOWN, VIEW, around
from vae_explorer.ui.session import cache, model_selection, position, registry
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import live_view_payload, neighbours, pictures, projection_view, widgets
from vae_explorer.ui.shared.projection_view import Drawing


def page() -> None:
    """The default page."""
    with messages.guard():
        space = cache.space(model_selection.current())
        with st.container(horizontal=True, horizontal_alignment="right"):
            drawn = projection_view.choose(space)
            live = _is_live(space)
        if live:
            position.current(space)
            live_view.explorer(live_view_payload.blob(space, drawn, VIEW), key=VIEW)
        else:
            registry.SLIDERS_SHOWN.put(True)
            left, right = st.columns([4, 7], gap="medium")
            with left:
                _sliders(space, drawn)
            with right:
                _cloud(space, drawn)
        if drawn is not None and drawn.remark:
            messages.note(drawn.remark)
        around(space, live)
        if not live:  # last, so that the browser keeps it until a run without it has ended
            live_view.mark(VIEW, key=SLIDERS_SHOWN)


def _is_live(space: Space) -> bool:
    """Whether the browser decodes, as is usual, or the server: by necessity or by choice."""
    decoder = browser_model.decoder_or_reason(space.checkpoint)
    if isinstance(decoder, str):
        messages.note(decoder)
        return False
    mode = st.segmented_control(
        "Decode",
        position.MODES,
        default=position.MODES[0],
        required=True,
        label_visibility="collapsed",
        help="Live: your browser decodes, while you drag. Sliders: the server decodes, on release.",
        **registry.MODE.widget,
    )
    return mode != position.MODES[1]


@st.fragment
def _sliders(space: Space, drawn: Drawing | None) -> None:
    """The native way: what a slider changes here is the digit and the mark, and nothing else.

    The mark tells the rest of the page when the place has come to rest.
    """
    with messages.guard():
        z = position.current(space)
        _digit(space, z)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(
                "Random point",
                icon=":material/casino:",
                help=position.RANDOM,
                on_click=position.go_to_random,
                args=(space,),
            )
            if space.encoded is not None:
                st.selectbox(
                    "Jump to a digit",
                    range(len(space.classes)),
                    index=None,
                    format_func=space.classes.__getitem__,
                    placeholder="Jump to …",
                    label_visibility="collapsed",
                    on_change=_jump,
                    args=(space,),
                    width=132,
                    **registry.JUMP.widget,
                )
        widgets.label_chooser(space, on_change=position.count_move)
        many = len(space.ranges) > 6
        box = st.container(height=420 if many else "content", gap="xxsmall")
        for dim, extent in enumerate(space.ranges):
            widget = registry.COORDINATE(dim + 1).widget
            box.slider(f"$z_{{{dim + 1}}}$", extent.low, extent.high, step=position.STEP, **widget)
        if drawn is not None:
            moves = registry.MOVES.get(0)
            live_view.mark(VIEW, point=drawn.at(z), moves=moves, key="explore_mark")


def _digit(space: Space, z: Tensor) -> None:
    label = registry.LABEL.get() or 0
    pixels = figures.to_bytes(inference.decode(space.checkpoint, z, label))[0, 0]
    coordinates = ", ".join(f"{value:.2f}" for value in z.tolist()[:6])
    coordinates += ", …" if len(z) > 6 else ""
    near = None
    if space.encoded is not None:
        near = geometry.remoteness(space.encoded.mu, z, space.typical)
    pictures.picture(
        pixels,
        f"decoded picture at z = ({coordinates})",
        width="min(100%, 280px)",
        remark="" if near is None else neighbours.remoteness(near),
        warn=near is not None and near.far,
    )


def _jump(space: Space) -> None:
    label = registry.JUMP.get()
    if label is not None:
        position.go_to_class(space, label)
        registry.JUMP.put(None)


def _cloud(space: Space, drawn: Drawing | None) -> None:
    if drawn is None:
        messages.no_cloud()
        return

    def go(index: int) -> None:
        position.go_to(space, space.encoded.mu[index])

    live_view.cloud(
        drawn.points,
        drawn.labels,
        names=space.classes,
        colours=space.colours,
        key=VIEW,
        axes=drawn.axes,
        on_click=go,
    )
