"""What a finished model says of the KL weight that it was trained with.

At a minimum of reconstruction + beta KL nothing is won by widening all posteriors a little, so
that d reconstruction / d log sigma = -beta d KL / d log sigma = beta sum (1 - sigma²): the ratio
is beta, whoever trained the model. N pictures, P values a picture, D latent coordinates.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.evaluation.doctor.patient import Patient

STEP = 0.1  # of log sigma, each way
DRAWS = 4  # of noise, half of them the negative of the others
MIN_SLOPE = 0.05  # nats of d KL / d log sigma below which there is nothing to divide by
HEAVY, HEAVY_SQUARES = 20.0, 6.0  # beyond all beta-VAEs: in nats, and in squared error
AVERAGED = 8.0  # within such a factor of P a weight is that of an average over pixels
FLOOR = 0.02  # least variance of a Bernoulli pixel: at the edge nothing is ever lit


class KlWeight(NamedTuple):
    """The weight that the KL term has had, told in two units of reconstruction."""

    nats: float  # of the model's own likelihood
    squares: float  # of half the squared error: what a tutorial's loss may have been


def effective_weight(patient: Patient, logvar: Tensor | None = None) -> KlWeight | None:
    """Beta of a model, estimated; None where its posteriors are (nearly) the prior.

    Or as it would be if the log variances of the decoded pictures were these, (n, D).
    """
    mu = patient.mu[patient.few]
    sigma = (0.5 * (patient.logvar[patient.few] if logvar is None else logvar)).exp()
    kl_slope = (1 - sigma.square()).sum(dim=1).mean().item()
    if kl_slope < MIN_SLOPE:
        return None
    noise = torch.randn(DRAWS // 2, *mu.shape, generator=patient.generator)
    wide, narrow = 0.0, 0.0
    squares_wide, squares_narrow = 0.0, 0.0
    for eps in (*noise, *-noise):
        nll, squares = _cost(patient, mu + sigma * math.exp(STEP) * eps)
        wide, squares_wide = wide + nll, squares_wide + squares
        nll, squares = _cost(patient, mu + sigma * math.exp(-STEP) * eps)
        narrow, squares_narrow = narrow + nll, squares_narrow + squares
    scale = DRAWS * 2 * STEP * kl_slope
    return KlWeight((wide - narrow) / scale, (squares_wide - squares_narrow) / scale)


def _cost(patient: Patient, z: Tensor) -> tuple[float, float]:
    """Of decoding there: nats, and half the squared error, both a picture."""
    raw = patient.raw(z, patient.few_labels)
    nll = patient.model.pixel_nll(raw, patient.targets).mean().item()
    error = patient.means(raw) - patient.targets
    return nll, 0.5 * error.square().sum(dim=1).mean().item()


def payoff(patient: Patient) -> float:
    """The KL weight below which one more coordinate would pay: variance over noise.

    The largest eigenvalue of what reconstructions leave over, relative to the noise of a pixel, as
    of probabilistic PCA (Tipping & Bishop 1999, section 3.2): that of the likelihood where pixels
    are Bernoulli ones, else the mean squared residual. The direction is found on one half of the
    pictures and judged on the other.
    """
    means = patient.decoded.clamp(0, 1)
    residuals = patient.targets - means
    residuals = residuals - residuals.mean(dim=0)
    if patient.config.likelihood == "bernoulli":
        noise = (means * (1 - means)).mean(dim=0).clamp(min=FLOOR)
    else:
        noise = residuals.square().mean().clamp(min=1e-9)
    found, judged = (residuals / noise.sqrt()).chunk(2)
    direction = torch.linalg.svd(found, full_matrices=False).Vh[0]
    return (judged @ direction).var().item()


def nats_won(payoff: float) -> float:
    """What such a coordinate wins at a KL weight of 1, nats a picture."""
    return 0.5 * (payoff - 1 - math.log(payoff)) if payoff > 1 else 0.0


def averaging_cure(patient: Patient) -> str:
    """What to do about a KL weight far too large, without a full stop."""
    pixels = patient.config.pixels
    return (
        "Sum the reconstruction over pixels, as the KL over coordinates, with beta 1 (an average "
        f"over {pixels:,} values makes the KL weigh {pixels:,} times too much)"
    )
