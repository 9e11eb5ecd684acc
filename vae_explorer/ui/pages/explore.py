"""Explore: be somewhere in the latent space and see everything the model says about the place."""

import itertools

import streamlit as st
import torch
from torch import Tensor

from ... import figures, inference, latent
from .. import cache, live_view, messages, picker, sidebar, state, widgets
from ..cache import Space

SLICE = 15  # cells along a side of the manifold slice
STEPS = 11  # decodes along each axis
AXES_SHOWN = 8  # axes with a traversal of their own, the most spread first
TSNE_POINTS = 2_000


def page() -> None:
    """The default page."""
    with messages.guard():
        space = cache.space(sidebar.current())
        _live(space)


@st.fragment
def _live(space: Space) -> None:
    with messages.guard():
        z = state.place(space)
        left, right = st.columns([4, 7], gap="medium")
        with left:
            _digit(space, z)
            _sliders(space)
        with right:
            _cloud(space, z)
        _neighbours(space, z)
        axes, plane = st.columns([1, 1], gap="medium")
        with axes:
            _traversals(space, z)
        with plane:
            _slice(space, z)


def _digit(space: Space, z: Tensor) -> None:
    label = st.session_state.get(state.LABEL) or 0
    pixels = figures.to_bytes(inference.decode(space.checkpoint, z, label))[0, 0]
    coordinates = ", ".join(f"{value:.2f}" for value in z.tolist()[:6])
    coordinates += ", …" if len(z) > 6 else ""
    widgets.picture(pixels, f"decoded picture at z = ({coordinates})", width="min(100%, 280px)")
    if space.encoded is None:
        return
    near = latent.remoteness(space.encoded.mu, z, space.typical)
    if near.far:
        st.caption(
            f":orange[:material/warning: **Far from all data**: the nearest encoded digit is "
            f"{near.distance:.2f} away; 99 % of digits have one within {near.typical:.2f}. "
            "The decoder is guessing here.]"
        )
    else:
        st.caption(
            f"Nearest encoded digit: {near.distance:.2f} away "
            f"(99 % of digits have one within {near.typical:.2f})."
        )


def _sliders(space: Space) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Random point",
            icon=":material/casino:",
            help="A draw from the prior N(0, I)",
            on_click=state.go_to_random,
            args=(space,),
        )
        if space.encoded is not None:
            st.selectbox(
                "Jump to a digit",
                range(len(space.classes)),
                index=None,
                format_func=space.classes.__getitem__,
                placeholder="Jump to …",
                key="jump",
                label_visibility="collapsed",
                on_change=_jump,
                args=(space,),
                width=132,
            )
    widgets.label_chooser(space)
    many = len(space.ranges) > 6
    box = st.container(height=420 if many else "content", gap="xxsmall")
    for dim, extent in enumerate(space.ranges):
        key = state.coordinate(dim)
        box.slider(
            f"$z_{{{dim + 1}}}$", extent.low, extent.high, step=0.01, key=key, **state.LINKED
        )


def _jump(space: Space) -> None:
    if st.session_state.jump is not None:
        state.go_to_class(space, st.session_state.jump)
        st.session_state.jump = None


def _cloud(space: Space, z: Tensor) -> None:
    if space.projection.explained < 1 and _shown_by_tsne(space):
        _tsne_cloud(space, z)
        return

    def go(index: int) -> None:
        state.go_to(space, space.encoded.mu[index])

    widgets.cloud(space, key="explore_cloud", on_click=go)
    live_view.mark("explore_cloud", point=cache.place(space, z), key="explore_mark")
    if space.projection.explained < 1:
        st.caption(
            f"The first three principal components of {len(space.ranges)} coordinates: "
            f"{space.projection.explained:.0%} of the variance."
        )
    widgets.cloud_download(space, z)


def _shown_by_tsne(space: Space) -> bool:
    if space.encoded is None:
        return False
    views = ["PCA", "t-SNE"]
    return st.segmented_control("View", views, default="PCA", key="view", required=True) == "t-SNE"


def _tsne_cloud(space: Space, z: Tensor) -> None:
    count = min(TSNE_POINTS, len(space.encoded.mu))
    with st.spinner(f"t-SNE of {count:,} encoded digits, about half a minute …", show_time=True):
        points = cache.tsne(space.checkpoint, count, seed=0)
    live_view.cloud(
        points,
        space.encoded.labels[:count].numpy(),
        names=space.classes,
        colours=space.colours,
        key="tsne_cloud",
        axes=("t-SNE 1", "t-SNE 2", "t-SNE 3"),
    )
    nearest = latent.nearest(space.encoded.mu[:count], z, 1).indices[0].item()
    live_view.mark("tsne_cloud", point=points[nearest], key="tsne_mark")
    st.caption(
        "t-SNE has no place for a new point: the mark is on the nearest of the "
        f"{count:,} encoded digits shown. Distances between far groups mean nothing here."
    )


def _neighbours(space: Space, z: Tensor) -> None:
    if space.encoded is None:
        return
    near = widgets.nearest(space, z)
    st.markdown("**Nearest test digits**, with class and distance: click one to go there")

    def go(index: int) -> None:
        state.go_to(space, space.encoded.mu[near.indices[index]])

    picker.pick(
        near.tiles, near.captions, key="neighbours", label="Nearest test digits", on_pick=go
    )
    messages.note(near.shown)


def _traversals(space: Space, z: Tensor) -> None:
    dims = _spread_first(space)[:AXES_SHOWN]
    st.markdown("**Along each axis**, the other coordinates held")
    places = [latent.traverse(z, dim, space.core[dim], STEPS) for dim in dims]
    tiles = inference.decode(
        space.checkpoint, torch.cat(places), st.session_state.get(state.LABEL) or 0
    )
    names = ", ".join(f"z{dim + 1}" for dim in dims)
    widgets.strips(
        tiles.split(STEPS),
        [f"z{dim + 1}" for dim in dims],
        f"decodes along {names}, from the low to the high end of the data",
    )
    messages.note("From left to right over the middle 99 % of the data along that axis.")


def _slice(space: Space, z: Tensor) -> None:
    if len(space.ranges) < 2:
        return
    head, choice = st.columns([3, 2], vertical_alignment="center")
    head.markdown("**Slice** through the current point")
    pairs = list(itertools.combinations(_spread_first(space)[:AXES_SHOWN], 2))
    names = {f"{b + 1}-{a + 1}" if a > b else f"{a + 1}-{b + 1}": (a, b) for a, b in pairs}
    chosen = choice.selectbox(
        "Axes of the slice",
        list(names),
        format_func=lambda name: "z{} × z{}".format(*name.split("-")),
        key=state.AXES,
        label_visibility="collapsed",
        **state.LINKED,
    )
    dims = tuple(sorted(names[chosen]))
    shown = cache.plane(space, z, dims, st.session_state.get(state.LABEL) or 0, SLICE)
    widgets.grid(
        shown.url,
        f"{SLICE} × {SLICE} decodes over z{dims[0] + 1} (right) and z{dims[1] + 1} (up)",
        SLICE,
        latent.slice_cell(z, dims, space.core, SLICE),
    )
    widgets.download(
        "Slice as PNG", lambda: figures.png(shown.sheet, 2), "slice.png", "image/png", "save_slice"
    )


def _spread_first(space: Space) -> list[int]:
    """Coordinates, those along which the data is spread most first; in order up to eight."""
    dims = list(range(len(space.ranges)))
    if len(dims) <= AXES_SHOWN:
        return dims
    return sorted(dims, key=lambda d: space.core[d].low - space.core[d].high)
