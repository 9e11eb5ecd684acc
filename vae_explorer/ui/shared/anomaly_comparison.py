"""Detectors, scores and curves of the anomaly lab, each computed once for all visitors."""

from collections.abc import Hashable
from typing import NamedTuple

from torch import Tensor

from vae_explorer.data.datasets import Dataset
from vae_explorer.evaluation import anomaly_detection, anomaly_populations
from vae_explorer.evaluation.anomaly_detection import Curves
from vae_explorer.evaluation.anomaly_populations import Population
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.models.anomaly_scores import SCORES
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task

SEED = 0
TITLES = {name: SCORES[name].title for name in ("combined", *SCORES)}


class NamedPopulation(NamedTuple):
    """Pictures, and what a cache may know them by."""

    key: Hashable
    population: Population


class Comparison(NamedTuple):
    """Two populations compared by every score."""

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
        "Fitting the detector",
        Task(
            anomaly_detection.fit,
            lambda: (checkpoint, anomaly_detection.to_fit(dataset.train, SEED), dataset.validation),
            {"seed": SEED, "drawn": True},
        ),
    )


def compare(
    checkpoint: Checkpoint,
    detector: Detector,
    normal: NamedPopulation | None,
    anomalous: NamedPopulation,
) -> Comparison:
    """Two sets compared by every score; without normal pictures, by validation's scores."""
    sha, model = checkpoint.sha256, (checkpoint, detector)
    first = detector.validation if normal is None else _scores(*model, normal, "normal")
    second = _scores(*model, anomalous, "anomalous")
    first = {name: first[name] for name in second}
    key = (sha, normal and normal.key, anomalous.key, SEED)
    arguments = checkpoint, detector, first, second
    task = Task(anomaly_populations.compared, arguments, {"seed": SEED})
    curves, failure = once("curves", key, "Comparing", task)
    validation = "scores of validation pictures from the model's file"
    return Comparison(
        checkpoint=checkpoint,
        detector=detector,
        normal=normal and normal.population,
        anomalous=anomalous.population,
        normal_scores=first,
        anomalous_scores=second,
        curves=curves,
        failure=failure,
        protocol=(
            f"Normal: {normal.population.about if normal else validation}. "
            f"Anomalies: {anomalous.population.about}. Thresholds from validation pictures alone; "
            f"intervals: 95 % of {anomaly_detection.BOOTSTRAP:,} bootstrap draws of both sets, "
            f"seed {SEED}."
        ),
    )


def _scores(
    checkpoint: Checkpoint, detector: Detector, chosen: NamedPopulation, what: str
) -> dict[str, Tensor]:
    images, labels = chosen.population.images, chosen.population.labels
    return once(
        "scores",
        (checkpoint.sha256, chosen.key, SEED),
        f"Scoring {len(images):,} {what} pictures",
        Task(anomaly_populations.scored, (checkpoint, detector, images, labels)),
    )
