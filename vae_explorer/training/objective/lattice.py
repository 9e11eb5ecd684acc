"""Learning without an encoder: log p(x) as a sum over points of the prior that pictures share.

Martinez & Williams 2026, "QLVM", arXiv 2601.18676: a lattice is shifted at random at each step,
decoded once, and one matrix product compares every picture with every point. A picture whose
posterior is narrow gets points of its own as well, around where the encoder puts it.

The gradient is Fisher's identity: that of log p(x) is the mean of that of log p(x|z) under p(z|x).
For what a decoder learns at one point, all pictures count as one, their mean by their shares of it,
and points that explain none need no gradient: nothing of the size of points times layers is kept.

Knows nothing of optimisers or files. B pictures of P values, M shared points, K own points a
picture, R points that have a gradient, D <= 3 latent coordinates, nats throughout.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.latent.lattice.prior_lattice import GENERATING_VECTOR, pixel_log_likelihood
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.objectives import LatticeTerms

WIDER = 1.6  # standard deviation of own points by that of the encoder's posterior
MAX_LOG_RATIO = 80.0  # of two densities: its exponential is still a float32
NEGLIGIBLE = 1e-5  # of the pictures' weight: points that have less in all are not learned from
MEASURED = 1_000  # held-out pictures, after an epoch
MEASURED_POINTS = {1: (2**10, 0), 2: (2**12, 8), 3: (2**13, 32)}  # by D: shared, own
_BATCH = 4_096  # points decoded at once
_MEASURED_BATCH = 500  # pictures
_EDGE = 1e-7  # of the unit cube: nearer there is no finite normal number


class Points(NamedTuple):
    """How many points a batch is compared with, and what its encoder has learned."""

    shared: int  # M
    own: int = 0  # K, for each picture
    trained: bool = False  # whether the encoder has learned by another objective before


def lattice_terms(
    model: LatentModel,
    x: Tensor,
    points: Points,
    generator: Generator | None,
    encoder_input: Tensor | None = None,
) -> LatticeTerms:
    """What an unconditional model says of pictures (B, C, H, W) in [0, 1] at points of its prior.

    Under the balance heuristic (Veach & Guibas 1995) the points of all sources count as drawn from
    one density, so that the estimate of p(x) stays unbiased wherever the encoder puts its own.
    """
    device = x.device.type
    mu, logvar = model.encode(x if encoder_input is None else encoder_input)
    x = x.flatten(1)
    with torch.no_grad():
        z, own = _points(mu, logvar, points, generator)
        likelihood = _log_likelihood(model, x, z, own)  # (B, M + K)
        with torch.autocast(device, enabled=False):  # narrow posteriors need all their digits
            log_weights = likelihood - _log_density(mu, logvar, points, z, own)
            log_evidence = log_weights.logsumexp(dim=1)
            weights = (log_weights - log_evidence.unsqueeze(1)).exp_()
            reconstruction = -(weights * likelihood).sum(dim=1)
    if not torch.is_grad_enabled():
        return LatticeTerms(log_evidence, torch.zeros_like(log_evidence), reconstruction)
    learned = _expected_nll(model, x, z, own, weights)
    log_evidence = log_evidence - (learned - learned.detach())
    if points.trained:
        misfit = _neg_elbo(model, x, mu, logvar, generator)
    else:
        misfit = _cross_entropy(mu, logvar, z, own, weights)
    return LatticeTerms(log_evidence, misfit, reconstruction)


def lattice_nll(model: LatentModel, held_out: Split, seed: int = 0) -> float:
    """-log p(x), mean over the first pictures of a split, grey: always by the same points.

    MEASURED_POINTS are many for one or two coordinates; for three the encoder's own help.
    """
    values, generator = [], Generator(held_out.images.device).manual_seed(seed)
    points = Points(*MEASURED_POINTS[model.latent_dim])
    with torch.inference_mode():
        for images in held_out.images[:MEASURED].split(_MEASURED_BATCH):
            terms = lattice_terms(model, to_unit(images), points, generator)
            values.append(-terms.log_evidence)
    return torch.cat(values).mean().item()


def shifted_points(count: int, dims: int, generator: Generator | None, device=None) -> Tensor:
    """A lattice (M, D) of N(0, I), moved at random; M is a power of two.

    Cranley & Patterson 1976: each point by itself is then drawn from the prior.
    """
    shift = torch.rand(1, dims, generator=generator, device=device, dtype=torch.float64)
    vector = torch.tensor(GENERATING_VECTOR[:dims], device=device)
    lattice = (torch.arange(count, device=device).unsqueeze(1) * vector % count).double() / count
    cube = ((lattice + shift) % 1).clamp(_EDGE, 1 - _EDGE)
    return torch.special.ndtri(cube).float()


def _points(
    mu: Tensor, logvar: Tensor, points: Points, generator: Generator | None
) -> tuple[Tensor, Tensor]:
    """Shared points (M, D) and each picture's own (B, K, D)."""
    z = shifted_points(points.shared, mu.shape[1], generator, mu.device)
    shape = len(mu), points.own, mu.shape[1]
    eps = torch.empty(shape, device=mu.device).normal_(generator=generator)
    return z, mu.unsqueeze(1) + WIDER * (0.5 * logvar).exp().unsqueeze(1) * eps


def _log_likelihood(model: LatentModel, x: Tensor, z: Tensor, own: Tensor) -> Tensor:
    """log p(x|z) of every picture at every shared point, and at its own: (B, M + K)."""
    parts = []
    for some in z.split(_BATCH):
        raw = model.decode_raw(some)
        with _fast_products(x.device.type):
            parts.append(pixel_log_likelihood(model, raw, x))
    shared, count = torch.cat(parts, dim=1), own.shape[1]
    if not count:
        return shared
    mine, batch = [], max(1, _BATCH // count)
    for some, pictures in zip(own.split(batch), x.split(batch), strict=True):
        raw = model.decode_raw(some.flatten(0, 1)).unflatten(0, some.shape[:2])
        mine.append(-model.pixel_nll(raw, pictures.unsqueeze(1)))
    return torch.cat([shared, torch.cat(mine)], dim=1)


@contextlib.contextmanager
def _fast_products(device: str) -> Iterator[None]:
    """Within autocast, products of bfloat16 numbers with sums that keep all their digits.

    Autocast itself would round log-likelihoods of some hundred nats to whole ones.
    """
    if not torch.is_autocast_enabled(device):
        yield
        return
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        with torch.autocast(device, enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


def _log_density(mu: Tensor, logvar: Tensor, points: Points, z: Tensor, own: Tensor) -> Tensor:
    """Of a picture's points together, over that of the prior, at all of them: (B, M + K) or ()."""
    if not points.own:
        return torch.tensor(math.log(points.shared)).to(z)
    precision = (-logvar).exp() / WIDER**2
    constant = -0.5 * (logvar + precision * mu.square()).sum(1, keepdim=True)
    constant = constant - mu.shape[1] * math.log(WIDER) + math.log(points.own)
    linear, square = precision * mu, 0.5 * (1 - precision)  # log K q / p = c + l z + s z^2
    shared = constant + linear @ z.T + square @ z.square().T
    mine = constant + (own * linear.unsqueeze(1) + own.square() * square.unsqueeze(1)).sum(2)
    of_own = torch.cat([shared, mine], dim=1).clamp_(max=MAX_LOG_RATIO)
    return of_own.exp_().add_(points.shared).log_()


def _cross_entropy(mu: Tensor, logvar: Tensor, z: Tensor, own: Tensor, weights: Tensor) -> Tensor:
    """-log q(z|x) (B,) of posteriors (B, D), mean under p(z|x): their gradient reaches any place.

    Bornschein & Bengio 2015, "Reweighted Wake-Sleep", eq. 7.
    """
    with torch.autocast(mu.device.type, enabled=False):
        first, second = _mean(weights, z, own), _mean(weights, z.square(), own.square())
    squares = second - 2 * first * mu + mu.square()  # (B, D) mean of (z - mu)^2
    each = logvar + squares * (-logvar).exp() + math.log(2 * math.pi)
    return 0.5 * each.sum(dim=1)


def _mean(weights: Tensor, z: Tensor, own: Tensor) -> Tensor:
    """Of values at shared points (M, D) and own ones (B, K, D), by weights (B, M + K): (B, D)."""
    shared, mine = weights.split([len(z), own.shape[1]], dim=1)
    return shared @ z + (mine.unsqueeze(2) * own).sum(dim=1)


def _neg_elbo(
    model: LatentModel, x: Tensor, mu: Tensor, logvar: Tensor, generator: Generator | None
) -> Tensor:
    """-ELBO (B,) of posteriors (B, D) by a draw of each, with the encoder's gradient alone."""
    eps = torch.empty_like(mu).normal_(generator=generator)
    z = mu + (0.5 * logvar).exp() * eps
    drawn = z.detach().requires_grad_()
    nll = model.pixel_nll(model.decode_raw(drawn), x)
    (to_z,) = torch.autograd.grad(nll.sum(), drawn)
    moved = (to_z * (z - drawn.detach())).sum(dim=1)  # 0, with the gradient of nll
    return nll.detach() + moved + kl_divergence(mu, logvar).sum(dim=1)


def _expected_nll(model: LatentModel, x: Tensor, z: Tensor, own: Tensor, weights: Tensor) -> Tensor:
    """The mean of -log p(x|z) under p(z|x) and over the batch, (), with the decoder's gradient.

    It is linear, or for Gaussian pixels quadratic, in x: at each point all pictures count as their
    mean by weight, and for a learned scale by their variance around it.
    """
    shared, mine = weights.split([len(z), own.shape[1]], dim=1)
    total = shared.sum(dim=0)  # (M,)
    kept = total > NEGLIGIBLE * len(x) / len(z)
    picture, point = (mine > NEGLIGIBLE / max(1, own.shape[1])).nonzero(as_tuple=True)
    with _fast_products(x.device.type):
        targets = shared[:, kept].T @ x / total[kept].unsqueeze(1)
    targets = torch.cat([targets, x[picture]])  # (R, P)
    share = torch.cat([total[kept], mine[picture, point]]) / len(x)  # (R,)
    raw = model.decode_raw(torch.cat([z[kept], own[picture, point]]))
    nll = (share * model.pixel_nll(raw, targets)).sum()
    if model.config.likelihood == "gaussian":
        squares = (weights.sum(dim=1) * x.square().sum(dim=1)).mean()
        variance = (squares - (share * targets.square().sum(dim=1)).sum()).clamp(min=0)
        nll = nll + 0.5 * variance / (2 * model.log_scale()).exp()
    return nll
