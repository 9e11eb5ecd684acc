"""What the command line reports on anomalies: how far one model's scores part them from normal.

Prints nothing.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.datasets import NAMES, SPLIT_SEED, Dataset, Split, available, load_dataset
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_detection import fit, where_likelihood_fails
from vae_explorer.evaluation.anomaly_populations import Population
from vae_explorer.models.anomaly_detector import Detector, Progress
from vae_explorer.models.anomaly_scores import hindrance
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.training.engine import check_fit

LISTED = 10  # pictures by their indices


def report(
    checkpoint: Checkpoint,
    *,
    dataset: str = "",
    corruption: str = "",
    left_out: int | None = None,
    score: str = "combined",
    quantile: float = 0.95,
    max_pictures: int = anomaly_populations.MAX_PICTURES,
    seed: int = 0,
    progress: Progress = lambda what, share: None,
) -> dict[str, Any]:
    """How far a score of a model parts anomalies from normal pictures: plain JSON values.

    Normal are test pictures of what the model was trained on, or, where that is not at hand, the
    validation scores that the checkpoint carries. Raises ExplorerError where something is missing
    or does not fit.

    Parameters
    ----------
    dataset, corruption, left_out
        What is anomalous, exactly one of them: the name or folder of other pictures, a key of
        CORRUPTIONS, or a class of the model's own data set, which then is no normal one: test
        pictures of it, or all training pictures where the model was trained without it.
    score, quantile
        The score, and the quantile of its validation values that is the threshold.
    max_pictures
        Pictures of each set that are drawn; 0: all.
    """
    _check(checkpoint, dataset, corruption, left_out, score, quantile, max_pictures)
    learned = checkpoint.dataset or "mnist"
    if dataset and checkpoint.detector is not None and not available(learned):
        detector, normal = checkpoint.detector, None
        anomalous = _other(checkpoint, dataset, dataset == learned, max_pictures, seed)
    else:
        data = load_dataset(learned, choice=checkpoint.picture_reading)
        rest = data if left_out is None else anomaly_populations.without_class(data, left_out)
        check_fit(checkpoint.config, data.test)
        normal = _normal(data, left_out, max_pictures, seed)
        if left_out is not None:
            anomalous = _of_class(checkpoint, data, left_out, max_pictures, seed)
        elif corruption:
            anomalous = anomaly_populations.corrupt(normal, corruption, seed)
        else:
            anomalous = _other(checkpoint, dataset, dataset == learned, max_pictures, seed)
        detector = None if left_out is not None else checkpoint.detector
        if detector is None:
            detector = fit(checkpoint, rest.train, rest.validation, seed=seed, progress=progress)
    if score not in detector.names:
        raise ExplorerError(
            f"{checkpoint.name} was published before there was {score}: publish it again, or "
            "choose another score."
        )
    if normal is None:
        normal_scores = dict(detector.validation)
    else:
        normal_scores = detector.scores(normal.images, normal.labels, progress=progress)
    anomalous_scores = detector.scores(anomalous.images, anomalous.labels, progress=progress)
    values = _json_values(
        detector, score, quantile, normal, normal_scores, anomalous, anomalous_scores, seed
    )
    new = left_out is None or anomaly_populations.trained_without(checkpoint, left_out)
    remark = "The model may have been trained on the left-out class: then it is no anomaly to it."
    return values | {"remark": None if new else remark}


def lines(report: dict[str, Any]) -> list[str]:
    """A report as people read it."""
    auroc, flagged = report["auroc"], report["flagged"]
    alarms = report["false_alarms"]
    texts = [
        f"{report['score']}: AUROC {auroc['value']:.3f} (95 %: {auroc['low']:.3f} to "
        f"{auroc['high']:.3f}), average precision {report['average_precision']:.3f}",
        f"threshold {report['threshold']:.4g}, the {100 * report['quantile']:.6g}% quantile of "
        f"validation pictures: flags {flagged['normal']:.1%} of the normal, "
        f"{flagged['anomalous']:.1%} of the anomalous pictures",
        f"most anomalous: {_listed(report['most_anomalous'])}",
        f"most missed:    {_listed(report['most_missed'])}",
        f"false alarms:   {_listed(alarms)} of the normal ones" if alarms else None,
        "AUROC by score: " + ", ".join(f"{k} {v:.3f}" for k, v in report["auroc_by_score"].items()),
        report["where_likelihood_fails"],
        report["protocol"],
        report["remark"],
    ]
    return [text for text in texts if text]


def _check(
    checkpoint: Checkpoint,
    dataset: str,
    corruption: str,
    left_out: int | None,
    score: str,
    quantile: float,
    max_pictures: int,
) -> None:
    if [bool(dataset), bool(corruption), left_out is not None].count(True) != 1:
        raise ExplorerError("give one of --dataset, --corruption and --left-out.")
    if corruption and corruption not in CORRUPTIONS:
        raise ExplorerError(f"no corruption is called {corruption}: use {', '.join(CORRUPTIONS)}.")
    if not 0 < quantile < 1:
        raise ExplorerError(f"quantile must be between 0 and 1, both excluded, got {quantile:g}.")
    if max_pictures < 0 or max_pictures == 1:
        raise ExplorerError(f"most must be 0 or at least 2, got {max_pictures}.")
    if sentence := hindrance(score, checkpoint.model):
        raise ExplorerError(sentence)


def _normal(data: Dataset, left_out: int | None, count: int, seed: int) -> Population:
    """Test pictures of all classes, or of all but one."""
    about, classes = f"test pictures of {data.name}", None
    if left_out is not None:
        about += f" but for class {data.classes[left_out]}"
        classes = set(range(len(data.classes))) - {left_out}
    return anomaly_populations.draw(
        data.test, about, classes=classes, max_pictures=count or None, seed=seed
    )


def _of_class(
    checkpoint: Checkpoint, data: Dataset, label: int, count: int, seed: int
) -> Population:
    new = anomaly_populations.trained_without(checkpoint, label)
    split, what = anomaly_populations.source_of_class(data, new)
    about = f"{what} of class {data.classes[label]}"
    return anomaly_populations.draw(
        split, about, classes={label}, max_pictures=count or None, seed=seed
    )


def _other(
    checkpoint: Checkpoint, dataset: str, labelled: bool, count: int, seed: int
) -> Population:
    """Pictures of another data set, read as the model's own: test pictures, or all of a folder."""
    other = load_dataset(dataset, choice=checkpoint.picture_reading)
    split = other.test if dataset in NAMES else _in_order(other)
    about = f"test pictures of {dataset}" if dataset in NAMES else f"pictures of {dataset}"
    check_fit(checkpoint.config, Split(split.images, split.labels * 0))  # their classes: any
    return anomaly_populations.draw(
        split, about, max_pictures=count or None, seed=seed, labelled=labelled
    )


def _in_order(folder: Dataset) -> Split:
    """All pictures of a folder, sorted by subfolder and name as they were before the split."""
    parts = folder.test, folder.validation, folder.train
    images, labels = (torch.cat(column) for column in zip(*parts, strict=True))
    order = torch.randperm(len(images), generator=Generator().manual_seed(SPLIT_SEED))
    return Split(images[order.argsort()], labels[order.argsort()])


def _json_values(
    detector: Detector,
    score: str,
    quantile: float,
    normal: Population | None,
    normal_scores: dict[str, Tensor],
    anomalous: Population,
    anomalous_scores: dict[str, Tensor],
    seed: int,
) -> dict[str, Any]:
    """The report as plain values."""
    by_score = anomaly_populations.all_curves(normal_scores, anomalous_scores, seed)
    curves, first, second = by_score[score], normal_scores[score], anomalous_scores[score]
    flagged = anomaly_populations.flagged(detector, score, quantile, first, second)
    carried = f"{len(first):,} validation scores that the checkpoint carries"
    false_alarms: list[int] = []
    if normal is not None:
        count = min(LISTED, int((first > flagged.threshold).sum()))
        false_alarms = normal.indices[anomaly_populations.highest(first, count)].tolist()
    return {
        "score": score,
        "auroc": {"value": curves.auroc, "low": curves.auroc_low, "high": curves.auroc_high},
        "average_precision": curves.average_precision,
        "quantile": quantile,
        "threshold": flagged.threshold,
        "flagged": {"normal": flagged.normal, "anomalous": flagged.anomalous},
        "most_anomalous": anomalous.indices[anomaly_populations.highest(second, LISTED)].tolist(),
        "most_missed": anomalous.indices[anomaly_populations.lowest(second, LISTED)].tolist(),
        "false_alarms": false_alarms,
        "auroc_by_score": {name: curve.auroc for name, curve in by_score.items()},
        "where_likelihood_fails": where_likelihood_fails(detector, normal_scores, anomalous_scores),
        "protocol": (
            f"normal: {normal.about if normal else carried}; anomalous: {anomalous.about}; "
            f"threshold from validation pictures; interval of 1,000 bootstrap draws; seed {seed}"
        ),
    }


def _listed(indices: list[int]) -> str:
    return ", ".join(map(str, indices))
