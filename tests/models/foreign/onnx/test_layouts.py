"""Networks of many layouts through PyTorch's exporter: each a network of the same numbers."""

import onnx_models as made
import pytest
import torch
from torch import nn

from vae_explorer.models.foreign.conformance import criteria
from vae_explorer.models.foreign.network import NetworkModel

Conv, Transposed = nn.Conv2d, nn.ConvTranspose2d


class Model(nn.Module):
    """A trunk, two heads, a decoder."""

    def __init__(self, trunk, heads, decoder, size):
        super().__init__()
        self.trunk, self.decoder, self.size = nn.Sequential(*trunk), nn.Sequential(*decoder), size
        self.heads = nn.ModuleList(heads)

    def encode(self, x):
        h = self.trunk(x)
        return tuple(head(h).flatten(1) for head in self.heads)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(mu + torch.randn_like(mu) * (0.5 * logvar).exp()), mu, logvar


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.inner = nn.Sequential(*layers)

    def forward(self, v):
        return v + self.inner(v)


def linears(inputs, size):
    return [nn.Linear(inputs, size), nn.Linear(inputs, size)]


def flat(*layers, pixels=256):
    return [nn.Flatten(), nn.Linear(pixels, 32), *layers]


LAST = (nn.Linear(3, 256), nn.Sigmoid())


def normalised_groups():
    trunk = [Conv(3, 8, 3, 2, 1), nn.GroupNorm(4, 8), nn.SiLU()]
    trunk += [Residual(Conv(8, 8, 3, 1, 1), nn.ReLU(), Conv(8, 8, 3, 1, 1)), nn.Flatten()]
    decoder = [nn.Linear(4, 512), nn.Unflatten(1, (8, 8, 8))]
    decoder += [Residual(nn.GroupNorm(2, 8), nn.GELU(), Conv(8, 8, 3, 1, 1))]
    decoder += [nn.Upsample(scale_factor=2, mode="bilinear"), Conv(8, 3, 3, 1, 1), nn.Sigmoid()]
    return Model(trunk, linears(512, 4), decoder, 4), 3


def adversarial():
    trunk = [Conv(3, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.LeakyReLU(0.2)]
    trunk += [Conv(8, 16, 4, 2, 1), nn.ReLU()]
    decoder = [nn.Unflatten(1, (5, 1, 1)), Transposed(5, 16, 4, 1, 0, bias=False)]
    decoder += [nn.BatchNorm2d(16), nn.ReLU(), Transposed(16, 8, 4, 2, 1), nn.ReLU()]
    decoder += [Transposed(8, 3, 4, 2, 1), nn.Sigmoid()]
    return Model(trunk, [Conv(16, 5, 4), Conv(16, 5, 4)], decoder, 5), 3


def pools():
    trunk = [Conv(1, 6, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2), Conv(6, 8, 3, padding=1)]
    trunk += [nn.ReLU6(), nn.AvgPool2d(2), Conv(8, 16, 3), nn.Hardswish()]
    trunk += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    decoder = [nn.Linear(3, 256), nn.Unflatten(1, (16, 4, 4)), nn.PixelShuffle(2), nn.ReLU()]
    decoder += [nn.UpsamplingNearest2d(scale_factor=2), Conv(4, 1, 5, padding=2), nn.Sigmoid()]
    return Model(trunk, linears(16, 3), decoder, 3), 1


def spatial():
    trunk = [Conv(3, 8, 4, 2, 1), nn.ReLU(), Conv(8, 8, 4, 2, 1), nn.ReLU()]
    decoder = [nn.Unflatten(1, (2, 4, 4)), Conv(2, 8, 3, 1, 1), nn.ReLU()]
    decoder += [Transposed(8, 8, 4, 2, 1), nn.ReLU(), Transposed(8, 3, 4, 2, 1), nn.Sigmoid()]
    return Model(trunk, [Conv(8, 2, 1), Conv(8, 2, 1)], decoder, 32), 3


def instances():
    trunk = [Conv(1, 6, 3, 2, 1), nn.InstanceNorm2d(6, affine=True), nn.ReLU(), nn.Flatten()]
    return Model(trunk, linears(384, 3), LAST, 3), 1


def layers():
    decoder = [nn.Linear(3, 32), nn.BatchNorm1d(32), nn.ELU(), nn.Linear(32, 256), nn.Sigmoid()]
    trunk = flat(nn.LayerNorm(32), nn.GELU(), nn.Dropout(0.5))
    return Model(trunk, linears(32, 3), [*decoder, nn.Unflatten(1, (1, 16, 16))], 3), 1


def deep_heads():
    second = nn.Sequential(nn.Linear(32, 8), nn.ReLU(), nn.Linear(8, 3))
    return Model(flat(nn.ReLU()), [nn.Linear(32, 3), second], LAST, 3), 1


def two_encoders():
    heads = [nn.Sequential(*flat(nn.Tanh()), nn.Linear(32, 3)) for _ in range(2)]
    return Model([], heads, LAST, 3), 1


def residual_layers():
    trunk = flat(Residual(nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 32)), nn.Mish())
    decoder = [nn.Linear(3, 32), nn.Softplus(), Residual(nn.Linear(32, 32), nn.ReLU())]
    return Model(trunk, linears(32, 3), [*decoder, nn.Linear(32, 256), nn.Sigmoid()], 3), 1


def normalised_weights():
    normalised = nn.utils.parametrizations.weight_norm
    trunk = [nn.Flatten(), normalised(nn.Linear(256, 32)), nn.CELU()]
    return Model(trunk, linears(32, 3), [normalised(nn.Linear(3, 256)), nn.Sigmoid()], 3), 1


LAYOUTS = (normalised_groups, adversarial, pools, spatial, instances, layers, deep_heads)
LAYOUTS += (two_encoders, residual_layers, normalised_weights)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_becomes_a_network(layout, whole, opened, monkeypatch):
    monkeypatch.setattr(criteria, "mean_picture_nats", lambda *_, **__: float("inf"))  # untrained
    model, channels = layout()
    model = model.eval().requires_grad_(False)
    x = torch.rand(20, channels, 16, 16)
    files = made.pair(model, x)
    if whole:
        outputs = ["recon", "mu", "logvar"]
        files = {"vae.onnx": made.exported(model, x[:1], names=["x"], outputs=outputs)}
    given = {"input range": "unit", "second head": "log_variance", "head order": "mean_first"}
    given |= {"channel order": "rgb"} if channels == 3 else {}
    found = opened(files, x, given=given).checkpoint.model
    assert isinstance(found, NetworkModel)
    for mine, theirs in zip(found.encode(x), model.encode(x), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)
    z = torch.randn(7, model.size)
    assert torch.allclose(found.decode(z).flatten(1), model.decode(z).flatten(1), atol=1e-5)
