"""Interpolate: paths between any two points of the latent space, played side by side."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent.path_kinds import GEODESIC
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view, player
from vae_explorer.ui.components.player import PlayerRow
from vae_explorer.ui.pages.interpolate import (
    endpoint_form,
    geodesic_search,
    latent_paths,
    path_table,
)
from vae_explorer.ui.pages.interpolate.endpoints import Endpoint
from vae_explorer.ui.session import current_place, latent_space, model_selection
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import cloud, page_links, widgets

CLOUD = "walk_cloud"  # key of the live view in which the paths are drawn
SCALE = 5  # pixels of a file that a pixel of a picture takes


def page() -> None:
    """The page of walks."""
    with messages.guard():
        space = latent_space.of(model_selection.current())
        if space.encoded is None:
            st.info(widgets.nothing_encoded(space))
            return
        _live(space)


@st.fragment
def _live(space: Space) -> None:
    with messages.guard():
        label = 0
        if space.checkpoint.config.classes:
            with st.container(width=240):
                label = widgets.label_chooser(space)
        shown, choices = st.columns([7, 5], gap="large")  # on a phone, what plays comes first
        with choices:
            start = endpoint_form.choose(space, "From", "from", 0, label)
            end = endpoint_form.choose(space, "To", "to", 7, label)
            chosen = latent_paths.settings(space)
        rows = latent_paths.rows(space, start, end, chosen, label)
        with shown:
            player.play(
                space, rows, key="player", view=CLOUD, rare=latent_paths.rare_density(space)
            )
            with st.container():
                if GEODESIC in chosen.kinds:
                    geodesic_search.show(space)
            _cloud(space, start, end, rows)
            path_table.show(rows)
            _exports(space, rows)


def _cloud(space: Space, start: Endpoint, end: Endpoint, rows: Sequence[PlayerRow]) -> None:
    cloud.cloud(space, key=CLOUD, height=400)
    live_view.mark(
        CLOUD,
        path={name: latent_space.project(space, path) for name, path in _paths_here(rows).items()},
        colours={row.name: row.colour for row in rows},
        target={
            "from": latent_space.project(space, start.code),
            "to": latent_space.project(space, end.code),
        },
        key="walk_mark",
    )


def _paths_here(rows: Sequence[PlayerRow]) -> dict[str, Tensor]:
    """The paths (n, D) in the space that is shown, by name."""
    return {row.name: row.walk.path for row in rows if row.walk is not None and row.in_cloud}


def _exports(space: Space, rows: Sequence[PlayerRow]) -> None:
    """Files of all rows, and a path for the live view."""
    strips, names = [row.pictures for row in rows], [row.name for row in rows]
    _, ping_pong = pace = player.pace()

    def animated(write: Callable[..., bytes]) -> bytes:
        frames = figures.captioned_frames(strips, names, SCALE)
        return write(frames, 1, pace.milliseconds, ping_pong)

    def sheet() -> bytes:
        return figures.png(figures.captioned_rows(strips, names, 3))

    gif, webp = partial(animated, figures.gif), partial(animated, figures.webp)
    with st.container(horizontal=True):
        widgets.download("GIF", gif, "interpolation.gif", "image/gif", "save_gif")
        widgets.download("WebP", webp, "interpolation.webp", "image/webp", "save_webp")
        widgets.download("PNG", sheet, "interpolation.png", "image/png", "save_strip")
        paths = _paths_here(rows)
        if paths:
            name, path = list(paths.items())[-1]
            page_links.button(
                "Follow it on Explore",
                "explore",
                "walk",
                current_place.walk,
                *(space, path),
                icon=":material/directions_walk:",
                help=f"The live view travels along the {name} path",
            )
    messages.note(
        "The files hold the same rows and play as the player does: at its speed, forth and back or "
        "only forth."
    )
