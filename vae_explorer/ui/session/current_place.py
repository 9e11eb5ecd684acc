"""The place in the latent space that all pages share: where it is, and every way to move it.

It is kept in the session, by coordinate, and in the page's address.
"""

from collections.abc import Callable
from typing import Any, TypeGuard

from torch import Tensor, float32, tensor

from vae_explorer.latent import geometry
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space

RANDOM = "A random z, from the prior N(0, I)"  # where a random point comes from
RANDOM_CODE = "A random one of these codes"  # ... where there is no model, so no prior
MOST = 1e30  # beyond it the browser's numbers are not taken
MODES = ("Live", "Sliders")  # in the browser, or on the server


def get(space: Space) -> Tensor:
    """The current place z (D,), wherever it is kept: in the sliders, in the link, or nowhere yet.

    Sees to it that each slider has a value within its range before it is drawn.
    """
    back, values = registry.leads_back(), []
    for dim, extent in enumerate(space.ranges):
        coordinate = registry.COORDINATE(dim + 1)
        linked = _number(coordinate.link_text())
        value = linked if back else coordinate.get(linked)
        if value is None or not extent.low <= value <= extent.high:
            value = start(space, dim)
        if value != coordinate.get():
            coordinate.put(value)
        values.append(value)
    return tensor(values)


def start(space: Space, dim: int) -> float:
    """Where a coordinate, from 0, is as long as nobody has moved: the middle of the data.

    The address need not say it.
    """
    return _within(space, space.centre[dim].item(), dim)


def follow_history(space: Space) -> None:
    """Where Back or Forward led here: let the live view travel to what the address says."""
    if registry.leads_back():
        get(space)
        count_move()


def go_to(space: Space, z: Tensor) -> None:
    """Move to a place; to be called before the sliders are drawn, as callbacks are."""
    count_move()
    _put(space, z)


def go_to_as(space: Space, z: Tensor, label: int) -> None:
    """Move to a place, of a class where the model is conditional."""
    go_to(space, z)
    if space.checkpoint.config.classes:
        registry.LABEL.put(label)


def walk(space: Space, path: Tensor) -> None:
    """Move to the end of a path (n, D), which the live view is to walk."""
    go_to(space, path[-1])
    registry.PATH_TAKEN.put((registry.MOVES.get(), path.tolist()))


def path_taken(moves: int) -> list[list[float]] | None:
    """The path that a move took, or None where it went straight there."""
    count, path = registry.PATH_TAKEN.get((None, None))
    return path if count == moves else None


def count_move() -> None:
    """Count a move by this side, which the rest of the page follows at once."""
    registry.MOVES.put(registry.MOVES.get(0) + 1)


def receive(
    space: Space, news: dict[str, Any], drawn: Callable[[int], Tensor] | None = None
) -> None:
    """What the browser reports of the place it came to rest at, or asks for; nonsense is ignored.

    `z`: D numbers, `label`: a class number, `ask`: "random" or a class number to jump to, `exact`:
    whether the exact posterior is wanted. `drawn` as in `go_to_random`.
    """
    if news.get("model", space.checkpoint.sha256) != space.checkpoint.sha256:
        return  # of a model that has just given way to this one
    label, z, ask = news.get("label"), news.get("z"), news.get("ask")
    if _is_class(label, space.checkpoint.config.classes):
        registry.LABEL.put(label)
    if isinstance(z, list) and len(z) == len(space.ranges) and all(map(_is_number, z)):
        registry.PATH_TAKEN.take()
        _put(space, tensor(z, dtype=float32))
    if ask == "random":
        go_to_random(space, drawn)
    elif _is_class(ask, len(space.members)):
        go_to_class(space, ask)
    if isinstance(news.get("exact"), bool):
        registry.EXACT.put(news["exact"])
    if news.get("cannot") and not registry.NO_WEBGL.is_set:
        registry.NO_WEBGL.put(True)  # said once: after that the visitor's choice counts
        registry.MODE.put(MODES[1])
        registry.REDRAW.put(True)


def write_link(space: Space, z: Tensor) -> bool:
    """Keep the place z (D,), and what is shown of it, in session and address where no slider does.

    False: sliders that were shown until now own the address until the browser has removed them.
    """
    texts: dict[str, str] = {}
    for dim, value in enumerate(z.tolist()):
        coordinate = registry.COORDINATE(dim + 1)
        coordinate.put(coordinate.get(_within(space, value, dim)))
        if coordinate.get() != start(space, dim):
            texts[coordinate] = f"{coordinate.get():g}"
    if space.checkpoint.config.classes:
        label = registry.LABEL.start(lambda: _linked_class(space)) or 0
        registry.LABEL.put(label)
        texts[registry.LABEL] = space.classes[label]
    if exact_wanted():
        texts[registry.EXACT] = "true"
    if registry.SLIDERS_SHOWN.take(False):
        return False
    registry.write_links(texts, instead_of=rf"z\d+|{registry.LABEL}|{registry.EXACT}")
    return True


def exact_wanted() -> bool:
    """Whether session or link says that the exact posterior is shown."""
    return registry.EXACT.start(lambda: registry.EXACT.link_text() == "true")


def _put(space: Space, z: Tensor) -> None:
    for dim, value in enumerate(z.tolist()):
        registry.COORDINATE(dim + 1).put(_within(space, value, dim))


def go_to_random(space: Space, drawn: Callable[[int], Tensor] | None = None) -> None:
    """Move to a draw from the prior, the next one of this session's series; without a model to
    one of the codes. `drawn(seed)` is the point (D,) where there is another way to draw one.
    """
    registry.DRAWS.put(registry.DRAWS.get(-1) + 1)
    seed = registry.DRAWS.get()
    if drawn is not None:
        go_to(space, drawn(seed))
    elif space.codes_alone:
        go_to(space, geometry.random_code(space.codes.mu, seed))
    else:
        go_to(space, geometry.prior_samples([seed], len(space.ranges))[0])


def random_words(space: Space) -> str:
    """Where a random point of a space comes from."""
    return RANDOM_CODE if space.codes_alone else RANDOM


def go_to_class(space: Space, label: int) -> None:
    """Move to an encoded picture of a class, another one each time."""
    jumps = registry.JUMPS.start(dict)
    indices = space.members[label]
    if len(indices):
        jumps[label] = jumps.get(label, -1) + 1
        go_to(space, space.codes.mu[indices[jumps[label] % len(indices)]])


def start_over(space: Space) -> None:
    """Go to the middle of another model's data: the old coordinates mean nothing there."""
    go_to(space, space.centre)
    for of_the_old_model in (registry.LABEL, registry.AXES, registry.JUMPS):
        of_the_old_model.take()


def _within(space: Space, value: float, dim: int) -> float:
    extent = space.ranges[dim]
    return min(max(round(value, space.decimals), extent.low), extent.high)


def _is_class(value: Any, count: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < MOST  # neither NaN nor infinite


def _linked_class(space: Space) -> int:
    """The class that a link names, by its name or number; 0 where it names none."""
    text = registry.LABEL.link_text() or ""
    if text in space.classes:
        return space.classes.index(text)
    known = text.isdecimal() and len(text) < 4 and _is_class(int(text), len(space.classes))
    return int(text) if known else 0


def _number(text: str | None) -> float | None:
    """What a link says a coordinate is, or None where it says nothing sensible."""
    try:
        return float(text or "")
    except ValueError:
        return None
