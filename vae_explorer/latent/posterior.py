"""What a model believes of single pictures: posteriors drawn from, refined, seen and voted on.

Knows nothing of files or front ends. N pictures, D latent coordinates, nats throughout.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.latent.geometry import Neighbours, prior_samples
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import kl_divergence

STEPS = 300  # of Adam; more gain little
SAMPLES = 16  # posterior samples a picture by which the bound is measured
LEARNING_RATE = 0.1


class Posterior(NamedTuple):
    """Gaussians q(z|x) of pictures, and what each is worth."""

    mu: Tensor  # (N, D)
    logvar: Tensor  # (N, D)
    neg_elbo: Tensor  # (N,) nats

    @property
    def sigma(self) -> Tensor:
        """(N, D) standard deviations."""
        return (0.5 * self.logvar).exp()


def hindrance(model: LatentModel) -> str:
    """Why its posteriors cannot be refined, in one sentence; nothing where they can."""
    if not model.config.variational:
        return "A plain autoencoder has no posterior that could be refined."
    if not model.differentiable:
        return "No gradients flow through this model, so its posteriors cannot be refined."
    return ""


def refine(
    model: LatentModel,
    x: Tensor,
    y: Tensor | None,
    generator: Generator,
    *,
    steps: int = STEPS,
    draws: int = 1,
    samples: int = SAMPLES,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[Posterior, Posterior]:
    """The encoder's posteriors and those refined for each picture: Cremer et al. 2018, eq. 5.

    Means and variances follow the gradient of the -ELBO, each picture's for itself, from where the
    encoder puts them. What the bound falls by is lost to amortisation: one encoder serves all
    pictures. Few steps find less than all of it, so it is a lower bound.

    Parameters
    ----------
    x, y
        Pictures (N, C, H, W) in [0, 1]; labels (N,) for a conditional model. The model must be
        variational.
    draws, samples
        Posterior samples a picture: in each step, and by which both bounds are measured, with the
        same noise. By that noise `neg_elbo` may rise; see `best_of`.
    progress
        Told the share done after each step.
    """
    with torch.no_grad():
        mu, logvar = model.encode(x, y)
    shift, stretch = (torch.zeros_like(mu, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.Adam([shift, stretch], lr=LEARNING_RATE)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)

    def refined() -> tuple[Tensor, Tensor]:
        return mu + shift * (0.5 * logvar).exp(), logvar + stretch

    for step in range(steps):
        eps = torch.empty(draws, *mu.shape).normal_(generator=generator)
        loss = neg_elbo(model, x, y, *refined(), eps).sum()
        shift.grad, stretch.grad = torch.autograd.grad(loss, [shift, stretch])
        optimizer.step()
        decay.step()
        progress((step + 1) / steps)
    eps = torch.empty(samples, *mu.shape).normal_(generator=generator)
    with torch.no_grad():
        pairs = ((mu, logvar), refined())
        before, after = (Posterior(*pair, neg_elbo(model, x, y, *pair, eps)) for pair in pairs)
    return before, after


def best_of(before: Posterior, after: Posterior) -> Posterior:
    """Picture by picture the posterior with the lower bound: a refinement that never harms."""
    improved = after.neg_elbo < before.neg_elbo
    mu, logvar = (
        torch.where(improved.unsqueeze(1), new, old)
        for new, old in ((after.mu, before.mu), (after.logvar, before.logvar))
    )
    return Posterior(mu, logvar, torch.where(improved, after.neg_elbo, before.neg_elbo))


def neg_elbo(
    model: LatentModel, x: Tensor, y: Tensor | None, mu: Tensor, logvar: Tensor, eps: Tensor
) -> Tensor:
    """-ELBO (N,) of pictures under posteriors (N, D), as a mean over noise eps (K, N, D)."""
    z = (mu + (0.5 * logvar).exp() * eps).flatten(0, 1)
    logits = model.decode_raw(z, None if y is None else y.repeat(len(eps)))
    pixels = x.flatten(1).expand(len(eps), -1, -1)
    nll = model.pixel_nll(logits.view_as(pixels), pixels)
    return nll.mean(dim=0) + kl_divergence(mu, logvar).sum(dim=1)


def posterior_samples(mu: Tensor, sigma: Tensor, seeds: list[int]) -> Tensor:
    """One draw from N(mu, sigma^2) a seed, (D,), (D,) -> (n, D): none depends on the others."""
    return mu + sigma * prior_samples(seeds, len(mu))


def covariance(sigma: Tensor, axes: Tensor) -> Tensor:
    """Of independent coordinates (D,) as seen along axes, columns of (D, d): -> (d, d)."""
    scaled = sigma.unsqueeze(1) * axes
    return scaled.T @ scaled


class Votes(NamedTuple):
    """What the neighbours of N codes say that each is."""

    labels: Tensor  # (N,)
    shares: Tensor  # (N,) of the neighbours that say so, 0 to 1
    weighted: Tensor  # (N,) the same with each neighbour counted by one over its distance


def votes(distances: Tensor, labels: Tensor) -> Votes:
    """The class of most neighbours; of as many, the one whose neighbours are nearer.

    Distances and labels of the neighbours of each code, (N, k) both, k > 0.
    """
    closeness = 1 / distances.clamp(min=1e-9)
    of_class = torch.nn.functional.one_hot(labels).to(closeness)  # (N, k, C)
    shares = of_class.mean(dim=1)
    weighted = (of_class * closeness.unsqueeze(2)).sum(dim=1) / closeness.sum(dim=1, keepdim=True)
    winners = (shares + weighted / (2 * labels.shape[1])).argmax(dim=1)
    chosen = winners.unsqueeze(1)
    return Votes(winners, shares.gather(1, chosen)[:, 0], weighted.gather(1, chosen)[:, 0])


class Vote(NamedTuple):
    """What the neighbours of one code say that it is: see `Votes`."""

    label: int
    share: float
    weighted: float


def vote(near: Neighbours, labels: Tensor) -> Vote:
    """What `votes` says of one point.

    `labels` (N,) are those of all encoded pictures, of which there must be one at least.
    """
    winner = votes(near.distances.unsqueeze(0), labels[near.indices].unsqueeze(0))
    return Vote(int(winner.labels), float(winner.shares), float(winner.weighted))
