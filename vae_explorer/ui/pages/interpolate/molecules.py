"""Interpolate with a model of molecules: from one to another, or along a property's slope."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.molecules import molecule_space
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.pages.interpolate import molecule_climb, molecule_walk
from vae_explorer.ui.session import registry

BETWEEN, TOWARDS = "Walk between two", "Towards a property"
SECTIONS = {BETWEEN: molecule_walk.show, TOWARDS: molecule_climb.show}


def page() -> None:
    """The page."""
    with messages.guard():
        molecules = molecule_space.current()
        section = st.segmented_control(
            "What the walk leads to",
            list(SECTIONS),
            default=BETWEEN,
            required=True,
            label_visibility="collapsed",
            **registry.WALKED_TO.widget,
        )
        _live(molecules, section or BETWEEN)


@st.fragment
def _live(molecules: MoleculeSpace, section: str) -> None:
    with messages.guard():
        SECTIONS[section](molecules)
