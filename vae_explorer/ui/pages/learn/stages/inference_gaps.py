"""The encoder against the exact posterior, picture by picture: what the bound loses, and why."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.latent import exact
from vae_explorer.latent.exact import Gaps
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import pictures, widgets

POINTS = 2**13  # of the prior; further ones are spread around each posterior
NAMES = ("approximation", "amortisation")
CHART = {
    "height": 200,
    "mark": "bar",
    "encoding": {
        "x": {"field": "nats", "type": "quantitative", "title": "nats lost"},
        "y": {"field": "picture", "type": "nominal", "title": None, "sort": None},
        "color": {
            "field": "gap",
            "type": "nominal",
            "title": None,
            "scale": {"domain": NAMES, "range": [widgets.NORMAL, widgets.ANOMALOUS]},
        },
    },
}


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """A button that measures the chosen picture, and all that were measured."""
    chosen = example.choose(space, memory, "gaps_example")
    wanted: list[int] = memory.setdefault("wanted", [])
    st.button(
        f"Measure this {space.noun}",
        key="measure_gaps",
        on_click=lambda: wanted.append(chosen.item),
        disabled=not memory["recording"] or chosen.item in wanted,
        type="primary",
    )
    measured: dict[int, tuple[str, Gaps]] = memory.setdefault("measured", {})
    if chosen.item in wanted and chosen.item not in measured:
        with st.spinner("Weighing the points of the prior …", show_time=True):
            lattice = _lattice(space.checkpoint, chosen.label)
            x = chosen.x.unsqueeze(0).clone()  # decoded ones are inference tensors
            measured[chosen.item] = chosen.name, exact.gaps(lattice, x)
    if not measured:
        return {"measured": 0}
    if chosen.item in measured:
        _draw(space, chosen, measured[chosen.item][1])
    rows = [
        {"picture": f"{name} ({item})", "gap": gap, "nats": round(nats, 2)}
        for item, (name, found) in measured.items()
        for gap, nats in zip(NAMES, _nats(found), strict=True)
    ]
    widgets.chart(CHART, rows, "what the bound loses on each picture, in nats")
    return _observed([found for _, found in measured.values()])


@kept(2)
def _lattice(checkpoint: Checkpoint, label: int) -> DecodedLattice:
    return prior_lattice.decoded_lattice(checkpoint.model, POINTS, label=label)


def _nats(found: Gaps) -> tuple[float, float]:
    """Neither gap is below 0, but for the error of measuring."""
    return max(0.0, float(found.approximation)), max(0.0, float(found.amortisation))


def _draw(space: Space, chosen: example.Example, found: Gaps) -> None:
    """The picture, and what is decoded where the encoder puts it and where it belongs."""
    lattice = _lattice(space.checkpoint, chosen.label)
    belongs: Tensor = exact.posterior(lattice, chosen.x.unsqueeze(0).clone()).mean
    decoded = inference.decode(space.checkpoint, torch.cat([found.mu, belongs]), chosen.label)
    pictures.strips(
        [chosen.x.unsqueeze(0), decoded[:1], decoded[1:]],
        ["x", "where the encoder puts it", "where it belongs"],
        f"the {space.noun}, its reconstruction by the encoder, and by the exact posterior's mean",
    )


def _observed(all_gaps: list[Gaps]) -> Observation:
    nats = torch.tensor([_nats(found) for found in all_gaps])
    approximation, amortisation = nats.mean(dim=0).tolist()
    return {
        "measured": len(all_gaps),
        "approximation": approximation,
        "amortisation": amortisation,
        "inference": approximation + amortisation,
        "error": float(torch.cat([found.standard_error for found in all_gaps]).max()),
        "larger": int(amortisation > approximation),
    }
