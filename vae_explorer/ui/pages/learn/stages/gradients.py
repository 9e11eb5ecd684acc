"""Two estimates of one gradient, drawn as often as the learner likes."""

from typing import Any

import streamlit as st
import torch
from torch import Generator

from vae_explorer.teaching.gradient_estimates import Estimates, estimates
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import widgets

COUNT, DRAWS = 40, 8  # estimates a click, draws an estimate
NAMES = ("through z = μ + σε", "of log q(z) alone")
CHART = {
    "height": 130,
    "mark": {"type": "tick", "thickness": 2, "opacity": 0.6},
    "encoding": {
        "x": {"field": "value", "type": "quantitative", "title": "estimate, nats per unit of μ"},
        "y": {"field": "name", "type": "nominal", "title": None, "sort": NAMES},
        "color": {
            "field": "name",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": NAMES, "range": [widgets.NORMAL, widgets.ANOMALOUS]},
        },
    },
}


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """A button that draws estimates, and all that were drawn."""
    chosen = example.choose(space, memory, "gradients_example")

    def draw() -> None:
        if memory["recording"]:
            memory["clicks"] = memory.get("clicks", 0) + 1

    st.button(
        f"Draw {COUNT} estimates of each",
        key="draw_estimates",
        on_click=draw,
        disabled=not memory["recording"],
        type="primary",
    )
    clicks = memory.get("clicks", 0)
    if not clicks:
        return {"clicks": 0}
    found = _estimates(space, chosen, clicks)
    rows = [
        {"name": name, "value": value}
        for name, values in zip(NAMES, (found.pathwise, found.score), strict=True)
        for value in values.tolist()
    ]
    widgets.chart(CHART, rows, f"estimates of one derivative: {NAMES[0]}, and {NAMES[1]}")
    return {
        "clicks": clicks,
        "draws": DRAWS,
        "coordinate": f"μ{found.coordinate + 1}",
        "mean": float(found.pathwise.mean()),
        "pathwise_deviation": float(found.pathwise.std()),
        "score_deviation": float(found.score.std()),
        "ratio": found.ratio,
        "draws_ratio": found.draws_ratio,
        "wider": int(found.ratio < 1),
    }


def _estimates(space: Space, chosen: example.Example, clicks: int) -> Estimates:
    """All estimates of so many clicks: each click adds others."""
    model, given = space.checkpoint.model, space.checkpoint.config.classes
    y = torch.tensor([chosen.label]) if given else None
    generator = Generator().manual_seed(chosen.item)
    x = chosen.x.unsqueeze(0).clone()  # decoded ones are inference tensors, which take no gradient
    return estimates(model, x, y, generator, count=COUNT * clicks, draws=DRAWS)
