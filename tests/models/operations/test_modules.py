"""A list of operations and the module built from it compute the same."""

import math

import pytest
import torch
import torch.nn.functional as F

from vae_explorer.config import ModelConfig, choices
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Residual,
    Scale,
    TransposedConvolve,
)
from vae_explorer.models.operations.modules import ACTIVATIONS, build


def test_linear_is_weight_times_input_plus_bias():
    (layer,) = build([Linear(3, 5)])
    v = torch.randn(2, 3)
    torch.testing.assert_close(layer(v), v @ layer.weight.T + layer.bias)


@pytest.mark.parametrize(
    ("name", "function"),
    [("gelu", F.gelu), ("relu", F.relu), ("leaky_relu", lambda v: F.leaky_relu(v, 0.3))],
)
def test_activation_is_the_function_of_its_name(name, function):
    v = torch.linspace(-3, 3, 13)
    torch.testing.assert_close(build([Activate(name)])(v), function(v))


def test_every_activation_of_the_config_can_be_built():
    assert set(choices(ModelConfig, "activation")) <= set(ACTIVATIONS)


def test_fourier_features_are_the_input_its_sines_and_its_cosines():
    (layer,) = build([Fourier(2, 3, 0.7)])
    v = torch.randn(4, 2)
    phase = v @ layer.frequencies
    torch.testing.assert_close(layer(v), torch.cat([v, phase.sin(), phase.cos()], dim=1))


def test_fourier_features_ignore_what_follows_the_latent_coordinates():
    (layer,) = build([Fourier(2, 3, 0.7)])
    v = torch.randn(4, 2)
    labelled = layer(torch.cat([v, torch.ones(4, 5)], dim=1))
    assert labelled.shape == (4, 2 + 5 + 6)
    torch.testing.assert_close(labelled[:, 7:], layer(v)[:, 2:])


def test_fourier_frequencies_are_not_trained_but_kept():
    layer = build([Fourier(2, 500, 0.7)])
    assert not list(layer.parameters())
    frequencies = layer.state_dict()["0.frequencies"]
    assert frequencies.std().item() == pytest.approx(0.7, rel=0.1)


def test_fourier_phases_keep_their_digits_under_autocast():
    layer = build([Fourier(3, 8, 50.0)])
    v = torch.randn(16, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = layer(v)
    assert torch.equal(reduced, layer(v))


def test_residual_adds_its_operations_to_its_input():
    (layer,) = build([Residual((Linear(4, 4), Activate("relu")))])
    v = torch.randn(3, 4)
    torch.testing.assert_close(layer(v), v + layer.inner[0](v).relu())


@pytest.mark.parametrize("side", [8, 15, 28])
def test_strided_convolution_halves_the_picture_rounding_up(side):
    v = torch.randn(2, 1, side, side)
    half = (side + 1) // 2
    assert build([Convolve(1, 4, 3, 2)])(v).shape == (2, 4, half, half)
    assert build([Convolve(1, 4, 3, 2), Flatten()])(v).shape == (2, 4 * half * half)


def test_flatten_runs_through_channels_slowest():
    v = torch.arange(12.0).view(1, 3, 2, 2)
    assert torch.equal(build([Flatten()])(v), torch.arange(12.0).view(1, 12))


def test_child_i_is_operation_i():
    children = build([Linear(2, 3), Activate("relu"), Linear(3, 1)])
    assert [type(child).__name__ for child in children] == ["Linear", "ReLU", "Linear"]


def test_something_else_is_not_an_operation():
    with pytest.raises(TypeError, match="not an operation"):
        build(["linear"])


@pytest.mark.parametrize("channels", [1, 3, 6, 16, 64])
def test_groups_divide_the_channels(channels):
    (layer,) = build([Normalize("group", channels)])
    assert channels % layer.num_groups == 0 and layer.num_groups == math.gcd(channels, 8)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("gelu_tanh", lambda v: F.gelu(v, approximate="tanh")),
        ("tanh", torch.tanh),
        ("sigmoid", torch.sigmoid),
        ("elu", lambda v: F.elu(v, 0.7)),
        ("leaky_relu", lambda v: F.leaky_relu(v, 0.7)),
        ("selu", F.selu),
        ("silu", F.silu),
        ("softplus", F.softplus),
        ("relu6", F.relu6),
        ("hardswish", F.hardswish),
        ("mish", F.mish),
        ("softsign", F.softsign),
    ],
)
def test_foreign_activation_is_the_function_of_its_name(name, function):
    v = torch.linspace(-8, 8, 33)
    torch.testing.assert_close(build([Activate(name, slope=0.7)])(v), function(v))


def test_scale_is_of_channels_or_of_all_and_in_no_file():
    module = build([Scale((2.0, 3.0), (0.5,))])
    assert not module.state_dict() and not list(module.parameters())
    picture, values = torch.rand(4, 2, 3, 3), torch.rand(4, 2)
    factors = torch.tensor([2.0, 3.0])
    torch.testing.assert_close(module(picture), picture * factors.view(1, 2, 1, 1) + 0.5)
    torch.testing.assert_close(module(values), values * factors + 0.5)


def test_batch_normalisation_takes_pictures_and_values():
    (layer,) = build([Normalize("batch", 3, 1e-3)])
    v = torch.randn(50, 3)
    expected = (v - v.mean(0)) / (v.var(0, unbiased=False) + 1e-3).sqrt()
    torch.testing.assert_close(layer(v), expected)
    torch.testing.assert_close(layer(v[:, :, None, None])[:, :, 0, 0], expected)
    with pytest.raises(ValueError, match="2 or 4 dimensions"):
        layer(torch.randn(2, 3, 4))


def test_padding_is_half_the_kernel_unless_said():
    (usual, none, transposed) = build(
        [Convolve(1, 1, 5, 1), Convolve(1, 1, 5, 1, 0), TransposedConvolve(1, 1, 4, 2)]
    )
    assert (usual.padding, none.padding, transposed.padding) == ((2, 2), (0, 0), (1, 1))


def test_weights_keep_the_names_that_files_have():
    state = build([Convolve(1, 2, 3, 1), Normalize("batch", 2), Residual((Linear(2, 2),))])
    assert {"0.weight", "0.bias", "1.running_mean", "2.inner.0.weight"} <= set(state.state_dict())
