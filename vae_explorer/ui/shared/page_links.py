"""Ways from page to page: a button, or a picture that opens where it lies, in the live view.

Also what a page takes along for another.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st
from torch import Tensor

from vae_explorer.ui import navigation
from vae_explorer.ui.session import current_place, model_selection, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import user_digit

PLACE = "Point from Explore"  # the kind of an endpoint: a point kept on Explore
MINE = "My digit"  # the source of a style
IN_A_STYLE = "In a style"  # what Generate makes


def at(space: Space, z: Tensor, label: int = 0, key: str = "") -> None:
    """From a callback: let Explore show a point z (D,) of a space, as a class if conditional.

    `key` is that of the space's model where it is not the chosen one.
    """
    registry.OPEN_EXPLORE.put(True)  # only a page itself can go there
    if key:
        model_selection.choose(key, at=(z, label))
    else:
        current_place.go_to_as(space, z, label)


def follow() -> None:
    """Go where the last click leads; to be called at the beginning of a page or fragment."""
    if registry.OPEN_EXPLORE.take(False):
        go("explore")


def button(title: str, page: str, key: str, act: Callable, *args: Any, **look: Any) -> None:
    """A button that does `act(*args)` and goes on to a page of `navigation`.

    `look` is what `st.button` takes.
    """
    if st.button(title, key=key, on_click=act, args=args, **look):
        go(page)


def keep_endpoint(space: Space, key: str, z: Tensor) -> None:
    """From a callback: keep a point (D,) as an endpoint on Interpolate, "from" or "to"."""
    registry.ENDPOINT_PLACE(key).put((space.checkpoint.sha256, z.tolist()))
    registry.ENDPOINT_KIND(key).put(PLACE)


def endpoint_buttons(space: Space, z: Tensor) -> None:
    """Keep a point (D,) as an endpoint of a walk."""
    for key, title in (("from", "Interpolate from here"), ("to", "Interpolate to here")):
        button(
            title,
            "interpolate",
            f"walk_{key}",
            keep_endpoint,
            *(space, key, z),
            icon=":material/conversion_path:",
            help="Use this point as an endpoint on Interpolate",
        )


def take_style(image: Tensor) -> None:
    """From a callback: let Generate take the style of a picture (C, H, W) next."""
    user_digit.keep_for_other_pages(image)
    registry.put_all({registry.SAMPLING: IN_A_STYLE, registry.STYLE_SOURCE: MINE})


def go(name: str) -> None:
    """To a page of `navigation`; not from a callback."""
    # the address of this page does not go along: bound keys would refuse it
    st.switch_page(navigation.page(name), query_params={})


def with_settings(title: str, page: str, settings: dict[str, str]) -> None:
    """A link to a page whose address sets what the page shows."""
    st.page_link(navigation.page(page), label=title, query_params=settings)
