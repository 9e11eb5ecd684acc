"""What the command line says about anomalies: one model, normal pictures, and others beside them.

Prints nothing.
"""

from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from . import comparison
from .anomalies import fit, where_likelihood_fails
from .checkpoints import Checkpoint
from .corruptions import CORRUPTIONS
from .data import NAMES, SPLIT_SEED, Dataset, Split, available, load_dataset, to_unit
from .detector import Detector, Progress
from .engine import check_fit
from .errors import ExplorerError

LISTED = 10  # pictures by their indices


class Sample(NamedTuple):
    """Pictures of a set, and where in it they are."""

    images: Tensor  # (N, 1, S, S) float32 in [0, 1]
    labels: Tensor | None  # (N,), where the classes are the model's own
    indices: Tensor  # (N,)
    about: str


def report(
    checkpoint: Checkpoint,
    *,
    dataset: str = "",
    corruption: str = "",
    left_out: int | None = None,
    score: str = "combined",
    quantile: float = 0.95,
    most: int = comparison.MOST_PICTURES,
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
        CORRUPTIONS, or a class of the model's own data set, which then is no normal one.
    score, quantile
        The score, and the quantile of its validation values that is the threshold.
    most
        Pictures of each set that are drawn; 0: all.
    """
    _check(checkpoint, dataset, corruption, left_out, score, quantile, most)
    own = checkpoint.dataset or "mnist"
    carried = dataset and checkpoint.detector is not None and not available(own)
    known = None if carried else load_dataset(own)
    if known is not None:
        check_fit(checkpoint.config, known.test)
        known = known if left_out is None else _without(known, left_out)
    normal = None
    if known is not None:
        normal = _sample(known.test, most, seed, f"test pictures of {_called(known, left_out)}")
    anomalous = _anomalous(checkpoint, normal, own, dataset, corruption, left_out, most, seed)
    detector = _detector(checkpoint, known, left_out, seed, progress)
    if normal is None:
        normal_scores = dict(detector.validation)
    else:
        normal_scores = detector.scores(normal.images, normal.labels, progress=progress)
    anomalous_scores = detector.scores(anomalous.images, anomalous.labels, progress=progress)
    told = _told(
        detector, score, quantile, normal, normal_scores, anomalous, anomalous_scores, seed
    )
    seen = left_out is not None and checkpoint.training.get("left_out") != left_out
    remark = "The model may have been trained on the left-out class: then it is no anomaly to it."
    return told | {"remark": remark if seen else None}


def lines(told: dict[str, Any]) -> list[str]:
    """A report as people read it."""
    auroc, flagged = told["auroc"], told["flagged"]
    alarms = told["false_alarms"]
    found = [
        f"{told['score']}: AUROC {auroc['value']:.3f} (95 %: {auroc['low']:.3f} to "
        f"{auroc['high']:.3f}), average precision {told['average_precision']:.3f}",
        f"threshold {told['threshold']:.4g}, the {told['quantile']:.0%} quantile of validation "
        f"pictures: flags {flagged['normal']:.1%} of the normal, {flagged['anomalous']:.1%} of the "
        "anomalous pictures",
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
    known: Dataset | None,
    left_out: int | None,
    seed: int,
    progress: Progress,
) -> Detector:
    """The checkpoint's own, unless a class is to be unknown to it."""
    if checkpoint.detector is not None and left_out is None:
        return checkpoint.detector
    return fit(checkpoint, known.train, known.validation, seed=seed, progress=progress)


def _anomalous(
    checkpoint: Checkpoint,
    normal: Sample | None,
    own: str,
    dataset: str,
    corruption: str,
    left_out: int | None,
    most: int,
    seed: int,
) -> Sample:
    if corruption:
        changed = CORRUPTIONS[corruption](normal.images, Generator().manual_seed(seed))
        return normal._replace(images=changed, about=f"the same pictures, {corruption}")
    if left_out is not None:
        every = load_dataset(own)
        chosen = torch.cat([every.train.labels, every.validation.labels]) == left_out
        split = Split(
            *(torch.cat(t)[chosen] for t in zip(every.train, every.validation, strict=True))
        )
        about = f"training pictures of class {every.classes[left_out]}"
        sample = _sample(split, most, seed, about)
        return sample._replace(indices=chosen.nonzero().flatten()[sample.indices])
    other = load_dataset(dataset)
    split = other.test if dataset in NAMES else _in_order(other)
    what = f"test pictures of {dataset}" if dataset in NAMES else f"pictures of {dataset}"
    check_fit(checkpoint.config, Split(split.images, split.labels * 0))  # their classes: any
    sample = _sample(split, most, seed, what)
    return sample if dataset == own else sample._replace(labels=None)


def _without(known: Dataset, label: int) -> Dataset:
    """A data set without the pictures of a class."""
    if not 0 <= label < len(known.classes):
        last = len(known.classes) - 1
        raise ExplorerError(f"left-out must be a class of {known.name}, from 0 to {last}.")
    parts = {
        name: Split(*(t[known.split(name).labels != label] for t in known.split(name)))
        for name in ("train", "validation", "test")
    }
    if not all(map(len, parts.values())):
        raise ExplorerError(f"without class {label}, {known.name} holds too few pictures.")
    return known._replace(**parts)


def _called(known: Dataset, left_out: int | None) -> str:
    return known.name + (
        f" but for class {known.classes[left_out]}" if left_out is not None else ""
    )


def _in_order(folder: Dataset) -> Split:
    """All pictures of a folder, sorted by subfolder and name as they were before the split."""
    parts = folder.test, folder.validation, folder.train
    images, labels = (torch.cat(column) for column in zip(*parts, strict=True))
    order = torch.randperm(len(images), generator=Generator().manual_seed(SPLIT_SEED))
    return Split(images[order.argsort()], labels[order.argsort()])


def _sample(split: Split, most: int, seed: int, about: str) -> Sample:
    """At most so many pictures, drawn at random, in the order of the split."""
    order = torch.randperm(len(split), generator=Generator().manual_seed(seed))
    picked = order[: most or None].sort().values
    drawn = f"{len(picked):,} of {len(split):,}" if len(picked) < len(split) else f"{len(split):,}"
    return Sample(to_unit(split.images[picked]), split.labels[picked], picked, f"{drawn} {about}")


def _told(
    detector: Detector,
    score: str,
    quantile: float,
    normal: Sample | None,
    normal_scores: dict[str, Tensor],
    anomalous: Sample,
    anomalous_scores: dict[str, Tensor],
    seed: int,
) -> dict[str, Any]:
    """The report as plain values."""
    found = comparison.all_curves(normal_scores, anomalous_scores, seed)
    best, first, second = found[score], normal_scores[score], anomalous_scores[score]
    flagged = comparison.flagged(detector, score, quantile, first, second)
    usual = f"{len(first):,} validation scores that the checkpoint carries"
    alarms = (first > flagged.threshold).sum().item() if normal is not None else 0
    worst = comparison.highest(first, min(LISTED, alarms))
    return {
        "score": score,
        "auroc": {"value": best.auroc, "low": best.auroc_low, "high": best.auroc_high},
        "average_precision": best.average_precision,
        "quantile": quantile,
        "threshold": flagged.threshold,
        "flagged": {"normal": flagged.normal, "anomalous": flagged.anomalous},
        "most_anomalous": anomalous.indices[comparison.highest(second, LISTED)].tolist(),
        "most_missed": anomalous.indices[comparison.lowest(second, LISTED)].tolist(),
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
