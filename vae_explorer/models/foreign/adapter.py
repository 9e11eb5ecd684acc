"""A model made elsewhere, answering as ours do: how its values are read, and the base of adapters.

What such a model takes and gives is a matter of convention: pixels in [0, 1] or [-1, 1], a second
head that is a logarithm of the variance or a standard deviation, outputs that are logits or values.
A `ValueReading` says which. B pictures of C channels and H x W pixels, P = C H W; D coordinates.
"""

import dataclasses
import math
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_explorer.config import MAX_CLASSES, MAX_SIDE, MIN_SIDE, LatentConfig
from vae_explorer.errors import ConfigError
from vae_explorer.models.latent_model import LatentModel

WIDEST_LOGVAR = (-30.0, 20.0)  # beyond, a posterior of 32-bit numbers has no width or no end
MAX_LOGIT = 100.0  # of probabilities that are 0 or 1: as PyTorch bounds its logarithms
MIN_VARIANCE = 1e-12  # of variances and deviations, as the browser has it
MAX_LATENT = 1024

SecondHead = Literal[
    "log_variance",
    "variance",
    "standard_deviation",
    "log_standard_deviation",
    "softplus_standard_deviation",
    "none",
]
PixelLayout = Literal["image", "flat", "image_channels_last", "flat_channels_last"]


@dataclass(frozen=True)
class ValueReading:
    """How the values of a model made elsewhere are read; the defaults are the most common ones."""

    input_mean: tuple[float, ...] = (0.0,)  # the encoder is given (x - mean) / std of pictures x
    input_std: tuple[float, ...] = (1.0,)  # in [0, 1]; one number for all channels, or one each
    pixel_layout: PixelLayout = "image"
    channel_order: Literal["rgb", "bgr"] = "rgb"
    second_head: SecondHead = "log_variance"
    head_order: Literal["mean_first", "mean_second"] = "mean_first"
    output: Literal["logits", "values"] = "logits"
    output_mean: tuple[float, ...] = (0.0,)  # of values: a picture is mean + std * value
    output_std: tuple[float, ...] = (1.0,)
    labels: Literal["none", "index", "one_hot"] = "none"

    def __post_init__(self):
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, list):
                value = tuple(value)
                object.__setattr__(self, name, value)
            if options := get_args(hint) if not name.endswith(("mean", "std")) else ():
                if value not in options:
                    raise ConfigError(f"{name} must be one of {', '.join(options)}, got {value!r}.")
            elif not _usable_numbers(value, positive=name.endswith("std")):
                raise ConfigError(f"{name} must be 1 or 3 numbers, got {value!r}.")
        pairs = ((self.input_mean, self.input_std), (self.output_mean, self.output_std))
        if any(len(mean) != len(std) for mean, std in pairs):
            raise ConfigError("a mean and a deviation are needed for as many channels each.")


def _usable_numbers(values: Any, positive: bool) -> bool:
    return (
        isinstance(values, tuple)
        and len(values) in (1, 3)
        and all(type(v) in (int, float) and math.isfinite(v) and abs(v) < 1e6 for v in values)
        and (not positive or all(v > 0 for v in values))
    )


@dataclass(frozen=True)
class ForeignConfig(LatentConfig):
    """What is known of a model made elsewhere."""

    latent_dim: int = 2
    image_size: int = 28
    image_width: int = 0
    channels: int = 1
    classes: int = 0
    variational: bool = True
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"
    pixel_scale: float = 1.0  # of gaussian pixels; see ModelConfig
    reading: ValueReading = field(default_factory=ValueReading)

    def __post_init__(self):
        limits = {
            "latent_dim": (1, MAX_LATENT),
            "classes": (0, MAX_CLASSES),
            "image_size": (MIN_SIDE, MAX_SIDE),
            "pixel_scale": (1e-6, 100),
        }
        if self.image_width:
            limits["image_width"] = (MIN_SIDE, MAX_SIDE)
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if type(value) not in (int, float) or not low <= value <= high:
                raise ConfigError(f"{name} must be between {low} and {high}, got {value!r}.")
        for name in ("latent_dim", "classes", "image_size", "image_width"):
            if type(getattr(self, name)) is not int:
                raise ConfigError(f"{name} must be a whole number.")
        if type(self.channels) is not int or self.channels not in (1, 3):
            raise ConfigError(f"channels must be 1 (grey) or 3 (colour), got {self.channels!r}.")
        if self.likelihood not in ("bernoulli", "gaussian") or type(self.variational) is not bool:
            raise ConfigError("likelihood or variational is not readable.")
        reading = self.reading
        counts = {len(reading.input_mean), len(reading.output_mean)}
        if not counts <= {1, self.channels} or (reading.channel_order, self.channels) == ("bgr", 1):
            raise ConfigError("the reading is of more channels than the pictures have.")

    def settings(self) -> dict[str, Any]:
        """By name and in plain values, what a table shows."""
        plain = dataclasses.asdict(self)
        return {key: v for key, v in plain.items() if key != "reading"} | plain["reading"]


Config = TypeVar("Config", bound=ForeignConfig, covariant=True)


class ForeignModel(LatentModel[Config]):
    """A model made elsewhere: `_heads` and `_output` are its own, the rest is its reading.

    `decode_raw` gives logits where the likelihood is Bernoulli, else the means themselves.
    """

    @abstractmethod
    def _heads(self, v: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """What the encoder gives for its own kind of input: two heads (B, D), or one."""

    @abstractmethod
    def _output(self, z: Tensor, y: Tensor | None) -> Tensor:
        """What the decoder gives: (B, P), (B, C, H, W) or (B, H, W, C)."""

    def encode(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As `LatentModel` has it; logvar within `WIDEST_LOGVAR`."""
        self._check_labels(y)
        first, second = self._heads(self._given(x), self._label(y))
        reading = self.config.reading
        if reading.head_order == "mean_second" and second is not None:
            first, second = second, first
        mu = first.float()
        if second is None or not self.config.variational:
            return mu, torch.full_like(mu, WIDEST_LOGVAR[0])
        return mu, _log_variance(second.float(), reading.second_head)

    def decode_raw(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """z (B, D) -> (B, P), channels slowest: logits (Bernoulli) or means (Gaussian)."""
        self._check_labels(y)
        output = self._flat(self._output(z, self._label(y)).float())
        is_bernoulli = self.config.likelihood == "bernoulli"
        if self.config.reading.output == "logits":
            return output if is_bernoulli else output.sigmoid()
        return logits_of(output) if is_bernoulli else output

    def means(self, raw: Tensor) -> Tensor:
        """What `decode_raw` gave, (..., P) -> (..., P) means of the pixels' distributions."""
        return raw.sigmoid() if self.config.likelihood == "bernoulli" else raw

    def _given(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [0, 1] as the encoder wants them."""
        reading = self.config.reading
        v = (x - _column(reading.input_mean)) / _column(reading.input_std)
        v = v.flip(1) if reading.channel_order == "bgr" else v
        return laid_out(v, reading.pixel_layout)

    def _flat(self, output: Tensor) -> Tensor:
        """The decoder's output as (B, P), channels slowest; values become those of pictures."""
        reading, shape = self.config.reading, self.config.image_shape
        channels, height, width = shape
        count = len(output)
        if output.numel() != count * self.config.pixels:
            raise ConfigError(
                f"the decoder gives {tuple(output.shape[1:])} numbers a picture, "
                f"not {shape}: channels, height, width."
            )
        last = output.ndim == 4 and tuple(output.shape[1:]) == (height, width, channels) != shape
        if last or (output.ndim == 2 and reading.pixel_layout.endswith("channels_last")):
            output = output.reshape(count, height, width, channels).permute(0, 3, 1, 2)
        v = output.reshape(count, *shape)
        v = v.flip(1) if reading.channel_order == "bgr" else v
        if reading.output == "values":
            v = _column(reading.output_mean) + _column(reading.output_std) * v
        return v.reshape(count, -1)

    def _label(self, y: Tensor | None) -> Tensor | None:
        if y is None or self.config.reading.labels != "one_hot":
            return y
        return F.one_hot(y.long(), self.config.classes).float()


def laid_out(x: Tensor, layout: str) -> Tensor:
    """Pictures (B, C, H, W) in another layout of pixels."""
    v = x.permute(0, 2, 3, 1) if layout.endswith("channels_last") else x
    return v.flatten(1) if layout.startswith("flat") else v


def logits_of(p: Tensor) -> Tensor:
    """Logits of probabilities, bounded as PyTorch's own cross-entropy bounds its logarithms."""
    p = p.clamp(0, 1)
    return (p.log() - (-p).log1p()).clamp(-MAX_LOGIT, MAX_LOGIT)


def _log_variance(head: Tensor, kind: str) -> Tensor:
    """The second head as log variance, (B, D) -> (B, D)."""
    match kind:
        case "variance":
            logvar = head.clamp(min=MIN_VARIANCE).log()
        case "standard_deviation":
            logvar = 2 * head.abs().clamp(min=MIN_VARIANCE).log()
        case "log_standard_deviation":
            logvar = 2 * head
        case "softplus_standard_deviation":
            logvar = 2 * F.softplus(head).clamp(min=MIN_VARIANCE).log()
        case _:
            logvar = head
    return logvar.clamp(*WIDEST_LOGVAR)


def _column(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1)
