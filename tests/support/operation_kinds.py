"""Lists of operations that together hold every kind, with every setting, at odd sizes."""

import random

import torch
from torch import nn

from vae_explorer.models.operations.description import output_shape
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
from vae_explorer.models.operations.modules import ACTIVATIONS, build

SLOPES = {"leaky_relu": 0.17, "elu": 0.8}
EVERY: dict[str, tuple[list[Operation], tuple[int, ...]]] = {  # operations, shape of the input
    **{name: ([Activate(name, slope=SLOPES.get(name, 0.3))], (13,)) for name in ACTIVATIONS},
    "activation of a picture": ([Activate("silu", 0.2)], (3, 5, 4)),
    "linear": ([Linear(7, 9)], (7,)),
    "linear without bias": ([Linear(7, 9, bias=False)], (7,)),
    "Fourier": ([Fourier(2, 5, 0.7)], (4,)),
    "residual": ([Residual((Linear(5, 6), Activate("tanh"), Linear(6, 5, False)))], (5,)),
    "residual of pictures": (
        [Residual((Convolve(3, 3, 3, 1), Residual((Scale((2.0,), (0.5,)),))))],
        (3, 6, 5),
    ),
    "convolution": ([Convolve(3, 5, 3, 2)], (3, 9, 12)),
    "even kernel": ([Convolve(3, 5, 4, 1)], (3, 9, 12)),
    "no padding": ([Convolve(3, 5, 3, 1, 0)], (3, 9, 12)),
    "even kernel, half as many": ([Convolve(3, 6, 4, 2, 1)], (3, 11, 12)),
    "wide padding": ([Convolve(2, 3, 3, 2, 4)], (2, 6, 5)),
    "kernel below stride": ([Convolve(2, 3, 1, 3, 0)], (2, 8, 9)),
    "whole picture": ([Convolve(2, 9, 6, 1, 0)], (2, 6, 6)),
    "convolution without bias": ([Convolve(3, 5, 3, 1, bias=False)], (3, 6, 5)),
    "dilated": ([Convolve(3, 5, 3, 2, 3, dilation=3)], (3, 11, 12)),
    "two groups": ([Convolve(6, 10, 3, 1, groups=2)], (6, 7, 5)),
    "depthwise": ([Convolve(5, 5, 3, 2, groups=5, bias=False)], (5, 9, 8)),
    "depthwise, dilated, widened": (
        [Convolve(4, 12, 3, 1, 2, groups=4, dilation=2), Normalize("batch", 12)],
        (4, 7, 6),
    ),
    "transposed": ([TransposedConvolve(3, 5, 4, 2)], (3, 5, 4)),
    "transposed, odd": ([TransposedConvolve(3, 5, 3, 2, 1)], (3, 5, 4)),
    "transposed, odd, doubled": ([TransposedConvolve(3, 5, 3, 2, 1, 1)], (3, 5, 4)),
    "transposed, not padded": ([TransposedConvolve(6, 3, 5, 1, 0, bias=False)], (6, 1, 1)),
    "transposed, strides of three": ([TransposedConvolve(2, 3, 5, 3, 2, 2)], (2, 4, 5)),
    "transposed, with gaps": ([TransposedConvolve(2, 3, 2, 3, 0, 1)], (2, 4, 5)),
    "transposed, padded a lot": ([TransposedConvolve(2, 3, 4, 2, 3)], (2, 6, 7)),
    "transposed, then normalised": (
        [TransposedConvolve(3, 5, 3, 2, 1, 1), Normalize("batch", 5, 1e-3), Activate("relu")],
        (3, 5, 4),
    ),
    "largest of pixels": ([Pool("max", 3, 2, 1)], (3, 9, 8)),
    "largest of pixels, halved": ([Pool("max", 2, 2)], (3, 9, 8)),
    "mean of pixels": ([Pool("average", 3, 2, 1)], (3, 9, 8)),
    "mean of the picture": ([Pool("average", 6, 6), Flatten()], (3, 6, 6)),
    "repeated pixels": ([Upsample(3)], (3, 4, 5)),
    "repeated, then convolved": ([Upsample(2), Convolve(3, 4, 5, 1)], (3, 4, 5)),
    "repeated, then convolved oddly": ([Upsample(2), Convolve(3, 4, 4, 1, 1)], (3, 4, 5)),
    "repeated, then convolved apart": ([Upsample(2), Convolve(4, 4, 3, 1, groups=4)], (4, 4, 5)),
    "bilinear": ([Upsample(2, "bilinear")], (3, 4, 5)),
    "bilinear by three, then convolved": (
        [Upsample(3, "bilinear"), Convolve(3, 4, 3, 1)],
        (3, 4, 5),
    ),
    "bilinear from one pixel": ([Upsample(4, "bilinear")], (3, 1, 1)),
    "batch normalisation": ([Normalize("batch", 3, 1e-3)], (3, 4, 5)),
    "batch normalisation of values": ([Linear(4, 11), Normalize("batch", 11)], (4,)),
    "group normalisation": ([Normalize("group", 6, 1e-3, 3)], (6, 4, 5)),
    "instance normalisation": ([Normalize("group", 6, groups=6)], (6, 4, 5)),
    "layer normalisation": ([Linear(4, 11), Normalize("layer", 11, 1e-3)], (4,)),
    "scale": ([Scale((2.0,), (-1.0,))], (7,)),
    "scale of each value": ([Scale((2.0, 0.5, -1.0), (0.1, 0.2, 0.3))], (3,)),
    "scale of each channel": ([Scale((2.0, 0.5, -1.0), (0.25,))], (3, 4, 5)),
    "crop": ([Crop(3, 5)], (3, 5, 7)),
    "crop behind a convolution": ([Convolve(2, 3, 3, 1), Crop(3, 5)], (2, 5, 7)),
    "list to picture": ([Unflatten(3, 4, 5)], (60,)),
    "picture to another": ([Flatten(), Unflatten(5, 3, 4), Activate("relu"), Flatten()], (3, 4, 5)),
}


def random_operation(draw: random.Random, channels: int) -> Operation:
    """One operation on pictures of so many channels, its settings drawn; it may not fit them."""
    kernel, stride, padding = draw.randint(1, 5), draw.randint(1, 3), draw.randint(0, 3)
    outputs, groups = draw.randint(1, 9), draw.choice([1, 1, channels])
    bias, mode = draw.random() < 0.5, draw.choice(["nearest", "nearest", "bilinear"])
    added, dilation = draw.randrange(stride), draw.randint(1, 2)
    convolution = kernel, draw.choice([1, stride]), padding, groups, bias, dilation
    return draw.choice(
        [
            Convolve(channels, outputs * groups, *convolution),
            TransposedConvolve(channels, outputs, kernel, stride, padding, added, bias),
            Pool(draw.choice(["max", "average"]), kernel, stride, draw.randint(0, kernel // 2)),
            Upsample(draw.randint(1, 3), mode),
            Normalize(draw.choice(["batch", "group"]), channels),
            Scale((0.5,), tuple(draw.random() for _ in range(channels))),
            Activate(draw.choice(list(ACTIVATIONS))),
            Residual((Convolve(channels, channels, 3, 1), Normalize("batch", channels))),
        ]
    )


def random_operations(seed: int) -> tuple[list[Operation], tuple[int, ...]]:
    """Five operations that fit each other, and the shape of their input."""
    draw = random.Random(seed)
    given = shape = (draw.randint(1, 9), draw.randint(1, 9), draw.randint(1, 9))
    operations: list[Operation] = []
    while len(operations) < 5:
        operation = random_operation(draw, shape[0])
        try:
            made = output_shape([operation], shape)
        except ValueError:
            continue
        if max(made) <= 40:  # all of it stays small
            operations, shape = [*operations, operation], made
    return operations, given


EVERY |= {f"random {seed}": random_operations(seed) for seed in range(40)}


def random_module(operations: list[Operation], seed: int = 0) -> nn.Sequential:
    """The module of a list, each weight and running average drawn anew, none at its first value."""
    draw = torch.Generator().manual_seed(seed)
    module = build(operations).eval().requires_grad_(False)
    for name, value in module.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(0.2 + torch.rand(value.shape, generator=draw))
        elif value.is_floating_point():
            value.copy_(torch.randn(value.shape, generator=draw) / max(1, value[0].numel()) ** 0.5)
    return module


def random_input(shape: tuple[int, ...], count: int, seed: int = 1) -> torch.Tensor:
    """So many seeded inputs, some of their values far from 0, (count, *shape)."""
    return 2 * torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))
