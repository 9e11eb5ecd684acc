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
    needs: str = ""  # what it cannot do without a network; "": it shows codes alone as well

    def load(self) -> None:
        """Import the page, which otherwise happens when it is first shown."""
        import_module(f"vae_explorer.ui.pages.{self.name}.page")


PAGES = (
    PageEntry("explore", "Explore", ":material/explore:"),
    PageEntry("learn", "Learn", ":material/school:"),
    PageEntry("generate", "Generate", ":material/auto_awesome:", "generated"),
    PageEntry("interpolate", "Interpolate", ":material/conversion_path:", "decoded"),
    PageEntry("reconstruct", "Reconstruct", ":material/compare:", "reconstructed"),
    PageEntry("anomalies", "Anomaly lab", ":material/troubleshoot:", "scored"),
    PageEntry("compare", "Compare", ":material/leaderboard:", "decoded"),
    PageEntry("your_model", "Your model", ":material/upload_file:"),
    PageEntry("train", "Train", ":material/model_training:"),
)


def page(name: str):
    """The page of a name as Streamlit takes it: for `st.navigation` and `st.switch_page`."""
    entry = next(entry for entry in PAGES if entry.name == name)
    return st.Page(
        partial(_run, entry.name),
        title=entry.title,
        icon=entry.icon,
        url_path=address(entry) or None,
        default=entry is PAGES[0],
    )


def title(name: str) -> str:
    """Of the page of a name."""
    return next(entry.title for entry in PAGES if entry.name == name)


def address(entry: PageEntry) -> str:
    """Of a page, behind the app's own."""
    return "" if entry is PAGES[0] else entry.name


def _run(name: str) -> None:
    import_module(f"vae_explorer.ui.pages.{name}.page").page()
