"""Interpolate: walk between two digits, and see why the latent path beats the cross-fade."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from ... import figures, inference, latent
from ...inference import Walk
from .. import cache, live_view, messages, own, picker, server, sidebar, state, widgets
from ..cache import Space

CHOICES = 12  # pictures offered at each end
FRAME_MILLISECONDS = 90


def page() -> None:
    """The page of the walk between two digits."""
    with messages.guard():
        space = cache.space(sidebar.current())
        if space.encoded is None:
            st.info("This model carries no encoded digits, and its data set is not on this disk.")
            return
        _live(space)


class End(NamedTuple):
    """Where a walk begins or ends."""

    code: Tensor  # (D,)
    picture: Tensor  # (1, S, S)


@st.fragment
def _live(space: Space) -> None:
    with messages.guard():
        ends = st.columns(2, gap="large")
        with ends[0]:
            start = _mine(space) or _end(space, "From", "from", default_class=6)
        with ends[1]:
            end = _end(space, "To", "to", default_class=4)
        walk = _walk(space, start, end)
        left, right = st.columns([4, 7], gap="large")
        with left:
            _animation(walk)
        with right:
            widgets.cloud(space, key="walk_cloud", height=400)
            ends = cache.place(space, torch.stack([start.code, end.code]))
            live_view.mark(
                "walk_cloud",
                path=cache.place(space, walk.path),
                target={"from": ends[0], "to": ends[1]},
                key="walk_mark",
            )
        _strips(space, walk)


def _mine(space: Space) -> End | None:
    """The digit that the visitor has brought here from Reconstruct, as long as it is wanted."""
    kept = own.kept(space)
    if kept is None or not st.toggle("From my own digit", key=own.FROM_MINE):
        return None
    widgets.gallery([figures.to_bytes(kept.picture)[0]], ["My digit"], width=118)
    return End(*kept)


def _end(space: Space, title: str, key: str, default_class: int) -> End:
    """Choose one encoded picture: by class, by picking among pictures, or by its number."""
    last = len(space.encoded.mu) - 1
    by_class, by_number, more = st.columns([3, 3, 1], vertical_alignment="bottom")
    count = len(space.classes)
    chosen_class = by_class.selectbox(
        f"{title}: class",
        range(count),
        index=min(default_class, count - 1),
        format_func=space.classes.__getitem__,
        key=f"{key}_class",
        on_change=_first_of_class,
        args=(space, key),
        **state.LINKED,
    )
    members = space.members[chosen_class]
    if key not in st.session_state and key not in st.query_params and len(members):
        st.session_state[key] = members[0].item()
    index = by_number.number_input(
        "Test item", 0, last, key=key, help="Any item of the test set", **state.LINKED
    )
    page_key = f"{key}_page"
    more.button(
        "",
        key=f"{key}_more",
        icon=":material/refresh:",
        help="Other pictures of this class",
        on_click=_turn,
        args=(key,),
    )
    first = st.session_state.get(page_key, 0) * CHOICES % max(len(members), 1)
    offered = members[first : first + CHOICES].tolist()
    if offered:
        tiles, original = cache.pictures(space, offered)

        def go(position: int) -> None:
            st.session_state[key] = offered[position]

        picker.pick(
            tiles,
            [""] * len(offered),
            key=f"{key}_picker",
            label=f"{title}: pictures of class {space.classes[chosen_class]}",
            chosen=offered.index(index) if index in offered else None,
            size=44,
            on_pick=go,
        )
        messages.note(f"{widgets.marked_as(original).capitalize()}.")
    picture, _ = cache.pictures(space, [index])
    return End(space.encoded.mu[index], picture[0])


def _first_of_class(space: Space, key: str) -> None:
    members = space.members[st.session_state[f"{key}_class"]]
    st.session_state[f"{key}_page"] = 0
    if len(members):
        st.session_state[key] = members[0].item()


def _turn(key: str) -> None:
    st.session_state[f"{key}_page"] = st.session_state.get(f"{key}_page", 0) + 1


def _walk(space: Space, start: End, end: End) -> Walk:
    """Draw the settings of the walk and compute it."""
    kind_box, steps_box, label_box = st.columns([2, 3, 2], vertical_alignment="bottom", gap="large")
    kind = kind_box.segmented_control(
        "Path",
        list(latent.PATHS),
        default="straight",
        key="path",
        required=True,
        help="Straight: equal steps along the line. Spherical: equal steps of angle around the "
        "origin, which keeps to the shell where a high-dimensional prior has its mass.",
        **state.LINKED,
    )
    kind = kind or "straight"  # a link may hold an empty one
    steps = steps_box.slider("Steps", 3, 32, 16, key="steps", **state.LINKED)
    with label_box:
        label = widgets.label_chooser(space)
    codes, ends = (torch.stack(pair) for pair in zip(start, end, strict=True))
    return inference.walk(space.checkpoint, codes, ends, kind, steps, label)


def _animation(walk: Walk) -> None:
    frames = figures.side_by_side(walk.pictures, walk.fade)
    st.markdown("**Latent path** (left) and pixel **cross-fade** (right)")
    widgets.animation(
        figures.gif(frames, scale=1, milliseconds=FRAME_MILLISECONDS),
        "the walk between the two digits, forth and back, beside their cross-fade",
    )
    messages.note(
        "The cross-fade shows two ghosts half-way; the decoder shows one digit turning into "
        "the other."
    )


def _strips(space: Space, walk: Walk) -> None:
    widgets.strips(
        [walk.pictures, walk.fade],
        ["latent", "cross-fade"],
        "pictures along the latent path, and the two pictures mixed",
    )
    with st.container(horizontal=True):
        frames = list(figures.to_bytes(walk.pictures).squeeze(1))
        widgets.download(
            "Animation (GIF)",
            lambda: figures.gif(frames, milliseconds=FRAME_MILLISECONDS),
            "interpolation.gif",
            "image/gif",
            "save_gif",
        )
        sheet = figures.contact_sheet([walk.pictures, walk.fade])
        widgets.download(
            "Both strips (PNG)",
            lambda: figures.png(sheet, 4),
            "interpolation.png",
            "image/png",
            "save_strip",
        )
        if st.button(
            "Walk it on Explore",
            icon=":material/directions_walk:",
            help="The live view travels along this path",
            key="walk",
            on_click=state.walk,
            args=(space, walk.path),
        ):
            st.switch_page(server.explore_page(), query_params={})  # without: bound ones refuse
