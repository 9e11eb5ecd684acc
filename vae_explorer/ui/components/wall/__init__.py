"""A wall of pictures: each can be opened, kept while others change, or drawn anew.

By mouse, touch or keyboard: the wall is one stop of the tab key, arrows go from tile to tile. Where
the browser can decode, it does so while the temperature moves, and Python hears where it comes to
rest. Two elements, because weights sent once should stay: one carries the model, the other what
changes.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.session import cache
from vae_explorer.ui.session.cache import Space

FAR = "far"  # what stands out about a tile: it lies far from all data,
OTHER_CLASS = "other-class"  # it shows another class than it should,
SOURCE_CLASS = "source-class"  # or the class of the style that was taken


class Tile(NamedTuple):
    """One picture of a wall."""

    picture: np.ndarray  # uint8 (S, S)
    caption: str = ""
    about: str = ""  # what is read out, and shown when pointed at
    tone: str = ""  # "", or one of those above
    locked: bool = False


class Live(NamedTuple):
    """What tiles need that follow a temperature: they show z times it."""

    space: Space
    z: Tensor  # (n, D), places at temperature 1
    temperature: float
    hottest: float
    view: str  # key of the cloud in which the tiles are marked
    on_heat: Callable[[float], None]  # called with a temperature at which the slider came to rest
    label: int = 0  # for a conditional model
    about: str = ""  # what temperature is


def wall(
    tiles: Sequence[Tile],
    *,
    key: str,
    label: str,
    on_open: Callable[[int], None] | None = None,
    on_lock: Callable[[int], None] | None = None,
    on_again: Callable[[int], None] | None = None,
    columns: int | None = None,
    heads: Sequence[str] = (),
    live: Live | None = None,
    size: int = 80,
) -> None:
    """Show tiles in rows that wrap.

    Parameters
    ----------
    label
        What the wall is, for those who cannot see it.
    on_open, on_lock, on_again
        Called with the place of a tile that was clicked, locked or unlocked, or asked for anew,
        before the page runs again; without one, tiles do not offer that.
    columns
        So many in each row, however narrow the screen; None: as many as there is room for.
    heads
        What stands above each column.
    live
        Adds a slider above the wall that heats its tiles.
    size
        Pixels a side on the screen, at most.
    """
    acts = {"open": on_open, "lock": on_lock, "again": on_again}
    acts["heat"] = None if live is None else live.on_heat

    def did() -> None:
        heard = _heard(st.session_state[key].did, len(tiles), live.hottest if live else 0.0)
        if heard is not None and acts[heard[0]] is not None:
            acts[heard[0]](heard[1])

    data = {
        "label": label,
        "columns": columns,
        "heads": list(heads),
        "size": size,
        "can": {what: act is not None for what, act in acts.items()},
        "tiles": [_plain(tile) for tile in tiles],
        "live": live and _told(live, key),
    }
    bundle.component("wall")(key=key, data=data, on_did_change=did)
    model = live and _model(live.space.checkpoint, key)
    if model:
        bundle.component("model")(key=f"{key}_model", data=model)


def _plain(tile: Tile) -> dict[str, Any]:
    url = figures.data_url(figures.png(tile.picture))
    return tile._asdict() | {"picture": url}


def _told(live: Live, key: str) -> dict[str, Any]:
    """What live.js takes."""
    return {
        "key": key,
        "sha": live.space.checkpoint.sha256,
        "view": live.view,
        "z": live.z.tolist(),
        "points": cache.project(live.space, live.temperature * live.z).round(5).tolist(),
        "label": live.label,
        "temperature": live.temperature,
        "hottest": live.hottest,
        "about": live.about,
    }


def _heard(news: Any, count: int, hottest: float) -> tuple[str, int | float] | None:
    """What the browser tells: what was done to which tile, or a temperature; None: nonsense."""
    if not isinstance(news, dict):
        return None
    what, place, value = (news.get(name) for name in ("what", "tile", "value"))
    if what in ("open", "lock", "again"):
        return (what, place) if type(place) is int and 0 <= place < count else None
    hot = what == "heat" and type(value) in (int, float) and 0 <= value <= hottest
    return (what, float(value)) if hot else None


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=cache.BY_CONTENT)
def _model(checkpoint: Checkpoint, key: str) -> bytes | None:
    """What the pad's model.js hands on: the decoder; None where the browser cannot run it."""
    decoder = browser_model.decoder_or_reason(checkpoint)
    if isinstance(decoder, str):
        return None
    projection = cache.space(checkpoint).projection
    header = {"pad": key, "sha": checkpoint.sha256, "decoder": decoder.spec}
    arrays = {
        "axes": cache.drawable(projection.axes),
        "centre": projection.centre.numpy(),
    }
    return live_view.pack(header, arrays | decoder.arrays)
