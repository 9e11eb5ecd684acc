"""Settings that no operation may have, whoever made the list."""

import math

import pytest
from operation_kinds import EVERY

from vae_explorer.config import MAX_WIDTH
from vae_explorer.errors import ConfigError
from vae_explorer.models.operations import limits
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
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
from vae_explorer.models.operations.modules import build


@pytest.mark.parametrize("name", EVERY)
def test_weights_are_counted_as_the_module_has_them(name):
    operations, _ = EVERY[name]
    module = build(operations)
    stored = [value for value in module.state_dict().values() if value.is_floating_point()]
    fixed = [b for key, b in module.named_buffers() if key.endswith(("factors", "shifts"))]
    assert limits.check(operations) == sum(value.numel() for value in stored + fixed)


@pytest.mark.parametrize(
    "operation",
    [
        Linear(0, 4),
        Linear(MAX_WIDTH + 1, MAX_WIDTH + 1),
        Linear(10**7, 4),
        Convolve(1, MAX_WIDTH + 1, 1, 1),
        Convolve(4000, 4000, 9, 1),
        Convolve(1, 1, 0, 1),
        Convolve(1, 1, 3, 0),
        Convolve(1, 1, 3, 1, -1),
        Convolve(4, 4, 3, 1, groups=3),
        Convolve(4, 4, 3, 1, groups=0),
        Convolve(4, 4, 3, 1, dilation=0),
        TransposedConvolve(4, 4, 4, 2, 1, 2),
        TransposedConvolve(4, 4, 1, 4),
        Pool("mean", 2, 2),
        Pool("max", 2, 2, 2),
        Upsample(0),
        Upsample(2, "bicubic"),
        Activate("swish"),
        Activate("relu", math.nan),
        Activate("leaky_relu", slope=math.inf),
        Fourier(2, MAX_WIDTH + 1, 1.0),
        Fourier(2, 3, math.nan),
        Normalize("batch", 3, 0.0),
        Normalize("local", 3),
        Normalize("group", 3, groups=2),
        Scale((), ()),
        Scale((math.inf,), (0.0,)),
        Scale((1.0,), (math.nan,)),
        Scale((10**400,), (0.0,)),
        Scale((True,), (0.0,)),
        Scale(1.0, 0.0),
        Crop(0, 4),
        Unflatten(1, 10**6, 1),
        Residual((Linear(0, 1),)),
        Residual(4),
    ],
    ids=lambda operation: str(operation)[:60],
)
def test_setting_out_of_range_is_refused_in_one_sentence(operation):
    with pytest.raises(ConfigError, match=r"^[^\n]{1,160}\.$"):
        limits.check([operation])


def test_weights_of_all_operations_together_are_bounded():
    half = Linear(MAX_WIDTH, MAX_WIDTH // 2)
    limits.check([half])
    with pytest.raises(ConfigError, match="at most"):
        limits.check([half, Residual((half,))])
