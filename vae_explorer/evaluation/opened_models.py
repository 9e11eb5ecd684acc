"""A model made elsewhere, ready to be shown: with its data set, quick scores and encoded pictures.

A large data set is sampled, so that opening a slow model does not take minutes.
"""

import dataclasses

import torch
from torch import Generator

from vae_explorer.data.datasets import Dataset, Split, to_unit
from vae_explorer.evaluation import metrics
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.conformance.search import MOST_PICTURES
from vae_explorer.models.foreign.opened import Opened

MOST_SCORED = 10_000  # pictures of a split that scores are measured on


def measuring_pictures(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Training pictures (N, C, H, W) in [0, 1] by which a model is read, and their labels."""
    part = _sampled(dataset.train, MOST_PICTURES)
    return to_unit(part.images), part.labels


def completed(
    opened: Opened, dataset: Dataset, progress: metrics.Progress = lambda what, share: None
) -> Checkpoint:
    """The opened model with what is known of it through a data set.

    ConfigError where the pictures do not fit the model.
    """
    checkpoint = dataclasses.replace(
        opened.checkpoint, dataset=dataset.name, classes=dataset.classes, reading=dataset.reading
    )
    first = slice(0, MOST_SCORED)  # in order: encoded pictures are found by their number
    test = Split(dataset.test.images[first], dataset.test.labels[first])
    measured = dataset._replace(train=_sampled(dataset.train, MOST_SCORED), test=test)
    scores, encoded = metrics.evaluate(
        checkpoint.model, measured, iw_samples=0, prior_points=0, gap_images=0, progress=progress
    )
    return dataclasses.replace(checkpoint, scores=metrics.to_json(scores), encoded=encoded)


def _sampled(split: Split, most: int) -> Split:
    """So many pictures of a split, spread over all of it, always the same."""
    if len(split) <= most:
        return split
    chosen = torch.randperm(len(split), generator=Generator().manual_seed(0))[:most]
    return Split(split.images[chosen], split.labels[chosen])
