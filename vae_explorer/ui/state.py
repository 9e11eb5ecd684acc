"""Every property of the app that lives longer than a rerun, in one table.

`LINKED` properties are bound to the page's address, so that a link carries them; the others stay
with the session.
"""

import math
from typing import Any

import streamlit as st
from torch import Tensor, float32, tensor

from .. import latent
from ..checkpoints import Checkpoint
from .cache import Space

# key                what it is                                              linked to the address
MODEL = "model"  #    key of the chosen model                                     yes
LABEL = "label"  #    class a conditional model decodes                           yes
AXES = "axes"  #      the two coordinates of the slice                            yes
DRAW = "draw"  #      how many random points this session has asked for           no
JUMPS = "jumps"  #    how many digits of each class it has jumped to              no
MOVES = "moves"  #    how often this side, not the browser, has moved the place   no
UPLOADED = "uploaded"  # models this visitor has added, by key                    no
LINKED = {"bind": "query-params"}


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


def go_to(space: Space, z: Tensor) -> None:
    """Move to a place; to be called before the sliders are drawn, as callbacks are."""
    moved()
    _put(space, z)


def moved() -> None:
    """Count a move by this side, which the rest of the page follows at once."""
    st.session_state[MOVES] = st.session_state.get(MOVES, 0) + 1


def take(space: Space, news: dict[str, Any]) -> None:
    """What the browser reports of the place it came to rest at, or asks for; nonsense is ignored.

    `z`: D numbers, `label`: a class number, `ask`: "random" or a class number to jump to.
    """
    label, z, ask = news.get("label"), news.get("z"), news.get("ask")
    if _is_class(label, space.checkpoint.config.classes):
        st.session_state[LABEL] = label
    if isinstance(z, list) and len(z) == len(space.ranges) and all(map(_is_number, z)):
        _put(space, tensor(z, dtype=float32))
    if ask == "random":
        go_to_random(space)
    elif _is_class(ask, len(space.members)):
        go_to_class(space, ask)


def write_link(space: Space) -> None:
    """Bring the address up to date where no widget does."""
    keys = [coordinate(dim) for dim in range(len(space.ranges))]
    known = {key: f"{st.session_state[key]:g}" for key in keys}
    if space.checkpoint.config.classes:
        known[LABEL] = str(st.session_state.get(LABEL) or 0)
    if any(st.query_params.get(key) != text for key, text in known.items()):
        st.query_params.update(known)


def _put(space: Space, z: Tensor) -> None:
    for dim, (value, extent) in enumerate(zip(z.tolist(), space.ranges, strict=True)):
        st.session_state[coordinate(dim)] = _held(value, extent)


def go_to_random(space: Space) -> None:
    """Move to a draw from the prior, the next one of this session's series."""
    st.session_state[DRAW] = st.session_state.get(DRAW, -1) + 1
    go_to(space, latent.prior_samples([st.session_state[DRAW]], len(space.ranges))[0])


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


def _held(value: float, extent: latent.Range) -> float:
    return min(max(round(value, 2), extent.low), extent.high)


def _is_class(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _number(text: str | None) -> float | None:
    """What a link says a coordinate is, or None where it says nothing sensible."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def uploaded() -> dict[str, Checkpoint]:
    """The models that this visitor has added, by key."""
    return st.session_state.setdefault(UPLOADED, {})
