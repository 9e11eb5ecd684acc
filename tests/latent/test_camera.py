"""The camera that shows the classes of a cloud apart."""

import time

import numpy as np
import pytest

from vae_explorer.latent import camera
from vae_explorer.latent.camera import Camera

Z_ABOVE = np.array([0.0, 0.0, 1.0])


def sheets(count=1500, seed=0, classes=3):
    """Classes that only the last of three axes tells apart: seen from above all are one square."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, classes, count)
    points = draw.uniform(-1, 1, (count, 3))
    points[:, 2] = labels + 0.1 * points[:, 2]
    return points, labels


def test_classes_are_seen_apart_that_another_camera_sees_as_one():
    cloud, chosen = camera.prepared(*sheets()), camera.camera(*sheets())
    assert camera.overlap(cloud, Z_ABOVE + 1e-9) > 0.6
    assert camera.overlap(cloud, camera.direction(chosen)) < 0.1
    assert abs(chosen.pitch) < 0.5


def test_no_line_of_sight_has_less_overlap_but_by_what_counts_as_alike():
    cloud = camera.prepared(*sheets(seed=3))
    chosen = camera.overlap(cloud, camera.direction(camera.camera(*sheets(seed=3))))
    least = min(camera.overlap(cloud, sight) for sight in camera.directions())
    assert chosen <= least + camera.AS_GOOD + 0.02  # of rounding to three decimals


def test_overlap_of_classes_without_a_difference_is_what_chance_gives():
    draw = np.random.default_rng(0)
    points, labels = draw.normal(size=(2000, 3)), np.arange(2000) % 4
    cloud = camera.prepared(points, labels)
    overlaps = [camera.overlap(cloud, sight) for sight in camera.directions()[::40]]
    assert all(0.5 < value < 0.76 for value in overlaps)  # lone points have no neighbours


def test_small_classes_count_as_much_as_large_ones():
    points, labels = sheets(4000)
    few = (labels > 0) | (np.arange(4000) % 50 == 0)
    cloud = camera.prepared(points[few], labels[few])
    chosen = camera.camera(points[few], labels[few])
    assert camera.overlap(cloud, camera.direction(chosen)) < 0.1


def test_every_axis_is_seen():
    sights = camera.directions()
    assert np.allclose(np.linalg.norm(sights, axis=1), 1)
    assert np.abs(sights).max() < np.cos(np.radians(camera.END_ON))
    for seed in range(5):
        draw = np.random.default_rng(seed)
        chosen = camera.camera(draw.normal(size=(400, 3)), draw.integers(0, 5, 400))
        assert np.abs(camera.direction(chosen)).max() < np.cos(np.radians(camera.END_ON - 1))


@pytest.mark.parametrize("labels", [np.zeros(800, int), np.full(800, 7)])
def test_one_class_or_none_is_seen_where_it_is_widest(labels):
    points = np.random.default_rng(0).normal(size=(800, 3)) * [1.0, 5.0, 3.0]
    sight = camera.direction(camera.camera(points, labels))
    assert abs(sight[0]) > 0.85  # along the axis of least spread, as far as the axes are seen


def test_the_end_is_chosen_from_which_no_class_is_behind_the_others():
    draw = np.random.default_rng(0)
    wide, narrow = draw.normal(size=(900, 3)), 0.3 * draw.normal(size=(300, 3))
    points = np.concatenate([wide, narrow + np.array([0.0, 0.0, -4.0])])
    labels = np.repeat([0, 1], [900, 300])
    cloud = camera.prepared(points, labels)
    above, below = (camera._most_hidden(cloud, end) for end in (Z_ABOVE + 1e-9, -Z_ABOVE - 1e-9))
    assert above > 2 * below  # the small class, behind the wide one or before it
    end = camera.direction(camera.camera(points, labels))
    assert camera._most_hidden(cloud, end) <= camera._most_hidden(cloud, -end)


def test_it_is_always_the_same_and_does_not_depend_on_scale():
    points, labels = sheets()
    first = camera.camera(points, labels)
    assert first == camera.camera(points, labels) == camera.camera(points * 1e-3 + 5, labels)


def test_points_that_are_not_finite_do_not_count():
    points, labels = sheets()
    with_holes = np.concatenate([points, np.full((7, 3), np.nan), [[np.inf, 0, 0]]])
    assert camera.prepared(with_holes, np.r_[labels, np.zeros(8, int)]).points.shape == (1500, 3)


@pytest.mark.parametrize("shape", [(50, 1), (50, 2), (0, 3), (3, 3)])
def test_where_nothing_is_to_choose_there_is_no_camera(shape):
    assert camera.prepared(np.ones(shape), np.zeros(shape[0], int)) is None
    assert camera.camera(np.ones(shape), np.zeros(shape[0], int)) is None


def test_points_that_are_all_one_have_some_camera():
    assert camera.camera(np.ones((9, 3)), np.arange(9)) is not None


def test_ten_thousand_points_of_many_classes_take_a_moment():
    draw = np.random.default_rng(0)
    points, labels = draw.normal(size=(10_000, 3)), draw.integers(0, 1000, 10_000)
    start = time.process_time()
    assert isinstance(camera.camera(points, labels), Camera)
    assert time.process_time() - start < 1  # 0.1 s on one core
