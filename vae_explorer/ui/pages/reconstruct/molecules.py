"""Reconstruct with a model of molecules: put one in, and see what comes back."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.molecules import molecule_space
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.pages.reconstruct import molecule_result, molecule_sources
from vae_explorer.ui.session import registry

TYPED, NAMED, TEST, FILE = "Type or paste", "A well-known one", "Test molecule", "A file"


def page() -> None:
    """The page."""
    with messages.guard():
        _live(molecule_space.current())


@st.fragment
def _live(molecules: MoleculeSpace) -> None:
    with messages.guard():
        source = _source()
        if source == FILE:
            molecule_sources.file(molecules)
            return
        sources = {
            TYPED: molecule_sources.typed,
            NAMED: molecule_sources.named,
            TEST: molecule_sources.test_molecule,
        }
        smiles = sources[source](molecules)
        if smiles is not None:
            molecule_result.show(molecules, smiles)


def _source() -> str:
    """Where the molecule comes from."""
    offered = (TYPED, NAMED, TEST, FILE)
    registry.MOLECULE_SOURCE.keep_among(offered)
    chosen = st.segmented_control(
        "Where the molecule comes from",
        offered,
        default=offered[0],
        required=True,
        label_visibility="collapsed",
        **registry.MOLECULE_SOURCE.widget,
    )
    return chosen if chosen in offered else offered[0]
