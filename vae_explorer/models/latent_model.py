"""What every page, score, export and command asks of a model, whoever made it.

B pictures of C channels and H x W pixels, P = C H W values each; D latent coordinates.
"""

from abc import abstractmethod
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from vae_explorer.config import LatentConfig
from vae_explorer.data.reading import to_stored, to_unit
from vae_explorer.models.likelihoods import (
    STEP_CONSTANT,
    bernoulli_log_likelihoods,
    bernoulli_nll,
    gaussian_nll,
    half_squared_error,
    log_blank,
    squared_distances,
)
from vae_explorer.models.operations.kinds import Operation

Config = TypeVar("Config", bound=LatentConfig, covariant=True)
MAX_POINTS = 2**13  # of a prior, which all pictures share
MAX_VALUES = 2**25  # of decoded points of all classes that are kept
MAX_LOG_RATIO = 80.0  # of two densities: its exponential is still a float32
LOGVAR_RANGE = (-14.0, 6.0)  # keeps exp(logvar) and its gradient finite early in training


class Part(NamedTuple):
    """An encoder with its heads, or a decoder, as plain operations: what other runtimes need."""

    operations: tuple[Operation, ...]
    shape: tuple[int, ...]  # of what the first one takes, without the batch
    weights: dict[str, Tensor]  # by their names in `operations.modules.build`, such as "0.weight"


class LatentModel(nn.Module, Generic[Config]):
    """q(z|x) = N(mu, exp(logvar)), p(z) = N(0, I), and p(x|z) from what the decoder gives.

    Subclasses have `config` and the three abstract methods; `log_scale` where a Gaussian pixel's
    standard deviation is not fixed.
    """

    config: Config
    differentiable = True  # whether gradients flow through encode and decode_raw
    can_encode = True  # False of codes that came without a network: see foreign.codes
    can_decode = True

    @abstractmethod
    def encode(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Posterior of pictures x (B, C, H, W) in [0, 1] -> mu (B, D), logvar (B, D).

        y (B,) are class numbers, for a conditional model only. A plain autoencoder has no
        posterior: its logvar is the lowest value everywhere.
        """

    @abstractmethod
    def decode_raw(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """z (B, D) -> (B, P), channels slowest: what the decoder gives, of which `means` is made.

        Logits where the likelihood is Bernoulli.
        """

    def prepared(self, stored: Tensor) -> Tensor:
        """Items as a `Split` stores them, uint8, as `encode` takes them."""
        return to_unit(stored)

    def stored(self, decoded: Tensor) -> Tensor:
        """What `decode` gave, as a `Split` stores it: uint8."""
        return to_stored(decoded)

    def reconstruction_nll(self, z: Tensor, x: Tensor, y: Tensor | None = None) -> Tensor:
        """-log p(x|z) of B pictures at K points each, (K, B, D) and (B, C, H, W) -> (K, B) nats."""
        labels = None if y is None else y.repeat(len(z))
        raw = self.decode_raw(z.flatten(0, 1), labels).view(len(z), len(x), -1)
        return self.pixel_nll(raw, x.flatten(1).expand_as(raw))

    def means(self, raw: Tensor) -> Tensor:
        """What `decode_raw` gave, (..., P) -> (..., P) means of the pixels' distributions."""
        return raw.sigmoid()

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """z (B, D) -> (B, C, H, W) in [0, 1]: pixel probabilities (Bernoulli) or means (Gaussian).

        y (B,) are class numbers, for a conditional model only.
        """
        return self.pictures(self.decode_raw(z, y))

    def forward(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruction through the posterior mean, mu and logvar."""
        mu, logvar = self.encode(x, y)
        return self.decode(mu, y), mu, logvar

    def pictures(self, raw: Tensor) -> Tensor:
        """What `decode_raw` gave, (B, P) -> (B, C, H, W) in [0, 1]."""
        return self.means(raw).clamp(0, 1).view(-1, *self.config.image_shape)

    def pixel_nll(self, raw: Tensor, x: Tensor) -> Tensor:
        """-log p(x|z), (..., P) as `decode_raw` gives and pixels -> (...) nats: `likelihoods`."""
        if self.config.likelihood == "bernoulli":
            return bernoulli_nll(raw, x)
        if self.config.pixel_scale == 1:
            return half_squared_error(self.means(raw), x)
        return gaussian_nll(self.means(raw), x, self.log_scale())

    def log_likelihoods(self, raw: Tensor, x: Tensor, blank: Tensor | None = None) -> Tensor:
        """-`pixel_nll` of every picture at every point, (M, P), (N, P) -> (N, M): one product.

        `blank` is `likelihoods.log_blank` of Bernoulli pixels, where it is known.
        """
        if self.config.likelihood == "bernoulli":
            return bernoulli_log_likelihoods(raw, x, blank)
        squares = 0.5 * squared_distances(self.means(raw), x)
        if self.config.pixel_scale == 1:
            return (-squares).float()
        log_scale = self.log_scale().double()
        constant = x.shape[1] * (log_scale + STEP_CONSTANT)
        return (-squares / (2 * log_scale).exp() - constant).float()

    def log_scale(self) -> Tensor:
        """Logarithm of a Gaussian pixel's standard deviation, ()."""
        return torch.tensor(self.config.pixel_scale).log()

    @property
    def latent_dim(self) -> int:
        """Number of latent coordinates D."""
        return self.config.latent_dim

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of one picture: channels, height, width."""
        return self.config.image_shape

    def encoder_part(self) -> Part | None:
        """From pictures to mu and, behind it, the second head; None: not of known operations."""
        return None

    def decoder_part(self) -> Part | None:
        """From coordinates (and a one-hot label) to raw pixels; None: not of known operations."""
        return None

    def _check_labels(self, y: Tensor | None) -> None:
        """ValueError unless a conditional model, and no other, is told the classes."""
        if (y is None) != (self.config.classes == 0):
            raise ValueError("a conditional model needs labels y, any other must not be given any")


class PriorPoints:
    """Points of a frozen model's prior, decoded once: p(x|z) of any pictures at all of them."""

    def __init__(self, model: LatentModel):
        self.model = model
        self._decoded: dict[int | None, tuple[Tensor, Tensor | None]] = {}  # by class

    @cached_property
    def points(self) -> Tensor:
        """Sobol points (M, D), always the same; MAX_POINTS or as many as MAX_VALUES allow."""
        most = MAX_VALUES // (self.model.config.pixels * max(1, self.model.config.classes))
        count = min(MAX_POINTS, 2 ** max(6, most.bit_length() - 1))
        net = torch.quasirandom.SobolEngine(self.model.latent_dim, scramble=True, seed=0)
        return torch.special.ndtri(net.draw(count).clamp(1e-6, 1 - 1e-6))

    def log_evidence(
        self,
        x: Tensor,
        y: Tensor | None,
        posterior: tuple[Tensor, Tensor],
        log_ratio: Tensor,
        nll: Tensor,
    ) -> Tensor:
        """log p(x) (N,) of pictures (N, C, H, W), by these points and by those of posteriors.

        `posterior` is mu and logvar (N, D); of its K samples z, the same noise for all pictures,
        `log_ratio` is log p(z) - log q(z|x) and `nll` is -log p(x|z), (K, N) each. Each point is
        weighed by the density of all together: the balance heuristic of Veach & Guibas 1995.
        """
        mu, precision = posterior[0], (-posterior[1]).exp()
        constant = (mu.square() * precision + posterior[1]).sum(dim=1, keepdim=True)
        square = (1 - precision) @ self.points.square().T - constant
        at_points = 0.5 * square + (mu * precision) @ self.points.T  # log q(z|x) - log p(z)
        shared = self.log_likelihoods(x, y) - self._log_density(at_points, len(nll))
        own = -nll - self._log_density(-log_ratio, len(nll))
        return torch.logaddexp(shared.logsumexp(dim=1), own.logsumexp(dim=0))

    def _log_density(self, log_ratio: Tensor, samples: int) -> Tensor:
        """Of all points by that of the prior, given log q(z|x) - log p(z) of any shape."""
        return (len(self.points) + samples * log_ratio.clamp(max=MAX_LOG_RATIO).exp()).log()

    def log_likelihoods(self, x: Tensor, y: Tensor | None) -> Tensor:
        """log p(x|z) (N, M) of pictures (N, C, H, W), for a conditional model under y (N,)."""
        x = x.flatten(1)
        if y is None:
            return self._of_class(x, None)
        result = torch.empty(len(x), len(self.points))
        for label in y.unique().tolist():
            result[y == label] = self._of_class(x[y == label], label)
        return result

    def _of_class(self, x: Tensor, label: int | None) -> Tensor:
        if label not in self._decoded:
            y = None if label is None else torch.full((len(self.points),), label)
            raw = self.model.decode_raw(self.points, y)
            bernoulli = self.model.config.likelihood == "bernoulli"
            self._decoded[label] = raw, log_blank(raw) if bernoulli else None
        raw, blank = self._decoded[label]
        return self.model.log_likelihoods(raw, x, blank)
