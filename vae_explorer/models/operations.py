"""A network as a list of plain operations, and the PyTorch module it stands for.

Encoder and decoder are such lists. The list is all another interpreter (a browser, say) needs
beside the weights. Knows nothing of latent variables or losses.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

LEAKY_SLOPE = 0.3  # the tutorial's
GROUPS = 8  # of channels that are normalised together
NORM_EPSILON = 1e-5  # PyTorch's own: added to variances
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


class Unflatten(NamedTuple):
    """`(B, C H W) -> (B, C, H, W)`, channels slowest."""

    channels: int
    height: int
    width: int


class TransposedConvolve(NamedTuple):
    """`(B, inputs, H, W) -> (B, outputs, stride H, stride W)`: kernel stride + 2 padding."""

    inputs: int
    outputs: int
    kernel: int
    stride: int


class Upsample(NamedTuple):
    """`(B, C, H, W) -> (B, C, factor H, factor W)`: each pixel repeated."""

    factor: int


class Normalize(NamedTuple):
    """`(B, C, H, W) -> (B, C, H, W)`: of mean 0 and variance 1, then scaled and shifted a channel.

    "batch": over the batch while training, afterwards by running averages (Ioffe & Szegedy 2015);
    "group": over groups of channels of each picture (Wu & He 2018).
    """

    kind: str
    channels: int


class Crop(NamedTuple):
    """`(B, C, H, W) -> (B, C, height, width)`: the first rows and columns."""

    height: int
    width: int


class Residual(NamedTuple):
    """v + the operations applied to v."""

    operations: tuple


Operation = (
    Linear
    | Activate
    | Fourier
    | Residual
    | Convolve
    | TransposedConvolve
    | Upsample
    | Normalize
    | Crop
    | Flatten
    | Unflatten
)


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


class CroppedPicture(nn.Module):
    """The module of `Crop`."""

    def __init__(self, height: int, width: int):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, v: Tensor) -> Tensor:
        return v[:, :, : self.height, : self.width]


def group_count(channels: int) -> int:
    """Groups of `Normalize("group", channels)`: the most, up to GROUPS, that divide them evenly."""
    return math.gcd(channels, GROUPS)


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
        case TransposedConvolve(inputs, outputs, kernel, stride):
            padding = (kernel - stride) // 2
            return nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding)
        case Upsample(factor):
            return nn.Upsample(scale_factor=factor)
        case Normalize("batch", channels):
            return nn.BatchNorm2d(channels)
        case Normalize("group", channels):
            return nn.GroupNorm(group_count(channels), channels)
        case Crop(height, width):
            return CroppedPicture(height, width)
        case Unflatten(channels, height, width):
            return nn.Unflatten(1, (channels, height, width))
        case Flatten():
            return nn.Flatten()
        case Residual(inner):
            return ResidualSum(build(inner))
    raise TypeError(f"not an operation: {operation!r}")


Shape = tuple[int, ...]  # of what passes between two operations, without the batch


def describe(operations: Sequence[Operation], shape: Shape) -> list[dict[str, Any]]:
    """The operations as plain JSON values, for an interpreter in another language.

    `shape` is that of the input, (n,) or (C, H, W). Operations on pictures say the channels, height
    and width that they take. ValueError where the operations do not fit it.
    """
    plain = []
    for operation in operations:
        described, shape = _plain(operation, shape)
        plain.append(described)
    return plain


def _plain(operation: Operation, shape: Shape) -> tuple[dict[str, Any], Shape]:
    """One operation on input of this shape, and the shape of its output."""
    match operation, shape:
        case Linear(inputs, outputs), (width,) if width == inputs:
            return {"kind": "linear", "inputs": inputs, "outputs": outputs}, (outputs,)
        case Activate("leaky_relu", _), _:
            return {"kind": "activate", "name": "leaky_relu", "slope": LEAKY_SLOPE}, shape
        case Activate(name, _), _:
            return {"kind": "activate", "name": name}, shape
        case Fourier(inputs, features, _), (width,) if inputs <= width:
            plain = {"kind": "fourier", "inputs": inputs, "features": features}
            return plain, (width + 2 * features,)
        case Residual(inner), _:
            return {"kind": "residual", "operations": describe(inner, shape)}, shape
        case Unflatten(), (width,) if math.prod(operation) == width:
            return {"kind": "reshape"}, tuple(operation)
        case Flatten(), (_, _, _):
            return {"kind": "reshape"}, (math.prod(shape),)
    if len(shape) != 3:
        raise ValueError(f"{operation} does not take values of shape {shape}")
    channels, height, width = shape
    taken = {"channels": channels, "height": height, "width": width}
    match operation:
        case Convolve(inputs, outputs, kernel, stride) if inputs == channels:
            plain = {"outputs": outputs, "kernel": kernel, "stride": stride}
            padding = kernel // 2
            sides = ((side + 2 * padding - kernel) // stride + 1 for side in (height, width))
            return {"kind": "convolve", **taken, **plain}, (outputs, *sides)
        case TransposedConvolve(inputs, outputs, kernel, stride) if inputs == channels:
            plain = {"outputs": outputs, "kernel": kernel, "stride": stride}
            described = {"kind": "transposed_convolve", **taken, **plain}
            return described, (outputs, stride * height, stride * width)
        case Upsample(factor):
            described = {"kind": "upsample", **taken, "factor": factor}
            return described, (channels, factor * height, factor * width)
        case Normalize("batch", wanted) if wanted == channels:
            return {"kind": "batch_normalize", **taken, "epsilon": NORM_EPSILON}, shape
        case Normalize("group", wanted) if wanted == channels:
            plain = {"groups": group_count(channels), "epsilon": NORM_EPSILON}
            return {"kind": "group_normalize", **taken, **plain}, shape
        case Crop(rows, columns) if rows <= height and columns <= width:
            plain = {"rows": rows, "columns": columns}
            return {"kind": "crop", **taken, **plain}, (channels, rows, columns)
    raise ValueError(f"{operation} does not take values of shape {shape}")
