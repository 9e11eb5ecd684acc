"""How much pictures differ."""

import pytest
import torch

from vae_explorer.teaching import spread


def test_same_pictures_do_not_differ():
    assert spread.between_pictures(torch.full((3, 1, 2, 2), 0.4)) == 0


def test_black_and_white_differ_most():
    assert spread.between_pictures(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1)) == pytest.approx(0.5)
