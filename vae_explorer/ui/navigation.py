"""The table of pages. A leaf: pages ask it for links, and it imports none before it is asked."""

from functools import partial
from importlib import import_module
from typing import NamedTuple

import streamlit as st


class PageEntry(NamedTuple):
    """A page of the app: `ui/pages/<name>/page.py` has its function `page()`."""

    name: str  # of its folder, and of its address; the first page's address is empty
    title: str
    icon: str  # a Material symbol

    def load(self) -> None:
        """Import the page, which otherwise happens when it is first shown."""
        import_module(f"vae_explorer.ui.pages.{self.name}.page")


PAGES = (
    PageEntry("explore", "Explore", ":material/explore:"),
    PageEntry("generate", "Generate", ":material/auto_awesome:"),
    PageEntry("interpolate", "Interpolate", ":material/conversion_path:"),
    PageEntry("reconstruct", "Reconstruct", ":material/compare:"),
    PageEntry("anomalies", "Anomaly lab", ":material/troubleshoot:"),
    PageEntry("compare", "Compare", ":material/leaderboard:"),
    PageEntry("your_model", "Your model", ":material/upload_file:"),
    PageEntry("train", "Train", ":material/model_training:"),
)


def page(name: str):
    """The page of a name as Streamlit takes it: for `st.navigation` and `st.switch_page`."""
    entry = next(entry for entry in PAGES if entry.name == name)
    first = entry is PAGES[0]
    return st.Page(
        partial(_run, entry.name),
        title=entry.title,
        icon=entry.icon,
        url_path=None if first else entry.name,
        default=first,
    )


def _run(name: str) -> None:
    import_module(f"vae_explorer.ui.pages.{name}.page").page()
