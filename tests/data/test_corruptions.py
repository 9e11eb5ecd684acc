"""Pictures changed on purpose."""

import pytest
import torch
from torch import Generator

from vae_explorer.data.corruptions import CORRUPTIONS


@pytest.fixture
def pictures():
    return torch.rand(5, 1, 28, 28, generator=Generator().manual_seed(3))


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("side", [8, 28, 33])
def test_shape_and_range_stay_and_the_given_pictures_too(name, side):
    x = torch.rand(4, 1, side, side, generator=Generator().manual_seed(1))
    before = x.clone()
    changed = CORRUPTIONS[name].change(x, Generator().manual_seed(0))
    assert changed.shape == x.shape and changed.dtype == x.dtype
    assert changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(x, before) and not torch.equal(changed, x)
    assert CORRUPTIONS[name].change(x[:0], Generator().manual_seed(0)).shape == (0, 1, side, side)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_first_of_many_are_those_of_few(name, pictures):
    many, few = (
        CORRUPTIONS[name].change(x, Generator().manual_seed(5)) for x in (pictures, pictures[:2])
    )
    assert torch.equal(many[:2], few)


@pytest.mark.parametrize(("name", "times"), [("rotated", 4), ("mirrored", 2), ("flipped", 2)])
def test_what_turns_comes_round(name, times, pictures):
    x = pictures
    for _ in range(times):
        assert name != "rotated" or x is pictures or not torch.equal(x, pictures)
        x = CORRUPTIONS[name].change(x, Generator())
    assert torch.equal(x, pictures)


def test_quarter_turn_is_to_the_left():
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 0, 3] = 1  # top right
    assert CORRUPTIONS["rotated"].change(x, Generator())[0, 0, 0, 0] == 1


@pytest.mark.parametrize(("name", "there"), [("mirrored", (0, 2)), ("flipped", (3, 1))])
def test_mirror_swaps_left_and_right_and_a_flip_top_and_bottom(name, there):
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 0, 1] = 1
    assert CORRUPTIONS[name].change(x, Generator())[0, 0][there] == 1


def test_occlusion_hides_a_quarter(pictures):
    x = torch.ones_like(pictures)
    left = CORRUPTIONS["occluded"].change(x, Generator().manual_seed(0))
    assert left.flatten(1).mean(dim=1).tolist() == [0.75] * 5
    assert len({tuple(picture.flatten().tolist()) for picture in left}) > 1


def test_inversion_and_blank(pictures):
    torch.testing.assert_close(
        CORRUPTIONS["inverted"].change(pictures, Generator()) + pictures, torch.ones_like(pictures)
    )
    assert not CORRUPTIONS["blank"].change(pictures, Generator()).any()


def test_shuffling_keeps_the_ink(pictures):
    changed = CORRUPTIONS["shuffled"].change(pictures, Generator())
    assert torch.equal(changed.flatten(1).sort().values, pictures.flatten(1).sort().values)
