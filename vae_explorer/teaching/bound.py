"""The evidence lower bound of one picture, term by term; D coordinates, K draws, in nats."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.latent import posterior
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import kl_divergence

DRAWS = 32  # posterior samples a picture, the same noise for all


class Bound(NamedTuple):
    """What a picture costs under a Gaussian q: Kingma & Welling 2014, eq. 7."""

    pixels: Tensor  # (C, H, W), E_q[-log p(x|z)] of each value
    kl: Tensor  # (D,), KL(q || N(0, I)) by coordinate

    @property
    def reconstruction(self) -> float:
        """The sum over all values, as the bound has it."""
        return float(self.pixels.sum())

    @property
    def pixel_mean(self) -> float:
        """The mean over all values, which is often written by mistake."""
        return float(self.pixels.mean())

    @property
    def neg_elbo(self) -> float:
        """Both terms together."""
        return self.reconstruction + float(self.kl.sum())


def bound(
    model: LatentModel, x: Tensor, y: Tensor | None, mu: Tensor, sigma: Tensor, eps: Tensor
) -> Bound:
    """Of a picture (C, H, W) in [0, 1] under N(mu, sigma²), (D,) both, by noise eps (K, D).

    y is (1,) for a conditional model.
    """
    with torch.inference_mode():
        raw = model.decode_raw(mu + sigma * eps, None if y is None else y.expand(len(eps)))
        values = x.flatten().expand_as(raw)
        # of a picture of one pixel, as each of them is independent of the others given z
        nll = model.pixel_nll(raw.unsqueeze(2), values.unsqueeze(2)).mean(dim=0)
        kl = kl_divergence(mu, 2 * sigma.log())
    return Bound(nll.view_as(x), kl)


def encoded_costs(model: LatentModel, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor]:
    """Codes (N, D) of pictures (N, C, H, W) in [0, 1], and their -ELBO, (N,) nats.

    y (N,) are the classes for a conditional model.
    """
    eps = torch.empty(DRAWS, 1, model.latent_dim).normal_(generator=Generator().manual_seed(0))
    with torch.inference_mode():
        mu, logvar = model.encode(x, y)
        eps = eps.expand(-1, len(x), -1)
        return mu, posterior.neg_elbo(model, x, y, mu, logvar, eps)
