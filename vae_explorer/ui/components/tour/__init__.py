"""A tour of a page on request: a button, and a dialog that goes from part to part.

Knows no page: what it says and where it points to is given. The browser alone keeps that it was
seen.
"""

from collections.abc import Sequence
from typing import NamedTuple

from vae_explorer.ui.components.browser import bundle


class Stop(NamedTuple):
    """A part of the page, and what is said of it."""

    title: str
    text: str
    targets: tuple[str, ...]  # CSS selectors, also within components: the first that is seen counts


def offer(stops: Sequence[Stop], *, name: str, key: str) -> None:
    """A button that starts the tour; stops of which nothing is on the page are left out.

    name : under which the browser keeps that it was seen; until then the button says more
    """
    data = {"name": name, "stops": [stop._asdict() for stop in stops]}
    bundle.component("tour")(key=key, data=data, width="content")
