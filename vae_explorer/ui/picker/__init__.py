"""A row of pictures of which one can be picked, by mouse, touch or keyboard."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from torch import Tensor

from ... import figures

_FOLDER = Path(__file__).parent


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
    """Show pictures (n, 1, S, S) in a row that wraps.

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
        Pixels a side on the screen.
    title, note
        What stands above and below the row.
    """
    urls = [figures.data_url(figures.png(tile)) for tile in figures.to_bytes(pictures).squeeze(1)]
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

    _component()(key=key, data=data, on_picked_change=picked)


@cache
def _component():
    return st.components.v2.component(
        "vae_explorer_picker",
        js=(_FOLDER / "picker.js").read_text(),
        css=(_FOLDER / "picker.css").read_text(),
    )
