"""Every property of the app that lives longer than a rerun, in one table.

`LINKED` properties are bound to the page's address, so that a link carries them; the others stay
with the session.
"""

import re
from collections.abc import Container
from typing import Any, Literal, TypedDict

import streamlit as st
from torch import Tensor, float32, tensor

from vae_explorer.latent import geometry
from vae_explorer.ui.session.cache import Space

# key                what it is                                              linked to the address
MODEL = "model"  #    key of the chosen model                                     yes
LABEL = "label"  #    class a conditional model decodes                           yes
MODE = "mode"  #      who decodes on Explore, one of MODES                        yes
AXES = "axes"  #      the two coordinates of the slice                            yes
DRAW = "draw"  #      how many random points this session has asked for           no
PATH = "path_taken"  # (count of the move, places (n, D)) of a walk to be shown  no
JUMPS = "jumps"  #    how many digits of each class it has jumped to              no
CANNOT = "cannot"  #  what this visitor's browser has said that it cannot do      no
REDRAW = "redraw"  #  a part of the page has changed what others show             no
SLIDERS = "sliders"  # the page has shown sliders until this run                   no
MOVES = "moves"  #    how often this side, not the browser, has moved the place   no
MOST = 1e30  # beyond it the browser's numbers are not taken
MODES = ("Live", "Sliders")  # in the browser, or on the server


class Linked(TypedDict):
    """What ties a widget to the page's address."""

    bind: Literal["query-params"]


LINKED: Linked = {"bind": "query-params"}


def coordinate(dim: int) -> str:
    """Key of the slider of a latent coordinate (from 0); linked to the address as z1, z2 and on."""
    return f"z{dim + 1}"


def place(space: Space) -> Tensor:
    """The current place z (D,), wherever it is kept: in the sliders, in the link, or nowhere yet.

    Sees to it that each slider has a value within its range before it is drawn.
    """
    values = []
    for dim, extent in enumerate(space.ranges):
        key = coordinate(dim)
        value = st.session_state.get(key, _number(st.query_params.get(key)))
        if value is None or not extent.low <= value <= extent.high:
            value = st.session_state[key] = _held(space.centre[dim].item(), extent)
        values.append(value)
    return tensor(values)


def keep_among(key: str, choices: Container) -> None:
    """Forget what a widget holds where it is not offered; to be called before it is drawn."""
    if key in st.session_state and st.session_state[key] not in choices:
        del st.session_state[key]


def go_to(space: Space, z: Tensor) -> None:
    """Move to a place; to be called before the sliders are drawn, as callbacks are."""
    moved()
    _put(space, z)


def show(space: Space, z: Tensor, label: int) -> None:
    """Move to a place, of a class where the model is conditional."""
    go_to(space, z)
    if space.checkpoint.config.classes:
        st.session_state[LABEL] = label


def walk(space: Space, path: Tensor) -> None:
    """Move to the end of a path (n, D), which the live view is to walk."""
    go_to(space, path[-1])
    st.session_state[PATH] = (st.session_state[MOVES], path.tolist())


def way(moves: int) -> list[list[float]] | None:
    """The path that a move took, or None where it went straight there."""
    count, path = st.session_state.get(PATH, (None, None))
    return path if count == moves else None


def moved() -> None:
    """Count a move by this side, which the rest of the page follows at once."""
    st.session_state[MOVES] = st.session_state.get(MOVES, 0) + 1


def take(space: Space, news: dict[str, Any]) -> None:
    """What the browser reports of the place it came to rest at, or asks for; nonsense is ignored.

    `z`: D numbers, `label`: a class number, `ask`: "random" or a class number to jump to.
    """
    if news.get("model", space.checkpoint.sha256) != space.checkpoint.sha256:
        return  # of a model that has just given way to this one
    label, z, ask = news.get("label"), news.get("z"), news.get("ask")
    if _is_class(label, space.checkpoint.config.classes):
        st.session_state[LABEL] = label
    if isinstance(z, list) and len(z) == len(space.ranges) and all(map(_is_number, z)):
        st.session_state.pop(PATH, None)
        _put(space, tensor(z, dtype=float32))
    if ask == "random":
        go_to_random(space)
    elif _is_class(ask, len(space.members)):
        go_to_class(space, ask)
    if news.get("cannot") and CANNOT not in st.session_state:
        st.session_state[CANNOT] = True  # said once: after that the visitor's choice counts
        st.session_state[MODE] = MODES[1]
        st.session_state[REDRAW] = True


def write_link(space: Space, z: Tensor) -> bool:
    """Keep the place z (D,) in session and address where no slider does.

    False: sliders that were shown until now own the address until the browser has removed them.
    """
    known = {}
    for dim, (value, extent) in enumerate(zip(z.tolist(), space.ranges, strict=True)):
        key = coordinate(dim)
        st.session_state[key] = st.session_state.get(key, _held(value, extent))
        known[key] = f"{st.session_state[key]:g}"
    if space.checkpoint.config.classes:
        st.session_state[LABEL] = st.session_state.get(LABEL) or 0
        known[LABEL] = str(st.session_state[LABEL])
    if st.session_state.pop(SLIDERS, False):
        return False
    for key in list(st.query_params):
        if key not in known and re.fullmatch(rf"z\d+|{LABEL}", key):
            del st.query_params[key]  # of another model
    if any(st.query_params.get(key) != text for key, text in known.items()):
        st.query_params.update(known)
    return True


def _put(space: Space, z: Tensor) -> None:
    for dim, (value, extent) in enumerate(zip(z.tolist(), space.ranges, strict=True)):
        st.session_state[coordinate(dim)] = _held(value, extent)


def go_to_random(space: Space) -> None:
    """Move to a draw from the prior, the next one of this session's series."""
    st.session_state[DRAW] = st.session_state.get(DRAW, -1) + 1
    go_to(space, geometry.prior_samples([st.session_state[DRAW]], len(space.ranges))[0])


def go_to_class(space: Space, label: int) -> None:
    """Move to an encoded picture of a class, another one each time."""
    jumps = st.session_state.setdefault(JUMPS, {})
    indices = space.members[label]
    if len(indices):
        jumps[label] = jumps.get(label, -1) + 1
        go_to(space, space.encoded.mu[indices[jumps[label] % len(indices)]])


def start_over(space: Space) -> None:
    """Go to the middle of another model's data: the old coordinates mean nothing there."""
    go_to(space, space.centre)
    for key in (LABEL, AXES, JUMPS):
        st.session_state.pop(key, None)


def _held(value: float, extent: geometry.Range) -> float:
    return min(max(round(value, 2), extent.low), extent.high)


def _is_class(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < MOST  # neither NaN nor infinite


def _number(text: str | None) -> float | None:
    """What a link says a coordinate is, or None where it says nothing sensible."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
