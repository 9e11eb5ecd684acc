"""What another interpreter is told of operations, and what our files say of them."""

import json

import pytest
from operation_kinds import EVERY, random_input, random_module

from vae_explorer.errors import ConfigError
from vae_explorer.models.operations.description import (
    describe,
    from_plain,
    output_shape,
    to_plain,
)
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Pool,
    Residual,
    Scale,
    TransposedConvolve,
    Unflatten,
    Upsample,
)
from vae_explorer.models.operations.limits import MAX_DEPTH, MAX_OPERATIONS
from vae_explorer.models.operations.modules import build


def test_description_is_plain_and_carries_what_the_weights_do_not_say():
    operations = [
        Fourier(2, 3, 0.7),
        Residual((Linear(8, 8), Activate("gelu"))),
        Activate("leaky_relu"),
        Linear(8, 4, bias=False),
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
        {"kind": "linear", "inputs": 8, "outputs": 4, "bias": False},
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
        (Convolve(3, 4, 3, 2, groups=2), (3, 8, 8)),
        (Convolve(3, 4, 9, 1, 0), (3, 8, 8)),
        (Convolve(3, 4, 3, 1, 0, dilation=4), (3, 8, 8)),
        (TransposedConvolve(2, 4, 4, 2), (1, 8, 8)),
        (TransposedConvolve(2, 4, 4, 2, 1, 2), (2, 8, 8)),
        (TransposedConvolve(2, 4, 1, 4), (2, 8, 8)),
        (TransposedConvolve(2, 4, 4, 2, 9), (2, 8, 8)),
        (Pool("max", 2, 2), (9,)),
        (Pool("max", 9, 1), (1, 8, 8)),
        (Pool("average", 2, 2, 2), (1, 8, 8)),
        (Upsample(4000), (1, 8, 8)),
        (Normalize("batch", 4), (3, 8, 8)),
        (Normalize("batch", 4), (5,)),
        (Normalize("group", 4), (4,)),
        (Normalize("group", 4, groups=3), (4, 8, 8)),
        (Normalize("group", 4), (4, 1, 1)),
        (Convolve(3, 4, 3, 2, groups=0), (3, 8, 8)),
        (Normalize("layer", 4), (4, 8, 8)),
        (Scale((1.0, 2.0), (0.0,)), (3,)),
        (Scale((1.0,), (0.0, 1.0)), (3, 8, 8)),
        (Residual((Linear(4, 5),)), (4,)),
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


@pytest.mark.parametrize("name", EVERY)
def test_described_shapes_are_those_of_the_module(name):
    """What follows is described for the shape that really comes out of the operations."""
    operations, shape = EVERY[name]
    out = tuple(random_module(operations)(random_input(shape, 2)).shape[1:])
    assert output_shape(operations, shape) == out
    following = Linear(out[0], 1) if len(out) == 1 else Crop(*out[1:])
    *_, last = describe([*operations, following], shape)
    taken = ("inputs",) if len(out) == 1 else ("channels", "height", "width")
    assert tuple(last[key] for key in taken) == out


@pytest.mark.parametrize("name", EVERY)
def test_operations_survive_a_file(name):
    operations, _ = EVERY[name]
    read = from_plain(json.loads(json.dumps(to_plain(operations))))
    assert read == tuple(operations)
    assert [type(operation) for operation in read] == [type(one) for one in operations]


def test_settings_left_out_of_a_file_are_the_usual_ones():
    plain = [{"operation": "convolve", "inputs": 1, "outputs": 2, "kernel": 3, "stride": 2}]
    assert from_plain(plain) == (Convolve(1, 2, 3, 2),)


LINEAR = {"operation": "linear", "inputs": 2, "outputs": 2}
DEEP = [LINEAR]
for _ in range(MAX_DEPTH + 1):
    DEEP = [{"operation": "residual", "operations": DEEP}]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        "linear",
        [None],
        [[]],
        [{}],
        [{"operation": "Linear"}],
        [{"operation": ["linear"]}],
        [{"operation": "linear"}],
        [LINEAR | {"depth": 2}],
        [LINEAR | {7: 2}],
        [LINEAR | {"inputs": "2"}],
        [LINEAR | {"inputs": 2.0}],
        [LINEAR | {"inputs": True}],
        [LINEAR | {"bias": 1}],
        [LINEAR] * (MAX_OPERATIONS + 1),
        [{"operation": "residual", "operations": [LINEAR] * MAX_OPERATIONS}],
        [{"operation": "residual"}],
        [{"operation": "residual", "operations": 3}],
        DEEP,
    ],
    ids=lambda value: str(value)[:40],
)
def test_file_without_operations_is_refused_in_one_sentence(value):
    with pytest.raises(ConfigError, match=r"^[^\n]+\.$"):
        from_plain(value)
