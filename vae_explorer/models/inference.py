"""What a frozen model says: decode points, reconstruct pictures.

Knows nothing of files or front ends. A label (class number) counts for conditional models only.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.likelihoods import kl_divergence


def decode(checkpoint: Checkpoint, z: Tensor, label: int | Tensor = 0) -> Tensor:
    """z (D,) or (N, D) -> pictures (N, C, H, W) in [0, 1]; one label for all, or one each (N,)."""
    z = z.unsqueeze(0) if z.ndim == 1 else z
    with torch.inference_mode():
        return checkpoint.model.decode(z, _labels(checkpoint, label, len(z)))


class Reconstruction(NamedTuple):
    """What a model makes of pictures (N, C, H, W)."""

    mu: Tensor  # (N, D), posterior mean
    sigma: Tensor  # (N, D), posterior standard deviation
    pictures: Tensor  # (N, C, H, W), decoded at mu
    nll: Tensor  # (N,) nats, -log p(x | z = mu) of grey pixels
    kl: Tensor  # (N, D) nats


def reconstruct(checkpoint: Checkpoint, x: Tensor, label: int | Tensor = 0) -> Reconstruction:
    """Encode pictures x (N, C, H, W) in [0, 1] and decode them at the posterior mean."""
    model, y = checkpoint.model, _labels(checkpoint, label, len(x))
    with torch.inference_mode():
        mu, logvar = model.encode(x, y)
        logits = model.decode_raw(mu, y)
        nll = model.pixel_nll(logits, x.flatten(1))
        kl = kl_divergence(mu, logvar) if model.config.variational else torch.zeros_like(mu)
        return Reconstruction(mu, (0.5 * logvar).exp(), model.pictures(logits), nll, kl)


def _labels(checkpoint: Checkpoint, label: int | Tensor, count: int) -> Tensor | None:
    if not checkpoint.config.classes:
        return None
    return label if isinstance(label, Tensor) else torch.full((count,), label)
