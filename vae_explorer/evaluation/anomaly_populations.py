"""Two sets of pictures, one called normal, one anomalous, and how far a detector parts them.

Knows nothing of pages. N and M pictures of S x S pixels.
"""

from collections.abc import Collection
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.datasets import Dataset, Split, to_unit
from vae_explorer.errors import DataError
from vae_explorer.evaluation.anomaly_detection import Curves, curves, where_likelihood_fails
from vae_explorer.models.anomaly_detector import Detector, Progress
from vae_explorer.models.anomaly_scores import best_class
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.inference import reconstruct

MAX_PICTURES = 2_000  # of a set, unless all are asked for
MIN_PICTURES = 2  # of each split that a detector learns from


class Population(NamedTuple):
    """Pictures that are scored together."""

    images: Tensor  # (N, C, H, W) float32 in [0, 1]
    labels: Tensor | None  # (N,), where the classes are the model's own
    indices: Tensor  # (N,), places in what they were drawn from
    about: str  # what they are and how they were drawn


def draw(
    split: Split,
    about: str,
    *,
    classes: Collection[int] | None = None,
    max_pictures: int | None = MAX_PICTURES,
    seed: int = 0,
    labelled: bool = True,
) -> Population:
    """At most so many pictures of a split, drawn at random; of these classes, or of all.

    They keep the order of the split. DataError where there are none.
    """
    indices = torch.arange(len(split))
    if classes is not None:
        indices = indices[torch.isin(split.labels, torch.tensor(sorted(classes)))]
    count = len(indices)
    if not count:
        raise DataError(f"There are no {about}: take others.")
    if max_pictures is not None and count > max_pictures:
        order = torch.randperm(count, generator=Generator().manual_seed(seed))
        indices = indices[order[:max_pictures].sort().values]
        about = f"{max_pictures:,} of {count:,} {about}, drawn with seed {seed}"
    else:
        about = f"{count:,} {about}"
    labels = split.labels[indices] if labelled else None
    return Population(to_unit(split.images[indices]), labels, indices, about)


def without_class(dataset: Dataset, label: int) -> Dataset:
    """A data set less the pictures of a class; DataError where too few are left to learn from."""
    last = len(dataset.classes) - 1
    if not 0 <= label <= last:
        raise DataError(f"{dataset.name} has no class {label}: take one from 0 to {last}.")
    rest = {}
    for name in ("train", "validation", "test"):
        images, labels = dataset.split(name)
        rest[name] = Split(images[labels != label], labels[labels != label])
    if min(map(len, rest.values())) < MIN_PICTURES:
        raise DataError(f"Without this class {dataset.name} holds too few pictures: take another.")
    return dataset._replace(**rest)


def trained_without(checkpoint: Checkpoint, label: int) -> bool:
    """Whether a model was trained without a class, as its file says."""
    return checkpoint.training.get("left_out") == label


def source_of_class(dataset: Dataset, new: bool) -> tuple[Split, str]:
    """Where the anomalies of a left-out class are drawn from, and what they are called.

    Test pictures, as the normal ones are: a model knows what it was trained on. Where the class is
    `new` to it, all training pictures, those of validation last: Tonnaer, PhD thesis, table 3.3.
    """
    if not new:
        return dataset.test, "test pictures"
    both = zip(dataset.train, dataset.validation, strict=True)
    return Split(*map(torch.cat, both)), "training pictures"


def corrupt(normal: Population, name: str, seed: int = 0) -> Population:
    """The same pictures, each changed by one of CORRUPTIONS."""
    images = CORRUPTIONS[name].change(normal.images, Generator().manual_seed(seed))
    return normal._replace(images=images, about=f"the same pictures, {name}")


def all_curves(
    normal: dict[str, Tensor], anomalous: dict[str, Tensor], seed: int = 0
) -> dict[str, Curves]:
    """The curves of every score, (N,) against (M,)."""
    return {name: curves(normal[name], anomalous[name], seed) for name in normal}


def scored(
    checkpoint: Checkpoint,
    detector: Detector,
    images: Tensor,
    labels: Tensor | None,
    *,
    progress: Progress,
) -> dict[str, Tensor]:
    """Every score of pictures (N, C, H, W), by the detector of this model: see `Detector.scores`.

    Names the model so that a call that goes to another process brings it once.
    """
    return detector.scores(images, labels, progress=progress)


def compared(
    checkpoint: Checkpoint,
    detector: Detector,
    normal: dict[str, Tensor],
    anomalous: dict[str, Tensor],
    *,
    seed: int,
    progress: Progress,
) -> tuple[dict[str, Curves], str | None]:
    """The curves of every score, and where likelihood fails in words; the model as for `scored`."""
    progress("curves", 0.5)
    by_score = all_curves(normal, anomalous, seed)
    progress("words", 0.9)
    return by_score, where_likelihood_fails(detector, normal, anomalous)


class Flagged(NamedTuple):
    """Shares of two sets, 0 to 1, that score above a threshold taken from validation pictures."""

    threshold: float
    normal: float  # false alarms
    anomalous: float  # anomalies found
    precision: float  # of the flagged, those that are anomalies; 1 where nothing is flagged


def flagged(
    detector: Detector, name: str, quantile: float, normal: Tensor, anomalous: Tensor
) -> Flagged:
    """What a threshold at a quantile of the validation scores makes of scores (N,) and (M,)."""
    return flagged_above(detector.threshold(name, quantile), normal, anomalous)


def flagged_above(threshold: float, normal: Tensor, anomalous: Tensor) -> Flagged:
    """What a threshold makes of scores (N,) and (M,)."""
    false, true = (int((values > threshold).sum()) for values in (normal, anomalous))
    precision = true / (false + true) if false + true else 1.0
    return Flagged(threshold, false / len(normal), true / len(anomalous), precision)


def highest(values: Tensor, count: int) -> list[int]:
    """Where the highest of (N,) scores are, from the highest on; of equal ones the first."""
    return values.argsort(descending=True, stable=True)[:count].tolist()


def lowest(values: Tensor, count: int) -> list[int]:
    """Where the lowest of (N,) scores are, from the lowest on; of equal ones the first."""
    return values.argsort(stable=True)[:count].tolist()


def reconstruct_some(
    checkpoint: Checkpoint, population: Population, indices: list[int]
) -> tuple[Tensor, Tensor]:
    """Some pictures of a set and what the model makes of them, (n, C, H, W) each.

    Without a label a conditional model takes the class that explains a picture best.
    """
    x = population.images[indices]
    if not checkpoint.config.classes:
        labels = 0
    elif population.labels is not None:
        labels = population.labels[indices]
    else:
        with torch.inference_mode():
            labels = best_class(checkpoint.model, x)
    return x, reconstruct(checkpoint, x, labels).pictures
