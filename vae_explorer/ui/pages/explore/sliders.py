"""The place by native sliders, decoded on the server, with the digit and the cloud beside them."""

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view, pipeline
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.pages.explore import pipeline_state
from vae_explorer.ui.pages.explore.neighbourhood import VIEW
from vae_explorer.ui.session import current_place, latent_pictures, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import live_view_payload, neighbours, pictures, widgets
from vae_explorer.ui.shared.projection_view import ProjectedCloud


def show(space: Space, projected: ProjectedCloud | None) -> None:
    """The sliders with the digit at the left, the cloud at the right."""
    registry.SLIDERS_SHOWN.put(True)
    words = live_view_payload.pipeline_words(space, pipeline.SERVER)
    pipeline.show(words, view=VIEW, key="pipeline")
    left, right = st.columns([4, 7], gap="medium")
    with left:
        _sliders(space, projected)
    with right:
        _cloud(space, projected)


@st.fragment
def _sliders(space: Space, projected: ProjectedCloud | None) -> None:
    """What a slider changes here is the digit and the mark, and nothing else.

    The mark tells the rest of the page when the place has come to rest.
    """
    with messages.guard():
        z = current_place.get(space)
        _digit(space, z)
        _jumps(space)
        widgets.label_chooser(space, on_change=current_place.count_move)
        many = len(space.ranges) > 6
        box = st.container(height=420 if many else "content", gap="xxsmall")
        for dim, extent in enumerate(space.ranges):
            widget = registry.COORDINATE(dim + 1).widget
            box.slider(
                f"z{dim + 1}",
                *(extent.low, extent.high, current_place.start(space, dim)),
                step=space.step,
                format=f"%.{space.decimals}f",
                **widget,
            )
        pipeline.tell(pipeline_state.of(space, z), view=VIEW, key="pipeline_state")
        if projected is not None:
            moves = registry.MOVES.get(0)
            live_view.mark(VIEW, point=projected.at(z), moves=moves, key="explore_mark")


def _jumps(space: Space) -> None:
    """Ways to move far at once: to a random point, or to a digit of a class."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Random point",
            icon=":material/casino:",
            help=current_place.random_words(space),
            on_click=current_place.go_to_random,
            args=(space,),
        )
        if space.encoded is not None:
            st.selectbox(
                f"Jump to a {space.noun}",
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


def _digit(space: Space, z: Tensor) -> None:
    if space.codes_alone:
        _nearest_picture(space, z)
        return
    label = registry.LABEL.get() or 0
    pixels = figures.to_bytes(inference.decode(space.checkpoint, z, label))[0]
    near = None if space.encoded is None else neighbours.closeness(space, z)
    pictures.picture(
        pixels,
        f"decoded picture at {_words(space, z)}",
        width="min(100%, 280px)",
        remark="" if near is None else near.sentence,
        warn=near is not None and near.far,
    )


def _nearest_picture(space: Space, z: Tensor) -> None:
    """Where nothing can be decoded: the picture of the nearest code, or words alone."""
    near = neighbours.closeness(space, z)
    if latent_pictures.originals(space) is None:
        messages.note(messages.plain(near.sentence))
        return
    tiles = neighbours.nearest(space, z, 1).tiles
    what = f"picture of the code nearest to {_words(space, z)}"
    width = "min(100%, 280px)"
    pictures.picture(figures.to_bytes(tiles)[0], what, width, near.sentence, near.far)


def _words(space: Space, z: Tensor) -> str:
    """A point for those who do not see it: its first coordinates."""
    coordinates = ", ".join(f"{value:.{space.decimals}f}" for value in z.tolist()[:6])
    return f"z = ({coordinates}{', …' if len(z) > 6 else ''})"


def _jump(space: Space) -> None:
    label = registry.JUMP.get()
    if label is not None:
        current_place.go_to_class(space, label)
        registry.JUMP.put(None)


def _cloud(space: Space, projected: ProjectedCloud | None) -> None:
    if projected is None:
        messages.no_cloud()
        return

    def go(index: int) -> None:
        current_place.go_to(space, space.codes.mu[index])

    live_view.cloud(
        projected.points,
        projected.labels,
        names=space.classes,
        colours=space.colours,
        key=VIEW,
        axes=projected.axes,
        home=projected.home,
        on_click=go,
    )
    reason = "" if space.codes_alone else browser_model.decoder_or_reason(space.checkpoint)
    by_server = bool(reason) and isinstance(reason, str)
    live = "" if by_server else "in the live view, or "
    messages.note(f"A click goes to a point. Select many {live}by `vae-explorer select`.")
