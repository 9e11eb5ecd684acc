"""A list of operations and the module built from it compute the same."""

import json
import math

import pytest
import torch
import torch.nn.functional as F

from vae_explorer.config import ModelConfig, choices
from vae_explorer.models.operations.description import describe
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Residual,
    TransposedConvolve,
    Unflatten,
    Upsample,
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


def test_description_is_plain_and_carries_what_the_weights_do_not_say():
    operations = [
        Fourier(2, 3, 0.7),
        Residual((Linear(8, 8), Activate("gelu"))),
        Activate("leaky_relu"),
        Linear(8, 4),
    ]
    assert json.loads(json.dumps(describe(operations, (2,)))) == [
        {"kind": "fourier", "inputs": 2, "features": 3},
        {
            "kind": "residual",
            "operations": [
                {"kind": "linear", "inputs": 8, "outputs": 8},
                {"kind": "activate", "name": "gelu"},
            ],
        },
        {"kind": "activate", "name": "leaky_relu", "slope": 0.3},
        {"kind": "linear", "inputs": 8, "outputs": 4},
    ]


def test_described_slope_is_that_of_the_module():
    (described,) = describe([Activate("leaky_relu")], (4,))
    (layer,) = build([Activate("leaky_relu")])
    assert described["slope"] == layer.negative_slope


@pytest.mark.parametrize(
    ("operation", "shape"),
    [
        (Convolve(1, 4, 3, 2), (9,)),
        (Convolve(3, 4, 3, 2), (1, 8, 8)),
        (TransposedConvolve(2, 4, 4, 2), (1, 8, 8)),
        (Normalize("batch", 4), (3, 8, 8)),
        (Crop(9, 4), (1, 8, 8)),
        (Unflatten(2, 3, 3), (17,)),
        (Flatten(), (9,)),
        (Linear(4, 4), (5,)),
        (Fourier(3, 4, 1.0), (2,)),
        ("linear", (4,)),
    ],
)
def test_operation_that_does_not_take_what_comes_has_no_description(operation, shape):
    with pytest.raises(ValueError, match="does not take values of shape"):
        describe([operation], shape)


PICTURE_OPERATIONS = [
    Convolve(3, 4, 3, 2),
    TransposedConvolve(3, 5, 4, 2),
    Upsample(2),
    Normalize("batch", 3),
    Normalize("group", 3),
    Crop(5, 7),
    Activate("relu"),
    Flatten(),
]


@pytest.mark.parametrize("operation", PICTURE_OPERATIONS, ids=lambda o: type(o).__name__)
def test_described_shapes_are_those_of_the_module(operation):
    """What follows is described for the shape that really comes out of the operation."""
    module = build([operation]).eval()
    out = module(torch.rand(2, 3, 8, 10)).shape[1:]
    following = Linear(out[0], 1) if len(out) == 1 else Crop(*out[1:])
    plain = describe([operation, following], (3, 8, 10))
    if len(out) == 3:
        assert (plain[1]["channels"], plain[1]["height"], plain[1]["width"]) == tuple(out)


@pytest.mark.parametrize("channels", [1, 3, 6, 16, 64])
def test_groups_divide_the_channels(channels):
    (layer,) = build([Normalize("group", channels)])
    assert channels % layer.num_groups == 0 and layer.num_groups == math.gcd(channels, 8)
