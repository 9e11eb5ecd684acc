"""Scenes shown one after the other over the whole screen: a bar with their names, and keys.

To the browser a scene is an address of the app. It goes there as Back and Forward do: Streamlit
then lets the address tell what the page shows, in the same session.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from vae_explorer.ui.components.browser import bundle


class Shown(NamedTuple):
    """A scene as the browser takes it."""

    name: str
    note: str
    address: str  # behind the app's own: "generate?tiles=12&scene=2"


def presenter(
    scenes: Sequence[Shown],
    *,
    pages: Sequence[str],
    show: tuple[str, int],
    on_leave: Callable[[], None],
    key: str,
) -> None:
    """The bar, while scenes are presented; otherwise it takes no space.

    Parameters
    ----------
    scenes : in their order
    pages : the addresses of all pages, behind the app's own
    show : an address, and a count; the browser goes there when the count has changed
    on_leave : called when the person has left the presentation, before the page runs again
    key : of this element; pages keep it in the same place
    """
    address, count = show
    data = {
        "scenes": [scene._asdict() for scene in scenes],
        "pages": list(pages),
        "show": {"address": address, "count": count},
    }
    bundle.component("presenter")(key=key, data=data, on_left_change=on_leave)


def button(title: str, scenes: Sequence[Shown], *, key: str) -> None:
    """A button that begins the presentation: full screen needs a click in the browser itself.

    It brings the scenes, as the presenter may not have heard of the last change.
    """
    data = {"title": title, "scenes": [scene._asdict() for scene in scenes]}
    bundle.component("present_button")(key=key, data=data)
