"""How pictures are read: a value, and the one function that applies it.

A reading is found by looking at the training pictures as they are stored. It goes with the data
set, the run and the checkpoint, so that a picture that somebody brings is read as training read it:
a file of the training set, uploaded, is its training tensor.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

import numpy as np
from numpy import ndarray
from PIL import Image

from vae_explorer.config import MAX_SIDE, MIN_SIDE
from vae_explorer.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

Depth = Literal["few", "8-bit", "16-bit", "fractions"]
MAX_FEW = 63  # stored values of a set that has no more than so many shades, such as 0 and 1
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601-2, as Pillow has it
UNITS = ((0, 1), (-1, 1))  # ranges that fractions are commonly scaled to
ROUNDING = 1  # px by which a scaled side may differ from the one asked for


@dataclass(frozen=True)
class Reading:
    """What is done to every picture of a set; the defaults are those of MNIST."""

    channels: int = 1
    height: int = 28
    width: int = 28
    darkest: float = 0.0  # stored values that become 0 and 1, the same for the whole set
    brightest: float = 255.0
    depth: Depth = "8-bit"  # how the set is stored: another depth brings a range of its own
    inverted: bool = False
    background: Literal["black", "white"] = "black"  # behind pixels that are transparent
    preparation: Literal["handwriting", "plain"] = "handwriting"  # of pictures that people bring

    def __post_init__(self):
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if options := get_args(hint):
                fits = value in options
            else:
                fits = type(value) is hint or (hint is float and type(value) is int)
            if not fits or (hint is float and not math.isfinite(value)):
                raise ConfigError(f"a reading cannot have {name} = {value!r}.")
        if self.channels not in (1, 3):
            raise ConfigError(f"a reading has 1 or 3 channels, got {self.channels}.")
        if not all(MIN_SIDE <= side <= MAX_SIDE for side in (self.height, self.width)):
            raise ConfigError(
                f"a reading has sides of {MIN_SIDE} to {MAX_SIDE} pixels, got {self.size_text}."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one picture that was read: (height, width), or (3, height, width) in colour."""
        plane = (self.height, self.width)
        return plane if self.channels == 1 else (3, *plane)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """What a model of such pictures takes: channels, height, width."""
        return self.channels, self.height, self.width

    @property
    def size_text(self) -> str:
        """Such as 28 × 28; the width comes first, as picture programs have it."""
        return f"{self.width} × {self.height}"

    def apply(self, values: ndarray) -> ndarray:
        """A picture as stored, (H, W), (H, W, 3) or (H, W, 4) -> uint8 (height, width) or (3, …).

        Values of the whole set's range become 0 to 255; colour becomes grey by its luminance, or
        grey three equal channels; another size is scaled to fit and padded with its border.
        """
        if self._is_as_stored(values):
            return 255 - values if self.inverted else values.copy()
        shares = self.opaque(values)
        if self.channels == 1:
            planes = [shares @ LUMINANCE if shares.ndim == 3 else shares]
        else:
            planes = list(np.moveaxis(shares, -1, 0)) if shares.ndim == 3 else [shares] * 3
        fitted = np.stack([_fit(plane, self.height, self.width) for plane in planes])
        result = np.rint(255 * fitted).astype(np.uint8).reshape(self.shape)
        return 255 - result if self.inverted else result

    def sentences(self) -> list[str]:
        """How pictures are read, in words."""
        kind = "grey" if self.channels == 1 else "colour"
        low, high = (f"{value:,.6g}" for value in (self.darkest, self.brightest))
        lines = [
            f"Pictures are read as {kind}, {self.size_text} pixels.",
            f"The stored value {low} becomes black and {high} white, in all pictures alike.",
        ]
        if self.inverted:
            lines.append("Dark and light are exchanged: dark ink becomes bright.")
        if self.preparation == "handwriting":
            lines.append("Pictures that people bring are prepared as handwriting, as MNIST was.")
        else:
            lines.append("Pictures that people bring are scaled to this size, and no more.")
        return lines

    def _is_as_stored(self, values: ndarray) -> bool:
        """Whether nothing but the polarity is to be changed."""
        whole = (self.depth, self.darkest, self.brightest) == ("8-bit", 0, 255)
        return whole and values.dtype == np.uint8 and values.shape == self.shape[-2:] == self.shape

    def opaque(self, values: ndarray) -> ndarray:
        """Brightness from 0 to 1, (H, W) or (H, W, 3) float32, with the background behind it."""
        clear = values.ndim == 3 and values.shape[2] == 4
        colours = values[..., :3] if clear else values
        low, high = self._range_of(colours)
        shares = (colours.astype(np.float32) - low) / ((high - low) or 1)
        shares = shares.clip(0, 1)
        if clear:
            largest = 1 if values.dtype.kind == "f" else np.iinfo(values.dtype).max
            alpha = (values[..., 3:].astype(np.float32) / largest).clip(0, 1)
            shares = shares * alpha + (self.background == "white") * (1 - alpha)
        return shares

    def _range_of(self, values: ndarray) -> tuple[float, float]:
        """The stored values that are black and white: the set's, unless the depth is another."""
        fractions = values.dtype.kind == "f"
        largest = values.max(initial=0)
        alike = {
            "few": not fractions and largest <= MAX_FEW,
            "8-bit": not fractions and largest <= 255,
            "16-bit": not fractions and values.dtype != np.uint8,
            "fractions": fractions,
        }
        if alike[self.depth]:
            return self.darkest, self.brightest
        if fractions:
            return range_of_fractions(float(values.min(initial=0)), float(largest))
        return 0, 255 if largest <= 255 else max(65_535, int(largest))


def range_of_fractions(least: float, largest: float) -> tuple[float, float]:
    """What is black and white where numbers with fractions lie between these two."""
    for low, high in UNITS:
        if low <= least and largest <= high:
            return low, high
    return (0, 255) if least >= 0 and MAX_FEW < largest <= 255 else (least, largest)


def _fit(plane: ndarray, height: int, width: int) -> ndarray:
    """One channel (H, W) float32 in [0, 1] -> (height, width), in the middle of its border."""
    if plane.shape == (height, width):
        return plane
    scale = min(height / plane.shape[0], width / plane.shape[1])
    high, wide = (max(1, round(side * scale)) for side in plane.shape)
    high = height if height - high <= ROUNDING else high
    wide = width if width - wide <= ROUNDING else wide
    plane = np.ascontiguousarray(plane, np.float32)
    small = np.asarray(Image.fromarray(plane).resize((wide, high), Image.Resampling.BILINEAR))
    border = np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])
    fitted = np.full((height, width), np.median(border), np.float32)
    top, left = (height - high) // 2, (width - wide) // 2
    fitted[top : top + high, left : left + wide] = small.clip(0, 1)
    return fitted


def assumed_reading(shape: tuple[int, int, int], dataset: str) -> Reading:
    """How pictures (channels, height, width) are read where a file of before does not say.

    28 × 28 in grey was handwriting as MNIST's, but for the two sets that fill their pictures.
    """
    channels, height, width = shape
    is_handwriting = shape == (1, 28, 28) and dataset not in ("fashion-mnist", "kmnist")
    preparation = "handwriting" if is_handwriting else "plain"
    return Reading(channels, height, width, preparation=preparation)


def from_dict(values: Any) -> Reading:
    """A reading from JSON values; ConfigError where they are none. `dataclasses.asdict` inverts."""
    if not isinstance(values, dict):
        raise ConfigError("a reading must be an object of named values.")
    try:
        return Reading(**values)
    except TypeError as error:
        raise ConfigError(
            "the reading has an unknown name: it comes from a newer version."
        ) from error


def to_unit(images: "Tensor") -> "Tensor":
    """uint8 pictures (N, H, W) or (N, 3, H, W) -> float32 (N, C, H, W) in [0, 1]."""
    images = images.unsqueeze(1) if images.ndim == 3 else images
    return images.float().div_(255)


def to_stored(pictures: "Tensor") -> "Tensor":
    """Its inverse: (N, C, H, W) in [0, 1] -> uint8 (N, H, W) for one channel, else the same."""
    stored = (pictures.clamp(0, 1) * 255).round().byte()
    return stored.squeeze(1) if stored.shape[1] == 1 else stored
