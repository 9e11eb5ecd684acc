"""What a decoded picture is nearest to."""

import pytest
import torch

from vae_explorer.teaching.blur import mean_pictures


def test_a_mean_of_two_is_found():
    pictures = torch.stack([torch.zeros(1, 2, 2), torch.ones(1, 2, 2), torch.ones(1, 2, 2)])
    found = mean_pictures(pictures, torch.full((1, 2, 2), 0.5))
    assert found.best == 2
    assert found.errors.tolist() == pytest.approx([0.5, 0.0, 1 / 6], abs=1e-6)
