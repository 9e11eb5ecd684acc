"""Whether coordinates of two models mean the same."""

import torch
from torch import Generator

from vae_explorer.teaching.axes import correlations


def test_a_turned_space_has_no_coordinate_of_the_other():
    codes = torch.randn(2_000, 2, generator=Generator().manual_seed(0))
    turned = codes @ torch.tensor([[1.0, -1.0], [1.0, 1.0]]) / 2**0.5
    assert correlations(codes, -3 * codes).diagonal().min() > 0.999
    assert (correlations(codes, turned) - 0.5**0.5).abs().max() < 0.05


def test_a_coordinate_that_never_changes_follows_nothing():
    codes = torch.randn(10, 2, generator=Generator().manual_seed(0))
    assert correlations(codes, torch.ones(10, 1)).tolist() == [[0.0], [0.0]]
