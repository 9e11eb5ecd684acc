"""Explore with a model of molecules: drag, and see the structure that the model writes at z."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.chemistry import PROPERTIES
from vae_explorer.molecules.molecule_table import MoleculeTable
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view, picker
from vae_explorer.ui.molecules import live_payload, molecule_space, property_words, structures
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.session import current_place, registry
from vae_explorer.ui.shared import page_links, projection_view

VIEW = "explore_molecules"  # the key of the page's live view
NEAREST = 6
AXES, STEPS = 3, 5  # coordinates that are walked along, and molecules on each
TILE = (160, 120)  # pixels


def page() -> None:
    """The page."""
    with messages.guard():
        choose_colour()
        molecules = molecule_space.current()
        projected = projection_view.choose(molecules.space)
        current_place.follow_history(molecules.space)
        current_place.get(molecules.space)
        view = None if projected is None else projected.view
        live_view.explorer(live_payload.blob(molecules, view, VIEW), key=VIEW)
        if projected is not None and projected.remark:
            messages.note(projected.remark)
        _from_place(molecules)


def choose_colour() -> None:
    """The property that colours the cloud."""
    st.segmented_control(
        "Coloured by",
        PROPERTIES,
        default=PROPERTIES[0],
        required=True,
        help=f"{property_words.EXPLAINED} Five groups of equally many molecules.",
        **registry.COLOURED_BY.widget,
    )


@st.fragment
def _from_place(molecules: MoleculeSpace) -> None:
    """What follows from the place; runs again by itself when it has come to rest."""
    with messages.guard():
        space = molecules.space
        z = current_place.get(space)
        _sync(molecules, z)
        _nearest(molecules, z)
        _here(molecules, z)
        _walks(molecules, z)


def _sync(molecules: MoleculeSpace, z: Tensor) -> None:
    space = molecules.space

    def drawn(seed: int) -> Tensor:
        sample = geometry.prior_samples([seed], len(space.ranges))
        return molecules.components.of(sample)[0]

    def rested(news: dict[str, Any]) -> None:
        current_place.receive(space, news, drawn)

    current_place.write_link(space, z)
    moves = registry.MOVES.get(0)
    live_view.place_sync(
        VIEW,
        key="place_sync",
        on_rest=rested,
        z=z,
        moves=moves,
        path=current_place.path_taken(moves),
        model=space.checkpoint.sha256,
    )


def _nearest(molecules: MoleculeSpace, z: Tensor) -> None:
    space = molecules.space
    found = geometry.nearest(space.codes.mu, z, NEAREST)
    indices = found.indices.tolist()
    column = PROPERTIES.index(molecules.coloured_by)
    captions = [
        f"{property_words.figure(molecules.coloured_by, molecules.properties[i, column])} · {d:.2f}"
        for i, d in zip(indices, found.distances.tolist(), strict=True)
    ]

    def go(index: int) -> None:
        current_place.go_to(space, space.codes.mu[indices[index]])

    picker.pick(
        structures.tiles([molecules.smiles[i] for i in indices], *TILE),
        captions,
        key="nearest_molecules",
        label="Nearest test molecules",
        on_pick=go,
        size=120,
        title=f"Nearest test molecules, with {molecules.coloured_by} and distance. Click one to go "
        "there.",
    )


def _here(molecules: MoleculeSpace, z: Tensor) -> None:
    """The molecule at the place in words, and what can be done with it."""
    (made,) = molecules.decoded(z.unsqueeze(0))
    st.subheader("The molecule at z")
    st.code(made.smiles or made.text, language=None, wrap_lines=True)
    if made.smiles is None:
        messages.note(f"This is {structures.NOT_VALID}: it is shown as the model wrote it.")
    else:
        index = int(geometry.nearest(molecules.space.codes.mu, z, 1).indices[0])
        alike = chemistry.similarity(made.smiles, molecules.smiles[index])
        messages.note(
            f"{property_words.line_of(made.smiles)}. Tanimoto similarity to the nearest test "
            f"molecule: {alike:.2f}. {live_payload.closeness(molecules, z)}"
        )
    with st.container(horizontal=True):
        page_links.endpoint_buttons(molecules.space, z)


def _walks(molecules: MoleculeSpace, z: Tensor) -> None:
    """Molecules along the coordinates of most spread."""
    names, space = live_payload.names(molecules), molecules.space
    st.subheader("Along single coordinates")
    axes = range(min(AXES, len(space.ranges)))
    points = torch.cat([geometry.traverse(z, d, space.core[d], STEPS) for d in axes])
    made = molecules.table(points)
    for d in axes:
        along = range(d * STEPS, (d + 1) * STEPS)
        st.markdown(f"**{names[d]}**, all others as at z")
        cards = [Structure(made.smiles[i], f"{points[i, d]:.2f}", (_line(made, i),)) for i in along]
        structures.show(cards, width=210)


def _line(made: MoleculeTable, row: int) -> str:
    """What is said of a molecule; the text itself where it is none."""
    if made.smiles[row] is None:
        return made.texts[row]
    return property_words.line(made.properties[row])
