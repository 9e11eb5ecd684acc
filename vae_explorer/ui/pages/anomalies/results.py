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
        names = list(trial.curves)
        names.insert(0, names.pop(names.index("combined")))
        left, right = st.columns([3, 2], gap="large")
        with left:
            name = _score(names)
        with right:
            quantile = _quantile()
        sets = trial.normal_scores[name], trial.anomalous_scores[name]
        found = anomaly_populations.flagged(trial.detector, name, quantile / 100, *sets)
        anomaly_charts.summary(trial.curves[name], found)
        anomaly_charts.histogram(figures.shared_bins(*sets), name, found)
        _curves(trial, name, found)
        _all_scores(trial, name)
        _pictures(trial, name, found)
        messages.note(trial.protocol)


def _score(names: list[str]) -> str:
    registry.ANOMALY_SCORE.keep_among(names)
    name = st.pills(
        "Score",
        names,
        default=names[0],
        format_func=TITLES.get,
        required=True,
        wrap=True,
        **registry.ANOMALY_SCORE.widget,
    )
    name = name if name in names else names[0]
    messages.note(SCORES[name][0].upper() + SCORES[name][1:] + ".")
    return name


def _quantile() -> float:
    """In percent."""
    return st.slider(
        "Threshold: this share of validation pictures lies below",
        *(50.0, 99.9, 95.0, 0.1),
        format="%.1f %%",
        help="Only the rest of them would be flagged: the false alarms that you are ready to bear.",
        **registry.THRESHOLD.widget,
    )


def _curves(trial: Trial, name: str, found: Flagged) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**ROC**")
        anomaly_charts.roc(trial.curves, name, found)
    with right:
        st.markdown("**Precision and recall**")
        anomaly_charts.precision_recall(trial.curves, name, found)


def _all_scores(trial: Trial, name: str) -> None:
    st.markdown("**All scores on this comparison**")
    anomaly_charts.table(trial.curves, name)
    if trial.failure:
        st.info(trial.failure, icon=":material/lightbulb:")


def _pictures(trial: Trial, name: str, found: Flagged) -> None:
    scores = trial.anomalous_scores[name]
    caught = anomaly_populations.highest(scores, SHOWN)
    missed = anomaly_populations.lowest(scores, SHOWN)
    _strip(trial, trial.anomalous, caught, "The most anomalous", "")
    below = f"{1 - found.anomalous:.1%} of the anomalies lie below the threshold."
    _strip(trial, trial.anomalous, missed, "The most missed", below)
    if trial.normal is not None:
        alarms = anomaly_populations.highest(trial.normal_scores[name], SHOWN)
        above = f"{found.normal:.1%} of the normal pictures lie above the threshold."
        _strip(trial, trial.normal, alarms, "Normal, and yet the most unusual", above)


def _strip(trial: Trial, chosen: Population, indices: list[int], title: str, note: str) -> None:
    rows = anomaly_populations.reconstructed(trial.checkpoint, chosen, indices)
    alt = f"{title.lower()}, above what the model makes of them"
    few = len(indices) < SHOWN
    with st.container(width=NAME_PIXELS + TILE_PIXELS * len(indices) if few else "stretch"):
        pictures.strips(rows, ["picture", "reconstruction"], alt, title=title, note=note)
