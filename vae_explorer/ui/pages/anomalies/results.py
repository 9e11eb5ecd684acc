"""What a comparison in the anomaly lab shows: figures, charts, and pictures caught and missed."""

import streamlit as st

from vae_explorer import figures
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import Flagged, Population
from vae_explorer.models.anomaly_detector import SCORES
from vae_explorer.ui import messages
from vae_explorer.ui.pages.anomalies import anomaly_charts, score_controls
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared import pictures
from vae_explorer.ui.shared.anomaly_comparison import TITLES, Comparison

SHOWN = 12  # of the most anomalous and the most missed
ABOUT = {name: f"{about.about[0].upper()}{about.about[1:]}." for name, about in SCORES.items()}
NAME_PIXELS, TILE_PIXELS = 110, 72  # of a strip of fewer


@st.fragment
def show(comparison: Comparison) -> None:
    """All that depends on the score and the threshold; scores are not computed again."""
    with messages.guard():
        names = sorted(comparison.curves, key=lambda name: name != "combined")  # which comes first
        left, right = st.columns([3, 2], gap="large")
        with left:
            name = score_controls.score(names, TITLES, ABOUT, registry.ANOMALY_SCORE)
        with right:
            quantile = score_controls.quantile("validation pictures")
        normal, anomalous = comparison.normal_scores[name], comparison.anomalous_scores[name]
        flagged = anomaly_populations.flagged(
            comparison.detector, name, quantile / 100, normal, anomalous
        )
        anomaly_charts.summary(comparison.curves[name], flagged)
        _say_inverted(comparison, name)
        anomaly_charts.histogram(figures.shared_bins(normal, anomalous), TITLES[name], flagged)
        _curves(comparison, name, flagged)
        _all_scores(comparison, name)
        _pictures(comparison, name, flagged)
        messages.note(messages.plain(comparison.protocol))


def _say_inverted(comparison: Comparison, name: str) -> None:
    """Where a score is worse than guessing: what that means, and which one does better."""
    curves = comparison.curves
    if curves[name].auroc_high >= 0.5:
        return
    best = max(curves, key=lambda other: curves[other].auroc)
    better = (
        f" {TITLES[best]} tells them apart best, with an AUROC of {curves[best].auroc:.3f}."
        if curves[best].auroc > 0.5
        else " No score here does better than guessing."
    )
    st.warning(
        "By this score the anomalies look more normal than the normal pictures: 0.5 is guessing. "
        "They are alike in kind, or simpler, so the model explains them at less cost: a good score "
        f"on other anomalies says nothing about these.{better}",
        icon=":material/lightbulb:",
    )


def _curves(comparison: Comparison, name: str, flagged: Flagged) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**ROC**")
        anomaly_charts.roc(comparison.curves, name, flagged)
    with right:
        st.markdown("**Precision and recall**")
        anomaly_charts.precision_recall(comparison.curves, name, flagged)


def _all_scores(comparison: Comparison, name: str) -> None:
    st.markdown("**All scores on this comparison**")
    anomaly_charts.table(comparison.curves, name)
    if comparison.failure:
        st.info(messages.plain(comparison.failure), icon=":material/lightbulb:")


def _pictures(comparison: Comparison, name: str, flagged: Flagged) -> None:
    scores = comparison.anomalous_scores[name]
    highest = anomaly_populations.highest(scores, SHOWN)
    lowest = anomaly_populations.lowest(scores, SHOWN)
    _strip(comparison, comparison.anomalous, highest, "Most anomalous", "")
    below = f"{1 - flagged.anomalous:.1%} of the anomalies lie below the threshold."
    _strip(
        comparison,
        comparison.anomalous,
        lowest,
        "Most missed: anomalies that look most normal",
        below,
    )
    if comparison.normal is not None:
        false_alarms = anomaly_populations.highest(comparison.normal_scores[name], SHOWN)
        above = f"{flagged.normal:.1%} of the normal pictures lie above the threshold."
        _strip(
            comparison,
            comparison.normal,
            false_alarms,
            "Normal pictures with the highest scores",
            above,
        )


def _strip(
    comparison: Comparison, population: Population, indices: list[int], title: str, note: str
) -> None:
    rows = anomaly_populations.reconstruct_some(comparison.checkpoint, population, indices)
    alt = f"{title.lower()}, above what the model makes of them"
    few = len(indices) < SHOWN
    with st.container(width=NAME_PIXELS + TILE_PIXELS * len(indices) if few else "stretch"):
        pictures.strips(rows, ["picture", "reconstruction"], alt, title=title, note=note)
