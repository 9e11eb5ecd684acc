"""Deformations are small, stay in range and repeat with their seed."""

import pytest
import torch

from vae_explorer.data import augmentation
from vae_explorer.data.augmentation import deform
from vae_explorer.data.datasets import to_unit


@pytest.fixture(scope="module")
def pictures(digits):
    return to_unit(digits.train.images[:64])


def seeded(seed):
    return torch.Generator().manual_seed(seed)


KINDS = pytest.mark.parametrize("kind", ["free", "framed"])


@KINDS
def test_deformed_pictures_keep_shape_and_range(pictures, kind):
    deformed = deform(pictures, seeded(0), kind)
    assert deformed.shape == pictures.shape and deformed.dtype == torch.float32
    assert deformed.min() >= 0 and deformed.max() <= 1


@KINDS
def test_same_seed_deforms_alike_another_differently(pictures, kind):
    first = deform(pictures, seeded(0), kind)
    assert torch.equal(first, deform(pictures, seeded(0), kind))
    assert not torch.equal(first, deform(pictures, seeded(1), kind))


@KINDS
def test_each_picture_is_deformed_in_its_own_way(pictures, kind):
    alike = deform(pictures[:1].repeat(8, 1, 1, 1), seeded(0), kind)
    assert len({tuple(picture.flatten().tolist()) for picture in alike}) == 8


@KINDS
def test_originals_are_left_as_they_were(pictures, kind):
    before = pictures.clone()
    deform(pictures, seeded(0), kind)
    assert torch.equal(pictures, before)


def test_deformation_is_slight(pictures):
    deformed = deform(pictures, seeded(0))
    ink, ink_after = pictures.sum(dim=(1, 2, 3)), deformed.sum(dim=(1, 2, 3))
    assert ((ink_after / ink - 1).abs() < 0.35).all()
    assert centres(deformed).sub(centres(pictures)).abs().max() < 3


@pytest.fixture
def only(monkeypatch):
    """Leave one kind of deformation, or none."""

    def leave(*kept):
        for name in {"ROTATION", "SCALE", "SHEAR", "SHIFT"} - set(kept):
            monkeypatch.setattr(augmentation, name, 0.0)

    return leave


def test_no_deformation_is_the_identity(pictures, only):
    only()
    torch.testing.assert_close(deform(pictures, seeded(0)), pictures, atol=1e-4, rtol=0)


def test_shift_is_at_most_a_pixel_each_way_and_sometimes_most_of_it(pictures, only):
    only("SHIFT")
    moved = centres(deform(pictures, seeded(0))) - centres(pictures)
    assert moved.abs().max() < augmentation.SHIFT + 0.01
    assert (moved.abs().max(dim=0).values > 0.8).all()
    assert (moved.min(dim=0).values < -0.8).all() and (moved.max(dim=0).values > 0.8).all()


def test_rotation_keeps_the_shape_and_turns_it(pictures, only):
    only("ROTATION")
    before, after = spread(pictures), spread(deform(pictures, seeded(0)))
    ours, theirs = (torch.linalg.eigvalsh(moments) for moments in (after, before))
    assert ((ours - theirs).abs() < 0.05 * theirs + 0.3).all()  # resampling blurs a little
    assert (after - before).abs().max() > 1


def test_shear_moves_rows_sideways_only(pictures, only):
    only("SHEAR")
    before, after = spread(pictures), spread(deform(pictures, seeded(0)))
    torch.testing.assert_close(after[:, 0, 0], before[:, 0, 0], atol=0.01, rtol=0.01)
    assert (after - before)[:, 0, 1].abs().max() > 1


def test_blank_picture_stays_blank():
    assert deform(torch.zeros(4, 1, 28, 28), seeded(0)).abs().max() == 0


def centres(x):
    """Centre of mass of each picture, pixels, (B, 2)."""
    places = torch.arange(28.0)
    total = x.sum(dim=(1, 2, 3))
    rows = (x.sum(dim=(1, 3)) * places).sum(dim=1) / total
    columns = (x.sum(dim=(1, 2)) * places).sum(dim=1) / total
    return torch.stack([rows, columns], dim=1)


def spread(x):
    """Covariance of the ink over rows and columns, square pixels, (B, 2, 2)."""
    grid = torch.stack(torch.meshgrid(*[torch.arange(28.0)] * 2, indexing="ij"))  # (2, S, S)
    away = grid - centres(x)[..., None, None]
    weights = x / x.sum(dim=(2, 3), keepdim=True)
    return torch.einsum("bihw,bjhw,bhw->bij", away, away, weights.squeeze(1))


def test_framed_ink_keeps_its_centre_and_its_longer_side(pictures):
    deformed = deform(pictures, seeded(0), "framed")
    assert (centres(deformed) - centres(pictures)).abs().max() < 0.3
    assert (longer_sides(deformed) - longer_sides(pictures)).abs().float().mean() < 1
    assert (spread(deformed) - spread(pictures)).abs().max() > 1  # and yet it is another shape


@KINDS
def test_deforms_pictures_of_any_shape_and_blank_ones(kind):
    colours = torch.rand(2, 3, 17, 30, generator=seeded(0))
    assert deform(colours, seeded(0), kind).shape == colours.shape
    assert deform(torch.zeros(4, 1, 28, 28), seeded(0), kind).abs().max() == 0


def longer_sides(x):
    """Pixels of the longer side of what is brighter than INK, (N,)."""
    bright = x[:, 0] > augmentation.INK
    spans = []
    for dim in (1, 2):
        place = bright.any(dim=dim) * torch.arange(1, 1 + bright.shape[3 - dim])
        first = place.masked_fill(place == 0, 99).amin(dim=1)
        spans.append(place.amax(dim=1) - first + 1)
    return torch.stack(spans).amax(dim=0)
