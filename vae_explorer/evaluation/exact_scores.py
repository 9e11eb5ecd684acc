"""The likelihood of held-out pictures with no encoder involved and its own error known.

Knows nothing of files or front ends. Nats throughout.
"""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from vae_explorer.data.datasets import Split, binarize, to_unit
from vae_explorer.evaluation.metrics import Progress, Score
from vae_explorer.latent import exact
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.training.engine import check_fit

LATTICE_POINTS = 2**15
IMAGES = 1_000  # each takes some milliseconds
_BATCH = 50  # pictures between reports


def exact_scores(
    model: LatentModel, held_out: Split, split: str, seed: int, points: int, progress: Progress
) -> dict[str, Score]:
    """`exact_nll` of a model of which something exact can be said (`hindrance`).

    Of others, and where `points` is 0, there is none.
    """
    if not points or hindrance(model):
        return {}
    check_fit(model.config, held_out)
    return {"exact_nll": exact_nll(model, held_out, split, seed, points, progress)}


def hindrance(model: LatentModel) -> str:
    """Why a model has no `exact_nll`, in one sentence; nothing where it has."""
    if model.config.variational and not model.config.has_likelihood:
        return "Squared error alone is no likelihood of pixels: train with a pixel_scale for one."
    return prior_lattice.hindrance(model, 0 if model.config.classes else None)


def check(model: LatentModel) -> None:
    """ExplorerError where a model that could have `exact_nll` decodes no finite numbers."""
    if not hindrance(model):
        label = 0 if model.config.classes else None
        prior_lattice.decoded_lattice(model, prior_lattice.SHIFTS, label=label)


def exact_nll(
    model: LatentModel, held_out: Split, split: str, seed: int, points: int, progress: Progress
) -> Score:
    """-log p(x) by `exact.log_evidence`, as a mean over at most IMAGES pictures drawn by the seed.

    Binarised pixels are those of `prior_nll`. A conditional model is asked under each picture's
    class. ExplorerError as for `prior_lattice.decoded_lattice`.
    """
    x, how = to_unit(held_out.images), "pixels in 256 steps"
    generator = Generator().manual_seed(seed)
    if model.config.likelihood == "bernoulli":
        x, how = binarize(x, generator), f"pixels binarised by Bernoulli draws (seed {seed})"
    chosen = torch.randperm(len(x), generator=Generator().manual_seed(seed))[:IMAGES]
    labels = held_out.labels[chosen] if model.config.classes else None
    nll, errors = [], []
    for label, part in _by_class(x[chosen], labels):
        lattice = prior_lattice.decoded_lattice(model, points, label=label, seed=seed)
        for pictures in part.split(_BATCH):
            log_p, error = exact.log_evidence(lattice, pictures)
            nll.append(-log_p)
            errors.append(error)
            progress("exact likelihood", sum(map(len, nll)) / len(chosen))
    values = torch.cat(nll)
    protocol = (
        f"{len(values):,} {split} images drawn with seed {seed}, {how}, lattice of {points:,} "
        f"points of the prior and points around each posterior, no encoder; each image's error "
        f"{torch.cat(errors).mean():.3f} nats"
    )
    spread = values.std().item() / len(values) ** 0.5 if len(values) > 1 else 0.0
    return Score(values.mean().item(), spread, protocol)


def _by_class(x: Tensor, labels: Tensor | None) -> Iterator[tuple[int | None, Tensor]]:
    """Pictures of one class after the other; all at once where classes do not matter."""
    if labels is None:
        yield None, x
        return
    for label in labels.unique().tolist():
        yield label, x[labels == label]
