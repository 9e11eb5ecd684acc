"""Small untrained networks as if they had been made elsewhere, one for each way of being read."""

import dataclasses

import torch
from torch import Tensor

from vae_explorer.models.checkpoints import Checkpoint, encode_split
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel, ValueReading
from vae_explorer.models.foreign.network import NetworkConfig, NetworkModel
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Flatten,
    Linear,
    Normalize,
    TransposedConvolve,
    Unflatten,
)

TANH, LEAKY = Activate("tanh"), Activate("leaky_relu", slope=0.2)
SIGNED = {"output": "values", "output_mean": (0.5,), "output_std": (0.5,)}


def dense(latent: int, pixels: int, heads: int = 2, classes: int = 0) -> dict[str, tuple]:
    """Two layers each way."""
    return {
        "encoder": (Linear(pixels + classes, 16), TANH, Linear(16, heads * latent)),
        "decoder": (Linear(latent + classes, 12), LEAKY, Linear(12, pixels)),
    }


COLOUR = {
    "encoder": (
        *(Convolve(3, 6, 4, 2, 1), Normalize("batch", 6), Activate("silu")),
        *(Convolve(6, 8, 3, 2, 1, bias=False), Flatten(), Linear(8 * 4 * 5, 6)),
    ),
    "decoder": (
        *(Linear(3, 8 * 4 * 5), Activate("elu", slope=1.0), Unflatten(8, 4, 5)),
        *(TransposedConvolve(8, 6, 3, 2, 1, 1), Normalize("batch", 6), LEAKY),
        *(TransposedConvolve(6, 3, 4, 2, 1), TANH),
    ),
}
FLAT = {"pixel_layout": "flat"}
NETWORKS = {
    "log variance": NetworkConfig(2, 9, **dense(2, 81), reading=ValueReading(**FLAT)),
    "log deviation, mean second": NetworkConfig(
        3,
        9,
        **dense(3, 81),
        reading=ValueReading(
            **FLAT, second_head="log_standard_deviation", head_order="mean_second"
        ),
    ),
    "softplus, normalised": NetworkConfig(
        2,
        9,
        12,
        **dense(2, 108),
        reading=ValueReading(
            (0.1307,), (0.3081,), **FLAT, second_head="softplus_standard_deviation"
        ),
    ),
    "told the class": NetworkConfig(
        2, 9, classes=4, **dense(2, 81, classes=4), reading=ValueReading(**FLAT, labels="one_hot")
    ),
    "autoencoder, values": NetworkConfig(
        2,
        9,
        variational=False,
        **dense(2, 81, heads=1),
        reading=ValueReading(**FLAT, second_head="none", output="values"),
    ),
    "colour, tanh, BGR": NetworkConfig(
        3,
        16,
        20,
        channels=3,
        likelihood="gaussian",
        pixel_scale=0.2,
        **COLOUR,
        reading=ValueReading((0.5,), (0.5,), channel_order="bgr", **SIGNED),
    ),
    "colour, channels last": NetworkConfig(
        2,
        8,
        channels=3,
        likelihood="gaussian",
        pixel_scale=0.2,
        **dense(2, 192),
        reading=ValueReading(
            (0.485, 0.456, 0.406),
            (0.229, 0.224, 0.225),
            "flat_channels_last",
            second_head="standard_deviation",
        ),
    ),
}


NETWORKS["colour, flat pixels, pictures out"] = NetworkConfig(
    3,
    16,
    20,
    channels=3,
    likelihood="gaussian",
    encoder=dense(3, 960)["encoder"],
    decoder=COLOUR["decoder"],
    reading=ValueReading(pixel_layout="flat_channels_last", **SIGNED),
)


def network(name: str) -> NetworkModel:
    """A network of `NETWORKS` with weights that matter, in eval mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(len(name))
        model = NetworkModel(NETWORKS[name]).eval().requires_grad_(False)
        for weight in model.parameters():
            weight *= 2
        for key, average in model.named_buffers():
            if key.endswith("running_mean"):
                average += 0.2 * torch.rand_like(average)
            if key.endswith("running_var"):
                average.copy_(0.2 + torch.rand_like(average))
    return model


def network_checkpoint(name: str) -> Checkpoint:
    """The same as a checkpoint."""
    model = network(name)
    return Checkpoint(model=model, config=model.config, name="elsewhere", sha256=name)


def encoded_checkpoint(name: str) -> Checkpoint:
    """The same with 60 encoded pictures of noise, of as many classes as it has, or of four."""
    return _encoded(network_checkpoint(name))


class OwnCode(ForeignModel[ForeignConfig]):
    """A network that hides its operations, as models do that run by code of their own."""

    def __init__(self, inner: NetworkModel, differentiable: bool):
        super().__init__()
        names = {f.name for f in dataclasses.fields(ForeignConfig)}
        self.config = ForeignConfig(**{n: getattr(inner.config, n) for n in names})
        self.inner, self.differentiable = inner, differentiable

    def _heads(self, v: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        with torch.set_grad_enabled(self.differentiable and torch.is_grad_enabled()):
            return self.inner._heads(v, y)

    def _output(self, z: Tensor, y: Tensor | None) -> Tensor:
        with torch.set_grad_enabled(self.differentiable and torch.is_grad_enabled()):
            return self.inner._output(z, y)


def own_code_checkpoint(name: str, differentiable: bool) -> Checkpoint:
    """A model of one of `NETWORKS` that no file of ours holds, with encoded pictures."""
    model = OwnCode(network(name), differentiable).eval()
    made = network_checkpoint(name)
    about = f"{name}, {differentiable}"
    return _encoded(dataclasses.replace(made, model=model, config=model.config, sha256=about))


def _encoded(checkpoint: Checkpoint) -> Checkpoint:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(60, *checkpoint.config.image_shape, generator=generator)
    y = torch.arange(60) % (checkpoint.config.classes or 4)
    classes = tuple(f"class {i}" for i in range(4))
    encoded = encode_split(checkpoint.model, x, y, "test")
    return dataclasses.replace(checkpoint, encoded=encoded, classes=classes)
