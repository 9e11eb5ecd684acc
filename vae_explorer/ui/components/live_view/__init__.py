"""The cloud of encoded pictures in the browser, and the marks that Python moves in it.

Two components, because data sent once should stay: `cloud` carries all points in one blob and is
not sent again while they are the same; `mark` carries the few numbers that change. They talk in
the browser (channel.js), so moving the mark neither re-sends the cloud nor resets its camera.
Likewise `explorer` with its `place_sync`; `replay` fetches by itself what it shows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.browser.blob import pack


def cloud(
    points: np.ndarray,
    labels: np.ndarray,
    *,
    names: Sequence[str],
    colours: Sequence[str],
    key: str,
    height: int = 460,
    axes: Sequence[str] = ("z1", "z2", "z3"),
    home: tuple[float, float] | None = None,
    group: str = "",
    items: str = "",
    on_click: Callable[[int], None] | None = None,
) -> None:
    """Show points coloured by class.

    Parameters
    ----------
    points : float array (N, 2) or (N, 3); points that are not finite are left out of the picture
    labels : integer array (N,), each an index into `names`
    names, colours : a name and a colour ("#rrggbb") for each class
    key : also what `mark` calls this view, and under which the browser remembers the camera
    height : pixels, the legend not counted; narrow screens show a lower picture
    axes : a name for each dimension
    home : yaw and pitch in radians (`latent.camera`) of where it is seen from at first, and again
        on request; the person's own camera is kept as long as that is the same
    group : clouds of one group are turned together and show the same classes
    items : what the points are; where clouds of a group hold the same, the one hovered in one has
        a ring in all
    on_click : called with the index of a point just clicked, before the page runs again

    Raises ValueError where shapes, labels, names and colours do not fit together.
    """

    def clicked() -> None:
        index = st.session_state[key].click
        known = isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(points)
        if known and on_click is not None:
            on_click(index)

    header, arrays = cloud_parts(
        points, labels, names=names, colours=colours, key=key, height=height, axes=axes, home=home
    )
    header |= {"group": group, "items": items}
    bundle.component("cloud")(key=key, data=pack(header, arrays), on_click_change=clicked)


def mark(
    view: str,
    *,
    point: ArrayLike | None = None,
    path: Mapping[str, ArrayLike] | None = None,
    colours: Mapping[str, str] | None = None,
    target: Mapping[str, ArrayLike] | None = None,
    posterior: tuple[ArrayLike, ArrayLike] | None = None,
    mass: ArrayLike | None = None,
    look: tuple[ArrayLike, float, int] | None = None,
    ways: Mapping[str, ArrayLike | None] | None = None,
    moves: int = 0,
    key: str,
) -> None:
    """Mark places in the cloud whose key is `view`; takes no space on the page.

    A `place_sync` of that view hears when a change of the mark has come to rest.

    Parameters
    ----------
    point : (D,), the current point; it travels there in the picture
    path : name -> (n, D), lines with a dot at each of their points
    colours : of paths, by name; others have that of text
    target : label -> (D,)
    posterior : mean (D,) and covariance (D, D), drawn to scale as ellipsoids of 1 and 2 sigma
    mass : draws (n, D) from a posterior of any shape, n > 0
    look : (D,), a radius around it in drawn units, and a count; the camera goes near when that
        changes
    ways : name -> z, a button in an explorer that leads there; None leads to what `look` says
    moves : a count; a change of it is a move to be followed at once, other moves may go on
    key : of this element; several marks may share one view

    Raises ValueError where a shape is wrong or a number is not finite.
    """
    data = {
        "view": view,
        "source": key,
        "point": None if point is None else _numbers(point, "point", 1),
        "paths": None if path is None else _paths(path, colours or {}),
        "target": [
            {"label": label, "point": _numbers(place, "target", 1)}
            for label, place in (target or {}).items()
        ],
        "posterior": None if posterior is None else _gaussian(*posterior),
        "mass": None if mass is None else _numbers(mass, "mass", 2),
        "look": None if look is None else _look(*look),
        "ways": None if ways is None else [_way(*way) for way in ways.items()],
        "moves": moves,
    }
    bundle.component("mark")(key=key, data=data)


def place_sync(
    view: str,
    *,
    key: str,
    on_rest: Callable[[dict[str, Any]], None],
    z: ArrayLike | None = None,
    label: int = 0,
    moves: int = 0,
    path: ArrayLike | None = None,
    model: str = "",
    picture: dict[str, Any] | None = None,
    exact: bool = False,
    after: str = "",
) -> None:
    """Tie what follows from a place to the view whose key is `view`; takes no space on the page.

    The part of the page that holds it runs again when the place in the browser comes to rest.

    Parameters
    ----------
    on_rest : called before that with what the view reports: its `z`, `label`, or what it asks for
    z, label : where this side is, (D,) and a class number; None where sliders tell
    moves : a count; the view travels to `z` when it has changed, else `z` is what it has reported
    path : (n, D), the way to take instead, from its beginning to its end
    model : what the place belongs to, as in the blob; a view that still holds another ignores it
    picture : of the visitor's own, that was encoded there: name, src (an address), mu and sigma
    exact : whether the exact posterior is shown, which a switch of the view says and changes
    after : key of a mark of that view: that part of the page runs once more when the browser has
        removed it, as it does to what a run of the page has left out once that run has ended
    """

    def rested() -> None:
        news = st.session_state[key].rested
        if isinstance(news, dict):
            on_rest(news)

    data = {"view": view, "label": label, "moves": moves, "after": after}
    data |= {"model": model, "exact": exact, "picture": picture}
    for name, value in (("z", z), ("path", path)):
        data[name] = None if value is None else np.asarray(value, dtype=float).round(5).tolist()
    bundle.component("place_sync")(key=key, data=data, on_rested_change=rested)


def explorer(blob: bytes, *, key: str) -> None:
    """A latent space to hold: picture, sliders, cloud, overlays and slice, decoded in the browser.

    `blob` is what `pack` makes of `cloud_parts` (its `key` names the view for its `place_sync`), a
    decoder, and what space.js lists. It should stay the same while the place moves.
    """
    bundle.component("explorer")(key=key, data=blob)


def replay(
    address: str,
    epochs: Sequence[int],
    onto: int,
    labels: np.ndarray,
    originals: np.ndarray,
    *,
    names: Sequence[str],
    colours: Sequence[str],
    axes: Sequence[str],
    live: bool,
    key: str,
    height: int = 420,
) -> None:
    """Show how the latent space of a run forms, with a slider over its epochs and a way to play it.

    The browser fetches epochs where `epochs.blob` serves them; further ones may be told with the
    same key, and who watches the newest sees them come.

    Parameters
    ----------
    address, onto : as `epochs.address` and `epochs.onto` give them
    epochs : those that can be fetched, in rising order
    labels : integer array (N,), of the points of every epoch, each an index into `names`
    originals : uint8 array (n, H, W) or (n, H, W, 3), the pictures whose reconstructions are shown
    names, colours, axes, key, height : as in `cloud`, but for one axis a drawn dimension, 2 or 3
    live : whether further epochs will come

    Raises ValueError where these do not fit together.
    """
    originals = np.asarray(originals)
    if originals.shape[3:] not in ((), (3,)) or originals.ndim < 3 or originals.dtype != "u1":
        raise ValueError(f"originals must be (n, H, W[, 3]) uint8, got {originals.shape}")
    places = np.zeros((len(labels), len(axes)))  # only the browser will know them
    header, arrays = cloud_parts(
        places, labels, names=names, colours=colours, key=key, height=height, axes=axes
    )
    header |= {"address": address, "epochs": list(epochs), "onto": onto, "live": live}
    count, *sides = originals.shape
    header |= {"pictures": count, "shape": [*(sides[2:] or [1]), *sides[:2]]}
    arrays = {"labels": arrays["labels"], "originals": originals}
    bundle.component("replay")(key=key, data=pack(header, arrays))


def cloud_parts(
    points: np.ndarray,
    labels: np.ndarray,
    *,
    names: Sequence[str],
    colours: Sequence[str],
    key: str,
    height: int = 460,
    axes: Sequence[str] = ("z1", "z2", "z3"),
    home: tuple[float, float] | None = None,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `pack` takes of a cloud: header and arrays. Parameters and errors as in `cloud`."""
    points, labels = np.asarray(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise ValueError(f"points must be (N, 2) or (N, 3), got {points.shape}")
    count, dims = points.shape
    if labels.shape != (count,):
        raise ValueError(
            f"labels must be ({count},) as there are {count} points, got {labels.shape}"
        )
    if len(names) != len(colours):
        raise ValueError(f"{len(names)} names need as many colours, got {len(colours)}")
    if count and not (labels.min() >= 0 and labels.max() < len(names) <= 2**16):
        raise ValueError(f"labels must lie in 0..{len(names) - 1}, one for each name")
    if len(axes) < dims:
        raise ValueError(f"{dims}-D points need {dims} axis names, got {len(axes)}")
    header = {"key": key, "count": count, "dims": dims, "height": height}
    header |= {"names": list(names), "colours": list(colours), "axes": list(axes[:dims])}
    header["home"] = None if home is None else {"yaw": home[0], "pitch": home[1]}
    return header, {"points": points.astype("<f4"), "labels": labels.astype("<u2")}


def _paths(path: Mapping[str, ArrayLike], colours: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "colour": colours.get(name, ""), "points": _numbers(places, "path", 2)}
        for name, places in path.items()
    ]


def _gaussian(mean: ArrayLike, covariance: ArrayLike) -> dict[str, list[float]]:
    """What the browser draws a posterior by: a covariance is one row behind the other there."""
    centre, spread = _numbers(mean, "posterior mean", 1), _numbers(covariance, "covariance", 2, 9)
    if len(spread) != len(centre):
        raise ValueError(f"covariance must be ({len(centre)}, {len(centre)}), as the mean is")
    return {"centre": centre, "covariance": [value for row in spread for value in row]}


def _look(point: ArrayLike, radius: float, count: int) -> dict[str, Any]:
    return {"point": _numbers(point, "look", 1), "radius": radius, "count": count}


def _way(name: str, z: ArrayLike | None) -> dict[str, Any]:
    return {"name": name, "z": None if z is None else np.asarray(z, float).round(5).tolist()}


def _numbers(value: ArrayLike, name: str, ndim: int, digits: int = 5) -> list[Any]:
    """(Nested) lists of short floats, two or three to a point."""
    array = np.asarray(value, dtype=float)
    if array.ndim != ndim or array.shape[-1] not in (2, 3):
        shape = "(n, 2) or (n, 3)" if ndim == 2 else "(2,) or (3,)"
        raise ValueError(f"{name} must be {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array.round(digits).tolist()
