"""How unusual a picture is to a model: its anomaly scores among those of validation pictures."""

import streamlit as st
from torch import Tensor

from vae_explorer.data import datasets
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.models.anomaly_scores import SCORES
from vae_explorer.ui import messages
from vae_explorer.ui.pages.reconstruct import bar_rows
from vae_explorer.ui.session import dataset_cache, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import anomaly_comparison
from vae_explorer.ui.shared.anomaly_comparison import TITLES

RED_FROM = 95.0  # percentile from which a score is shown in red


def show(space: Space, x: Tensor, label: int) -> None:
    """The scores of a picture (C, H, W) with their percentiles."""
    st.markdown(
        "**Is it unusual?** Anomaly scores, and the share of validation "
        f"{space.noun}s that score lower"
    )
    detector = _detector(space)
    if detector is None:
        return
    y = Tensor([label]).long() if space.checkpoint.config.classes else None
    values = detector.scores(x.unsqueeze(0), y)
    rows = [
        bar_rows.Percentile(
            title,
            f"{values[name].item():z.2f}".replace("-", "−"),
            detector.percentile(name, values[name]).item(),
            SCORES[name].about,
        )
        for name, title in TITLES.items()
        if name in values
    ]
    bar_rows.percentiles(rows, RED_FROM)
    messages.note(f"Red from {RED_FROM:.0f} % on. Point at a name to read what it measures.")


def _detector(space: Space) -> Detector | None:
    """The detector that the model carries, or one fitted on request; else says what is missing."""
    checkpoint, noun = space.checkpoint, space.noun
    if checkpoint.detector is not None:
        return checkpoint.detector
    dataset = dataset_cache.of_model(checkpoint)
    if dataset is None or not dataset_cache.fits(dataset.validation.images, checkpoint.config):
        messages.note(
            f"This model's file does not say how {noun}s usually score, and its data set is not on "
            "this disk, so there is nothing to compare with. The Train page downloads data sets."
        )
        return None
    wanted = registry.DETECTORS_WANTED.start(set)
    if checkpoint.sha256 not in wanted:
        messages.note(f"This model's file does not say how {noun}s usually score.")
        st.button(
            f"Score validation {noun}s",
            icon=":material/straighten:",
            key="fit",
            on_click=wanted.add,
            args=(checkpoint.sha256,),
        )
        return None
    return anomaly_comparison.detector(checkpoint, dataset, str(datasets.data_root().resolve()))
