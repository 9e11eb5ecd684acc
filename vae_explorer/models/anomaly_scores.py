"""Anomaly scores: what each is called, what it says, and how it is computed from a picture.

`SCORES` is the one table: the detector, the command line and the pages walk it. Every score is
higher for what is more anomalous. Knows nothing of files or data sets. N or B pictures, D latent
coordinates, K components or posterior samples.

The combined score is the surplus of −ELBO over what it usually is for a picture so complex, with
0.3 times the latent density, each in standard deviations over validation pictures. Likelihood
alone is inverted for simple pictures: a stroke costs few nats whatever it shows, and complexity
explains most of what remains (Nalisnick et al. 2019; Serrà et al. 2020, "Input Complexity and
Out-of-distribution Detection with Likelihood-based Generative Models"). How complex a picture is,
its total ink, its squared ink and its total variation tell; the regression is fitted on validation
pictures alone.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import kl_divergence

SAMPLES = 32  # posterior samples a picture: the same noise for all, so item i is always item i
NEIGHBOURS = 5
MIN_INK = 1.0  # of a picture with hardly any: a blank one has a finite relative error
DENSITY_SHARE = 0.3  # of the latent density beside the surplus, in the combined score
COMPLEXITY = "complexity"  # (N, 3), kept beside the scores: see `complexity`


@dataclass(frozen=True)
class Evidence:
    """Pictures and what a model makes of them: all that a score may be computed from."""

    model: LatentModel
    arrays: Mapping[str, Tensor]  # those of the detector
    x: Tensor  # (B, C, H, W) in [0, 1]
    y: Tensor | None  # (B,) for a conditional model
    mu: Tensor  # (B, D)
    logvar: Tensor  # (B, D)
    logits: Tensor  # (B, S*S), decoded at mu
    scores: dict[str, Tensor]  # (B,) each: those above in the table, and the complexity

    @cached_property
    def bounds(self) -> tuple[Tensor, Tensor]:
        """-ELBO and -log p(x), (B,) each: two scores from the same samples."""
        return bounds(self.model, self.x, self.y, self.mu, self.logvar)


def reconstruction(evidence: Evidence) -> Tensor:
    """-log p(x | z = mu), (B,) nats."""
    nll = evidence.model.pixel_nll
    return nll(evidence.logits, evidence.x.flatten(1))


def relative_error(evidence: Evidence) -> Tensor:
    """Squared error over squared ink, (B,)."""
    pixels = evidence.x.flatten(1)
    error = (pixels - evidence.model.means(evidence.logits)).square().sum(dim=1)
    return error / pixels.square().sum(dim=1).clamp(min=MIN_INK)


def latent_distance(evidence: Evidence) -> Tensor:
    """Mean distance to the nearest reference codes, (B,) latent units."""
    distances = torch.cdist(evidence.mu, evidence.arrays["codes"])
    count = min(NEIGHBOURS, distances.shape[1])
    return distances.topk(count, largest=False).values.mean(dim=1)


class AnomalyScore(NamedTuple):
    """A score: its name on pages, what it says, and its function."""

    title: str
    about: str  # a sentence without its full stop
    function: Callable[[Evidence], Tensor]  # -> (B,), higher for the more anomalous
    variational_only: bool = False  # a plain autoencoder lacks it
    needs: tuple[str, ...] = ()  # arrays without which it is left out


SCORES = {
    "reconstruction": AnomalyScore(
        "Reconstruction",
        "−log p(x | z) at the posterior mean: what the decoder gets wrong, in nats",
        reconstruction,
    ),
    "neg_elbo": AnomalyScore(
        "−ELBO",
        "−ELBO in nats: reconstruction and KL, as the model was trained",
        lambda evidence: evidence.bounds[0],
        variational_only=True,
    ),
    "iw_nll": AnomalyScore(
        "−log p(x)",
        "importance-weighted −log p(x) in nats, grey pixels: the model's own likelihood",
        lambda evidence: evidence.bounds[1],
        variational_only=True,
    ),
    "relative_error": AnomalyScore(
        "Relative error",
        "squared error as a share of the picture's own ink, ‖x − r‖² / ‖x‖²",
        relative_error,
    ),
    "latent_distance": AnomalyScore(
        "Latent distance", "mean distance to the five nearest training codes", latent_distance
    ),
    "latent_density": AnomalyScore(
        "Latent density",
        "−log density of the training codes (a Gaussian mixture) at the code",
        lambda evidence: -mixture_log_density(evidence.arrays, evidence.mu),
    ),
    "combined": AnomalyScore(
        "Combined",
        "−ELBO beyond what is usual for so complex a picture, and the latent density",
        lambda evidence: combine(evidence.arrays, evidence.scores),
        needs=("usual.coefficients", "density"),
    ),
}


def measure(
    model: LatentModel, arrays: Mapping[str, Tensor], x: Tensor, y: Tensor | None
) -> dict[str, Tensor]:
    """Pictures (B, C, H, W) -> every score (B,) that model and arrays allow, and `COMPLEXITY`."""
    with torch.inference_mode():
        y = best_class(model, x) if model.config.classes and y is None else y
        y = y if model.config.classes else None
        mu, logvar = model.encode(x, y)
        scores = {COMPLEXITY: complexity(x)}
        logits = model.decode_raw(mu, y)
        evidence = Evidence(model, arrays, x, y, mu, logvar, logits, scores)
        for name, score in SCORES.items():
            if allowed(score, model) and set(score.needs) <= set(arrays):
                scores[name] = score.function(evidence)
    return scores


def allowed(score: AnomalyScore, model: LatentModel) -> bool:
    """Whether a model of this kind can have the score."""
    return model.config.variational or not score.variational_only


def combine(arrays: Mapping[str, Tensor], scores: Mapping[str, Tensor]) -> Tensor:
    """The combined score (N,) from others and the complexity, as `measure` gives them."""
    expected = complexity_features(scores[COMPLEXITY], arrays) @ arrays["usual.coefficients"]
    expected = expected.minimum(arrays["usual.most"])  # no more excuse than any known picture has
    surplus = (log_cost(scores) - expected) / arrays["usual.spread"]
    middle, spread = arrays["density"]
    return surplus + DENSITY_SHARE * (scores["latent_density"] - middle) / spread


def log_cost(scores: Mapping[str, Tensor]) -> Tensor:
    """Logarithm of the -ELBO (N,), of the reconstruction where a model has no other."""
    return scores["neg_elbo" if "neg_elbo" in scores else "reconstruction"].clamp(min=1e-3).log()


def complexity(x: Tensor) -> Tensor:
    """Logarithms of total ink, squared ink and total variation, (N, C, H, W) -> (N, 3).

    None is below 0: sums less than 1 count as 1, the ink of a single white pixel.
    """
    across, down = x.diff(dim=-1).abs(), x.diff(dim=-2).abs()
    parts = [x, x.square(), across, down]
    ink, squared, wide, high = (part.flatten(1).sum(dim=1) for part in parts)
    return torch.stack([ink, squared, wide + high], dim=1).clamp(min=MIN_INK).log()


def complexity_features(complexity: Tensor, arrays: Mapping[str, Tensor]) -> Tensor:
    """1, the complexities and their products, (N, 3) -> (N, 10), for a linear regression.

    Outside of what validation pictures had, products stay as they are at the border; so do the
    complexities themselves above it, but not below: less ink costs less, down to none.
    """
    low, middle, high = arrays["usual.range"]
    below_high = complexity.minimum(high) - middle
    within = below_high.maximum(low - middle)
    first, second = torch.triu_indices(3, 3)
    products = within[:, first] * within[:, second]
    return torch.cat([torch.ones_like(below_high[:, :1]), below_high, products], dim=1)


def bounds(
    model: LatentModel, x: Tensor, y: Tensor | None, mu: Tensor, logvar: Tensor
) -> tuple[Tensor, Tensor]:
    """-ELBO and -log p(x) (B,) in nats from the same SAMPLES posterior samples, grey pixels."""
    eps = torch.empty(SAMPLES, mu.shape[1]).normal_(generator=Generator().manual_seed(0))
    eps = eps[:, None]  # (K, 1, D): one noise for all pictures
    z = mu + (0.5 * logvar).exp() * eps
    labels = None if y is None else y.repeat(SAMPLES)
    logits = model.decode_raw(z.flatten(0, 1), labels).view(SAMPLES, len(x), -1)
    nll = model.pixel_nll(logits, x.flatten(1).expand_as(logits))
    ratio = 0.5 * (eps.square() + logvar - z.square()).sum(dim=-1)  # log p(z) - log q(z|x)
    bound = (ratio - nll).logsumexp(dim=0) - math.log(SAMPLES)
    return nll.mean(dim=0) + kl_divergence(mu, logvar).sum(dim=1), -bound


def best_class(model: LatentModel, x: Tensor) -> Tensor:
    """The class (B,) under which a conditional model explains each picture best."""
    costs = []
    for label in range(model.config.classes):
        y = torch.full((len(x),), label)
        mu, logvar = model.encode(x, y)
        nll = model.pixel_nll(model.decode_raw(mu, y), x.flatten(1))
        costs.append(nll + kl_divergence(mu, logvar).sum(dim=1) * model.config.variational)
    return torch.stack(costs).argmin(dim=0)


def diagonal(factors: Tensor) -> Tensor:
    """The diagonals of a mixture's factors, (K, D, D) or already (K, D) -> (K, D)."""
    return factors if factors.ndim == 2 else factors.diagonal(dim1=1, dim2=2)


def mixture_log_density(arrays: Mapping[str, Tensor], z: Tensor) -> Tensor:
    """log sum_k w_k N(z; m_k, (L_k L_k^T)^-1) of points (N, D) -> (N,).

    The factors L are (K, D, D), or (K, D) where they are diagonal.
    """
    weights, means, factors = (arrays[f"mixture.{n}"] for n in ("weights", "means", "precisions"))
    apart = z[:, None] - means  # (N, K, D)
    white = apart * factors if factors.ndim == 2 else torch.einsum("nkd,kde->nke", apart, factors)
    half_log_det = diagonal(factors).log().sum(dim=1)
    constant = weights.log() + half_log_det - 0.5 * z.shape[1] * math.log(2 * math.pi)
    return (constant - 0.5 * white.square().sum(dim=-1)).logsumexp(dim=1)
