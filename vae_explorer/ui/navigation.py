"""The table of pages. A leaf: pages ask it for links, and it imports none before it is asked."""

from functools import partial
from importlib import import_module
from typing import NamedTuple

import streamlit as st


class PageEntry(NamedTuple):
    """A page of the app: `ui/pages/<name>/page.py` has its function `page()`."""

    name: str  # of its folder, and of its address; the first page's address is empty
    title: str
    purpose: str  # a sentence: what one does here
    needs: str = ""  # what it cannot do without a network; "": it shows codes alone as well

    def load(self) -> None:
        """Import the page, which otherwise happens when it is first shown."""
        import_module(f"vae_explorer.ui.pages.{self.name}.page")


PAGES = (
    PageEntry(
        "explore",
        "Explore",
        "A VAE turns a picture into a few numbers, z, and any z into a picture. Drag z.",
    ),
    PageEntry(
        "learn",
        "Learn",
        "Lessons on the model in hand: predict, do it, and see what comes true.",
    ),
    PageEntry(
        "generate",
        "Generate",
        "Let the model invent pictures: at random, by class, or in a style.",
        "generated",
    ),
    PageEntry(
        "interpolate",
        "Interpolate",
        "Walk from one picture to another and see what lies between.",
        "decoded",
    ),
    PageEntry(
        "reconstruct",
        "Reconstruct",
        "Put in a picture of your own and see what the model makes of it.",
        "reconstructed",
    ),
    PageEntry(
        "anomalies",
        "Anomaly lab",
        "Find what the model has never seen, and see which scores fail to.",
        "scored",
    ),
    PageEntry(
        "compare",
        "Compare",
        "Put models beside each other: their pictures, coordinates and scores.",
        "decoded",
    ),
    PageEntry(
        "your_model",
        "Your model",
        "Open a VAE that was made elsewhere, on the pictures it was trained on.",
    ),
    PageEntry(
        "train",
        "Train",
        "Train a model here and watch its latent space form.",
    ),
)


def page(name: str):
    """The page of a name as Streamlit takes it: for `st.navigation` and `st.switch_page`.

    Without an icon: nine names alone fit into the menu of a laptop, where none may be hidden.
    """
    row = entry(name)
    return st.Page(
        partial(_run, row.name),
        title=row.title,
        url_path=address(row) or None,
        default=row is PAGES[0],
    )


def entry(name: str) -> PageEntry:
    """The row of a page."""
    return next(entry for entry in PAGES if entry.name == name)


def address(entry: PageEntry) -> str:
    """Of a page, behind the app's own."""
    return "" if entry is PAGES[0] else entry.name


def _run(name: str) -> None:
    import_module(f"vae_explorer.ui.pages.{name}.page").page()
