"""Layers as they are used: steps, and wirings of steps."""

from typing import NamedTuple

from vae_explorer.models.foreign.weights.layers import Layer

Shape = tuple[int, int, int]  # of a picture: channels, height, width


class Step(NamedTuple):
    """A layer as it is used: what goes in and what comes out (values, or channels of pictures)."""

    layer: Layer
    inputs: int
    outputs: int
    transposed: tuple[bool, ...] = (False,)  # what a convolution may be

    @property
    def is_flat(self) -> bool:
        """Whether it takes and gives values, not pictures."""
        return self.layer.kind != "convolution"

    @property
    def kernel(self) -> int:
        """Of a convolution."""
        return self.layer.weight.shape[-1]


class Wiring(NamedTuple):
    """A way in which layers may be connected."""

    encoder: tuple[Step, ...]
    heads: tuple[Step, ...]  # one (chunked, or of a plain autoencoder) or two
    decoder: tuple[Step, ...]
    latent: int  # coordinates; of heads that give pictures, their channels
    classes: int = 0  # of a label beside the values
    labelled: tuple[bool, bool] = (False, False)  # whether encoder and decoder are told it
    cost: float = 0.0

    @property
    def chunked(self) -> bool:
        """Whether one head gives both halves."""
        return len(self.heads) == 1 and self.heads[0].outputs == 2 * self.latent

    @property
    def is_flat(self) -> bool:
        """Whether the encoder takes flat pixels."""
        return (*self.encoder, *self.heads)[0].is_flat

    @property
    def variational(self) -> bool:
        """Whether there are two heads, or one for both."""
        return self.chunked or len(self.heads) == 2

    @property
    def layers(self) -> list[Layer]:
        """All that are used."""
        return [step.layer for step in (*self.encoder, *self.heads, *self.decoder)]


class Value(NamedTuple):
    """What passes between two layers: a number of values, or of channels."""

    width: int
    is_flat: bool
    is_input: bool = False
