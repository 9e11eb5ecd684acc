"""Walks to play: their pictures side by side and step by step, what is true of each, and charts.

The browser plays, and moves a dot along each path in the live view of the same space; Python hears
only how fast, and whether forth and back, so that files play likewise.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.latent.walks import Surroundings, Walk
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.session.latent_space import Space

MILLISECONDS = 160  # a step at normal speed; at any, whole hundredths of a second, as GIF has them
SPEEDS = (0.5, 1, 2, 4)
RARE = 0.01  # share of the codes that lie in places called rare


class PlayerRow(NamedTuple):
    """A row of pictures from one endpoint to the other: along a path, or the cross-fade."""

    name: str
    colour: str  # "": that of text
    pictures: Tensor  # (n, C, H, W)
    walk: Walk | None = None  # None: the cross-fade, which is no path of a latent space
    surroundings: Surroundings | None = None  # None: no codes to compare with
    classes: tuple[str, ...] = ()  # names for its votes; none where votes mean nothing
    in_cloud: bool = False  # whether its path lies in the space that is shown


class Pace(NamedTuple):
    """How walks are played."""

    speed: float = 1
    ping_pong: bool = True

    @property
    def milliseconds(self) -> int:
        """A step takes."""
        return round(MILLISECONDS / self.speed)


def pace() -> Pace:
    """How this visitor plays."""
    return registry.PACE.get(Pace())


def play(
    space: Space, rows: Sequence[PlayerRow], *, key: str, view: str, rare: float | None = None
) -> None:
    """Show walks of equally many steps.

    Parameters
    ----------
    key : of this element
    view : key of the `live_view.cloud` of the space, where dots go along the paths that lie in it
    rare : the density that the share RARE of the codes do not reach
    """

    def changed() -> None:
        registry.PACE.put(_read(st.session_state[key].pace))

    speed, ping_pong = pace()
    header = {
        "view": view,
        "steps": len(rows[0].pictures),
        "shape": rows[0].pictures.shape[1:],
        "rare": rare,
        "rareWords": f"{100 * RARE:.0f} % of items below",
        "voters": geometry.NEIGHBOURS,
        "milliseconds": MILLISECONDS,
        "speeds": SPEEDS,
        "speed": speed,
        "pingPong": ping_pong,
        "colours": space.colours,
        "routes": [_row_data(space, row) for row in rows],
    }
    frames = np.concatenate([figures.to_bytes(row.pictures) for row in rows])
    blob = live_view.pack(header, {"frames": frames})
    bundle.component("player")(key=key, data=blob, on_pace_change=changed)


def _row_data(space: Space, row: PlayerRow) -> dict[str, Any]:
    """A row as the browser takes it; lists of a number a step, or null."""
    data: dict[str, Any] = {"name": row.name, "colour": row.colour}
    data |= dict.fromkeys(("places", "travelled", "density", "percent", "votes"))
    if row.walk is not None:
        data["travelled"] = _rounded(row.walk.travelled.tolist(), 3)
        if row.in_cloud:
            data["places"] = latent_space.project(space, row.walk.path).round(5).tolist()
    if row.surroundings is not None:
        data["density"] = _rounded(row.surroundings.density.clamp(-1e6, 1e6).tolist(), 3)
        data["percent"] = _rounded(row.surroundings.percent.tolist(), 1)
        if row.classes:
            data["votes"] = [
                [vote.label, row.classes[vote.label], round(vote.share, 2)]
                for vote in row.surroundings.votes
            ]
    return data


def _rounded(values: list[float], digits: int) -> list[float]:
    return [round(value, digits) for value in values]


def _read(news: Any) -> Pace:
    """What the browser reports: {speed, pingPong}; nonsense changes nothing."""
    values = news if isinstance(news, dict) else {}
    speed, ping_pong = values.get("speed"), values.get("pingPong")
    if speed not in SPEEDS or not isinstance(ping_pong, bool):
        return pace()
    return Pace(speed, ping_pong)
