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
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.models.latent_model import LatentModel, PriorPoints
from vae_explorer.models.likelihoods import kl_divergence, mixture_log_density

SAMPLES = 32  # posterior samples a picture: the same noise for all, so item i is always item i
NEIGHBOURS = 5
MAX_PRIOR_DIM = 3  # coordinates up to which points can fill the prior
MIN_INK = 1.0  # of a picture with hardly any: a blank one has a finite relative error
DENSITY_SHARE = 0.3  # of the latent density beside the surplus, in the combined score
PARTS = ("reconstruction", "neg_elbo", "latent_density")  # of the combined score
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
    prior: PriorPoints

    @cached_property
    def samples(self) -> tuple[Tensor, Tensor]:
        """-log p(x|z) and log p(z) - log q(z|x), (K, B) each, of SAMPLES posterior samples z."""
        eps = torch.empty(SAMPLES, self.mu.shape[1]).normal_(generator=Generator().manual_seed(0))
        eps = eps[:, None]  # (K, 1, D): one noise for all pictures
        z = self.mu + (0.5 * self.logvar).exp() * eps
        labels = None if self.y is None else self.y.repeat(SAMPLES)
        logits = self.model.decode_raw(z.flatten(0, 1), labels).view(SAMPLES, len(self.x), -1)
        nll = self.model.pixel_nll(logits, self.x.flatten(1).expand_as(logits))
        return nll, 0.5 * (eps.square() + self.logvar - z.square()).sum(dim=-1)


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


def neg_elbo(evidence: Evidence) -> Tensor:
    """-ELBO, (B,) nats, grey pixels."""
    kl = kl_divergence(evidence.mu, evidence.logvar).sum(dim=1)
    return evidence.samples[0].mean(dim=0) + kl


def iw_nll(evidence: Evidence) -> Tensor:
    """-log p(x) by importance weighting, (B,) nats, grey pixels."""
    nll, log_ratio = evidence.samples
    return math.log(SAMPLES) - (log_ratio - nll).logsumexp(dim=0)


def exact_nll(evidence: Evidence) -> Tensor:
    """-log p(x) by points of the prior, which all pictures share, and by the samples, (B,) nats."""
    nll, log_ratio = evidence.samples
    q = evidence.mu, evidence.logvar
    return -evidence.prior.log_evidence(evidence.x, evidence.y, q, log_ratio, nll)


class AnomalyScore(NamedTuple):
    """A score: its name on pages, what it says, and its function."""

    title: str
    about: str  # a sentence without its full stop
    function: Callable[[Evidence], Tensor]  # -> (B,), higher for the more anomalous
    variational_only: bool = False  # a plain autoencoder lacks it
    max_dim: int | None = None  # models of more coordinates lack it
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
        neg_elbo,
        variational_only=True,
    ),
    "iw_nll": AnomalyScore(
        "−log p(x)",
        "importance-weighted −log p(x) in nats, grey pixels: the model's own likelihood",
        iw_nll,
        variational_only=True,
    ),
    "exact_nll": AnomalyScore(
        "Exact −log p(x)",
        "−log p(x) in nats, grey pixels, summed over points of the prior and of the posterior: "
        "hardly any slack is left, but only up to three coordinates",
        exact_nll,
        variational_only=True,
        max_dim=MAX_PRIOR_DIM,
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
        "−ELBO corrected for complexity, plus latent density",
        lambda evidence: combine(evidence.arrays, evidence.scores),
        needs=("usual.coefficients", "density"),
    ),
}


def measure(
    prior: PriorPoints,
    arrays: Mapping[str, Tensor],
    x: Tensor,
    y: Tensor | None,
    names: Collection[str] = SCORES,
) -> dict[str, Tensor]:
    """Pictures (B, C, H, W) -> scores (B,) of these names, and `COMPLEXITY`.

    As far as model and arrays allow; with them those that others are made of.
    """
    model = prior.model
    with torch.inference_mode():
        y = best_class(model, x) if model.config.classes and y is None else y
        y = y if model.config.classes else None
        mu, logvar = model.encode(x, y)
        scores = {COMPLEXITY: complexity(x)}
        logits = model.decode_raw(mu, y)
        evidence = Evidence(model, arrays, x, y, mu, logvar, logits, scores, prior)
        for name, score in SCORES.items():
            wanted = name in names or name in PARTS
            if wanted and allowed(score, model) and set(score.needs) <= set(arrays):
                scores[name] = score.function(evidence)
    return scores


def allowed(score: AnomalyScore, model: LatentModel) -> bool:
    """Whether a model of this kind can have the score."""
    few = score.max_dim is None or model.latent_dim <= score.max_dim
    return few and (model.config.variational or not score.variational_only)


def hindrance(name: str, model: LatentModel) -> str:
    """Why a model of this kind cannot have a score, in one sentence; nothing where it can."""
    if allowed(SCORES[name], model):
        return ""
    if not model.config.variational:
        return f"a plain autoencoder has no {name}: use reconstruction or combined."
    return (
        f"{name} is for models of at most {SCORES[name].max_dim} coordinates, this one has "
        f"{model.latent_dim}: use iw_nll or combined."
    )


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


def best_class(model: LatentModel, x: Tensor) -> Tensor:
    """The class (B,) under which a conditional model explains each picture best."""
    costs = []
    for label in range(model.config.classes):
        y = torch.full((len(x),), label)
        mu, logvar = model.encode(x, y)
        nll = model.pixel_nll(model.decode_raw(mu, y), x.flatten(1))
        costs.append(nll + kl_divergence(mu, logvar).sum(dim=1) * model.config.variational)
    return torch.stack(costs).argmin(dim=0)
