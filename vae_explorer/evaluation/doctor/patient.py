"""The model under examination, and pictures as it sees them: codes, decoded values, costs.

Asks a model for `encode`, its raw output and what that costs, no more, so that any model that can
be explored can be examined. N pictures, P values a picture, D latent coordinates.
"""

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Generator, Tensor

from vae_explorer.config import LatentConfig
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import kl_divergence

BATCH = 256
MAX_PICTURES = 1_000  # that are encoded
MAX_DECODED = 256  # of them, that are decoded again and again
MAX_DECODES = 4_096  # to see what each coordinate does
MIN_ENCODED, MIN_DECODED = 256, 48  # of pictures so large that fewer have to do
USUAL_VALUES = 3_000  # of a picture, up to which there is time for as many as that
Reading = Callable[[Tensor], Tensor]


class Patient:
    """A model and at most MAX_PICTURES pictures; what several checks ask for is computed once."""

    def __init__(self, model: LatentModel, x: Tensor, y: Tensor | None, generator: Generator):
        self.model = model
        self.config: LatentConfig = model.config
        self.share = min(1.0, USUAL_VALUES / model.config.pixels)  # of all work, that is done
        count = max(MIN_ENCODED, int(MAX_PICTURES * self.share))
        order = torch.randperm(len(x), generator=generator)[:count]
        self.x = x[order]  # (N, C, H, W) in [0, 1]
        self.y = y[order] if y is not None and model.config.classes else None  # (N,)
        self.generator = generator

    def encode(self, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor]:
        """mu (N, D) and logvar (N, D) of pictures, batch by batch."""
        parts = [
            self.model.encode(x[part], None if y is None else y[part]) for part in _batches(len(x))
        ]
        mu, logvar = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        return mu, logvar

    def raw(self, z: Tensor, y: Tensor | None) -> Tensor:
        """What the decoder puts out, (N, D) -> (N, P), as `pixel_nll` takes it."""
        labels = [None if y is None else y[part] for part in _batches(len(z))]
        parts = zip(_batches(len(z)), labels, strict=True)
        return torch.cat([self.model.decode_raw(z[part], label) for part, label in parts])

    def means(self, raw: Tensor) -> Tensor:
        """The pixels that raw output stands for, same shape, before anything is clamped."""
        return self.model.means(raw)

    def decode(self, z: Tensor, y: Tensor | None) -> Tensor:
        """z (N, D) -> pixels (N, P), before anything is clamped."""
        return self.means(self.raw(z, y))

    @cached_property
    def codes(self) -> tuple[Tensor, Tensor]:
        """mu (N, D) and logvar (N, D) of all pictures."""
        return self.encode(self.x, self.y)

    @property
    def mu(self) -> Tensor:
        """Posterior means of all pictures, (N, D)."""
        return self.codes[0]

    @property
    def logvar(self) -> Tensor:
        """Logarithms of their posterior variances, (N, D)."""
        return self.codes[1]

    @property
    def few(self) -> slice:
        """The pictures that are decoded."""
        return slice(0, max(MIN_DECODED, int(MAX_DECODED * self.share)))

    def few_a_coordinate(self) -> int:
        """How many pictures are decoded for each coordinate."""
        return max(8, min(len(self.targets), int(MAX_DECODES * self.share) // self.mu.shape[1]))

    @property
    def few_labels(self) -> Tensor | None:
        """Labels of the pictures that are decoded, of a conditional model."""
        return None if self.y is None else self.y[self.few]

    @cached_property
    def targets(self) -> Tensor:
        """The pictures that are decoded, (n, P)."""
        return self.x[self.few].flatten(1)

    @cached_property
    def decoded(self) -> Tensor:
        """What is decoded at their posterior means, (n, P)."""
        return self.decode(self.mu[self.few], self.few_labels)

    @cached_property
    def deviations(self) -> Tensor:
        """What sets each picture apart from the mean picture of all, or of its class, (n, P)."""
        middles = self.x.flatten(1).mean(dim=0).expand_as(self.targets).clone()
        if self.y is not None and self.few_labels is not None:
            for label in self.y.unique():
                members = self.x[self.y == label].flatten(1)
                middles[self.few_labels == label] = members.mean(dim=0)
        return self.targets - middles

    @cached_property
    def spread(self) -> float:
        """The squared error of the mean picture, by value of a picture: of class means, if told."""
        return max(self.deviations.square().mean().item(), 1e-12)

    def fit(self, pictures: Tensor) -> float:
        """How much of what sets pictures apart is in (n, P): 1 all, 0 as the mean picture, or < 0.

        The share of the variance that is explained, R².
        """
        return 1 - (pictures.clamp(0, 1) - self.targets).square().mean().item() / self.spread

    @cached_property
    def kl(self) -> Tensor:
        """KL(q(z|x) || p(z)) by coordinate, (D,) nats, mean over pictures."""
        return kl_divergence(self.mu, self.logvar).mean(dim=0)

    @cached_property
    def information(self) -> Tensor:
        """Nats that each coordinate tells of a picture, (D,), as of a Gaussian channel."""
        noise = self.logvar.exp().mean(dim=0)
        return 0.5 * (1 + self.mu.var(dim=0) / noise).log()


def _batches(count: int) -> list[slice]:
    return [slice(start, start + BATCH) for start in range(0, count, BATCH)]
