"""The variational autoencoder: encoder, decoder, and the two heads between them.

Kingma & Welling 2014, "Auto-Encoding Variational Bayes". The same class is conditional (Sohn et
al. 2015) when `config.classes` is set and a plain autoencoder when `config.variational` is false.
Knows nothing of losses, data or files. Attribute names are those of the tutorial's own module, so
that its `state_dict` fits.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_explorer.config import ModelConfig
from vae_explorer.models.latent_model import LOGVAR_RANGE, LatentModel, Part
from vae_explorer.models.likelihoods import STEP_CONSTANT
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Operation,
    Residual,
    TransposedConvolve,
    Unflatten,
    Upsample,
)
from vae_explorer.models.operations.layer_text import layer_text
from vae_explorer.models.operations.modules import build

FIRST_LOG_SCALE = -1.5  # of a learned pixel_scale: 0.22, that of rough reconstructions


def encoder_operations(config: ModelConfig) -> list[Operation]:
    """From pictures (convolutional) or flat pixels and labels (MLP) to the last features."""
    operations: list[Operation] = []
    activate = Activate(config.activation, config.dropout)
    width = config.pixels + config.classes
    if config.convolutions:
        channels = config.channels
        for outputs in config.convolutions:
            operations += [Convolve(channels, outputs, 3, 2), *_norm(config, outputs), activate]
            channels = outputs
        operations.append(Flatten())
        width = _flattened(config)
    for outputs in config.encoder:
        operations += [Linear(width, outputs), activate]
        width = outputs
    return operations


def decoder_operations(config: ModelConfig) -> list[Operation]:
    """From latent coordinates (and a one-hot label) to one logit for each value of a picture."""
    operations: list[Operation] = []
    activate = Activate(config.activation, config.dropout)
    width = config.latent_dim + config.classes
    if config.fourier:
        operations.append(Fourier(config.latent_dim, config.fourier, config.fourier_scale))
        width += 2 * config.fourier
    for outputs in config.decoder:
        layer = [Linear(width, outputs), activate]
        operations += [Residual(tuple(layer))] if config.residual and width == outputs else layer
        width = outputs
    if not config.decoder_convolutions:
        return [*operations, Linear(width, config.pixels)]
    return operations + _upsampling_operations(config, width)


def _upsampling_operations(config: ModelConfig, width: int) -> list[Operation]:
    """From `width` features to small pictures of many channels, doubled stage by stage."""
    outputs, height, columns = config.image_shape
    first, *others = config.decoder_convolutions
    halvings = 2 ** len(config.decoder_convolutions)
    small = first, -(-height // halvings), -(-columns // halvings)
    activate = Activate(config.activation, config.dropout)
    operations: list[Operation] = [Linear(width, math.prod(small)), activate, Unflatten(*small)]
    channels = first
    for wanted in others:
        operations += [*_doubled(config, channels, wanted), *_norm(config, wanted), activate]
        channels = wanted
    operations += [*_doubled(config, channels, outputs), Crop(height, columns), Flatten()]
    return operations


def _doubled(config: ModelConfig, inputs: int, outputs: int) -> list[Operation]:
    if config.upsampling == "transposed":
        return [TransposedConvolve(inputs, outputs, 4, 2)]
    return [Upsample(2), Convolve(inputs, outputs, 3, 1)]


def _norm(config: ModelConfig, channels: int) -> list[Operation]:
    return [] if config.normalization == "none" else [Normalize(config.normalization, channels)]


class VAE(LatentModel[ModelConfig]):
    """q(z|x) = N(mu, exp(logvar)), p(z) = N(0, I), p(x|z) from the decoder's logits."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.encoder = build(encoder_operations(config))
        width = _features(config)
        self.mean_layer = nn.Linear(width, config.latent_dim)
        if config.variational:
            self.log_variance_layer = nn.Linear(width, config.latent_dim)
        self.decoder = build(decoder_operations(config))
        if config.likelihood == "gaussian" and not config.pixel_scale:
            self.log_pixel_scale = nn.Parameter(torch.tensor(FIRST_LOG_SCALE))

    def encode(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Posterior of pictures x (B, C, H, W) in [0, 1] -> mu (B, D), logvar (B, D).

        y (B,) are class numbers, for a conditional model only. A plain autoencoder has no
        posterior: its logvar is the lowest value everywhere.
        """
        if self.config.convolutions:
            hidden = self.encoder(x)
        else:
            hidden = self.encoder(self._with_label(x.flatten(1), y))
        mu = self.mean_layer(hidden).float()
        if not self.config.variational:
            return mu, torch.full_like(mu, LOGVAR_RANGE[0])
        return mu, self.log_variance_layer(hidden).float().clamp(*LOGVAR_RANGE)

    def decode_raw(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """z (B, D) -> (B, P) logits of the pixels, channels slowest."""
        return self.decoder(self._with_label(z, y)).float()

    def encoder_part(self) -> Part:
        """The encoder with both heads as one layer behind it."""
        operations, config = encoder_operations(self.config), self.config
        heads = [self.mean_layer, *([self.log_variance_layer] if config.variational else [])]
        weights = dict(self.encoder.state_dict())
        for name in ("weight", "bias"):
            both = torch.cat([getattr(head, name).detach() for head in heads])
            weights[f"{len(operations)}.{name}"] = both
        operations.append(Linear(heads[0].in_features, len(heads) * config.latent_dim))
        flat = (config.pixels + config.classes,)
        return Part(tuple(operations), config.image_shape if config.convolutions else flat, weights)

    def decoder_part(self) -> Part:
        """The decoder as it is built."""
        config = self.config
        width = config.latent_dim + config.classes
        return Part(tuple(decoder_operations(config)), (width,), dict(self.decoder.state_dict()))

    def log_scale(self) -> Tensor:
        """Logarithm of a Gaussian pixel's standard deviation, (): fixed, or learned for all."""
        if self.config.pixel_scale:
            return torch.tensor(math.log(self.config.pixel_scale))
        return self.log_pixel_scale.float()

    def blank_loss(self) -> float:
        """Nats a picture that a decoder costs at most that says mid-grey everywhere."""
        config = self.config
        if config.likelihood == "bernoulli":
            return config.pixels * math.log(2)
        scale = config.pixel_scale or math.exp(FIRST_LOG_SCALE)
        constant = max(0.0, math.log(scale) + STEP_CONSTANT) if config.has_likelihood else 0.0
        return config.pixels * (0.5 * (0.5 / scale) ** 2 + constant)

    def _with_label(self, v: Tensor, y: Tensor | None) -> Tensor:
        self._check_labels(y)
        if y is None:
            return v
        return torch.cat([v, F.one_hot(y.long(), self.config.classes).to(v.dtype)], dim=1)


def new_model(config: ModelConfig, seed: int) -> VAE:
    """A freshly initialised model; the same for the same seed, whatever ran before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(config)


class LayerSummary(NamedTuple):
    """One line of an architecture: where, what, how many trained numbers."""

    part: str
    layer: str
    parameters: int


def summarize(model: nn.Module) -> list[LayerSummary]:
    """The architecture layer by layer, in order, with parameter counts."""
    rows = []
    for part, child in model.named_children():
        for layer in child if isinstance(child, nn.Sequential) else [child]:
            count = sum(p.numel() for p in layer.parameters())
            rows.append(LayerSummary(part.replace("_", " "), layer_text(layer), count))
    if "log_pixel_scale" in dict(model.named_parameters()):
        rows.append(LayerSummary("likelihood", "standard deviation of a pixel", 1))
    return rows


def _features(config: ModelConfig) -> int:
    """Width of the encoder's last features: what the two heads read."""
    if config.encoder:
        return config.encoder[-1]
    return _flattened(config)


def _flattened(config: ModelConfig) -> int:
    """Width of what the encoder's convolutions leave."""
    _, height, width = config.image_shape
    for _ in config.convolutions:
        height, width = (height + 1) // 2, (width + 1) // 2
    return config.convolutions[-1] * height * width
