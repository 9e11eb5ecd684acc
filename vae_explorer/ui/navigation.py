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
    molecules: str = ""  # the sentence for a model of molecules, which
    # `ui/pages/<name>/molecules.py` shows, it too by `page()`; "": there is none
    of_pictures: bool = False  # it makes no sense for other models

    def load(self) -> None:
        """Import the page, which otherwise happens when it is first shown."""
        import_module(f"vae_explorer.ui.pages.{self.name}.page")
        if self.molecules:
            import_module(f"vae_explorer.ui.pages.{self.name}.molecules")


PAGES = (
    PageEntry(
        "explore",
        "Explore",
        "A VAE turns a picture into a few numbers, z, and any z into a picture. Drag z.",
        molecules="A VAE turns a molecule into a few numbers, z, and any z into one. Drag z.",
    ),
    PageEntry(
        "learn",
        "Learn",
        "Lessons on the model in hand: predict, do it, and see what comes true.",
        of_pictures=True,
    ),
    PageEntry(
        "generate",
        "Generate",
        "Let the model invent pictures: at random, by class, or in a style.",
        "generated",
        molecules="Let the model invent molecules, and keep those that you look for.",
    ),
    PageEntry(
        "interpolate",
        "Interpolate",
        "Walk from one picture to another and see what lies between.",
        "decoded",
        molecules="Walk from one molecule to another, or towards a property.",
    ),
    PageEntry(
        "reconstruct",
        "Reconstruct",
        "Put in a picture of your own and see what the model makes of it.",
        "reconstructed",
        molecules="Put in a molecule of your own and see what the model makes of it.",
    ),
    PageEntry(
        "anomalies",
        "Anomaly lab",
        "Find what the model has never seen, and see which scores fail to.",
        "scored",
        molecules="Find molecules of another chemistry than the model has learned.",
    ),
    PageEntry(
        "compare",
        "Compare",
        "Put models beside each other: their pictures, coordinates and scores.",
        "decoded",
        molecules="Put models of molecules beside each other: what they make of the same ones.",
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
    chosen = import_module("vae_explorer.ui.session.model_selection")
    part = "molecules" if entry(name).molecules and chosen.of_molecules() else "page"
    import_module(f"vae_explorer.ui.pages.{name}.{part}").page()
