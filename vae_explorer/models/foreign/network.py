"""A model as two lists of plain operations, whatever program made it, with how it is read.

State dictionaries of recognised layouts and ONNX graphs of known operations become one. It can be
kept in a file of ours, decoded by the browser, and exported.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_explorer.errors import ConfigError
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel, ValueReading
from vae_explorer.models.latent_model import Part
from vae_explorer.models.operations.description import from_plain, output_shape, to_plain
from vae_explorer.models.operations.kinds import Operation
from vae_explorer.models.operations.modules import build

Shape = tuple[int, ...]


@dataclass(frozen=True)
class NetworkConfig(ForeignConfig):
    """A `ForeignConfig` with the operations of both parts."""

    encoder: tuple[Operation, ...] = ()  # from what the reading gives to the heads' numbers
    decoder: tuple[Operation, ...] = ()  # from coordinates (and a one-hot label) to pixels

    def __post_init__(self):
        super().__post_init__()
        if self.variational != (self.heads == 2):
            raise ConfigError("a second head is what a variational model has, and no other.")
        if self.reading.pixel_layout == "image_channels_last":
            raise ConfigError("a network of plain operations takes pictures with channels first.")
        if self.classes and self.reading.labels != "one_hot":
            raise ConfigError("a network of plain operations takes labels as one-hot numbers.")
        for part, given, wanted in (
            ("encoder", self.encoder_shape, ((self.heads * self.latent_dim,),)),
            ("decoder", self.decoder_shape, (self.image_shape, (self.pixels,))),
        ):
            try:
                made = output_shape(getattr(self, part), given)
            except ValueError as error:
                raise ConfigError(f"the {part} does not fit together: {error}.") from error
            if made not in wanted:
                raise ConfigError(f"the {part} gives {made} numbers, not {wanted[0]}.")

    @property
    def heads(self) -> int:
        """How many numbers the encoder gives for each coordinate."""
        return 1 if self.reading.second_head == "none" else 2

    @property
    def encoder_shape(self) -> Shape:
        """What the first operation of the encoder takes."""
        flat = self.reading.pixel_layout.startswith("flat")
        return (self.pixels + self.classes,) if flat else self.image_shape

    @property
    def decoder_shape(self) -> Shape:
        """What the first operation of the decoder takes."""
        return (self.latent_dim + self.classes,)

    def settings(self) -> dict[str, Any]:
        """By name and in plain values, what a table shows."""
        parts = ("encoder", "decoder")
        return {key: v for key, v in super().settings().items() if key not in parts}


def to_dict(config: NetworkConfig) -> dict[str, Any]:
    """As plain JSON values; `from_dict` is its inverse."""
    plain = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    plain["reading"] = dataclasses.asdict(config.reading)
    return plain | {part: to_plain(plain[part]) for part in ("encoder", "decoder")}


def from_dict(values: Any) -> NetworkConfig:
    """From JSON values of anybody's; ConfigError where they are none."""
    if not isinstance(values, dict):
        raise ConfigError("a network must be an object of named settings.")
    values = dict(values)
    try:
        values["reading"] = ValueReading(**values.get("reading", {}))
        for part in ("encoder", "decoder"):
            values[part] = from_plain(values.get(part))
        return NetworkConfig(**values)
    except TypeError as error:
        raise ConfigError(
            "the network has an unknown setting: the file comes from a newer version."
        ) from error


class NetworkModel(ForeignModel[NetworkConfig]):
    """The module of a `NetworkConfig`."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        self.encoder, self.decoder = build(config.encoder), build(config.decoder)

    def encoder_part(self) -> Part:
        """The encoder as it is built."""
        config = self.config
        return Part(config.encoder, config.encoder_shape, dict(self.encoder.state_dict()))

    def decoder_part(self) -> Part:
        """The decoder as it is built."""
        config = self.config
        return Part(config.decoder, config.decoder_shape, dict(self.decoder.state_dict()))

    def _heads(self, v: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        numbers = self.encoder(_joined(v, y))
        if self.config.heads == 1:
            return numbers, None
        first, second = numbers.chunk(2, dim=1)
        return first, second

    def _output(self, z: Tensor, y: Tensor | None) -> Tensor:
        return self.decoder(_joined(z, y))


def _joined(v: Tensor, y: Tensor | None) -> Tensor:
    """A one-hot label behind flat values, where there is one; pictures are not told it."""
    return v if y is None or v.ndim > 2 else torch.cat([v, y], dim=1)
