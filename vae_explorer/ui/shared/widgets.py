"""Small widgets that several pages show alike: a download, a class, a chart with its colours."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space

NORMAL, ANOMALOUS, QUIET = "#3f90da", "#e76300", "#94a4a2"  # of charts that hold two things apart


def chart(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], alt: str) -> None:
    """A chart of rows as Vega-Lite draws them, and what it shows in words."""
    st.vega_lite_chart(dict(spec) | {"data": {"values": list(rows)}}, alt=alt)


def download(label: str, make: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    """A button that makes a file only when it is asked for."""
    st.download_button(
        label, make, name, mime, key=key, on_click="ignore", icon=":material/download:"
    )


def nothing_encoded(space: Space) -> str:
    """Says that a model's pictures are not at hand, in one sentence."""
    return (
        f"This model's file holds no encoded {space.noun}s, and its data set is not on this disk."
    )


def label_chooser(space: Space, on_change: Callable[[], None] | None = None) -> int:
    """The class a conditional model decodes; 0, and no widget, for any other."""
    count = space.checkpoint.config.classes
    if not count:
        return 0
    return st.selectbox(
        "Class",
        range(count),
        format_func=space.classes.__getitem__,
        help="A conditional model is given the class that it is to draw",
        on_change=on_change,
        **registry.LABEL.widget,
    )
