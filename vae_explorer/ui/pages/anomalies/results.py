"""What a comparison in the anomaly lab shows: figures, charts, and pictures caught and missed."""

import streamlit as st

from vae_explorer import figures
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import Flagged, Population
from vae_explorer.models.anomaly_detector import SCORES
from vae_explorer.ui import messages
from vae_explorer.ui.pages.anomalies import anomaly_charts
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared import pictures
from vae_explorer.ui.shared.anomaly_trial import TITLES, Trial

SHOWN = 12  # of the most anomalous and the most missed
NAME_PIXELS, TILE_PIXELS = 110, 72  # of a strip of fewer


@st.fragment
def show(trial: Trial) -> None:
    """All that depends on the score and the threshold; scores are not computed again."""
    with messages.guard():
        names = sorted(trial.curves, key=lambda name: name != "combined")  # which comes first
        left, right = st.columns([3, 2], gap="large")
        with left:
            name = _score(names)
        with right:
            quantile = _quantile()
        normal, anomalous = trial.normal_scores[name], trial.anomalous_scores[name]
        flagged = anomaly_populations.flagged(
            trial.detector, name, quantile / 100, normal, anomalous
        )
        anomaly_charts.summary(trial.curves[name], flagged)
        anomaly_charts.histogram(figures.shared_bins(normal, anomalous), name, flagged)
        _curves(trial, name, flagged)
        _all_scores(trial, name)
        _pictures(trial, name, flagged)
        messages.note(trial.protocol)


def _score(names: list[str]) -> str:
    registry.ANOMALY_SCORE.keep_among(names)
    name = st.pills(
        "Score",
        names,
        default=names[0],
        format_func=TITLES.__getitem__,
        required=True,
        wrap=True,
        **registry.ANOMALY_SCORE.widget,
    )
    name = name if name in names else names[0]
    messages.note(SCORES[name].about[0].upper() + SCORES[name].about[1:] + ".")
    return name


def _quantile() -> float:
    """In percent."""
    return st.slider(
        "Threshold: this share of validation pictures lies below",
        *(50.0, 99.9, 95.0, 0.1),
        format="%.1f %%",
        help="The rest of them would be flagged: the share of false alarms that you accept.",
        **registry.THRESHOLD.widget,
    )


def _curves(trial: Trial, name: str, flagged: Flagged) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**ROC**")
        anomaly_charts.roc(trial.curves, name, flagged)
    with right:
        st.markdown("**Precision and recall**")
        anomaly_charts.precision_recall(trial.curves, name, flagged)


def _all_scores(trial: Trial, name: str) -> None:
    st.markdown("**All scores on this comparison**")
    anomaly_charts.table(trial.curves, name)
    if trial.failure:
        st.info(trial.failure, icon=":material/lightbulb:")


def _pictures(trial: Trial, name: str, flagged: Flagged) -> None:
    scores = trial.anomalous_scores[name]
    highest = anomaly_populations.highest(scores, SHOWN)
    lowest = anomaly_populations.lowest(scores, SHOWN)
    _strip(trial, trial.anomalous, highest, "Most anomalous", "")
    below = f"{1 - flagged.anomalous:.1%} of the anomalies lie below the threshold."
    _strip(trial, trial.anomalous, lowest, "Most missed: anomalies that look most normal", below)
    if trial.normal is not None:
        false_alarms = anomaly_populations.highest(trial.normal_scores[name], SHOWN)
        above = f"{flagged.normal:.1%} of the normal pictures lie above the threshold."
        _strip(trial, trial.normal, false_alarms, "Normal pictures with the highest scores", above)


def _strip(trial: Trial, population: Population, indices: list[int], title: str, note: str) -> None:
    rows = anomaly_populations.reconstruct_some(trial.checkpoint, population, indices)
    alt = f"{title.lower()}, above what the model makes of them"
    few = len(indices) < SHOWN
    with st.container(width=NAME_PIXELS + TILE_PIXELS * len(indices) if few else "stretch"):
        pictures.strips(rows, ["picture", "reconstruction"], alt, title=title, note=note)
