"""What pixels and codes cost: likelihoods and the KL divergence, in nats.

Knows nothing of models, data or files. B pictures, D latent coordinates, P pixels.
"""

import math

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
