"""Every operation in the words of the architecture table."""

import re

import pytest
from operation_kinds import EVERY

from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Linear,
    Normalize,
    Pool,
    Scale,
    TransposedConvolve,
    Upsample,
)
from vae_explorer.models.operations.layer_text import layer_text
from vae_explorer.models.operations.modules import build


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (Linear(3, 4, bias=False), "linear 3 → 4, without bias"),
        (Activate("elu", slope=1.0), "ELU 1"),
        (Activate("gelu_tanh"), "GELU, by tanh"),
        (
            Convolve(4, 8, 3, 2, groups=4, bias=False, dilation=2),
            "convolution 4 → 8, 3×3, stride 2, 4 groups, dilation 2, without bias",
        ),
        (TransposedConvolve(4, 8, 3, 2), "transposed convolution 4 → 8, 3×3, stride 2"),
        (Pool("max", 3, 2, 1), "largest of 3×3, stride 2"),
        (Pool("average", 2, 2), "mean of 2×2, stride 2"),
        (Upsample(2), "pixels repeated 2×2"),
        (Upsample(3, "bilinear"), "enlarged 3×3, bilinear"),
        (Normalize("batch", 4), "batch normalisation of 4 channels"),
        (Normalize("group", 4, groups=2), "group normalisation, 2 of 4 channels"),
        (Normalize("layer", 4), "layer normalisation of 4 values"),
        (Scale((2.0,), (-1.0,)), "times 2, plus -1"),
        (Scale((1.0, 2.0, 3.0, 4.0), (0.5,)), "times 1, 2, 3, …, plus 0.5"),
    ],
)
def test_layer_in_words(operation, text):
    assert layer_text(build([operation])[0]) == text


@pytest.mark.parametrize("name", EVERY)
def test_no_layer_is_shown_by_the_name_of_our_class(name):
    operations, _ = EVERY[name]
    assert not re.search(
        "Features|Sum|Cropped|Scaled|Normalization|2d", layer_text(build(operations))
    )
