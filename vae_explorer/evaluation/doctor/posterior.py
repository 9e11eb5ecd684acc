"""Whether posteriors and prior keep to each other: the KL weight, the widths, the aggregate.

N pictures, D latent coordinates.
"""

import torch

from vae_explorer.evaluation.doctor.collapse import dead
from vae_explorer.evaluation.doctor.conventions import ONE_WIDTH
from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.kl_weight import (
    AVERAGED,
    HEAVY,
    HEAVY_SQUARES,
    KlWeight,
    averaging_cure,
    effective_weight,
)
from vae_explorer.evaluation.doctor.patient import Patient
from vae_explorer.models.latent_model import LOGVAR_RANGE

LIGHT = 0.05  # a KL weight that is next to nothing
WIDE = 1.5  # variance of the aggregate posterior, where codes and widths do not fit each other
APART_NATS, APART_SHARE = 2.0, 0.5  # of KL from aggregate posterior to prior: and by coordinate
CLAMPED, MOST = 0.05, 0.5  # so near to an end of logvar's range; such a share of all values


def posterior_findings(patient: Patient) -> list[Finding]:
    """All there is to say of a variational model's posteriors, the gravest first."""
    weight = effective_weight(patient)
    checks = (constant_width(patient), clamped_width(patient), wide_posteriors(patient))
    found = [one for one in checks if one is not None]
    if not found and weight is not None and (wrong := wrong_weight(patient, weight)):
        found.append(wrong)
    if apart := prior_apart(patient):
        found.append(apart)
    return found


def wrong_weight(patient: Patient, weight: KlWeight) -> Finding | None:
    """A KL term that was weighed far too much, or next to nothing."""
    pixels = patient.config.pixels
    evidence = f"posteriors are as wide as a KL weight of about {weight.nats:.2g} makes them"
    spent = f"KL {patient.kl.sum().item():.1f} nats"
    if weight.nats > HEAVY and weight.squares > HEAVY_SQUARES:
        averaged = weight.nats > pixels / AVERAGED
        return Finding(
            "Reconstruction averaged over pixels" if averaged else "KL weight too large",
            f"{evidence} ({spent}; the ELBO's is 1).",
            f"{averaging_cure(patient)}.",
            weight.nats,
        )
    if weight.nats < LIGHT:
        return Finding(
            "KL weight next to nothing",
            f"{evidence} ({spent}, median sigma {_median_sigma(patient):.2g}): an autoencoder in "
            "disguise.",
            "Weigh the KL by 1 against a reconstruction summed over pixels: samples of the prior "
            "mean nothing before.",
            weight.nats,
        )
    return None


def constant_width(patient: Patient) -> Finding | None:
    """Posteriors of one width, whatever the picture."""
    alive = ~dead(patient)
    if not alive.any():
        return None
    logvar = patient.logvar[:, alive]
    varies = logvar.std(dim=0).max().item()
    if varies > ONE_WIDTH or _at_an_end(patient) > MOST:
        return None
    return Finding(
        "Posterior variance is constant",
        f"sigma is {_median_sigma(patient):.2g} for every picture (logvar varies by {varies:.1g}).",
        "See that the second head was loaded and trained, and that it reads the picture.",
        varies,
    )


def wide_posteriors(patient: Patient) -> Finding | None:
    """Posteriors too wide for codes that are spread as far as the prior."""
    if dead(patient).all() or (variance := _aggregate_variance(patient)) < WIDE:
        return None
    widths = patient.logvar.exp().mean().item()
    if widths < WIDE - 1:  # the codes' own doing
        return None
    return Finding(
        "Posterior variance too large",
        f"codes vary by {variance:.2f} a coordinate (the prior: 1), of which {widths:.2f} is "
        "posterior variance.",
        "See that the second head was loaded and trained, and is read as log variance.",
        variance,
    )


def clamped_width(patient: Patient) -> Finding | None:
    """Log variances that have run to an end of their range."""
    share = _at_an_end(patient)
    if share < MOST:
        return None
    return Finding(
        "Posterior variance at its limit",
        f"{share:.0%} of the log variances lie at an end of their range, "
        f"{LOGVAR_RANGE[0]:g} to {LOGVAR_RANGE[1]:g} (median sigma {_median_sigma(patient):.2g}).",
        "See that a KL term is part of the loss, with a weight near 1: without one a VAE becomes "
        "an autoencoder.",
        share,
    )


def prior_apart(patient: Patient) -> Finding | None:
    """Codes that do not lie where the prior does: good reconstructions, bad samples.

    KL of the aggregate posterior's Gaussian to N(0, I), less what so few pictures make of it.
    """
    mu, variance = patient.mu, patient.logvar.exp().mean(dim=0)
    count, dims = mu.shape
    mean = mu.mean(dim=0)
    covariance = (mu - mean).T @ (mu - mean) / count + torch.diag(variance)
    trace, log_volume = covariance.trace(), torch.linalg.slogdet(covariance).logabsdet
    nats = 0.5 * (trace + mean.square().sum() - dims - log_volume).item()
    nats -= dims * (dims + 3) / 4 / count
    if nats < APART_NATS + APART_SHARE * dims:
        return None
    spread = covariance.diagonal().sqrt().mean().item()
    return Finding(
        "Prior and aggregate posterior apart",
        f"{nats:.1f} nats lie between the aggregate posterior and the prior (its mean is "
        f"{mean.norm().item():.2g} from the origin, its standard deviation {spread:.2g}).",
        "Weigh the KL more, or sample where codes are: samples of the prior are not pictures that "
        "the decoder knows.",
        nats,
    )


def _aggregate_variance(patient: Patient) -> float:
    """Variance of the aggregate posterior, mean over the coordinates in use."""
    alive = ~dead(patient)
    variances = patient.mu.var(dim=0) + patient.logvar.exp().mean(dim=0)
    return variances[alive].mean().item()


def _at_an_end(patient: Patient) -> float:
    """Share of the log variances of coordinates in use that lie at an end of the range."""
    alive = ~dead(patient)
    logvar = patient.logvar[:, alive if alive.any() else ~alive]
    low, high = LOGVAR_RANGE
    ends = (logvar < low + CLAMPED) | (logvar > high - CLAMPED)
    return ends.float().mean().item()


def _median_sigma(patient: Patient) -> float:
    return (0.5 * patient.logvar).exp().median().item()
