"""Digits in the pose that a model finds most probable."""

import dataclasses
import math

import pytest
import torch
from torch.distributions import Bernoulli

from vae_explorer.data.reading import Reading
from vae_explorer.latent import pose
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.models.checkpoints import EncodedSet, load_checkpoint
from vae_explorer.shipped import CHECKPOINTS


@pytest.fixture(scope="module")
def shipped():
    return load_checkpoint(CHECKPOINTS / "mnist-3d.safetensors")


@pytest.fixture(scope="module")
def known(shipped):
    return pose.poser(shipped)


@pytest.fixture(scope="module")
def digits(shipped):
    """Forty decoded test codes, (40, 1, 28, 28)."""
    with torch.inference_mode():
        return shipped.model.decode(shipped.encoded.mu[:40])


def middle(x):
    """The centre of mass (column, row) of a picture (1, H, W), px."""
    places = torch.arange(28.0)
    return (x[0].sum(dim=0) @ places / x.sum()).item(), (x[0].sum(dim=1) @ places / x.sum()).item()


def bar(lean=0.0):
    """An upright bar that leans to the right by so many px a px upwards."""
    rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    course = 13.5 - lean * (rows - 13.5)
    inside = ((columns - course).abs() < 2) & ((rows - 13.5).abs() < 9)
    return inside.float().unsqueeze(0)


def test_a_picture_as_it_is_is_one_of_its_poses_to_the_bit(digits):
    pictures = pose.poses(digits[0])
    assert pictures.shape == (15, 1, 28, 28)
    assert torch.equal(pictures[pose.AS_IT_IS], digits[0])
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_poses_keep_the_centre_of_mass(digits):
    here = middle(digits[3])
    for picture in pose.poses(digits[3]):
        assert middle(picture) == pytest.approx(here, abs=0.15)


@pytest.mark.parametrize("shear", pose.SHEARS)
def test_a_bar_leans_as_its_pose_says(shear):
    (upright,) = [
        picture
        for picture, (width, lean) in zip(pose.poses(bar()), pose.POSES, strict=True)
        if (width, lean) == (1.0, shear)
    ]
    assert (upright - bar(shear)).abs().mean() < 0.02  # the other way 0.08


def test_widths_are_those_of_the_poses():
    inks = [picture.sum().item() for picture in pose.poses(bar())]
    for ink, (width, _) in zip(inks, pose.POSES, strict=True):
        assert ink / inks[pose.AS_IT_IS] == pytest.approx(width, rel=0.06)


def test_a_leaning_digit_is_set_upright_and_is_told_so(known, digits):
    lean = pose.POSES.index((1.0, 0.2))
    as_they_are = [pose.take(known, x) for x in digits]
    leaning = [pose.take(known, pose.poses(x)[lean]) for x in digits]
    before, after = (sum(one.shear for one in taken) / 40 for taken in (as_they_are, leaning))
    assert after < before - 0.05
    assert all(("to the left" in one.sentence) == (one.shear < 0) for one in leaning)


def test_the_chosen_pose_has_the_greatest_evidence_of_the_doubted_pixels(shipped, known, digits):
    x, z = digits[5], known.lattice.points
    with torch.inference_mode():
        logits = shipped.model.decode_raw(z).clamp(-pose.MAX_LOGIT, pose.MAX_LOGIT)
    sums = [
        torch.logsumexp(
            Bernoulli(logits=logits, validate_args=False).log_prob(p.flatten()).sum(1), 0
        )
        for p in pose.poses(x)
    ]
    costs = [
        -((w - 1) ** 2) / (2 * pose.WIDTH_SPREAD**2) - s**2 / (2 * pose.SHEAR_SPREAD**2)
        for w, s in pose.POSES
    ]
    best = max(range(15), key=lambda n: sums[n].item() + costs[n])
    taken = pose.take(known, x)
    assert (taken.width, taken.shear) == pose.POSES[best]
    assert torch.equal(taken.image, pose.poses(x)[best])


def test_votes_agree_with_classes_of_the_models_own_pictures(shipped, known, digits):
    right = [
        pose.take(known, x).label == label
        for x, label in zip(digits, shipped.encoded.labels.tolist(), strict=False)
    ]
    assert sum(right) >= 36


def test_a_vote_is_shared_by_exact_posterior_and_encoder(shipped, known, digits):
    """Where all codes near the encoder's are of one class and all others of another."""
    x = digits[0]
    with torch.inference_mode():
        mu, _ = shipped.model.encode(x.unsqueeze(0))
    near = torch.cdist(mu, shipped.encoded.mu)[0].topk(5, largest=False).indices
    labels = torch.zeros(len(shipped.encoded.mu), dtype=torch.int64)
    labels[near] = 1
    codes = EncodedSet(shipped.encoded.mu, shipped.encoded.logvar, labels, "given")
    taken = pose.take(pose.poser(shipped, codes), x)
    exact = taken.share if taken.label == 0 else 1 - taken.share
    assert exact <= pose.EXACT_SHARE + 1e-6


def test_fewer_codes_than_neighbours_vote_all(shipped, digits):
    few = EncodedSet(torch.zeros(2, 3), torch.zeros(2, 3), torch.tensor([1, 1]), "given")
    taken = pose.take(pose.poser(shipped, few), digits[0])
    assert (taken.label, taken.share) == (1, pytest.approx(1))


def test_an_empty_picture_has_a_pose(known):
    taken = pose.take(known, torch.zeros(1, 28, 28))
    assert math.isfinite(taken.share) and taken.sentence == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reading": Reading(preparation="plain")}, "handwriting"),
        ({"encoded": None}, "no encoded pictures"),
    ],
)
def test_models_without_poses_say_why(shipped, change, words):
    assert words in pose.hindrance(dataclasses.replace(shipped, **change))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mnist-5d", "at most 3"),
        ("mnist-conditional-3d", "no class given"),
        ("mnist-autoencoder-3d", "no prior"),
        ("fashion-3d", "handwriting"),
    ],
)
def test_shipped_models_without_poses_say_why(name, words):
    assert words in pose.hindrance(load_checkpoint(CHECKPOINTS / f"{name}.safetensors"))


def test_the_lattice_is_small_enough_for_a_drawing_not_to_wait(known):
    assert known.lattice.kept.nbytes < 16e6
    assert len(known.lattice.points) == pose.POINTS < prior_lattice.POINTS
