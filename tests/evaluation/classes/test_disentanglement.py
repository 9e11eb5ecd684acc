"""What coordinates tell about the class, against integrals and counts that are known."""

import math

import pytest
import torch
from torch.distributions import Categorical, Normal

from vae_explorer.evaluation.classes.disentanglement import (
    BINS,
    class_entropy,
    class_information,
    class_scores,
)
from vae_explorer.models.checkpoints import EncodedSet

LOG2 = math.log(2)


def encoded(*columns, labels, width=1.0):
    """Codes of these coordinates, (N,) each, whose posteriors are all equally wide."""
    mu = torch.stack(columns, dim=1)
    return EncodedSet(mu, torch.full_like(mu, 2 * math.log(width)), labels, "test")


@pytest.fixture
def halves():
    """Labels of two classes, as many of each."""
    return torch.arange(4000) % 2


def test_entropy_is_that_of_the_shares():
    labels = torch.tensor([0, 0, 0, 2])
    expected = Categorical(torch.tensor([0.75, 0.0, 0.25])).entropy().item()
    assert class_entropy(labels) == pytest.approx(expected, rel=1e-6)
    assert class_entropy(torch.zeros(9, dtype=torch.int64)) == 0


@pytest.mark.parametrize("distance", [0.5, 2.0, 4.0])
def test_information_of_two_gaussians_is_their_integral(halves, distance):
    middle = distance * (halves - 0.5)
    z = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    p = torch.stack([Normal(side * distance / 2, 1.0).log_prob(z).exp() for side in (-1, 1)])
    whole = p.mean(dim=0)
    exact = torch.trapezoid((torch.special.xlogy(p, p / whole)).mean(dim=0), z).item()
    found = class_information(encoded(middle, labels=halves)).item()
    assert found <= exact + 1e-5
    assert found == pytest.approx(exact, rel=0.02)
    finer = class_information(encoded(middle, labels=halves), bins=256).item()
    assert found < finer <= exact + 1e-5


def test_coordinate_that_says_nothing_tells_nothing_and_one_that_says_all_tells_all(halves):
    both = encoded(torch.zeros(4000), 50.0 * halves, labels=halves)
    assert class_information(both).tolist() == pytest.approx([0.0, LOG2], abs=5e-3)


def test_information_does_not_depend_on_the_unit(halves):
    codes = torch.randn(4000, generator=torch.Generator().manual_seed(1)) + halves
    one = class_information(encoded(codes, labels=halves, width=0.3))
    other = class_information(encoded(100 * codes, labels=halves, width=30.0))
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_codes_without_width_are_counted(halves):
    codes = torch.randn(4000, generator=torch.Generator().manual_seed(1))
    sharp = class_information(encoded(codes, labels=halves, width=1e-4)).item()
    assert 0 <= sharp < 3 * (BINS - 1) / (2 * len(codes))  # nothing but the bias of counting


def test_gap_is_between_the_best_coordinate_and_the_next(halves):
    four = torch.arange(4000) % 4
    scores = class_scores(encoded(60.0 * (four % 2), 60.0 * four, labels=four))
    assert scores["class_told"].value == pytest.approx(1.0, abs=5e-3)
    assert scores["class_gap"].value == pytest.approx(0.5, abs=5e-3)
    assert "1.39 nats" in scores["class_told"].protocol
    alone = class_scores(encoded(60.0 * four, labels=four))
    assert alone["class_gap"].value == pytest.approx(1.0, abs=5e-3)


def test_single_class_has_nothing_to_tell():
    assert class_scores(encoded(torch.randn(5), labels=torch.full((5,), 3))) == {}


def test_class_of_one_picture_and_unused_classes_do_no_harm():
    labels = torch.tensor([0, 0, 0, 7])
    told = class_information(encoded(torch.tensor([0.0, 0.1, -0.1, 40.0]), labels=labels))
    assert 0.3 < told.item() <= class_entropy(labels)
