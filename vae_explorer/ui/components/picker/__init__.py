"""A row of pictures of which one can be picked, by mouse, touch or keyboard."""

from collections.abc import Callable, Sequence

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.ui.components.browser import bundle


def pick(
    pictures: Tensor,
    captions: Sequence[str],
    *,
    key: str,
    label: str,
    on_pick: Callable[[int], None],
    chosen: int | None = None,
    size: int = 56,
    title: str = "",
    note: str = "",
) -> None:
    """Show pictures (n, C, H, W) in a row that wraps.

    Parameters
    ----------
    captions
        What stands under each picture, and is read out for it.
    label
        What the row is, for those who cannot see it.
    on_pick
        Called with the index of a picture just picked, before the page runs again.
    chosen
        Which picture is marked as the current one.
    size
        Pixels a side on the screen, of the square that a picture is fitted into.
    title, note
        What stands above and below the row.
    """
    urls = [figures.data_url(figures.png(tile)) for tile in figures.to_bytes(pictures)]
    data = {
        "pictures": urls,
        "captions": list(captions),
        "label": label,
        "chosen": chosen,
        "size": size,
        "title": title,
        "note": note,
    }

    def picked() -> None:
        index = st.session_state[key].picked
        if isinstance(index, int) and 0 <= index < len(urls):
            on_pick(index)

    bundle.component("picker")(key=key, data=data, on_picked_change=picked)
