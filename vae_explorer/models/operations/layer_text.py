"""Modules of operations in words, for the table of a model's architecture."""

from torch import Tensor, nn

from vae_explorer.models.operations.modules import (
    CroppedPicture,
    FourierFeatures,
    ResidualSum,
    ScaledValues,
)


def layer_text(layer: nn.Module) -> str:
    """One line: what the layer is, and its sizes."""
    match layer:
        case nn.Sequential():
            return ", ".join(layer_text(child) for child in layer)
        case nn.Linear():
            bias = "" if layer.bias is not None else ", without bias"
            return f"linear {layer.in_features} → {layer.out_features}{bias}"
        case FourierFeatures():
            inputs, features = layer.frequencies.shape
            return f"Fourier features {inputs} → {inputs + 2 * features}"
        case ResidualSum():
            return "residual: " + ", ".join(layer_text(child) for child in layer.inner.children())
        case nn.Unflatten():
            return "as " + " × ".join(map(str, layer.unflattened_size))
        case nn.Flatten():
            return "flat"
        case ScaledValues():
            return f"times {_numbers(layer.factors)}, plus {_numbers(layer.shifts)}"
        case nn.Dropout():
            return f"dropout {layer.p:g}"
        case nn.LeakyReLU():
            return f"leaky ReLU {layer.negative_slope}"
        case nn.ELU():
            return f"ELU {layer.alpha:g}"
        case nn.GELU(approximate="tanh"):
            return "GELU, by tanh"
    return _picture_text(layer) or _norm_text(layer) or type(layer).__name__


def _picture_text(layer: nn.Module) -> str:
    match layer:
        case nn.Conv2d() | nn.ConvTranspose2d():
            return _convolution_text(layer)
        case nn.MaxPool2d() | nn.AvgPool2d():
            kind = "largest" if isinstance(layer, nn.MaxPool2d) else "mean"
            return f"{kind} of {layer.kernel_size}×{layer.kernel_size}, stride {layer.stride}"
        case nn.Upsample(mode="bilinear"):
            return f"enlarged {_factor(layer)}, bilinear"
        case nn.Upsample():
            return f"pixels repeated {_factor(layer)}"
        case CroppedPicture():
            return f"cut to {layer.height} × {layer.width}"
    return ""


def _norm_text(layer: nn.Module) -> str:
    match layer:
        case nn.BatchNorm2d():
            return f"batch normalisation of {layer.num_features} channels"
        case nn.GroupNorm():
            return f"group normalisation, {layer.num_groups} of {layer.num_channels} channels"
        case nn.LayerNorm():
            return f"layer normalisation of {layer.normalized_shape[0]} values"
    return ""


def _convolution_text(layer: nn.Conv2d | nn.ConvTranspose2d) -> str:
    """Padding is left out: what it makes of the sizes is seen in what follows."""
    kind = "transposed convolution" if isinstance(layer, nn.ConvTranspose2d) else "convolution"
    size, stride = layer.kernel_size[0], layer.stride[0]
    text = f"{kind} {layer.in_channels} → {layer.out_channels}, {size}×{size}, stride {stride}"
    if layer.groups > 1:
        text += f", {layer.groups} groups"
    if layer.dilation[0] > 1:
        text += f", dilation {layer.dilation[0]}"
    return text if layer.bias is not None else f"{text}, without bias"


def _factor(layer: nn.Upsample) -> str:
    return f"{layer.scale_factor:g}×{layer.scale_factor:g}"


def _numbers(values: Tensor) -> str:
    """A few numbers as they are, of more the first."""
    shown = [f"{value:.4g}" for value in values[:3].tolist()]
    return ", ".join(shown + ["…"] * (len(values) > 3))
