"""Modules of operations in words, for the table of a model's architecture."""

from torch import nn

from vae_explorer.models.operations.modules import CroppedPicture, FourierFeatures, ResidualSum


def layer_text(layer: nn.Module) -> str:
    """One line: what the layer is, and its sizes."""
    match layer:
        case nn.Linear():
            return f"linear {layer.in_features} → {layer.out_features}"
        case nn.Conv2d():
            size, stride = layer.kernel_size[0], layer.stride[0]
            channels = f"{layer.in_channels} → {layer.out_channels}"
            return f"convolution {channels}, {size}×{size}, stride {stride}"
        case nn.ConvTranspose2d():
            size, stride = layer.kernel_size[0], layer.stride[0]
            channels = f"{layer.in_channels} → {layer.out_channels}"
            return f"transposed convolution {channels}, {size}×{size}, stride {stride}"
        case nn.BatchNorm2d():
            return f"batch normalisation of {layer.num_features} channels"
        case nn.GroupNorm():
            return f"group normalisation, {layer.num_groups} of {layer.num_channels} channels"
        case nn.Upsample():
            return "pixels repeated 2×2"
        case nn.Unflatten():
            return "as " + " × ".join(map(str, layer.unflattened_size))
        case nn.Flatten():
            return "flat"
        case CroppedPicture():
            return f"cut to {layer.height} × {layer.width}"
        case nn.Sequential():
            return ", ".join(layer_text(child) for child in layer)
        case nn.Dropout():
            return f"dropout {layer.p:g}"
        case nn.LeakyReLU():
            return f"leaky ReLU {layer.negative_slope}"
    if isinstance(layer, ResidualSum):
        return "residual: " + ", ".join(layer_text(child) for child in layer.inner.children())
    if isinstance(layer, FourierFeatures):
        inputs, features = layer.frequencies.shape
        return f"Fourier features {inputs} → {inputs + 2 * features}"
    return type(layer).__name__
