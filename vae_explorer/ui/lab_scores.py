"""Detectors, scores and curves of the anomaly lab, each found once for all visitors."""

from collections.abc import Callable, Hashable
from typing import NamedTuple

from torch import Tensor

from .. import anomalies, comparison
from ..anomalies import Curves
from ..checkpoints import Checkpoint
from ..comparison import Population
from ..data import Dataset
from ..detector import Detector
from .kept import once

SEED = 0


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


def detector(checkpoint: Checkpoint, dataset: Dataset | None, root: str) -> Detector | None:
    """That of the model's file, or one fitted to a data set; None where there is neither."""
    if checkpoint.detector is not None:
        return checkpoint.detector
    return None if dataset is None else fitted(checkpoint, dataset, (dataset.name, root))


def fitted(checkpoint: Checkpoint, dataset: Dataset, key: Hashable) -> Detector:
    """A detector fitted to a data set, which a cache may know by `key`."""
    return once(
        "detector",
        (checkpoint.sha256, key, SEED),
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
    key = (sha, normal and normal.key, anomalous.key, SEED)

    def compare(progress: Callable) -> tuple[dict[str, Curves], str | None]:
        progress("curves", 0.5)
        found = comparison.all_curves(first, second, SEED)
        progress("words", 0.9)
        return found, anomalies.where_likelihood_fails(detector, first, second)

    curves, failure = once("curves", key, "Comparing", compare)
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
    images, labels = chosen.population.images, chosen.population.labels
    return once(
        "scores",
        (sha, chosen.key, SEED),
        f"Scoring {len(images):,} {what} pictures",
        lambda progress: detector.scores(images, labels, progress=progress),
    )
