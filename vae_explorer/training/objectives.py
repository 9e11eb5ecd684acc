"""Bounds on log p(x) as losses, with named terms in nats.

Knows nothing of data, optimisers or files. B pictures, D latent coordinates, K samples, P pixels.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.models.likelihoods import LIKELIHOODS, kl_divergence
from vae_explorer.models.vae import VAE, reparameterize


class Loss(NamedTuple):
    """What one batch costs, in nats; `loss` is what is minimised."""

    loss: Tensor  # (), mean over the batch
    reconstruction: Tensor  # (B,), -log p(x|z)
    kl: Tensor  # (B, D), KL(q(z|x) || p(z)) by coordinate


def elbo(
    model: VAE,
    x: Tensor,
    y: Tensor | None = None,
    *,
    generator: Generator | None = None,
    seen: Tensor | None = None,
    samples: int = 1,
    beta: float = 1.0,
    free_bits: float = 0.0,
) -> Loss:
    """Negative evidence lower bound, E_q[-log p(x|z)] + beta KL: Kingma & Welling 2014, eq. 7.

    With beta != 1 the beta-VAE of Higgins et al. 2017, eq. 4. A plain autoencoder has no KL.

    Parameters
    ----------
    x, y
        Pictures (B, 1, S, S) in [0, 1] to explain; labels (B,) for a conditional model.
    seen
        What the encoder is shown in place of x, when inputs are corrupted.
    samples
        Posterior samples a picture, over which the reconstruction is averaged.
    free_bits
        Nats that each coordinate's KL, as a mean over the batch, counts for at least: below, it
        has no gradient (Kingma et al. 2016, eq. 14). The reported kl is the true one.
    """
    mu, logvar = model.encode(x if seen is None else seen, y)
    kl = kl_divergence(mu, logvar) if model.config.variational else torch.zeros_like(mu)
    nll = LIKELIHOODS[model.config.likelihood]
    if model.config.variational:
        z = reparameterize(mu.repeat(samples, 1), logvar.repeat(samples, 1), generator)
    else:
        z = mu
    logits = model.decode_logits(z, None if y is None else y.repeat(samples))
    pixels = x.flatten(1)
    reconstruction = nll(logits.view(samples, *pixels.shape), pixels.expand(samples, -1, -1))
    reconstruction = reconstruction.mean(dim=0)
    paid = kl.mean(dim=0).clamp(min=free_bits).sum()
    return Loss(reconstruction.mean() + beta * paid, reconstruction, kl)


def log_weights(
    model: VAE,
    x: Tensor,
    y: Tensor | None,
    samples: int,
    generator: Generator | None,
    seen: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """log w = log p(x|z) + log p(z) - log q(z|x) of K samples: Burda et al. 2016, eq. 8.

    Returns the weights (K, B), -log p(x|z) (K, B), and mu, logvar (B, D) of the posterior.
    """
    mu, logvar = model.encode(x if seen is None else seen, y)
    eps = torch.empty(samples, *mu.shape, device=mu.device).normal_(generator=generator)
    z = mu + (0.5 * logvar).exp() * eps  # (K, B, D)
    labels = None if y is None else y.repeat(samples)
    logits = model.decode_logits(z.flatten(0, 1), labels).view(samples, len(x), -1)
    reconstruction = LIKELIHOODS[model.config.likelihood](logits, x.flatten(1).expand_as(logits))
    log_ratio = 0.5 * (eps.square() + logvar - z.square()).sum(dim=-1)  # log p(z) - log q(z|x)
    return log_ratio - reconstruction, reconstruction, mu, logvar


def iwae(
    model: VAE,
    x: Tensor,
    y: Tensor | None = None,
    *,
    generator: Generator | None = None,
    seen: Tensor | None = None,
    samples: int = 5,
    beta: float = 1.0,
    free_bits: float = 0.0,
) -> Loss:
    """Negative importance-weighted bound, -log (1/K) sum_k w_k: Burda et al. 2016, eq. 8.

    Takes what `elbo` takes; `samples` is K, and `beta` and `free_bits` must be 1 and 0: the bound
    has no KL term to weigh. The reported reconstruction is the mean over samples, the kl analytic,
    as in `elbo`.
    """
    if beta != 1.0 or free_bits:
        raise ValueError("the importance-weighted bound has no KL term: beta 1, free_bits 0")
    weights, reconstruction, mu, logvar = log_weights(model, x, y, samples, generator, seen)
    bound = weights.logsumexp(dim=0) - math.log(samples)  # (B,)
    return Loss(-bound.mean(), reconstruction.mean(dim=0), kl_divergence(mu, logvar))


OBJECTIVES = {"elbo": elbo, "iwae": iwae}
