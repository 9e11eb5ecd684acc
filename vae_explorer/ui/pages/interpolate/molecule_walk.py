"""A walk between two molecules: what the model writes on the way, and what is true of each step."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from numpy import ndarray
from torch import Tensor

from vae_explorer.latent.path_kinds import GEODESIC, PATHS
from vae_explorer.molecules import chemistry, molecule_table
from vae_explorer.molecules.chemistry import PROPERTIES
from vae_explorer.molecules.molecule_table import MoleculeTable
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.molecules import (
    molecule_charts,
    molecule_downloads,
    property_words,
    structures,
)
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.pages.interpolate import molecule_ends
from vae_explorer.ui.pages.interpolate.molecule_ends import MoleculeEnd
from vae_explorer.ui.session import current_place, latent_space, registry
from vae_explorer.ui.shared import cloud, page_links

FEWEST_STEPS, MOST_STEPS, DEFAULT_STEPS = 3, 32, 12
CLOUD = "molecule_walk_cloud"
KINDS = [kind for kind in PATHS if kind != GEODESIC]
COLOURS = {"straight": "", "spherical": "#0d9488"}  # "": that of text
WIDTH = 168  # pixels of a molecule
SAME = "same as before"
PATH_HELP = " ".join(f"**{kind.capitalize()}**: {PATHS[kind].about}." for kind in KINDS) + (
    " The geodesic is for pictures: a string changes in jumps, which have no length."
)


class MoleculeWalk(NamedTuple):
    """A path with what the model writes along it."""

    path: Tensor  # (n, D), as the space is shown
    rows: MoleculeTable
    near: tuple[ndarray, ndarray]  # similarity to the molecules at both endpoints, (n,) each


def show(molecules: MoleculeSpace) -> None:
    """Endpoints, the molecules on the way, their curves, the path among the data, files."""
    choices = st.columns(2, gap="large")
    with choices[0]:
        start = molecule_ends.choose(molecules, "From", "from", 0)
    with choices[1]:
        end = molecule_ends.choose(molecules, "To", "to", 7)
    kind, steps = _settings()
    walks = {each: walk(molecules, each, start, end, steps) for each in KINDS}
    st.header("On the way")
    for each, made in walks.items():
        messages.note(f"{each.capitalize()}: {_summary(made)}")
    _remarks(walks[kind], start, end)
    _cards(walks[kind])
    curves, where = st.columns([7, 5], gap="large")
    with curves:
        _curves(walks[kind])
    with where:
        _cloud(molecules, start, end, walks)
    _exports(molecules, walks[kind], kind)


def walk(
    molecules: MoleculeSpace, kind: str, start: MoleculeEnd, end: MoleculeEnd, steps: int
) -> MoleculeWalk:
    """One kind of path between two molecules, both endpoints included."""
    path = molecules.path(kind, start.code, end.code, steps)
    rows = molecules.table(path)
    first, last = (molecule_table.similarities(rows.smiles, e.smiles) for e in (start, end))
    return MoleculeWalk(path, rows, (first, last))


def _settings() -> tuple[str, int]:
    kinds, steps = st.columns(2, gap="large", vertical_alignment="bottom")
    with kinds:
        kind = st.segmented_control(
            "Path",
            KINDS,
            default=KINDS[0],
            required=True,
            format_func=str.capitalize,
            help=PATH_HELP,
            **registry.MOLECULE_PATH.widget,
        )
    with steps:
        count = st.slider(
            "Steps",
            FEWEST_STEPS,
            MOST_STEPS,
            DEFAULT_STEPS,
            help="Molecules along the path, both endpoints included",
            **registry.STEPS.widget,
        )
    return kind or KINDS[0], count


def _summary(made: MoleculeWalk) -> str:
    counts = molecule_table.tally(made.rows.smiles)
    return (
        f"{counts.valid} of {counts.total} steps are valid molecules, {counts.different} of them "
        "different."
    )


def _remarks(made: MoleculeWalk, start: MoleculeEnd, end: MoleculeEnd) -> None:
    """Where the model does not write the molecule that was chosen."""
    for each, written, place in ((start, 0, "start"), (end, -1, "end")):
        got = made.rows.smiles[written]
        if each.smiles is None or got == each.smiles:
            continue
        what = "no valid molecule"
        if got is not None:
            alike = chemistry.similarity(got, each.smiles)
            what = f"another molecule (similarity {alike:.2f})"
        messages.note(f"At the {place} the model writes {what}: its code does not keep everything.")


def _cards(made: MoleculeWalk) -> None:
    again = molecule_table.repeats(made.rows)
    cards = []
    for i, (text, smiles) in enumerate(zip(made.rows.texts, made.rows.smiles, strict=True)):
        lines: tuple[str, ...] = (text,)
        if smiles is not None:
            first, last = (molecule_charts.figure(column[i]) for column in made.near)
            alike = f"similarity {first} to start, {last} to end"
            lines = (alike, property_words.line(made.rows.properties[i]))
        lines = (SAME, *lines) if again[i] else lines
        cards.append(Structure(smiles, f"Step {i + 1}", lines))
    structures.show(cards, width=WIDTH)
    messages.note(f"{property_words.SIMILARITY} {property_words.EXPLAINED}")


def _curves(made: MoleculeWalk) -> None:
    first, last = made.near
    molecule_charts.curves(
        "Similarity", {"to the start": first.tolist(), "to the end": last.tolist()}, (0, 1)
    )
    cells = [*st.columns(2), *st.columns(2)]  # row by row: on a phone in this order
    for cell, name in zip(cells, PROPERTIES, strict=True):
        with cell:
            title = f"{name} (Da)" if name == "weight" else name
            molecule_charts.curves(title, {name: made.rows.column(name).tolist()})


def _cloud(
    molecules: MoleculeSpace, start: MoleculeEnd, end: MoleculeEnd, walks: dict[str, MoleculeWalk]
) -> None:
    space = molecules.space
    cloud.cloud(space, key=CLOUD, height=400)
    live_view.mark(
        CLOUD,
        path={kind: latent_space.project(space, made.path) for kind, made in walks.items()},
        colours=COLOURS,
        target={
            "from": latent_space.project(space, start.code),
            "to": latent_space.project(space, end.code),
        },
        key="molecule_walk_mark",
    )
    messages.note(f"Encoded test molecules, coloured by {molecules.coloured_by}; both paths.")


def _exports(molecules: MoleculeSpace, made: MoleculeWalk, kind: str) -> None:
    more: dict[str, Sequence[float]] = {
        "similarity_to_start": made.near[0].tolist(),
        "similarity_to_end": made.near[1].tolist(),
    }
    names = [f"step {i + 1}" for i in range(len(made.path))]
    molecule_downloads.show(made.rows, names, more, "walk")
    page_links.button(
        "Follow it on Explore",
        "explore",
        "molecule_walk",
        current_place.walk,
        *(molecules.space, made.path),
        icon=":material/directions_walk:",
        help=f"The live view travels along the {kind} path",
    )
