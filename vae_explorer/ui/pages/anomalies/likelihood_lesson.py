"""The famous failure of likelihood as a score of anomalies, in words and at a click."""

from typing import Any

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.anomalies import anomaly_chooser
from vae_explorer.ui.pages.anomalies.experiment import Experiment
from vae_explorer.ui.session import registry

LESSON = (
    "A VAE bounds how *likely* a picture is, so why not flag the unlikely ones? Because likelihood "
    "asks how cheaply a picture can be explained, pixel by pixel, and little ink is cheap whatever "
    "it shows. A model that was trained without the 1s finds them *more* likely than the digits it "
    "knows, and an empty page costs no more to draw than a digit. Take one of the two cases and "
    "look at its AUROC: 0.5 is tossing a coin, and below it the ranking is upside down. Then "
    "choose scores that ask for the error *relative to the ink*, or for where a picture lands in "
    "the latent space."
)


def teach(experiment: Experiment) -> None:
    """The famous failure, and its two cases at a click."""
    with st.expander("Teach me: when likelihood is fooled", icon=":material/school:"):
        st.markdown(LESSON)
        if experiment.dataset is None:
            messages.note("Both cases need the model's data set on this machine.")
            return
        with st.container(horizontal=True):
            _blank_page()
            if anomaly_chooser.ONE_CLASS in anomaly_chooser.kinds(experiment):
                _one_class(experiment, experiment.labels()[1])


def _blank_page() -> None:
    case = {
        registry.ANOMALIES: anomaly_chooser.CORRUPTION,
        registry.CORRUPTION: "blank",
        registry.ANOMALY_SCORE: "reconstruction",
    }
    icon = ":material/check_box_outline_blank:"
    _button("An empty page, by reconstruction", icon, "teach_blank", case)


def _one_class(experiment: Experiment, label: int) -> None:
    case = {
        registry.ANOMALIES: anomaly_chooser.ONE_CLASS,
        registry.LEFT_OUT: label,
        registry.ANOMALY_SCORE: "neg_elbo",
    }
    title = f"The class {messages.plain(experiment.class_name(label))}, by −ELBO"
    _button(title, ":material/category:", "teach_class", case)


def _button(title: str, icon: str, key: str, case: dict[registry.Property, Any]) -> None:
    """Chooses a case, and the score that it fools."""
    st.button(title, icon=icon, key=key, on_click=registry.put_all, args=(case,))
