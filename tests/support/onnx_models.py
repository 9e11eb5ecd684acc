"""ONNX files of models for the tests: as PyTorch, Keras and others write them."""

import io
import warnings

import numpy as np
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

SIDE = 8
PIXELS = SIDE * SIDE


def digits(count: int = 64, channels: int = 1, side: int = SIDE, seed: int = 0) -> Tensor:
    """Pictures (N, C, H, W) that two coordinates (three with colour) explain: smooth waves."""
    generator = torch.Generator().manual_seed(seed)
    t = torch.rand(count, 2, generator=generator)[:, :, None, None] * 2 - 1
    rows, columns = torch.meshgrid(*[torch.linspace(-1, 1, side)] * 2, indexing="ij")
    waves = [
        torch.sin(2 * t[:, :1] * rows * 2 + c + 2 * t[:, 1:] * columns) for c in range(channels)
    ]
    return (5 * torch.cat(waves, dim=1)).sigmoid()


def trained(model: nn.Module, x: Tensor, loss, steps: int = 150, rate: float = 3e-3) -> nn.Module:
    """The model after some steps of Adam on `loss(model, x)`."""
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model, x).backward()
        optimizer.step()
    return model.eval()


def exported(
    model: nn.Module, *inputs: Tensor, names: list[str], outputs: list[str], dynamic: bool = True
) -> bytes:
    """As `torch.onnx.export` writes it by tracing."""
    file = io.BytesIO()
    axes = {name: {0: "batch"} for name in names + outputs} if dynamic else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            inputs,
            file,
            input_names=names,
            output_names=outputs,
            dynamic_axes=axes,
            dynamo=False,
        )
    return file.getvalue()


def graph(
    nodes: list,
    inputs: dict[str, tuple],
    outputs: list[str],
    weights: dict[str, np.ndarray],
    **more,
) -> bytes:
    """A file of nodes by hand; inputs by name with their shapes, "N" where the batch is free."""
    kinds = more.pop("kinds", {})
    made = helper.make_graph(
        nodes,
        "graph",
        [
            helper.make_tensor_value_info(k, kinds.get(k, TensorProto.FLOAT), shape)
            for k, shape in inputs.items()
        ],
        [helper.make_tensor_value_info(k, kinds.get(k, TensorProto.FLOAT), None) for k in outputs],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()],
    )
    opset = helper.make_opsetid("", more.pop("opset", 17))
    return helper.make_model(made, opset_imports=[opset], ir_version=8).SerializeToString()


def parsed(data: bytes) -> ModelProto:
    return ModelProto.FromString(data)


class Dense(nn.Module):
    """A VAE of two layers each, as tutorials have it."""

    def __init__(
        self, pixels: int = PIXELS, size: int = 2, width: int = 32, act=nn.ReLU, classes=0
    ):
        super().__init__()
        self.size = size
        self.trunk = nn.Sequential(nn.Linear(pixels + classes, width), act())
        self.mu, self.logvar = nn.Linear(width, size), nn.Linear(width, size)
        self.decoder = nn.Sequential(
            nn.Linear(size + classes, width), act(), nn.Linear(width, pixels), nn.Sigmoid()
        )

    def encode(self, x: Tensor, *y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(torch.cat([x.flatten(1), *y], dim=1))
        return self.mu(h), self.logvar(h)

    def decode(self, z: Tensor, *y: Tensor) -> Tensor:
        return self.decoder(torch.cat([z, *y], dim=1))

    def forward(self, x: Tensor, *y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encode(x, *y)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        return self.decode(z, *y), mu, logvar


class Convolutional(nn.Module):
    """A VAE of strided convolutions with batch normalisation."""

    def __init__(self, channels: int = 3, side: int = 16, size: int = 4, width: int = 8):
        super().__init__()
        self.size, inner = size, side // 4
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        flat = 2 * width * inner**2
        self.mu, self.logvar = nn.Linear(flat, size), nn.Linear(flat, size)
        self.decoder = nn.Sequential(
            nn.Linear(size, flat),
            nn.ReLU(),
            nn.Unflatten(1, (2 * width, inner, inner)),
            nn.ConvTranspose2d(2 * width, width, 3, 2, 1, output_padding=1),
            nn.BatchNorm2d(width),
            nn.SiLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, channels, 3, padding=1),
            nn.Sigmoid(),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return self.mu(h), self.logvar(h)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encode(x)
        return self.decode(mu + (0.5 * logvar).exp() * torch.randn_like(mu)), mu, logvar


class Encoder(nn.Module):
    """Half of a model, as it is exported."""

    def __init__(self, model: nn.Module, change=lambda *heads: heads):
        super().__init__()
        self.model, self.change = model, change

    def forward(self, x: Tensor, *y: Tensor):
        return self.change(*self.model.encode(x, *y))


class Decoder(nn.Module):
    """The other half."""

    def __init__(self, model: nn.Module, change=lambda x: x):
        super().__init__()
        self.model, self.change = model, change

    def forward(self, z: Tensor, *y: Tensor):
        return self.change(self.model.decode(z, *y))


def loss(model: nn.Module, x: Tensor, *y: Tensor) -> Tensor:
    """Bernoulli of grey pixels and the KL."""
    made, mu, logvar = model(x, *y)
    made = made.flatten(1).clamp(1e-6, 1 - 1e-6)
    nll = nn.functional.binary_cross_entropy(made, x.flatten(1), reduction="none").sum(1)
    kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)
    return (nll + kl).mean()


def pair(model: nn.Module, x: Tensor, *, encoder=None, decoder=None, **how) -> dict[str, bytes]:
    """Encoder and decoder as a file each."""
    names = how.pop("outputs", ["mu", "logvar"])
    z = torch.randn(len(x[:1]), model.size)
    return {
        "encoder.onnx": exported(
            encoder or Encoder(model), x[:1], names=["x"], outputs=names, **how
        ),
        "decoder.onnx": exported(
            decoder or Decoder(model), z, names=["z"], outputs=["pictures"], **how
        ),
    }


def gaussian_nats(means: Tensor, x: Tensor, scale: Tensor) -> Tensor:
    """Of pixels in 256 steps, (N,): as `likelihoods.gaussian_nll` has it, written anew."""
    nats = 0.5 * ((x - means) / scale) ** 2 + scale.log() + 0.5 * np.log(2 * np.pi) + np.log(255)
    return nats.sum(1)


def kl_nats(mu: Tensor, logvar: Tensor) -> Tensor:
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)


def halved(data: bytes) -> bytes:
    """The same with weights of half precision, each widened by a Cast."""
    model = parsed(data)
    for tensor in list(model.graph.initializer):
        if tensor.data_type == TensorProto.FLOAT:
            half = numpy_helper.to_array(tensor).astype(np.float16)
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            cast = helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)
            model.graph.node.insert(0, cast)
    return model.SerializeToString()
