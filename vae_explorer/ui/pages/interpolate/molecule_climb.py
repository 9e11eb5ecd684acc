"""From a molecule along the slope of a property, as the model's property head tells it."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from numpy import ndarray
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.latent.geometry import Remoteness
from vae_explorer.models.molecules import property_head
from vae_explorer.models.molecules.property_head import PropertyHead
from vae_explorer.molecules import molecule_table
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
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.shared import cloud

CLOUD = "climb_cloud"
UP, DOWN = "Up", "Down"
FEWEST_STEPS, MOST_STEPS, DEFAULT_STEPS = 1, 30, 11
LENGTHS, DEFAULT_LENGTH = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0), 0.25
WIDTH = 168  # pixels of a molecule
SAME = "same as before"
FAR = "far from all data: the head is guessing there"
NO_HEAD = (
    "This model's file has no property head, so no slope can be followed: `vae-explorer publish` "
    "fits one and writes a file that has it."
)


class Settings(NamedTuple):
    """What the visitor wants."""

    name: str  # one of PROPERTIES
    down: bool
    steps: int
    length: float  # of a step, latent units


class Climb(NamedTuple):
    """Points along a slope, n with the start, and what is known of each."""

    path: Tensor  # (n, D), as the space is shown
    predicted: list[float]  # n, by the head
    rows: MoleculeTable
    near: ndarray  # (n,) similarity to the molecule that was chosen
    away: list[Remoteness]  # n


def show(molecules: MoleculeSpace) -> None:
    """Start and goal, the molecules on the way, what was predicted and measured, files."""
    head = molecules.checkpoint.property_head
    if head is None:
        st.info(NO_HEAD, icon=":material/trending_up:")
        return
    left, right = st.columns(2, gap="large")
    with left:
        start = molecule_ends.choose(molecules, "From", "from", 0)
    with right:
        chosen = _settings()
        _trust(molecules, chosen.name)
    made = climb(molecules, head, start, chosen)
    st.header("Step by step")
    _summary(made, chosen)
    _cards(made, chosen.name, molecules.space.decimals)
    curves, where = st.columns([7, 5], gap="large")
    with curves:
        _curves(made, chosen.name)
    with where:
        _cloud(molecules, made, chosen)
    _exports(made, chosen.name)


def climb(
    molecules: MoleculeSpace, head: PropertyHead, start: MoleculeEnd, chosen: Settings
) -> Climb:
    """Follow the head from a molecule."""
    here, space = molecules.components.back(start.code), molecules.space
    length = -chosen.length if chosen.down else chosen.length
    column = PROPERTIES.index(chosen.name)
    followed = property_head.followed(head, here, column, chosen.steps, length)
    path = molecules.components.of(followed.path)
    rows = molecules.table(path)
    near = molecule_table.similarities(rows.smiles, start.smiles)
    away = [geometry.remoteness(space.codes.mu, z, space.typical) for z in path]
    return Climb(path, followed.predicted, rows, near, away)


def _settings() -> Settings:
    name = st.segmented_control(
        "Property",
        PROPERTIES,
        default=PROPERTIES[0],
        required=True,
        help=property_words.EXPLAINED,
        **registry.CLIMBED.widget,
    )
    direction = st.segmented_control(
        "Direction",
        (UP, DOWN),
        default=UP,
        required=True,
        **registry.CLIMB_DIRECTION.widget,
    )
    steps = st.slider(
        "Steps",
        FEWEST_STEPS,
        MOST_STEPS,
        DEFAULT_STEPS,
        help="Each goes straight up (or down) the slope that the head has there",
        **registry.CLIMB_STEPS.widget,
    )
    length = st.select_slider(
        "Length of a step",
        LENGTHS,
        DEFAULT_LENGTH,
        help="In units of z, whose prior has a standard deviation of 1",
        **registry.STEP_LENGTH.widget,
    )
    return Settings(name or PROPERTIES[0], direction == DOWN, steps, length)


def _trust(molecules: MoleculeSpace, name: str) -> None:
    """How much the head explains on molecules that it has not seen."""
    score = molecules.checkpoint.scores.get(f"explained_{name}")
    if not isinstance(score, dict):
        messages.note(f"How well the head knows {name} was not measured for this file.")
        return
    messages.note(
        f"How far to believe the head: its R² for {name} is {score['value']:.2f} on test molecules "
        "(1: always right, 0: no better than the average molecule). It tells a direction; what a "
        f"molecule has, RDKit measures. {messages.plain(score['protocol'])}."
    )


def _summary(made: Climb, chosen: Settings) -> None:
    name, values = chosen.name, made.rows.column(chosen.name)
    ends = [property_words.figure(name, value) for value in (made.predicted[0], made.predicted[-1])]
    got = [
        "nothing (no valid molecule)" if smiles is None else property_words.figure(name, value)
        for smiles, value in ((made.rows.smiles[i], values[i]) for i in (0, -1))
    ]
    counts = molecule_table.tally(made.rows.smiles)
    apart = molecule_table.mean_difference(made.predicted, values.tolist())
    text = (
        f"The head predicts {name} from {ends[0]} to {ends[1]}; RDKit measures {got[0]} at the "
        f"start and {got[1]} at the end"
        + (
            f", on average {property_words.figure(name, apart)} away from it"
            if counts.valid
            else ""
        )
        + f". {counts.valid} of {counts.total} are valid molecules, "
        f"{counts.different} of them different."
    )
    far = sum(each.far for each in made.away)
    text += (
        f" {far} of {len(made.away)} points lie {FAR}." if far else " No point is far from data."
    )
    if len(made.path) <= chosen.steps:
        text += f" The slope ends after {len(made.path) - 1} steps."
    messages.note(text)


def _cards(made: Climb, name: str, decimals: int) -> None:
    again, values = molecule_table.repeats(made.rows), made.rows.column(name)
    cards = []
    for i, (text, smiles) in enumerate(zip(made.rows.texts, made.rows.smiles, strict=True)):
        predicted = property_words.figure(name, made.predicted[i])
        lines = [f"{name}: head {predicted}"]
        if smiles is None:
            lines.append(text)
        else:
            lines[0] += f", RDKit {property_words.figure(name, values[i])}"
            lines.append(f"similarity {molecule_charts.figure(made.near[i])} to start")
        lines.append(f"{made.away[i].distance:.{decimals}f} from data")
        if made.away[i].far:
            lines.append(FAR)
        lines = [SAME, *lines] if again[i] else lines
        cards.append(Structure(smiles, f"Step {i}" if i else "Start", tuple(lines)))
    structures.show(cards, width=WIDTH)
    messages.note(
        "Head: what the property head predicts at the point; RDKit: what the molecule has that is "
        "written there. From data: the distance to the nearest encoded test molecule; up to "
        f"{made.away[0].typical:.{decimals}f} is usual. Similarity (Tanimoto) is to the molecule "
        "that was chosen."
    )


def _curves(made: Climb, name: str) -> None:
    measured = made.rows.column(name).tolist()
    molecule_charts.curves(
        f"{name}, predicted and measured",
        {"by the head": made.predicted, "by RDKit": measured},
        first=0,
    )
    molecule_charts.curves(
        "Similarity to the start", {"similarity": made.near.tolist()}, (0, 1), first=0
    )


def _cloud(molecules: MoleculeSpace, made: Climb, chosen: Settings) -> None:
    space = molecules.space
    cloud.cloud(space, key=CLOUD, height=400)
    way = "less" if chosen.down else "more"
    live_view.mark(
        CLOUD,
        path={f"{way} {chosen.name}": latent_space.project(space, made.path)},
        target={"from": latent_space.project(space, made.path[0])},
        key="climb_mark",
    )
    messages.note(f"Encoded test molecules, coloured by {molecules.coloured_by}.")


def _exports(made: Climb, name: str) -> None:
    more: dict[str, Sequence[float]] = {
        f"predicted_{name}": made.predicted,
        "similarity_to_start": made.near.tolist(),
        "distance_to_nearest": [each.distance for each in made.away],
    }
    names = ["start", *(f"step {i}" for i in range(1, len(made.path)))]
    molecule_downloads.show(made.rows, names, more, "climb")
