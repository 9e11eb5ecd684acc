"""A network as a list of plain operations, and the PyTorch module it stands for.

Encoder and decoder are such lists. The list is all another interpreter (a browser, say) needs
beside the weights. Knows nothing of latent variables or losses.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

LEAKY_SLOPE = 0.3  # the tutorial's
ACTIVATIONS = {
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(LEAKY_SLOPE),
}


class Linear(NamedTuple):
    """`(B, inputs) -> (B, outputs)`: W v + b."""

    inputs: int
    outputs: int


class Activate(NamedTuple):
    """Elementwise non-linearity, a key of `ACTIVATIONS`.

    While training a share `dropout` of the results is set to 0 and the rest scaled up (Srivastava
    et al. 2014); afterwards nothing is.
    """

    name: str
    dropout: float = 0.0


class Fourier(NamedTuple):
    """`(B, n) -> (B, n + 2 features)`: v, sin(z F), cos(z F), with z the first `inputs` of v.

    F `(inputs, features)` is drawn once from N(0, scale²) and never trained (Tancik et al. 2020,
    "Fourier Features Let Networks Learn High Frequency Functions", eq. 5 without the 2 pi).
    """

    inputs: int
    features: int
    scale: float


class Convolve(NamedTuple):
    """`(B, inputs, H, W) -> (B, outputs, H', W')`: square kernel, zero padding of half of it."""

    inputs: int
    outputs: int
    kernel: int
    stride: int


class Flatten(NamedTuple):
    """`(B, C, H, W) -> (B, C H W)`, channels slowest."""


class Residual(NamedTuple):
    """v + the operations applied to v."""

    operations: tuple


Operation = Linear | Activate | Fourier | Convolve | Flatten | Residual


class FourierFeatures(nn.Module):
    """The module of `Fourier`."""

    frequencies: Tensor  # (inputs, features)

    def __init__(self, inputs: int, features: int, scale: float):
        super().__init__()
        self.register_buffer("frequencies", torch.randn(inputs, features) * scale)

    def forward(self, v: Tensor) -> Tensor:
        with torch.autocast(v.device.type, enabled=False):  # phases need all their digits
            phase = v[:, : len(self.frequencies)] @ self.frequencies  # (B, features)
        return torch.cat([v, phase.sin(), phase.cos()], dim=1)


class ResidualSum(nn.Module):
    """The module of `Residual`."""

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, v: Tensor) -> Tensor:
        return v + self.inner(v)


def build(operations: Sequence[Operation]) -> nn.Sequential:
    """The module of a list of operations; its i-th child is the i-th operation."""
    return nn.Sequential(*[_module(operation) for operation in operations])


def _module(operation: Operation) -> nn.Module:
    match operation:
        case Linear(inputs, outputs):
            return nn.Linear(inputs, outputs)
        case Activate(name, dropout):
            activation = ACTIVATIONS[name]()
            return nn.Sequential(activation, nn.Dropout(dropout)) if dropout else activation
        case Fourier(inputs, features, scale):
            return FourierFeatures(inputs, features, scale)
        case Convolve(inputs, outputs, kernel, stride):
            return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)
        case Flatten():
            return nn.Flatten()
        case Residual(inner):
            return ResidualSum(build(inner))
    raise TypeError(f"not an operation: {operation!r}")


def describe(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    """The operations as plain JSON values, for an interpreter in another language.

    Only what works on rows of numbers has such a form; ValueError names any other operation.
    """
    return [_plain(operation) for operation in operations]


def _plain(operation: Operation) -> dict[str, Any]:
    match operation:
        case Linear(inputs, outputs):
            return {"kind": "linear", "inputs": inputs, "outputs": outputs}
        case Activate("leaky_relu", _):
            return {"kind": "activate", "name": "leaky_relu", "slope": LEAKY_SLOPE}
        case Activate(name, _):
            return {"kind": "activate", "name": name}
        case Fourier(inputs, features, _):
            return {"kind": "fourier", "inputs": inputs, "features": features}
        case Residual(inner):
            return {"kind": "residual", "operations": describe(inner)}
    raise ValueError(f"{type(operation).__name__} has no plain description")
