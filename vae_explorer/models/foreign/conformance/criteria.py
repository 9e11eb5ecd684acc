"""What a reading of a model costs on given pictures: the figures by which readings are chosen.

Nats a picture throughout. N pictures of P values, D latent coordinates.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel
from vae_explorer.models.likelihoods import (
    STEP_CONSTANT,
    bernoulli_nll,
    gaussian_nll,
    kl_divergence,
)

Criterion = Callable[[ForeignModel, Tensor, Tensor | None, Generator], float]
GIVEN_BACK = 0.7  # share of the pixels' variance that is left where pictures come back roughly
MAX_ERROR = 1e4  # beyond, no pixel is meant
MIN_ERROR = 1e-9  # mean squared error that a scale is fitted to
OUTSIDE = 1e-3  # by which a probability may miss [0, 1], and share of pixels that may miss it


def rough_error(model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator) -> float:
    """Code length of pictures decoded at the mean, Gaussian with the best scale: no noise, no KL.

    A measure for outputs of any range, by which most readings are told apart.
    """
    mu, _ = model.encode(x, y)
    means = model.means(model.decode_raw(mu, y))
    return best_gaussian((means - x.flatten(1)).square().mean().item()) * x[0].numel()


def disagreement(model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator) -> float:
    """The same of what distinguishes the pictures, decoded values being scaled as fits best.

    A reading that is nearly right gives pictures that differ as the true ones do, long before it
    gives their values.
    """
    mu, _ = model.encode(x, y)
    made, flat = model.means(model.decode_raw(mu, y)), x.flatten(1)
    made, flat = made - made.mean(dim=0), flat - flat.mean(dim=0)
    factor = ((made * flat).sum() / made.square().sum().clamp(min=MIN_ERROR)).clamp(min=0)
    return best_gaussian((flat - factor * made).square().mean().item()) * x[0].numel()


def rough_limit(x: Tensor) -> float:
    """What `rough_error` is below where pictures (N, C, H, W) come back at least roughly."""
    error = (x - x.mean(dim=0)).square().mean().item()
    return best_gaussian(GIVEN_BACK * error) * x[0].numel()


def neg_elbo(model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator) -> float:
    """-ELBO under the model's own likelihood, one posterior sample a picture, nats a picture."""
    z, kl = _sampled(model, x, y, generator)
    nll = model.pixel_nll(model.decode_raw(z, y), x.flatten(1))
    return (nll + kl).mean().item()


def best_gaussian(squared_error: float) -> float:
    """Nats for each value where pixels are Gaussian with the scale that fits this mean error."""
    return 0.5 + STEP_CONSTANT + 0.5 * math.log(max(squared_error, MIN_ERROR))


def neg_elbo_fitted(
    model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator
) -> float:
    """The same for Gaussian pixels of the scale that fits these very pictures."""
    error, kl = _sampled_error(model, x, y, generator)
    return best_gaussian(error) * x[0].numel() + kl


def fitted_scale(model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator) -> float:
    """The standard deviation of Gaussian pixels that explains these pictures best.

    CheckpointError where the model gives no finite numbers for some of them.
    """
    error, _ = _sampled_error(model, x, y, generator)
    if not error <= MAX_ERROR:
        raise CheckpointError(
            "no way of reading the model explains these pictures: it gives values for some of "
            "them that are far beyond any pixel, or no finite numbers."
        )
    return math.sqrt(max(error, MIN_ERROR))


def reconstruction(model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator) -> float:
    """-log p(x | z = mu), nats a picture."""
    mu, _ = model.encode(x, y)
    return model.pixel_nll(model.decode_raw(mu, y), x.flatten(1)).mean().item()


def share_negative(model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator) -> float:
    """Share of the second head's numbers that are below 0, of a model that reads it as logvar."""
    _, head = model.encode(x, y)
    return (head < 0).float().mean().item()


def gives_probabilities(
    model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator
) -> bool:
    """Whether what it decodes of grey pictures can be probabilities: all of it within [0, 1].

    The model's own likelihood has to be Gaussian, as one of probabilities is always within.
    """
    mu, _ = model.encode(x, y)
    means = model.means(model.decode_raw(mu, y))
    outside = ((means < -OUTSIDE) | (means > 1 + OUTSIDE)).float().mean().item()
    return model.config.channels == 1 and outside <= OUTSIDE


def _sampled(
    model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator
) -> tuple[Tensor, Tensor]:
    """A posterior sample (N, D) a picture and its KL (N,) in nats; of an autoencoder the code."""
    mu, logvar = model.encode(x, y)
    if not model.config.variational:
        return mu, torch.zeros(len(mu))
    eps = torch.empty_like(mu).normal_(generator=generator)
    return mu + (0.5 * logvar).exp() * eps, kl_divergence(mu, logvar).sum(dim=1)


def _sampled_error(
    model: ForeignModel, x: Tensor, y: Tensor | None, generator: Generator
) -> tuple[float, float]:
    """Mean squared error of what is decoded at posterior samples, and the mean KL in nats."""
    z, kl = _sampled(model, x, y, generator)
    means = model.means(model.decode_raw(z, y))
    return (means - x.flatten(1)).square().mean().item(), kl.mean().item()


def mean_picture_nats(config: ForeignConfig, x: Tensor, *, at_its_scale: bool = False) -> float:
    """What pictures (N, C, H, W) cost where the decoder always gives their mean, nats a picture.

    Gaussian pixels have the scale that suits the mean picture best, or that of the model.
    """
    flat = x.flatten(1)
    mean = flat.mean(dim=0)
    if config.likelihood == "bernoulli":
        return bernoulli_nll(mean.clamp(1e-4, 1 - 1e-4).logit().expand_as(flat), flat).mean().item()
    error = (flat - mean).square().mean().item()
    if config.pixel_scale == 1:
        return 0.5 * error * flat.shape[1]
    if at_its_scale:
        scale = torch.tensor(config.pixel_scale)
        return gaussian_nll(mean.expand_as(flat), flat, scale.log()).mean().item()
    return best_gaussian(error) * flat.shape[1]
