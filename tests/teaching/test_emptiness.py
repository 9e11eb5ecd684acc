"""How empty places are, and draws of the aggregate posterior."""

import torch
from torch import Generator

from vae_explorer.teaching.emptiness import drawn_from_codes, emptiness

CODES = torch.tensor([[0.0, 0.0], [1.0, 0.0]])


def test_emptiness_is_in_units_of_the_usual_spacing():
    found = emptiness(CODES, torch.tensor([[0.0, 0.0], [1.0, 2.0]]), 0.5)
    assert found.tolist() == [0.0, 4.0]


def test_draws_lie_around_the_codes_by_their_own_uncertainty():
    logvar = torch.tensor([[-20.0, -20.0], [0.0, -20.0]])
    drawn = drawn_from_codes(CODES, logvar, Generator().manual_seed(0), 4_000)
    first = drawn[drawn[:, 0].abs() < 1e-3]
    others = drawn[drawn[:, 0].abs() >= 1e-3]
    assert abs(len(first) / 4_000 - 0.5) < 0.03
    assert abs(float(others[:, 0].std()) - 1) < 0.05 and drawn[:, 1].abs().max() < 1e-3
