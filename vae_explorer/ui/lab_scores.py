"""Detectors, scores and curves of the anomaly lab: once for all visitors, with progress shown."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import streamlit as st
from torch import Tensor

from .. import anomalies, comparison
from ..anomalies import Curves
from ..checkpoints import Checkpoint
from ..comparison import Population
from ..data import Dataset
from ..detector import Detector

SEED = 0
MOST_KEPT = 48  # results, the oldest of which give way


class Named(NamedTuple):
    """Pictures, and what a cache may know them by."""

    key: Hashable
    population: Population


class Trial(NamedTuple):
    """A comparison with all that is known of it."""

    checkpoint: Checkpoint
    detector: Detector
    normal: Population | None  # None: only the scores of validation pictures are at hand
    anomalous: Population
    normal_scores: dict[str, Tensor]
    anomalous_scores: dict[str, Tensor]
    curves: dict[str, Curves]
    failure: str | None  # where likelihood fails, in words
    protocol: str


@st.cache_resource(show_spinner=False)
def _results() -> OrderedDict[Hashable, Any]:
    return OrderedDict()


def once(key: Hashable, title: str, make: Callable[[Callable], Any]) -> Any:
    """What `make(progress)` gives, made when it is first asked for.

    Not `st.cache_resource`, which cannot show how far it is; a visitor who leaves ends the work.
    """
    kept = _results()
    bar = st.empty()  # in any case, or what follows would lose its place on the page
    if key not in kept:
        bar.progress(0.0, f"{title} …")
        result = make(lambda what, share: bar.progress(min(share, 1.0), f"{title}: {what} …"))
        bar.empty()
        kept[key] = result
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return kept[key]


def detector(checkpoint: Checkpoint, dataset: Dataset | None, root: str) -> Detector | None:
    """That of the model's file, or one fitted to a data set; None where there is neither."""
    if checkpoint.detector is not None:
        return checkpoint.detector
    return None if dataset is None else fitted(checkpoint, dataset, (dataset.name, root))


def fitted(checkpoint: Checkpoint, dataset: Dataset, key: Hashable) -> Detector:
    """A detector fitted to a data set, which a cache may know by `key`."""
    return once(
        (checkpoint.sha256, "detector", key, SEED),
        "Learning what is usual",
        lambda progress: anomalies.fit(
            checkpoint, dataset.train, dataset.validation, seed=SEED, progress=progress
        ),
    )


def trial(
    checkpoint: Checkpoint, detector: Detector, normal: Named | None, anomalous: Named
) -> Trial:
    """Two sets compared by every score; without normal pictures, by validation's scores."""
    sha = checkpoint.sha256
    first = detector.validation if normal is None else _scores(sha, detector, normal, "normal")
    second = _scores(sha, detector, anomalous, "anomalous")
    first = {name: first[name] for name in second}
    key = (sha, "curves", normal and normal.key, anomalous.key, SEED)

    def compare(progress: Callable) -> tuple[dict[str, Curves], str | None]:
        progress("curves", 0.5)
        found = comparison.all_curves(first, second, SEED)
        progress("words", 0.9)
        return found, anomalies.where_likelihood_fails(detector, first, second)

    curves, failure = once(key, "Comparing", compare)
    usual = "scores of validation pictures, as the model's file keeps them"
    return Trial(
        checkpoint=checkpoint,
        detector=detector,
        normal=normal and normal.population,
        anomalous=anomalous.population,
        normal_scores=first,
        anomalous_scores=second,
        curves=curves,
        failure=failure,
        protocol=(
            f"Normal: {normal.population.about if normal else usual}. "
            f"Anomalies: {anomalous.population.about}. Thresholds from validation pictures alone; "
            f"intervals: 95 % of {anomalies.BOOTSTRAP:,} bootstrap draws of both sets, seed {SEED}."
        ),
    )


def _scores(sha: str, detector: Detector, chosen: Named, what: str) -> dict[str, Tensor]:
    images, labels, _ = chosen.population
    return once(
        (sha, "scores", chosen.key, SEED),
        f"Scoring {len(images):,} {what} pictures",
        lambda progress: detector.scores(images, labels, progress=progress),
    )
