"""Where a learner has been, in figures."""

import torch

from vae_explorer.teaching.visited import visited

CODES = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 5.0]])


def test_one_coordinate_moved_the_other_held():
    seen = visited(CODES, torch.tensor([[0.0, 0.1], [1.0, 0.1], [2.5, 0.0]]))
    assert (seen.along, round(seen.span, 4), round(seen.others, 4)) == (0, 2.5, 0.1)
    assert seen.nearest.tolist()[::2] == [0, 1]
    assert seen.farthest > 1 and abs(seen.radius - 2.5) < 1e-6


def test_a_single_place_has_no_span():
    seen = visited(CODES[:, :1], torch.tensor([[1.9]]))
    assert (seen.span, seen.others) == (0.0, 0.0)
