"""What a model of at most three coordinates believes, with nothing approximated but the integral.

log p(x) and p(z|x) of a picture are sums over a lattice of prior points; where few of them fall
within a posterior, as they do at D = 3, further points are spread over Gaussians fitted to what
was found. The encoder has no part in it, so it can be judged by it. Knows nothing of files or front
ends. N pictures, M lattice points, R random shifts, K further points a picture, D latent
coordinates, nats throughout. For grey x under Bernoulli pixels, p(x|z) is the cross-entropy that
tutorials use, as for the -ELBO.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.latent import posterior as gaussian_posterior
from vae_explorer.latent.lattice.exact_draws import resampled
from vae_explorer.latent.lattice.prior_lattice import SHIFTS, DecodedLattice, shifted_lattice
from vae_explorer.latent.lattice.proposals import effective_points
from vae_explorer.latent.lattice.weighed_points import Weighed, standard_error, weigh

BOUND_POINTS = 512  # by which the bound is measured
_VALUES = 2**23  # of decoded points, held at once


class ExactPosterior(NamedTuple):
    """p(z|x) of pictures."""

    mean: Tensor  # (N, D)
    covariance: Tensor  # (N, D, D)
    mode: Tensor  # (N, D) where p(z|x) is highest among the points
    log_evidence: Tensor  # (N,) log p(x)
    standard_error: Tensor  # (N,) of log p(x)
    effective_points: Tensor  # (N,) that carry the sums: 1 / sum of squared weights
    draws: Tensor  # (N, K, D) as many points of it as were asked for


class Gaps(NamedTuple):
    """What an encoder's bound loses: Cremer et al. 2018, "Inference Suboptimality in
    Variational Autoencoders", section 2.2.

    Approximation and amortisation together are the inference gap log p(x) - ELBO(x), which is
    KL(q(z|x) || p(z|x)) of the encoder's Gaussian. As the best Gaussian is searched for, the first
    is at most too large, the second at most too small.
    """

    log_evidence: Tensor  # (N,)
    standard_error: Tensor  # (N,) of log p(x), and so of the approximation gap
    elbo: Tensor  # (N,) under the encoder's Gaussian
    approximation: Tensor  # (N,) log p(x) - ELBO of the best Gaussian: no Gaussian is p(z|x)
    amortisation: Tensor  # (N,) >= 0, ELBO of the best - ELBO of the encoder's: one encoder for all
    mu: Tensor  # (N, D) of the encoder's Gaussian
    sigma: Tensor  # (N, D)

    @property
    def inference(self) -> Tensor:
        """(N,) KL(q(z|x) || p(z|x)) of the encoder's Gaussian."""
        return self.approximation + self.amortisation


def log_evidence(lattice: DecodedLattice, x: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x) (N,) of pictures (N, C, H, W) in [0, 1], and its standard error (N,).

    The mean over R random shifts, taken of p(x); the error is that of the mean by how these differ,
    over p(x) (the delta method). ExplorerError where no point explains a picture.
    """
    parts = [_evidence(part) for part in weigh(lattice, x)]
    if not parts:
        return torch.zeros(0), torch.zeros(0)
    return torch.cat([a for a, _ in parts]), torch.cat([b for _, b in parts])


def posterior(
    lattice: DecodedLattice, x: Tensor, *, draws: int = 0, seed: int = 0
) -> ExactPosterior:
    """p(z|x) of pictures (N, C, H, W) in [0, 1], N > 0, and so many `draws` of each.

    ExplorerError as for `log_evidence`.
    """
    parts = [_posterior(lattice, part, draws, seed) for part in weigh(lattice, x)]
    return ExactPosterior(*(torch.cat(values) for values in zip(*parts, strict=True)))


def gaps(
    lattice: DecodedLattice,
    x: Tensor,
    exact: ExactPosterior | None = None,
    *,
    steps: int = 200,
    draws: int = 4,
) -> Gaps:
    """What the bound loses on pictures (N, C, H, W), N > 0, by its Gaussians and by its encoder.

    The best Gaussian, with independent coordinates as the encoder's, is the best of three: the
    encoder's, that with the posterior's own means and variances, and where gradients flow the
    encoder's refined in so many `steps` of so many `draws`. Bounds are means over BOUND_POINTS
    lattice points. `exact` is what `posterior` gave, where it is at hand. ExplorerError as for
    `log_evidence`.
    """
    model, y = lattice.model, lattice.labels(len(x))
    exact = exact or posterior(lattice, x)
    with torch.no_grad():
        encoder = model.encode(x, y)
    variance = exact.covariance.diagonal(dim1=1, dim2=2).clamp(min=1e-8)
    candidates = [encoder, (exact.mean, variance.log())]
    if model.differentiable:
        generator = Generator().manual_seed(lattice.seed)
        refined = gaussian_posterior.refine(
            model, x, y, generator, steps=steps, draws=draws, samples=1
        )[1]
        candidates.append((refined.mu, refined.logvar))
    bounds = torch.stack([_elbo(lattice, x, *candidate) for candidate in candidates])
    best, own = bounds.amax(dim=0), bounds[0]
    return Gaps(
        exact.log_evidence,
        exact.standard_error,
        own,
        exact.log_evidence - best,
        best - own,
        encoder[0],
        (0.5 * encoder[1]).exp(),
    )


def _elbo(lattice: DecodedLattice, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The ELBO (N,) under Gaussians (N, D), by points that fill them evenly."""
    eps = shifted_lattice(BOUND_POINTS, mu.shape[1], lattice.seed + 1)
    batch = max(1, _VALUES // (BOUND_POINTS * x[0].numel()))
    bounds = []
    with torch.inference_mode():
        for n in torch.arange(len(x)).split(batch):
            y = lattice.labels(len(n))
            noise = eps.unsqueeze(1).expand(-1, len(n), -1)
            bounds.append(
                -gaussian_posterior.neg_elbo(lattice.model, x[n], y, mu[n], logvar[n], noise)
            )
    return torch.cat(bounds)


def _evidence(weighed: Weighed) -> tuple[Tensor, Tensor]:
    """log p(x) (N,) and its standard error, from the random shifts."""
    total = weighed.by_shift.logsumexp(dim=1) - math.log(SHIFTS)
    return total, standard_error(weighed.by_shift)


def _posterior(lattice: DecodedLattice, weighed: Weighed, draws: int, seed: int) -> ExactPosterior:
    shared, own = weighed.shared.double(), weighed.own.double().unsqueeze(2)
    points, further = lattice.points.double(), weighed.points.double()
    mean = shared @ points + (own * further).sum(dim=1)
    products = (points.unsqueeze(2) * points.unsqueeze(1)).flatten(1)
    second = (shared @ products).unflatten(1, (mean.shape[1],) * 2)
    second = second + (own * further).mT @ further  # the mean's square is taken off in the end
    return ExactPosterior(
        mean.float(),
        (second - mean.unsqueeze(2) * mean.unsqueeze(1)).float(),
        weighed.mode,
        *_evidence(weighed),
        effective_points(weighed.shares),
        resampled(lattice, weighed, draws, seed),
    )
