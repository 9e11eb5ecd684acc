"""Interpolate: walk between any two things in the latent space, and see which way means most."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from vae_explorer import figures
from vae_explorer.latent.walks import GEODESIC
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view, player
from vae_explorer.ui.components.player import Route
from vae_explorer.ui.pages.interpolate import (
    endpoint_form,
    geodesic_search,
    latent_paths,
    path_table,
)
from vae_explorer.ui.pages.interpolate.endpoints import End
from vae_explorer.ui.session import cache, model_selection, position
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import cloud, page_links, widgets

CLOUD = "walk_cloud"  # key of the live view in which the paths are drawn
SCALE = 5  # pixels of a file that a pixel of a picture takes


def page() -> None:
    """The page of walks."""
    with messages.guard():
        space = cache.space(model_selection.current())
        if space.encoded is None:
            st.info("This model carries no encoded digits, and its data set is not on this disk.")
            return
        _live(space)


@st.fragment
def _live(space: Space) -> None:
    with messages.guard():
        label = 0
        if space.checkpoint.config.classes:
            with st.container(width=240):
                label = widgets.label_chooser(space)
        left, right = st.columns(2, gap="large")
        with left:
            start = endpoint_form.choose(space, "From", "from", 0, label)
        with right:
            end = endpoint_form.choose(space, "To", "to", 7, label)
        chosen = latent_paths.settings(space)
        shown = latent_paths.routes(space, start, end, chosen, label)
        with st.container():
            if GEODESIC in chosen.kinds:
                geodesic_search.show()
        where, bench = st.columns([5, 7], gap="large")
        with where:
            _cloud(space, start, end, shown)
            _onwards(space, shown)
        with bench:
            player.play(space, shown, key="player", view=CLOUD, rare=latent_paths.rare(space))
            path_table.show(shown)


def _cloud(space: Space, start: End, end: End, shown: Sequence[Route]) -> None:
    cloud.cloud(space, key=CLOUD, height=400)
    mine = [route for route in shown if route.own]
    live_view.mark(
        CLOUD,
        path={route.name: cache.project(space, route.walk.path) for route in mine},
        colours={route.name: route.colour for route in mine},
        target={"from": cache.project(space, start.code), "to": cache.project(space, end.code)},
        key="walk_mark",
    )


def _onwards(space: Space, shown: Sequence[Route]) -> None:
    """Files of all ways, and the live view."""
    rows, names = [route.pictures for route in shown], [route.name for route in shown]
    _, ping_pong = pace = player.pace()

    def animated(write: Callable[..., bytes]) -> bytes:
        frames = figures.captioned_frames(rows, names, SCALE)
        return write(frames, 1, pace.milliseconds, ping_pong)

    def sheet() -> bytes:
        return figures.png(figures.captioned_rows(rows, names, 3))

    gif, webp = partial(animated, figures.gif), partial(animated, figures.webp)
    with st.container(horizontal=True):
        widgets.download("GIF", gif, "interpolation.gif", "image/gif", "save_gif")
        widgets.download("WebP", webp, "interpolation.webp", "image/webp", "save_webp")
        widgets.download("PNG", sheet, "interpolation.png", "image/png", "save_strip")
        mine = [route for route in shown if route.own]
        if mine:
            page_links.button(
                "Walk it on Explore",
                "explore",
                "walk",
                position.walk,
                *(space, mine[-1].walk.path),
                icon=":material/directions_walk:",
                help=f"The live view travels along the {mine[-1].name} path",
            )
    messages.note(
        "Files hold what is shown, and play as the player does: at its speed, forth and back or "
        "only forth."
    )
