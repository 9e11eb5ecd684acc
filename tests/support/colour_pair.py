"""A convolutional VAE of 64 x 64 colour pictures as two ONNX files, and pictures that it explains.

Trained for seconds: the pictures are colours that change downwards, which few steps suffice to
learn better than their mean.
"""

import io
import math

import numpy as np
import torch
from torch import Tensor, nn

from vae_explorer.export import onnx_export
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.network import NetworkConfig, NetworkModel
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Flatten,
    Linear,
    Operation,
    TransposedConvolve,
    Unflatten,
)

SIDE, LATENT = 64, 10
SMALL, REALISTIC = (32, 16, 16, 8), (256, 128, 64, 32)  # channels from 4 x 4 to 32 x 32 pixels
RELU = Activate("relu")
NOISE = 0.15  # standard deviation of pixels in training


def gradients(count: int = 300, seed: int = 0) -> Tensor:
    """Pictures (count, 3, 64, 64) in [0, 1]: a colour that another one is added to downwards."""
    draw = torch.Generator().manual_seed(seed)
    colour, change = torch.rand(2, count, 3, 1, 1, generator=draw)
    down = torch.linspace(-1, 1, SIDE)[:, None].expand(SIDE, SIDE)
    return 0.25 + 0.5 * colour + 0.5 * (change - 0.5) * down


def array_file(pictures: Tensor) -> bytes:
    """An npz file of them, bytes from 0 to 255, colour last."""
    file = io.BytesIO()
    stored = (pictures * 255).round().byte().permute(0, 2, 3, 1).numpy()
    np.savez_compressed(file, images=stored)
    return file.getvalue()


def network(channels: tuple[int, ...]) -> NetworkConfig:
    """Four halvings down to 4 x 4 pixels, and back."""
    encoder: list[Operation] = []
    for inputs, outputs in zip((3, *channels[:0:-1]), channels[::-1], strict=True):
        encoder += [Convolve(inputs, outputs, 4, 2, 1), RELU]
    flat = channels[0] * 16
    decoder: list[Operation] = [Linear(LATENT, flat), RELU, Unflatten(channels[0], 4, 4)]
    for inputs, outputs in zip(channels, (*channels[1:], 3), strict=True):
        decoder += [TransposedConvolve(inputs, outputs, 4, 2, 1), RELU]
    return NetworkConfig(
        LATENT,
        SIDE,
        channels=3,
        likelihood="gaussian",
        pixel_scale=NOISE,
        encoder=(*encoder, Flatten(), Linear(flat, 2 * LATENT)),
        decoder=tuple(decoder[:-1]),
    )


def _new(config: NetworkConfig) -> NetworkModel:
    """With weights that keep values as large through all layers (He), and narrow posteriors."""
    model = NetworkModel(config)
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            up = isinstance(layer, nn.ConvTranspose2d)  # of 16 weights 4 reach a pixel
            inputs = layer.weight[:, 0].numel() / 4 if up else layer.weight[0].numel()
            nn.init.normal_(layer.weight, std=math.sqrt(2 / inputs))
            nn.init.zeros_(layer.bias)
    nn.init.constant_(model.encoder[-1].bias[LATENT:], -5.0)
    return model


def onnx_pair(
    pictures: Tensor, channels: tuple[int, ...] = SMALL, steps: int = 60
) -> dict[str, bytes]:
    """encoder.onnx and decoder.onnx of a network that was trained on the pictures."""
    torch.manual_seed(0)
    model = _new(network(channels))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for step in range(steps):
        x = pictures[torch.arange(step * 32, step * 32 + 32) % len(pictures)]
        mu, logvar = model.encode(x)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        nats = model.pixel_nll(model.decode_raw(z), x.flatten(1))
        optimizer.zero_grad()
        (nats + kl_divergence(mu, logvar).sum(1)).mean().backward()
        optimizer.step()
    model.eval().requires_grad_(False)
    files = onnx_export.files(Checkpoint(model=model, config=model.config, name="colour"))
    return {name: data for name, data in files.items() if name.endswith(".onnx")}
