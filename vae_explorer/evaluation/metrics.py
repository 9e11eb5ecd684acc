"""Scores of a model on held-out pictures, each with its standard error and its protocol.

Knows nothing of files or front ends. N pictures, D latent coordinates, nats throughout.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.config import LatentConfig
from vae_explorer.data.datasets import Dataset, Split, binarize, to_unit
from vae_explorer.latent import geometry, posterior
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet, encode_split
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import STEP_CONSTANT, kl_divergence
from vae_explorer.training.engine import check_fit, measure
from vae_explorer.training.objective.losses import sample_terms

IW_SAMPLES = 500  # importance samples a picture
PRIOR_POINTS = 2**18  # Sobol points of the prior, for models of at most MAX_PRIOR_DIM coordinates
MAX_PRIOR_DIM = 3
ACTIVE_VARIANCE = 0.01  # Burda et al. 2016, section 5.2
DECODING_BATCH = 10_000
PRIOR_BATCH = 4_096
GAP_IMAGES = 1_000  # whose posteriors are refined one by one

Progress = Callable[[str, float], None]  # what is being measured, share done


class Score(NamedTuple):
    """A figure that can be believed: what it is and how it was measured."""

    value: float | list[float]
    standard_error: float | None  # of the mean over pictures; None where it is not a mean
    protocol: str


def evaluate(
    model: LatentModel,
    dataset: Dataset,
    *,
    split: str = "test",
    seed: int = 0,
    iw_samples: int = IW_SAMPLES,
    prior_points: int = PRIOR_POINTS,
    gap_images: int = GAP_IMAGES,
    progress: Progress = lambda what, share: None,
) -> tuple[dict[str, Score], EncodedSet]:
    """All scores that suit a model, on a split of a data set, and the split as encoded.

    A likelihood is only given for a variational model of pixels as they are stored, or Bernoulli
    ones: others have none to give. Zero
    `iw_samples`, `prior_points` or `gap_images` leave one of the slow estimates out.
    """
    held_out = dataset.split(split)
    check_fit(model.config, held_out)
    encoded = encode_split(model, to_unit(held_out.images), held_out.labels, split)
    scores = bound_scores(model, held_out, split, seed)
    progress("neighbours", 0.0)
    reference = encode_split(model, to_unit(dataset.train.images), dataset.train.labels, "train")
    if len(reference.labels.unique()) > 1:  # of one class it says nothing
        scores["knn_accuracy"] = knn_accuracy(reference, encoded)
    if model.config.variational:
        scores["active_units"] = active_units(encoded)
        scores["kl_per_dimension"] = kl_per_dimension(encoded)
        if gap_images and model.differentiable:
            scores["amortisation_gap"] = amortisation_gap(
                model, held_out, split, seed, gap_images, progress
            )
    if model.config.variational and model.config.has_likelihood:
        if iw_samples:
            scores["iw_nll"] = iw_nll(model, held_out, split, seed, iw_samples, progress)
        small = model.config.latent_dim <= MAX_PRIOR_DIM and not model.config.classes
        if prior_points and small and model.config.likelihood == "bernoulli":
            scores["prior_nll"] = prior_nll(model, held_out, split, seed, prior_points, progress)
    return scores, encoded


def with_quick_scores(checkpoint: Checkpoint, dataset: Dataset) -> Checkpoint:
    """A model with the scores on the test set that take seconds, and with that set as encoded."""
    scores, encoded = evaluate(
        checkpoint.model, dataset, iw_samples=0, prior_points=0, gap_images=0
    )
    return dataclasses.replace(checkpoint, scores=to_json(scores), encoded=encoded)


def bound_scores(model: LatentModel, held_out: Split, split: str, seed: int) -> dict[str, Score]:
    """-ELBO with its two parts: pixels as they are, by the model's likelihood, as tutorials do."""
    reconstruction, kl = measure(model, held_out, Generator().manual_seed(seed))
    kl = kl.sum(dim=1)
    how = f"{len(held_out):,} {split} images, {model.config.pixel_kind} pixels, "
    if not model.config.variational:
        return {"reconstruction": _mean(reconstruction, how + "decoded from the code")}
    drawn = f"one posterior sample, seed {seed}"
    neg_elbo = _mean(reconstruction + kl, how + drawn)
    return {
        "neg_elbo": neg_elbo,
        "bits_per_dimension": _bits(model.config, neg_elbo),
        "reconstruction": _mean(reconstruction, how + drawn),
        "kl": _mean(kl, how + "analytic"),
    }


def iw_nll(
    model: LatentModel, held_out: Split, split: str, seed: int, samples: int, progress: Progress
) -> Score:
    """-log p(x) by importance weighting with the encoder: Burda et al. 2016, eq. 8 at large K."""
    generator = Generator().manual_seed(seed)
    x, how = to_unit(held_out.images), "pixels in 256 steps"
    if model.config.likelihood == "bernoulli":
        x, how = binarize(x, generator), f"pixels binarised by Bernoulli draws (seed {seed})"
    batch = max(1, DECODING_BATCH // samples)
    bounds = []
    with torch.inference_mode():
        for start in range(0, len(x), batch):
            part = slice(start, start + batch)
            y = held_out.labels[part] if model.config.classes else None
            weights = sample_terms(model, x[part], y, samples, generator).log_weights
            bounds.append(weights.logsumexp(dim=0) - math.log(samples))
            progress("importance-weighted likelihood", (start + batch) / len(x))
    protocol = f"{len(x):,} {split} images, {how}, {samples} importance samples from the posterior"
    return _mean(-torch.cat(bounds), protocol)


def prior_nll(
    model: LatentModel, held_out: Split, split: str, seed: int, points: int, progress: Progress
) -> Score:
    """-log p(x) by averaging p(x|z) over scrambled Sobol points of the prior: no encoder involved.

    An upper bound on average, tight once several points fall within each posterior.
    """
    generator = Generator().manual_seed(seed)
    x = binarize(to_unit(held_out.images), generator).flatten(1)
    sobol = torch.quasirandom.SobolEngine(model.config.latent_dim, scramble=True, seed=seed)
    total = torch.full((len(x),), -torch.inf)
    with torch.inference_mode():
        for start in range(0, points, PRIOR_BATCH):
            uniform = sobol.draw(min(PRIOR_BATCH, points - start)).clamp(1e-7, 1 - 1e-7)
            logits = model.decode_raw(torch.special.ndtri(uniform))  # (P, pixels)
            blank = torch.nn.functional.softplus(logits).sum(dim=1)  # -log p(all black)
            for part in torch.arange(len(x)).split(1000):
                log_p = torch.addmm(-blank, x[part], logits.T)  # (1000, P)
                total[part] = torch.logaddexp(total[part], log_p.logsumexp(dim=1))
            progress("encoder-free likelihood", (start + PRIOR_BATCH) / points)
    protocol = (
        f"{len(x):,} {split} images, pixels binarised by Bernoulli draws (seed {seed}), "
        f"{points:,} Sobol points of the prior, no encoder"
    )
    return _mean(-(total - math.log(points)), protocol)


def knn_accuracy(reference: EncodedSet, encoded: EncodedSet, k: int = geometry.NEIGHBOURS) -> Score:
    """Share of points whose label is the majority's among their nearest reference points."""
    from sklearn.neighbors import KNeighborsClassifier  # slow to import: only where wanted

    classifier = KNeighborsClassifier(k).fit(reference.mu.numpy(), reference.labels.numpy())
    right = torch.from_numpy(classifier.predict(encoded.mu.numpy())) == encoded.labels
    protocol = (
        f"{len(encoded.mu):,} {encoded.split} images classed by their {k} nearest of "
        f"{len(reference.mu):,} {reference.split} images, Euclidean distance of posterior means"
    )
    return _mean(right.float(), protocol)


def active_units(encoded: EncodedSet) -> Score:
    """Coordinates whose posterior mean varies over the data: Burda et al. 2016, section 5.2."""
    count = int((encoded.mu.var(dim=0) > ACTIVE_VARIANCE).sum())
    protocol = (
        f"of {encoded.mu.shape[1]} coordinates, those whose posterior mean varies by more than "
        f"{ACTIVE_VARIANCE} over {len(encoded.mu):,} {encoded.split} images"
    )
    return Score(float(count), None, protocol)


def kl_per_dimension(encoded: EncodedSet) -> Score:
    """KL(q(z|x) || p(z)) of each coordinate, as a mean over the pictures: D values in nats."""
    kl = kl_divergence(encoded.mu, encoded.logvar).mean(dim=0)
    protocol = f"{len(encoded.mu):,} {encoded.split} images, analytic, by coordinate"
    return Score(kl.tolist(), None, protocol)


def amortisation_gap(
    model: LatentModel, held_out: Split, split: str, seed: int, images: int, progress: Progress
) -> Score:
    """What the bound loses because one encoder serves all pictures: see `posterior.refine`."""
    generator = Generator().manual_seed(seed)
    indices = torch.randperm(len(held_out), generator=generator)[:images]
    x = to_unit(held_out.images[indices])
    y = held_out.labels[indices] if model.config.classes else None
    before, after = posterior.refine(
        model, x, y, generator, progress=lambda share: progress("amortisation gap", share)
    )
    protocol = (
        f"{len(x):,} {split} images drawn with seed {seed}, {model.config.pixel_kind} pixels, "
        f"posteriors refined one by one in {posterior.STEPS} steps of Adam, {posterior.SAMPLES} "
        "samples each"
    )
    return _mean(before.neg_elbo - after.neg_elbo, protocol)


def _bits(config: LatentConfig, nats: Score) -> Score:
    """A bound in nats a picture as bits for each of its values."""
    assert isinstance(nats.value, float) and nats.standard_error is not None
    gaussian = config.likelihood == "gaussian"
    left_out = STEP_CONSTANT if gaussian and config.pixel_scale == 1 else 0.0
    bits = (nats.value / config.pixels + left_out) / math.log(2)
    steps = ", each stored in 256 steps" if gaussian else ""
    error = nats.standard_error / config.pixels / math.log(2)
    return Score(bits, error, f"{nats.protocol}, over {config.pixels:,} values a picture{steps}")


def to_json(scores: dict[str, Score]) -> dict[str, Any]:
    """Scores as a checkpoint keeps them and the command line prints them."""
    return {name: score._asdict() for name, score in scores.items()}


TITLES = {
    "neg_elbo": "−ELBO",
    "bits_per_dimension": "bits per dimension",
    "reconstruction": "reconstruction",
    "kl": "KL",
    "iw_nll": "IW-NLL",
    "prior_nll": "encoder-free NLL",
    "exact_nll": "exact NLL",
    "amortisation_gap": "amortisation gap",
    "knn_accuracy": "5-NN accuracy",
    "active_units": "active units",
    "kl_per_dimension": "KL by coordinate",
}


def figure_text(name: str, score: dict[str, Any]) -> str:
    """A score, as a checkpoint keeps it, as people read it: "120.27 ± 0.43"."""
    value, error = score["value"], score["standard_error"]
    if isinstance(value, list):
        few = len(value) <= 4
        return (
            " ".join(f"{v:.2f}" for v in value) if few else f"{min(value):.2f} to {max(value):.2f}"
        )
    digits = {"active_units": 0, "knn_accuracy": 3, "bits_per_dimension": 3}.get(name, 2)
    return f"{value:.{digits}f}" + (f" ± {error:.{digits}f}" if error else "")


def _mean(values: Tensor, protocol: str) -> Score:
    error = values.std().item() / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Score(values.mean().item(), error, protocol)
