"""What every page, score, export and command asks of a model, whoever made it.

B pictures of C channels and H x W pixels, P = C H W values each; D latent coordinates.
"""

from abc import abstractmethod
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from vae_explorer.config import LatentConfig
from vae_explorer.models.likelihoods import bernoulli_nll, gaussian_nll, half_squared_error
from vae_explorer.models.operations.kinds import Operation

Config = TypeVar("Config", bound=LatentConfig, covariant=True)
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
