"""Paths: ends, angles, orders, and brute force as the judge."""

import math

import pytest
import torch
from draws import seeded

from vae_explorer.latent.path_kinds import PATHS, spherical_path, straight_path

FUNCTIONS = {name: kind.path for name, kind in PATHS.items() if kind.path is not None}
PAIRS = {
    "random": (seeded(3, seed=1), seeded(3, seed=2)),
    "eight coordinates": (seeded(8, seed=3), seeded(8, seed=4)),
    "one coordinate": (torch.tensor([-1.0]), torch.tensor([2.0])),
    "same direction": (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0])),
    "opposite": (torch.tensor([1.0, 0.0]), torch.tensor([-2.0, 0.0])),
    "nearly opposite": (torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 1e-6])),
    "same place": (seeded(3), seeded(3)),
    "from the origin": (torch.zeros(3), seeded(3)),
    "to the origin": (seeded(3), torch.zeros(3)),
}


@pytest.mark.parametrize("path", FUNCTIONS.values(), ids=FUNCTIONS.keys())
@pytest.mark.parametrize(("start", "end"), PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("steps", [2, 3, 16])
def test_path_begins_and_ends_where_it_should(path, start, end, steps):
    places = path(start, end, steps)
    assert places.shape == (steps, len(start)) and places.isfinite().all()
    assert torch.equal(places[0], start) and torch.equal(places[-1], end)


def test_straight_path_has_equal_steps():
    places = straight_path(*PAIRS["random"], 9)
    steps = places.diff(dim=0)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))
    torch.testing.assert_close(places[4], sum(PAIRS["random"]) / 2)


@pytest.mark.parametrize("pair", ["random", "eight coordinates"])
def test_spherical_path_turns_by_the_same_angle_at_each_step(pair):
    start, end = PAIRS[pair]
    places = spherical_path(start, end, 12).double()
    units = places / places.norm(dim=1, keepdim=True)
    angles = (units[1:] * units[:-1]).sum(dim=1).acos()
    whole = torch.acos(torch.cosine_similarity(start.double(), end.double(), dim=0))
    torch.testing.assert_close(angles, (whole / 11).expand(11), rtol=1e-4, atol=1e-5)


def test_spherical_path_grows_evenly_in_length():
    start, end = PAIRS["random"]
    lengths = spherical_path(start, end, 7).norm(dim=1)
    expected = torch.linspace(start.norm().item(), end.norm().item(), 7)
    torch.testing.assert_close(lengths, expected, rtol=1e-5, atol=1e-6)


def test_spherical_path_between_equal_lengths_stays_on_the_sphere_and_in_the_plane():
    start, end = torch.tensor([2.0, 0.0, 0.0]), torch.tensor([0.0, 2.0, 0.0])
    places = spherical_path(start, end, 5)
    expected = torch.linspace(0, math.pi / 2, 5)
    torch.testing.assert_close(
        places, 2 * torch.stack([expected.cos(), expected.sin(), 0 * expected], dim=1)
    )


def test_codes_made_in_inference_mode_can_be_walked_between():
    with torch.inference_mode():
        start, end = seeded(3), seeded(3, seed=1)
    for path in FUNCTIONS.values():
        assert path(start, end, 4).shape == (4, 3)
