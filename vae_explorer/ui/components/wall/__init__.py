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
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

FAR = "far"  # what stands out about a tile: it lies far from all data,
OTHER_CLASS = "other-class"  # it shows another class than it should,
SOURCE_CLASS = "source-class"  # or the class of the style that was taken


class Tile(NamedTuple):
    """One picture of a wall."""

    picture: np.ndarray  # uint8 (H, W) or (H, W, 3)
    caption: str = ""
    about: str = ""  # what is read out, and shown when pointed at
    tone: str = ""  # "", or one of those above
    locked: bool = False


class Live(NamedTuple):
    """What tiles need that follow a temperature: they show z times it, from a centre."""

    space: Space
    z: Tensor  # (n, D), places at temperature 1
    temperature: float
    hottest: float
    view: str  # key of the cloud in which the tiles are marked
    step: float  # from one temperature to the next
    on_temperature: Callable[[float], None]  # called with the one at which the slider came to rest
    label: int = 0  # for a conditional model
    title: str = ""  # of the slider
    about: str = ""  # what temperature is
    centre: Tensor | None = None  # (D,), where they are at temperature 0; None: the origin

    @property
    def origin(self) -> Tensor:
        """(D,), where tiles are at temperature 0."""
        return torch.zeros(self.z.shape[1]) if self.centre is None else self.centre

    @property
    def places(self) -> Tensor:
        """(n, D), where the tiles are."""
        return self.origin + self.temperature * self.z


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
        Pixels that a picture is wide on the screen, at most.
    """
    on_tile = {"open": on_open, "lock": on_lock, "again": on_again}

    def did() -> None:
        news = st.session_state[key].did
        act, tile = _tile_act(news, len(tiles))
        callback = on_tile.get(act)
        if callback is not None:
            callback(tile)
        elif live is not None and (temperature := _temperature(news, live.hottest)) is not None:
            live.on_temperature(temperature)

    data = {
        "label": label,
        "columns": columns,
        "heads": list(heads),
        "size": size,
        "can": {act: callback is not None for act, callback in on_tile.items()},
        "tiles": [_tile_data(tile) for tile in tiles],
        "live": live and _live_data(live, key),
    }
    bundle.component("wall")(key=key, data=data, on_did_change=did)
    model = live and _model(live.space.checkpoint, key)
    if model:
        bundle.component("model")(key=f"{key}_model", data=model)


def _tile_data(tile: Tile) -> dict[str, Any]:
    url = figures.data_url(figures.png(tile.picture))
    return tile._asdict() | {"picture": url}


def _live_data(live: Live, key: str) -> dict[str, Any]:
    """What live.js takes."""
    return {
        "key": key,
        "sha": live.space.checkpoint.sha256,
        "view": live.view,
        "z": live.z.tolist(),
        "origin": live.origin.tolist(),
        "points": latent_space.project(live.space, live.places).round(5).tolist(),
        "label": live.label,
        "temperature": live.temperature,
        "hottest": live.hottest,
        "step": live.step,
        "title": live.title,
        "about": live.about,
    }


def _tile_act(news: Any, count: int) -> tuple[str, int]:
    """What the browser says was done, and to which of so many tiles; "" where that is nonsense."""
    news = news if isinstance(news, dict) else {}
    act, tile = news.get("what"), news.get("tile")
    known = act in ("open", "lock", "again") and type(tile) is int and 0 <= tile < count
    return (act, tile) if known else ("", 0)


def _temperature(news: Any, hottest: float) -> float | None:
    """The temperature at which the browser says its slider is; None where that is nonsense."""
    asked = isinstance(news, dict) and news.get("what") == "temperature"
    value = news.get("value") if asked else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value <= hottest else None


@kept(4)
def _model(checkpoint: Checkpoint, key: str) -> bytes | None:
    """What the pad's model.js hands on: the decoder; None where the browser cannot run it."""
    decoder = browser_model.decoder_or_reason(checkpoint)
    if isinstance(decoder, str):
        return None
    projection = latent_space.of(checkpoint).projection
    header = {"pad": key, "sha": checkpoint.sha256, "decoder": decoder.spec}
    arrays = {
        "axes": latent_space.drawable(projection.axes),
        "centre": projection.centre.numpy(),
    }
    return live_view.pack(header, arrays | decoder.arrays)
