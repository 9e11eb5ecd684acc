"""Objectives: what is minimised in training, each a formula over the terms of a batch, in nats.

Loads no tensor library, so that settings can list the objectives; `training.objective.losses`
computes the terms. A new one is a function here and its line in OBJECTIVES. B pictures, D latent
coordinates, K posterior samples a picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

MAX_LATTICE_DIM = 3  # coordinates that an objective over a lattice takes
MAX_LATTICE_BYTES = 4_000_000_000  # that one of its steps may take


class Terms(NamedTuple):
    """What a model says of a batch; all have gradients. A plain autoencoder has z = mu, K = 1."""

    reconstruction: Tensor  # (K, B), -log p(x|z)
    kl: Tensor  # (B, D), KL(q(z|x) || p(z)) by coordinate; 0 for a plain autoencoder
    mu: Tensor  # (B, D)
    logvar: Tensor  # (B, D)
    eps: Tensor  # (K, B, D), drawn from N(0, I)
    z: Tensor  # (K, B, D), mu + sigma eps

    @property
    def log_weights(self) -> Tensor:
        """log w = log p(x|z) + log p(z) - log q(z|x), (K, B): Burda et al. 2016, eq. 8."""
        log_ratio = 0.5 * (self.eps.square() + self.logvar - self.z.square()).sum(dim=-1)
        return log_ratio - self.reconstruction


def elbo(terms: Terms, beta: float, free_bits: float) -> Tensor:
    """Negative evidence lower bound, E_q[-log p(x|z)] + beta KL: Kingma & Welling 2014, eq. 7.

    With beta != 1 the beta-VAE of Higgins et al. 2017, eq. 4. Each coordinate's KL, as a mean over
    the batch, counts for at least `free_bits` nats: below, it has no gradient (Kingma et al. 2016,
    eq. 14).
    """
    kl = terms.kl.mean(dim=0).clamp(min=free_bits).sum()
    return terms.reconstruction.mean(dim=0).mean() + beta * kl


def iwae(terms: Terms, beta: float, free_bits: float) -> Tensor:
    """Negative importance-weighted bound, -log (1/K) sum_k w_k: Burda et al. 2016, eq. 8.

    Has no KL term to weigh: beta is 1 and free_bits 0.
    """
    bound = terms.log_weights.logsumexp(dim=0) - math.log(len(terms.log_weights))  # (B,)
    return -bound.mean()


class LatticeTerms(NamedTuple):
    """What a model says of a batch by points of its prior: see `training.objective.lattice`."""

    log_evidence: Tensor  # (B,), log p(x); the mean over the batch has the decoder's gradient
    misfit: Tensor  # (B,), of the encoder to the decoder, with the encoder's gradient alone
    reconstruction: Tensor  # (B,), mean of -log p(x|z) under p(z|x), no gradient


def lattice(terms: LatticeTerms, beta: float, free_bits: float) -> Tensor:
    """-log p(x), summed over points of the prior: Martinez & Williams 2026, "QLVM".

    The encoder, which has no part in it, learns on the side. Its misfit counts for its gradient
    alone. Has no KL term to weigh.
    """
    return (terms.misfit - terms.misfit.detach() - terms.log_evidence).mean()


def _against_lattice(config: Any) -> str:
    """Why a TrainConfig cannot sum over points of the prior; nothing where it can."""
    model = config.model
    if model.latent_dim > MAX_LATTICE_DIM:
        return (
            f"serves models of at most {MAX_LATTICE_DIM} latent coordinates, this one has "
            f"{model.latent_dim}: use iwae, or set latent_dim to {MAX_LATTICE_DIM}."
        )
    if model.likelihood == "categorical":
        return "is for pictures: train molecules by elbo or iwae."
    if model.classes:
        return "knows no classes: set classes to 0, or use iwae."
    if model.dropout or model.normalization == "batch":
        return (
            "decodes the same points twice, and has to get the same twice: set dropout to 0, and "
            "normalization to group or none."
        )
    if config.samples > 1 and OBJECTIVES[config.objective].points == "lattice":
        return "draws no posterior samples: set samples to 1, and see proposals."
    if config.patience:
        return "has a bound that is tighter from epoch to epoch: set patience to 0."
    return _against_points(config)


def _against_points(config: Any) -> str:
    """Why there is no lattice of so many points, or none that can be held."""
    points, own, pictures = config.lattice_points, config.proposals, config.batch_size
    if any(n & (n - 1) for n in (points, config.lattice_start)):
        return "takes powers of two, such as 4096, for lattice_points and lattice_start."
    decoded, compared = points + pictures * own, pictures * (points + own)
    values = 5 * config.model.pixels + 4 * sum(config.model.decoder)  # of a point, float32
    size = 4 * (decoded * values + 5 * compared)
    if size <= MAX_LATTICE_BYTES:
        return ""
    return (
        f"may take {size / 1e9:.1f} GB a step for {points:,} points and {own:,} proposals for each "
        f"of {pictures:,} pictures, and has {MAX_LATTICE_BYTES / 1e9:.0f}: lower lattice_points, "
        "proposals or batch_size."
    )


class Objective(NamedTuple):
    """A function (terms, beta, free_bits) -> (), minimised; and which settings make sense with it.

    `TrainConfig` refuses the others. Terms are `Terms`, or of a lattice `LatticeTerms`.
    """

    loss: Callable[[Any, float, float], Tensor]
    about: str  # for the command line's help and the form's
    kind: str = "VAE"  # what a model trained so is called in tables
    weighs_kl: bool = True  # else beta, annealing and free bits mean nothing to it
    needs_posterior: bool = False  # true: not for a plain autoencoder
    points: Literal["posterior", "lattice"] = "posterior"  # where its terms are taken
    objection: Callable[[Any], str] = lambda config: ""  # to a TrainConfig, said behind its name


OBJECTIVES = {
    "elbo": Objective(elbo, "evidence lower bound"),
    "iwae": Objective(
        iwae, "importance-weighted, tighter", "IWAE, K = {samples}", False, needs_posterior=True
    ),
    "lattice": Objective(
        lattice,
        "log p(x) itself, for up to three coordinates",
        *("lattice VAE", False, True),
        points="lattice",
        objection=_against_lattice,
    ),
}
