"""Anomaly lab: how well does the model tell what it was not made for, and where does it fail?"""

import streamlit as st

from vae_explorer import figures
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import Population
from vae_explorer.ui import messages
from vae_explorer.ui.pages.anomalies import (
    anomaly_chooser,
    experiment,
    likelihood_lesson,
    results,
)
from vae_explorer.ui.pages.anomalies.experiment import Experiment
from vae_explorer.ui.session import latent_space, model_selection, registry
from vae_explorer.ui.shared import anomaly_comparison, pictures
from vae_explorer.ui.shared.anomaly_comparison import Comparison

PREVIEW = 6  # pictures of each population


def page() -> None:
    """The page of the anomaly lab."""
    st.markdown(
        "**Can this model tell what it was not made for?** Every picture gets a score: the higher, "
        "the less it looks like what the model has learnt. Normal pictures and anomalies are "
        "scored alike, and a threshold flags what lies above it. The threshold is set on "
        "validation pictures alone: neither the test pictures nor the anomalies have any "
        "influence on it."
    )
    with messages.guard():
        space = latent_space.of(model_selection.current())
        prepared = experiment.prepare(space)
        if prepared is None:
            return
        likelihood_lesson.teach(prepared)
        comparison = _choose(prepared)
        if comparison is not None:
            results.show(comparison)


def _choose(prepared: Experiment) -> Comparison | None:
    """The two populations, and their comparison once both are there."""
    detector, normal, anomalous = anomaly_chooser.choose(prepared)
    if anomalous is None:
        return None
    left, right = st.columns(2, gap="large")
    with left:
        if normal is None:
            st.markdown("**Normal**")
            messages.note("Scores of validation pictures, as kept in the model's file.")
        else:
            _preview(normal.population, "Normal")
    with right:
        _preview(anomalous.population, "Anomalies")
    dataset = prepared.dataset
    if dataset is not None and len(dataset.test) > anomaly_populations.MAX_PICTURES:
        st.toggle(
            f"All pictures, not just {anomaly_populations.MAX_PICTURES:,} of each set",
            help="Takes longer, and makes the intervals narrower.",
            **registry.ALL_PICTURES.widget,
        )
    return anomaly_comparison.compare(prepared.space.checkpoint, detector, normal, anomalous)


def _preview(population: Population, title: str) -> None:
    """Its first six pictures."""
    st.markdown(f"**{title}**")
    sheet = figures.sheet(population.images[:PREVIEW], PREVIEW)
    about = population.about[0].upper() + population.about[1:]
    pictures.picture(sheet, f"{title}: the first {PREVIEW} pictures", remark=f"{about}.")
