"""Anomaly lab: how well does the model tell what it was not made for, and where does it fail?"""

import streamlit as st

from ... import comparison, figures
from ...comparison import Flagged, Population
from ...detector import SCORES
from .. import (
    cache,
    lab,
    lab_bench,
    lab_charts,
    lab_lesson,
    lab_scores,
    messages,
    sidebar,
    state,
    widgets,
)
from ..lab import SCORE
from ..lab_charts import TITLES
from ..lab_scores import Trial

PREVIEW = 6  # pictures of each set
SHOWN = 12  # of the most anomalous and the most missed
NAME_PIXELS, TILE_PIXELS = 110, 72  # of a strip of fewer
QUANTILE = "quantile"


def page() -> None:
    """The page of the anomaly lab."""
    st.markdown(
        "**Can this model tell what it was not made for?** Every picture gets a score: the higher, "
        "the less it looks like what the model has learnt. Normal pictures and anomalies are "
        "scored alike, and a threshold flags what lies above it. The threshold is set on "
        "validation pictures alone: neither the test pictures nor the anomalies have a say in it."
    )
    with messages.guard():
        space = cache.space(sidebar.current())
        bench = lab_bench.open_bench(space)
        if bench is None:
            return
        lab_lesson.teach(bench)
        trial = _choose(bench)
        if trial is not None:
            _results(trial)


def _choose(bench: lab_bench.Bench) -> Trial | None:
    """The two sets, and their comparison once both are there."""
    detector, normal, anomalous = lab.choose(bench)
    if anomalous is None:
        return None
    left, right = st.columns(2, gap="large")
    with left:
        if normal is None:
            st.markdown("**Normal**")
            messages.note("Scores of validation pictures, as the model's file keeps them.")
        else:
            _preview(normal.population, "Normal")
    with right:
        _preview(anomalous.population, "Anomalies")
    if bench.dataset is not None and len(bench.dataset.test) > comparison.MOST_PICTURES:
        st.toggle(
            f"All pictures, not just {comparison.MOST_PICTURES:,} of each set",
            key=lab_bench.ALL,
            help="Takes longer, and narrows the intervals.",
        )
    return lab_scores.trial(bench.space.checkpoint, detector, normal, anomalous)


def _preview(shown: Population, title: str) -> None:
    """Six of a set."""
    st.markdown(f"**{title}**")
    sheet = figures.sheet(shown.images[:PREVIEW], PREVIEW)
    about = shown.about[0].upper() + shown.about[1:]
    widgets.picture(sheet, f"{title}: the first {PREVIEW} pictures", remark=f"{about}.")


@st.fragment
def _results(trial: Trial) -> None:
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
        found = comparison.flagged(trial.detector, name, quantile / 100, *sets)
        lab_charts.summary(trial.curves[name], found)
        lab_charts.histogram(figures.shared_bins(*sets), name, found)
        _curves(trial, name, found)
        _all_scores(trial, name)
        _pictures(trial, name, found)
        messages.note(trial.protocol)


def _score(names: list[str]) -> str:
    state.keep_among(SCORE, names)
    name = st.pills(
        "Score",
        names,
        default=names[0],
        format_func=TITLES.get,
        key=SCORE,
        required=True,
        wrap=True,
        **state.LINKED,
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
        key=QUANTILE,
        help="Only the rest of them would be flagged: the false alarms that you are ready to bear.",
        **state.LINKED,
    )


def _curves(trial: Trial, name: str, found: Flagged) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**ROC**")
        lab_charts.roc(trial.curves, name, found)
    with right:
        st.markdown("**Precision and recall**")
        lab_charts.precision_recall(trial.curves, name, found)


def _all_scores(trial: Trial, name: str) -> None:
    st.markdown("**All scores on this comparison**")
    lab_charts.table(trial.curves, name)
    if trial.failure:
        st.info(trial.failure, icon=":material/lightbulb:")


def _pictures(trial: Trial, name: str, found: Flagged) -> None:
    scores = trial.anomalous_scores[name]
    caught = comparison.highest(scores, SHOWN)
    missed = comparison.lowest(scores, SHOWN)
    _strip(trial, trial.anomalous, caught, "The most anomalous", "")
    below = f"{1 - found.anomalous:.1%} of the anomalies lie below the threshold."
    _strip(trial, trial.anomalous, missed, "The most missed", below)
    if trial.normal is not None:
        alarms = comparison.highest(trial.normal_scores[name], SHOWN)
        above = f"{found.normal:.1%} of the normal pictures lie above the threshold."
        _strip(trial, trial.normal, alarms, "Normal, and yet the most unusual", above)


def _strip(trial: Trial, chosen: Population, indices: list[int], title: str, note: str) -> None:
    rows = comparison.reconstructed(trial.checkpoint, chosen, indices)
    alt = f"{title.lower()}, above what the model makes of them"
    few = len(indices) < SHOWN
    with st.container(width=NAME_PIXELS + TILE_PIXELS * len(indices) if few else "stretch"):
        widgets.strips(rows, ["picture", "reconstruction"], alt, title=title, note=note)
