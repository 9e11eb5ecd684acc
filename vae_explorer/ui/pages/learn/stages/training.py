"""Small trainings beside each other, of which each takes seconds: what one setting does."""

from typing import Any

import streamlit as st

from vae_explorer.teaching.short_training import Outcome, short_training
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task
from vae_explorer.ui.shared import pictures, widgets

CHART = {
    "height": 170,
    "mark": {"type": "line", "point": True},
    "encoding": {
        "x": {"field": "kl", "type": "quantitative", "title": "rate: KL, nats"},
        "y": {
            "field": "reconstruction",
            "type": "quantitative",
            "title": "distortion: reconstruction, nats",
            "scale": {"zero": False},
        },
        "order": {"field": "epoch"},
        "color": {"field": "training", "type": "nominal", "title": None, "sort": None},
        "tooltip": [{"field": "training"}, {"field": "epoch"}],
    },
}


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """A button for each training of the settings: title -> weight of the KL term, free bits."""
    trained: dict[str, Outcome] = {}
    with st.container(horizontal=True):
        for title in settings:
            st.button(
                f"Train: {title}",
                key=f"short_training_{title}",
                disabled=not memory["recording"] or title in memory.get("wanted", ()),
                on_click=lambda title=title: memory.setdefault("wanted", []).append(title),
                type="primary",
            )
    for title in memory.get("wanted", ()):
        trained[title] = _trained(*map(float, settings[title].split()))
    for title, outcome in trained.items():
        _draw(title, outcome)
    if trained:
        rows = [row for title, outcome in trained.items() for row in _rows(title, outcome)]
        widgets.chart(CHART, rows, "rate and distortion of each training, from epoch to epoch")
    return _observed(settings, trained)


def _trained(beta: float, free_bits: float = 0.0) -> Outcome:
    """The same for all visitors: it always begins from the same seed."""
    title = "Training a small model on the embedded digits"
    task = Task(short_training, (beta, free_bits), noun=None)
    return once("short training", (beta, free_bits), title, task)


def _draw(title: str, outcome: Outcome) -> None:
    """What the model makes of pictures, and what it draws by itself."""
    pictures.strips(
        [outcome.originals, outcome.reconstructed, outcome.samples],
        ["x", "back", "drawn"],
        f"{title}: pictures, their reconstructions, and samples of the prior",
        title=title,
        note=f"{len(outcome.kl)} epochs in {outcome.seconds:.0f} s: reconstruction "
        f"{outcome.reconstruction[-1]:.1f}, KL {outcome.kl[-1]:.2f}, −ELBO {outcome.neg_elbo:.1f} "
        "nats a validation picture.",
    )


def _rows(title: str, outcome: Outcome) -> list[dict[str, Any]]:
    pairs = zip(outcome.kl, outcome.reconstruction, strict=True)
    return [
        {"training": title, "epoch": epoch, "kl": kl, "reconstruction": reconstruction}
        for epoch, (kl, reconstruction) in enumerate(pairs, start=1)
        if epoch > 1  # before, everything is far away
    ]


def _observed(settings: dict[str, str], trained: dict[str, Outcome]) -> Observation:
    """By the number of each training in the settings, from 0."""
    observed: dict[str, Any] = {"trained": len(trained)}
    for number, title in enumerate(settings):
        if title in trained:
            outcome = trained[title]
            observed |= {
                f"kl{number}": outcome.kl[-1],
                f"reconstruction{number}": outcome.reconstruction[-1],
                f"neg_elbo{number}": outcome.neg_elbo,
            }
    return observed
