"""What the command line says about anomalies: one model, normal pictures, and others beside them.

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
    most: int = anomaly_populations.MOST_PICTURES,
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
    most
        Pictures of each set that are drawn; 0: all.
    """
    _check(checkpoint, dataset, corruption, left_out, score, quantile, most)
    own = checkpoint.dataset or "mnist"
    carried = dataset and checkpoint.detector is not None and not available(own)
    known = None if carried else load_dataset(own)
    learnt = known if left_out is None else anomaly_populations.without(known, left_out)
    normal = None
    if known is not None:
        check_fit(checkpoint.config, known.test)
        normal = _normal(known, left_out, most, seed)
    if left_out is not None:
        anomalous = _class(checkpoint, known, left_out, most, seed)
    elif corruption:
        anomalous = anomaly_populations.corrupted(normal, corruption, seed)
    else:
        anomalous = _other(checkpoint, dataset, dataset == own, most, seed)
    detector = _detector(checkpoint, learnt, left_out, seed, progress)
    if normal is None:
        normal_scores = dict(detector.validation)
    else:
        normal_scores = detector.scores(normal.images, normal.labels, progress=progress)
    anomalous_scores = detector.scores(anomalous.images, anomalous.labels, progress=progress)
    told = _told(
        detector, score, quantile, normal, normal_scores, anomalous, anomalous_scores, seed
    )
    seen = left_out is not None and not anomaly_populations.is_new_to(checkpoint, left_out)
    remark = "The model may have been trained on the left-out class: then it is no anomaly to it."
    return told | {"remark": remark if seen else None}


def lines(told: dict[str, Any]) -> list[str]:
    """A report as people read it."""
    auroc, flagged = told["auroc"], told["flagged"]
    alarms = told["false_alarms"]
    found = [
        f"{told['score']}: AUROC {auroc['value']:.3f} (95 %: {auroc['low']:.3f} to "
        f"{auroc['high']:.3f}), average precision {told['average_precision']:.3f}",
        f"threshold {told['threshold']:.4g}, the {100 * told['quantile']:.6g}% quantile of "
        f"validation pictures: flags {flagged['normal']:.1%} of the normal, "
        f"{flagged['anomalous']:.1%} of the anomalous pictures",
        f"most anomalous: {_listed(told['most_anomalous'])}",
        f"most missed:    {_listed(told['most_missed'])}",
        f"false alarms:   {_listed(alarms)} of the normal ones" if alarms else None,
        "AUROC by score: " + ", ".join(f"{k} {v:.3f}" for k, v in told["auroc_by_score"].items()),
        told["where_likelihood_fails"],
        told["protocol"],
        told["remark"],
    ]
    return [line for line in found if line]


def _check(
    checkpoint: Checkpoint,
    dataset: str,
    corruption: str,
    left_out: int | None,
    score: str,
    quantile: float,
    most: int,
) -> None:
    if [bool(dataset), bool(corruption), left_out is not None].count(True) != 1:
        raise ExplorerError("give one of --dataset, --corruption and --left-out.")
    if corruption and corruption not in CORRUPTIONS:
        raise ExplorerError(f"no corruption is called {corruption}: use {', '.join(CORRUPTIONS)}.")
    if not 0 < quantile < 1:
        raise ExplorerError(f"quantile must be between 0 and 1, both excluded, got {quantile:g}.")
    if most < 0 or most == 1:
        raise ExplorerError(f"most must be 0 or at least 2, got {most}.")
    if score in {"neg_elbo", "iw_nll"} and not checkpoint.config.variational:
        raise ExplorerError(f"a plain autoencoder has no {score}: use reconstruction or combined.")


def _detector(
    checkpoint: Checkpoint,
    learnt: Dataset | None,
    left_out: int | None,
    seed: int,
    progress: Progress,
) -> Detector:
    """The checkpoint's own, unless a class is to be unknown to it."""
    if checkpoint.detector is not None and left_out is None:
        return checkpoint.detector
    return fit(checkpoint, learnt.train, learnt.validation, seed=seed, progress=progress)


def _normal(known: Dataset, left_out: int | None, most: int, seed: int) -> Population:
    """Test pictures of all classes, or of all but one."""
    about, only = f"test pictures of {known.name}", None
    if left_out is not None:
        about += f" but for class {known.classes[left_out]}"
        only = set(range(len(known.classes))) - {left_out}
    return anomaly_populations.drawn(known.test, about, only=only, most=most or None, seed=seed)


def _class(checkpoint: Checkpoint, known: Dataset, label: int, most: int, seed: int) -> Population:
    split, what = anomaly_populations.to_find(
        known, anomaly_populations.is_new_to(checkpoint, label)
    )
    about = f"{what} of class {known.classes[label]}"
    return anomaly_populations.drawn(split, about, only={label}, most=most or None, seed=seed)


def _other(
    checkpoint: Checkpoint, dataset: str, labelled: bool, most: int, seed: int
) -> Population:
    """Pictures of another data set: test pictures, or all of a folder."""
    other = load_dataset(dataset)
    split = other.test if dataset in NAMES else _in_order(other)
    about = f"test pictures of {dataset}" if dataset in NAMES else f"pictures of {dataset}"
    check_fit(checkpoint.config, Split(split.images, split.labels * 0))  # their classes: any
    return anomaly_populations.drawn(split, about, most=most or None, seed=seed, labelled=labelled)


def _in_order(folder: Dataset) -> Split:
    """All pictures of a folder, sorted by subfolder and name as they were before the split."""
    parts = folder.test, folder.validation, folder.train
    images, labels = (torch.cat(column) for column in zip(*parts, strict=True))
    order = torch.randperm(len(images), generator=Generator().manual_seed(SPLIT_SEED))
    return Split(images[order.argsort()], labels[order.argsort()])


def _told(
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
    found = anomaly_populations.all_curves(normal_scores, anomalous_scores, seed)
    best, first, second = found[score], normal_scores[score], anomalous_scores[score]
    flagged = anomaly_populations.flagged(detector, score, quantile, first, second)
    usual = f"{len(first):,} validation scores that the checkpoint carries"
    alarms = (first > flagged.threshold).sum().item() if normal is not None else 0
    worst = anomaly_populations.highest(first, min(LISTED, alarms))
    return {
        "score": score,
        "auroc": {"value": best.auroc, "low": best.auroc_low, "high": best.auroc_high},
        "average_precision": best.average_precision,
        "quantile": quantile,
        "threshold": flagged.threshold,
        "flagged": {"normal": flagged.normal, "anomalous": flagged.anomalous},
        "most_anomalous": anomalous.indices[anomaly_populations.highest(second, LISTED)].tolist(),
        "most_missed": anomalous.indices[anomaly_populations.lowest(second, LISTED)].tolist(),
        "false_alarms": normal.indices[worst].tolist() if worst else [],
        "auroc_by_score": {name: curve.auroc for name, curve in found.items()},
        "where_likelihood_fails": where_likelihood_fails(detector, normal_scores, anomalous_scores),
        "protocol": (
            f"normal: {normal.about if normal else usual}; anomalous: {anomalous.about}; threshold "
            f"from validation pictures; interval of 1,000 bootstrap draws; seed {seed}"
        ),
    }


def _listed(indices: list[int]) -> str:
    return ", ".join(map(str, indices))
