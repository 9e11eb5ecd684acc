"""The module of PyTorch that a list of operations stands for."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Operation,
    Pool,
    Residual,
    Scale,
    TransposedConvolve,
    Unflatten,
    Upsample,
)

ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {  # of `Activate.slope`
    "relu": lambda _: nn.ReLU(),
    "leaky_relu": nn.LeakyReLU,
    "gelu": lambda _: nn.GELU(),
    "gelu_tanh": lambda _: nn.GELU("tanh"),
    "tanh": lambda _: nn.Tanh(),
    "sigmoid": lambda _: nn.Sigmoid(),
    "elu": nn.ELU,
    "selu": lambda _: nn.SELU(),
    "silu": lambda _: nn.SiLU(),
    "softplus": lambda _: nn.Softplus(),
    "relu6": lambda _: nn.ReLU6(),
    "hardswish": lambda _: nn.Hardswish(),
    "mish": lambda _: nn.Mish(),
    "softsign": lambda _: nn.Softsign(),
}
SLOPED = ("leaky_relu", "elu")  # those whose slope counts


class FourierFeatures(nn.Module):
    """The module of `Fourier`."""

    frequencies: Tensor  # (inputs, features)

    def __init__(self, inputs: int, features: int, scale: float):
        super().__init__()
        frequencies = torch.empty(inputs, features)
        if not frequencies.is_meta:  # which has no numbers; torch would import its compiler for it
            frequencies.normal_().mul_(scale)
        self.register_buffer("frequencies", frequencies)

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


class BatchNormalization(nn.BatchNorm2d):
    """Batch normalisation of pictures (B, C, H, W) as well as of flat values (B, C)."""

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (2, 4):
            raise ValueError(f"expected 2 or 4 dimensions, got {input.dim()}")


class ScaledValues(nn.Module):
    """The module of `Scale`; its numbers are in no state_dict."""

    factors: Tensor  # (1,) or (C,)
    shifts: Tensor

    def __init__(self, factors: Sequence[float], shifts: Sequence[float]):
        super().__init__()
        # On the CPU also where a model is built without memory, to be given its weights later
        for name, numbers in (("factors", factors), ("shifts", shifts)):
            values = torch.tensor(numbers, dtype=torch.float32, device="cpu")
            self.register_buffer(name, values, persistent=False)

    def forward(self, v: Tensor) -> Tensor:
        shape = (-1, *[1] * (v.dim() - 2))  # channels are the second dimension
        return v * self.factors.view(shape) + self.shifts.view(shape)


def build(operations: Sequence[Operation]) -> nn.Sequential:
    """The module of a list of operations; its i-th child is the i-th operation."""
    return nn.Sequential(*[_module(operation) for operation in operations])


def _module(operation: Operation) -> nn.Module:
    match operation:
        case Linear(inputs, outputs, bias):
            return nn.Linear(inputs, outputs, bias)
        case Activate(name, dropout, slope):
            activation = ACTIVATIONS[name](slope)
            return nn.Sequential(activation, nn.Dropout(dropout)) if dropout else activation
        case Fourier(inputs, features, scale):
            return FourierFeatures(inputs, features, scale)
        case Residual(inner):
            return ResidualSum(build(inner))
        case Scale(factors, shifts):
            return ScaledValues(factors, shifts)
        case Normalize("layer", channels, epsilon):
            return nn.LayerNorm(channels, epsilon)
        case Normalize("batch", channels, epsilon):
            return BatchNormalization(channels, epsilon)
        case Unflatten(channels, height, width):
            return nn.Unflatten(1, (channels, height, width))
        case Flatten():
            return nn.Flatten()
    return _picture_module(operation)


def _picture_module(operation: Operation) -> nn.Module:
    """The module of an operation that takes pictures alone."""
    match operation:
        case Convolve(inputs, outputs, kernel, stride, _, groups, bias, dilation):
            settings = kernel, stride, operation.zeros, dilation, groups, bias
            return nn.Conv2d(inputs, outputs, *settings)
        case TransposedConvolve(inputs, outputs, kernel, stride, _, output_padding, bias):
            settings = kernel, stride, operation.cut, output_padding
            return nn.ConvTranspose2d(inputs, outputs, *settings, bias=bias)
        case Pool("max", kernel, stride, padding):
            return nn.MaxPool2d(kernel, stride, padding)
        case Pool("average", kernel, stride, padding):
            return nn.AvgPool2d(kernel, stride, padding)
        case Upsample(factor, "nearest"):
            return nn.Upsample(scale_factor=factor)
        case Upsample(factor, "bilinear"):
            return nn.Upsample(scale_factor=factor, mode="bilinear", align_corners=False)
        case Normalize("group", channels, epsilon):
            return nn.GroupNorm(operation.group_count, channels, epsilon)
        case Crop(height, width):
            return CroppedPicture(height, width)
    raise TypeError(f"not an operation: {operation!r}")
