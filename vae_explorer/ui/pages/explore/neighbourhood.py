"""What follows from the place on Explore: nearest digits, traversals, slice, and the link."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view, picker
from vae_explorer.ui.pages.explore import exact_overlay, pipeline_state
from vae_explorer.ui.session import current_place, latent_pictures, latent_space, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import (
    cloud,
    live_view_payload,
    neighbours,
    page_links,
    pictures,
    widgets,
)

VIEW = "explore"  # the key of the page's live view
SLIDERS_SHOWN = "sliders_shown"  # of the mark that is on the page as long as sliders are
MANIFOLD = 30  # cells along a side of the picture to download, as tutorials draw it
STEPS = 11  # pictures along each coordinate


@st.fragment
def show(space: Space, live: bool) -> None:
    """Runs again by itself when the place has come to rest.

    `live`: the browser decodes and shows the slice; otherwise sliders elsewhere on the page.
    """
    with messages.guard():
        if registry.REDRAW.take(False):
            st.rerun()
        z = current_place.get(space)
        _sync_place(space, z, live)
        exact_place = st.container()  # filled last: it may take longer
        _neighbours(space, z, live)
        if space.codes_alone:
            cloud.cloud_download(space, z)
        else:
            _from_place(space, z, live)
        with exact_place:
            exact_overlay.show(space, z, VIEW, live)


def _from_place(space: Space, z: Tensor, live: bool) -> None:
    """What is decoded around a place, and what can be taken from it."""
    if live or len(space.ranges) < 2:
        _traversals(space, z)
    else:
        axes, plane = st.columns([1, 1], gap="medium")
        with axes:
            _traversals(space, z)
        with plane:
            _slice(space, z)
    with st.container(horizontal=True):
        _manifold_download(space, z)
        cloud.cloud_download(space, z)
        if space.encoded is not None:
            page_links.endpoint_buttons(space, z)


def _sync_place(space: Space, z: Tensor, live: bool) -> None:
    def rested(news: dict[str, Any]) -> None:
        current_place.receive(space, news)

    if not live:
        live_view.place_sync(VIEW, key="place_sync", on_rest=rested)
        return
    after = "" if current_place.write_link(space, z) else SLIDERS_SHOWN
    label = registry.LABEL.get() or 0
    moves = registry.MOVES.get(0)
    path = current_place.path_taken(moves)
    live_view.place_sync(
        VIEW,
        key="place_sync",
        on_rest=rested,
        z=z,
        label=label,
        moves=moves,
        path=path,
        after=after,
        model=space.checkpoint.sha256,
        picture=pipeline_state.brought(space, z),
        exact=current_place.exact_wanted(),
    )


def _neighbours(space: Space, z: Tensor, live: bool) -> None:
    if space.encoded is None:
        return
    near = neighbours.nearest(space, z)

    def go(index: int) -> None:
        current_place.go_to(space, space.codes.mu[near.indices[index]])
        registry.REDRAW.put(not live)  # the sliders are elsewhere on the page

    picker.pick(
        near.tiles,
        near.captions,
        key="neighbours",
        label=f"Nearest {space.item}s",
        on_pick=go,
        title=f"Nearest {space.item}s, with class and distance. Click one to go there.",
        note=near.note,
    )


def _traversals(space: Space, z: Tensor) -> None:
    dims = latent_space.spread_first(space)[: latent_space.AXES_SHOWN]
    places = [geometry.traverse(z, dim, space.core[dim], STEPS) for dim in dims]
    tiles = inference.decode(space.checkpoint, torch.cat(places), registry.LABEL.get() or 0)
    names = ", ".join(f"z{dim + 1}" for dim in dims)
    pictures.strips(
        tiles.split(STEPS),
        [f"z{dim + 1}" for dim in dims],
        f"pictures decoded along {names}, from the low to the high end of the data",
        title="Change one coordinate, keep the others",
        note="Latent traversals, from left to right over the middle 99 % of the data.",
    )


def _slice(space: Space, z: Tensor) -> None:
    names = {f"{a + 1}-{b + 1}": (a, b) for a, b in live_view_payload.planes(space)}
    cells = live_view_payload.CELLS
    chosen = st.selectbox(
        "Slice through this point, over",
        list(names),
        format_func=lambda name: "z{} × z{}".format(*name.split("-")),
        help="A plane of decoded pictures: two coordinates change, the others stay. The frame "
        "marks this point.",
        **registry.AXES.widget,
    )
    dims = names[chosen]
    plane = latent_pictures.decoded_slice(space, z, dims, registry.LABEL.get() or 0, cells)
    pictures.grid(
        plane.url,
        f"{cells} × {cells} pictures decoded over z{dims[0] + 1} (right) and z{dims[1] + 1} (up)",
        cells,
        geometry.slice_cell(z, dims, space.core, cells),
    )
    widgets.download(
        "Slice as PNG", lambda: figures.png(plane.sheet, 2), "slice.png", "image/png", "save_slice"
    )


def _manifold_download(space: Space, z: Tensor) -> None:
    """The plane through the place along the two coordinates of most spread, as a picture."""
    if len(space.ranges) < 2:
        return
    first, second = sorted(latent_space.spread_first(space)[:2])
    label = registry.LABEL.get() or 0

    def make() -> bytes:
        places = geometry.slice_plane(z, (first, second), space.core, MANIFOLD)
        tiles = inference.decode(space.checkpoint, places, label)
        return figures.png(figures.sheet(tiles, MANIFOLD, gap=0))

    title = f"{MANIFOLD} × {MANIFOLD} pictures over z{first + 1} × z{second + 1}"
    widgets.download(title, make, "manifold.png", "image/png", "save_manifold")
