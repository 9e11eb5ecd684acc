"""The loss of a batch: the terms of an objective, computed by a model, in nats.

The formulas are in `vae_explorer.objectives`. Knows nothing of data, optimisers or files. B
pictures of S x S pixels, D latent coordinates, K posterior samples a picture.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.objectives import OBJECTIVES, Terms
from vae_explorer.training.objective.lattice import Points, lattice_terms

POINTS = Points(1024)


class Loss(NamedTuple):
    """What one batch costs, in nats; `loss` is what is minimised."""

    loss: Tensor  # (), mean over the batch
    reconstruction: Tensor  # (B,), -log p(x|z), mean over samples
    kl: Tensor  # (B, D), KL(q(z|x) || p(z)) by coordinate; (B, 1) that of p(z|x), by a lattice


def batch_loss(
    model: LatentModel,
    x: Tensor,
    y: Tensor | None = None,
    *,
    objective: str = "elbo",
    generator: Generator | None = None,
    encoder_input: Tensor | None = None,
    samples: int = 1,
    points: Points = POINTS,
    beta: float = 1.0,
    free_bits: float = 0.0,
) -> Loss:
    """What an objective makes of a batch; the reported terms are unweighted, whatever it weighs.

    Parameters
    ----------
    x, y
        Pictures (B, C, H, W) in [0, 1] to explain; labels (B,) for a conditional model.
    objective
        A key of OBJECTIVES.
    encoder_input
        What the encoder is shown in place of x, when inputs are corrupted.
    samples
        Posterior samples a picture, K.
    points
        Of an objective over a lattice: how many there are in all, and for each picture.
    beta, free_bits
        Weight of the KL term, and nats of it that each coordinate may spend unpunished. ValueError
        for other values than 1 and 0 where the objective has no KL term.
    """
    formula = OBJECTIVES[objective]
    if not formula.weighs_kl and (beta != 1.0 or free_bits):
        raise ValueError(f"{objective} has no KL term to weigh: beta 1, free_bits 0")
    if formula.points == "lattice":
        over_lattice = lattice_terms(model, x, points, generator, encoder_input)
        loss = formula.loss(over_lattice, beta, free_bits)
        kl = -over_lattice.log_evidence - over_lattice.reconstruction  # of the exact posterior
        return Loss(loss, over_lattice.reconstruction, kl.unsqueeze(1))
    terms = sample_terms(model, x, y, samples, generator, encoder_input)
    loss = formula.loss(terms, beta, free_bits)
    return Loss(loss, terms.reconstruction.mean(dim=0), terms.kl)


def sample_terms(
    model: LatentModel,
    x: Tensor,
    y: Tensor | None,
    samples: int,
    generator: Generator | None,
    encoder_input: Tensor | None = None,
) -> Terms:
    """Encode pictures (B, C, H, W), draw K codes of each posterior, decode them.

    z = mu + sigma eps with eps ~ N(0, I): Kingma & Welling 2014, section 2.4. A plain autoencoder
    draws nothing.
    """
    mu, logvar = model.encode(x if encoder_input is None else encoder_input, y)
    if model.config.variational:
        eps = torch.empty(samples, *mu.shape, device=mu.device).normal_(generator=generator)
        z = mu + (0.5 * logvar).exp() * eps  # (K, B, D)
        kl = kl_divergence(mu, logvar)
    else:
        z, kl = mu.unsqueeze(0), torch.zeros_like(mu)
        eps = torch.zeros_like(z)
    return Terms(model.reconstruction_nll(z, x, y), kl, mu, logvar, eps, z)
