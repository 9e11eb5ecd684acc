"""What pixels and codes cost: likelihoods and the KL divergence, in nats.

Knows nothing of models, data or files. B or N pictures, D latent coordinates, P pixels, M points,
K components.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

STEP_CONSTANT = 0.5 * math.log(2 * math.pi) + math.log(255)  # nats a pixel: see `gaussian_nll`


class _BernoulliNll(torch.autograd.Function):
    """softplus(l) - x l summed over pixels; several times faster than torch's own on a CPU."""

    @staticmethod
    def forward(ctx, logits: Tensor, x: Tensor) -> Tensor:
        ctx.save_for_backward(logits, x)
        softplus = logits.clamp(min=0) + (1 + (-logits.abs()).exp()).log()
        return (softplus - x * logits).sum(dim=-1)

    @staticmethod
    def backward(ctx, *grad_outputs: Tensor):
        logits, x = ctx.saved_tensors
        return (logits.sigmoid() - x) * grad_outputs[0].unsqueeze(-1), None


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) of independent Bernoulli pixels, (..., P), (..., P) in [0, 1] -> (...) nats.

    For grey x this is the cross-entropy that tutorials use; it is a likelihood only where x is
    0 or 1. Has no gradient with respect to x.
    """
    return _BernoulliNll.apply(logits, x)


def half_squared_error(means: Tensor, x: Tensor) -> Tensor:
    """-log N(x; means, 1) without its constant, (..., P), (..., P) -> (...): as in tutorials."""
    return 0.5 * (means - x).square().sum(dim=-1)


def gaussian_nll(means: Tensor, x: Tensor, log_scale: Tensor) -> Tensor:
    """-log p(x|z) of pixels stored in 256 steps, (..., P), (..., P), () -> (...) nats.

    The density N(means, scale²) times the width of a step. One learned scale for all pixels:
    Rybkin et al. 2021, "Simple and Effective VAE Training with Calibrated Decoders", 3.
    """
    error = (means - x) / log_scale.exp()
    return 0.5 * error.square().sum(dim=-1) + means.shape[-1] * (log_scale + STEP_CONSTANT)


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, 1)) by coordinate, (B, D) -> (B, D) nats, each >= 0.

    Kingma & Welling 2014, appendix B.
    """
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar)


def bernoulli_log_likelihoods(logits: Tensor, x: Tensor, blank: Tensor | None = None) -> Tensor:
    """-`bernoulli_nll` of every picture at every point, (M, P), (N, P) -> (N, M).

    x l - softplus(l) is linear in x, so it is one matrix product; `blank` is the second part,
    `log_blank`, where it is known.
    """
    return torch.addmm(log_blank(logits) if blank is None else blank, x, logits.T)


def log_blank(logits: Tensor) -> Tensor:
    """log p(all black|z) of Bernoulli pixels, (M, P) -> (M,)."""
    # Several times faster than torch's softplus on a CPU
    return -(logits.clamp(min=0) + (1 + (-logits.abs()).exp()).log()).sum(dim=1)


def squared_distances(means: Tensor, x: Tensor) -> Tensor:
    """Of every picture from every point's means, (M, P), (N, P) -> (N, M) in float64.

    By one matrix product: the square is expanded, whose parts are large and nearly cancel.
    """
    means, x = means.double(), x.double()
    centre = means.mean(dim=0)
    means, x = means - centre, x - centre
    return x.square().sum(dim=1, keepdim=True) + means.square().sum(dim=1) - 2 * x @ means.T


def diagonal(factors: Tensor) -> Tensor:
    """The diagonals of a mixture's factors, (K, D, D) or already (K, D) -> (K, D)."""
    return factors if factors.ndim == 2 else factors.diagonal(dim1=1, dim2=2)


def mixture_log_density(arrays: Mapping[str, Tensor], z: Tensor) -> Tensor:
    """log sum_k w_k N(z; m_k, (L_k L_k^T)^-1) of points (N, D) -> (N,).

    The factors L are (K, D, D), or (K, D) where they are diagonal.
    """
    weights, means, factors = (arrays[f"mixture.{n}"] for n in ("weights", "means", "precisions"))
    apart = z[:, None] - means  # (N, K, D)
    white = apart * factors if factors.ndim == 2 else torch.einsum("nkd,kde->nke", apart, factors)
    half_log_det = diagonal(factors).log().sum(dim=1)
    constant = weights.log() + half_log_det - 0.5 * z.shape[1] * math.log(2 * math.pi)
    return (constant - 0.5 * white.square().sum(dim=-1)).logsumexp(dim=1)
