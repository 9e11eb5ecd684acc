"""Geometry of the latent space: ends, angles, orders, and brute force as the judge."""

import math

import pytest
import torch
from draws import seeded

from vae_explorer.latent import geometry
from vae_explorer.latent.geometry import (
    Range,
    analogy,
    class_centres,
    coordinate_ranges,
    nearest,
    prior_radii,
    prior_samples,
    projection,
    remoteness,
    slice_cell,
    slice_plane,
    traverse,
    tsne,
    typical_spacing,
)


def test_first_three_of_ten_samples_are_the_three_of_three():
    ten, three = prior_samples(list(range(10)), 4), prior_samples(list(range(3)), 4)
    assert torch.equal(ten[:3], three)
    assert torch.equal(prior_samples([7], 4)[0], ten[7])
    assert len({tuple(row.tolist()) for row in ten}) == 10


def test_samples_neither_use_nor_disturb_the_global_generator():
    torch.manual_seed(0)
    expected = torch.randn(2)
    torch.manual_seed(0)
    one = prior_samples([5], 3)
    assert torch.equal(torch.randn(2), expected) and torch.equal(prior_samples([5], 3), one)


def test_samples_follow_the_prior():
    z = prior_samples(list(range(4000)), 2)
    torch.testing.assert_close(z.mean(dim=0), torch.zeros(2), atol=0.06, rtol=0)
    torch.testing.assert_close(z.T.cov(), torch.eye(2), atol=0.1, rtol=0)


def test_no_seeds_no_samples():
    assert prior_samples([], 5).shape == (0, 5)


@pytest.mark.parametrize("dims", [1, 2, 3, 10])
def test_prior_radii_hold_the_share_they_claim(dims):
    lengths = seeded(100_000, dims).norm(dim=1)
    shares = [0.5, 0.9, 0.99]
    for share, radius in zip(shares, prior_radii(dims, shares), strict=True):
        assert (lengths <= radius).float().mean().item() == pytest.approx(share, abs=0.005)


def test_prior_radii_in_the_plane_are_those_of_rayleigh():
    expected = [math.sqrt(-2 * math.log(1 - share)) for share in (0.1, 0.5, 0.99)]
    assert prior_radii(2, [0.1, 0.5, 0.99]) == pytest.approx(expected, rel=1e-9)


def test_traversal_sweeps_one_coordinate_and_no_other():
    z = torch.tensor([1.0, 2.0, 3.0])
    places = traverse(z, 1, Range(-2.0, 4.0), 4)
    assert places[:, 1].tolist() == [-2.0, 0.0, 2.0, 4.0]
    assert (places[:, 0] == 1).all() and (places[:, 2] == 3).all()
    assert z.tolist() == [1, 2, 3]


def test_slice_grows_to_the_right_and_upwards():
    extents = [Range(-1.0, 1.0), Range(5.0, 6.0), Range(-3.0, 3.0)]
    grid = slice_plane(torch.tensor([9.0, 8.0, 7.0]), (2, 0), extents, 3).view(3, 3, 3)
    assert grid[0, :, 2].tolist() == [-3, 0, 3]  # the first of dims, along the top row
    assert grid[:, 0, 0].tolist() == [1, 0, -1]  # the second, down the left column
    assert (grid[..., 1] == 8).all()


@pytest.mark.parametrize("n", [2, 5, 20])
def test_each_cell_of_a_slice_is_found_again(n):
    extents = [Range(-1.0, 2.0), Range(0.0, 1.0), Range(-4.0, 4.0)]
    places = slice_plane(torch.zeros(3), (0, 2), extents, n)
    found = [slice_cell(z, (0, 2), extents, n) for z in places]
    assert found == [(row, column) for row in range(n) for column in range(n)]


@pytest.mark.parametrize("place", [[5.0, 0.0], [0.0, -5.0], [-1.6, 0.0], [0.0, 1.6]])
def test_place_outside_the_slice_is_in_no_cell(place):
    assert slice_cell(torch.tensor(place), (0, 1), [Range(-1, 1)] * 2, 3) is None


@pytest.mark.parametrize("k", [1, 5, 300])
@pytest.mark.parametrize("dims", [1, 3, 16])
def test_nearest_are_those_of_brute_force(k, dims):
    mu, z = seeded(200, dims), seeded(dims, seed=9)
    by_hand = sorted((math.dist(row, z.tolist()), i) for i, row in enumerate(mu.tolist()))[:k]
    found = nearest(mu, z, k)
    assert found.indices.tolist() == [i for _, i in by_hand]
    torch.testing.assert_close(found.distances, torch.tensor([d for d, _ in by_hand]))


def test_point_is_its_own_nearest():
    mu = seeded(50, 3)
    assert nearest(mu, mu[17], 1).indices.item() == 17
    assert nearest(mu, mu[17], 1).distances.item() == 0


def test_range_holds_the_data_and_little_more():
    mu = torch.stack([torch.linspace(-1.23, 4.56, 100), torch.linspace(0.1, 0.2, 100)], dim=1)
    for extent, column in zip(coordinate_ranges(mu), mu.T, strict=True):
        assert extent.low <= column.min() and extent.high >= column.max()
        assert column.min() - extent.low < 0.25 and extent.high - column.max() < 0.25
        assert round(extent.low * 10, 6).is_integer() and round(extent.high * 10, 6).is_integer()


@pytest.mark.parametrize("value", [0.0, 0.3, -2.0, 1.23])
def test_range_of_a_dead_coordinate_is_not_empty(value):
    (extent,) = coordinate_ranges(torch.full((50, 1), value))
    assert extent.low < extent.high


def test_range_without_data_covers_the_prior():
    for extent in coordinate_ranges(torch.empty(0, 4)):
        assert extent.low <= -2.5 and extent.high >= 2.5


def test_typical_spacing_is_the_quantile_of_brute_force():
    mu = seeded(120, 2)
    gaps = [min(math.dist(a, b) for j, b in enumerate(mu.tolist()) if j != i)
            for i, a in enumerate(mu.tolist())]  # fmt: skip
    expected = torch.quantile(torch.tensor(gaps), 0.9).item()
    assert typical_spacing(mu, quantile=0.9) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("count", [0, 1])
def test_spacing_needs_two_points(count):
    assert typical_spacing(torch.zeros(count, 2)) == 0


def test_far_is_what_is_lonelier_than_data_are():
    mu = seeded(500, 3)
    typical = typical_spacing(mu)
    assert not remoteness(mu, mu[3], typical).far
    far = remoteness(mu, torch.full((3,), 50.0), typical)
    assert far.far and far.distance == pytest.approx(
        nearest(mu, torch.full((3,), 50.0), 1).distances.item()
    )


def test_everywhere_is_far_from_no_data():
    assert remoteness(torch.empty(0, 3), torch.zeros(3), 0.0).far


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_projection_is_the_identity_up_to_three_coordinates(dims):
    mu = seeded(20, dims)
    drawn = projection(mu)
    assert torch.equal(drawn(mu), mu) and drawn.explained == 1
    assert drawn.names == ("z1", "z2", "z3")[:dims]


@pytest.mark.parametrize("dims", [4, 10])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 200])
def test_projection_of_more_coordinates_is_onto_orthonormal_axes(dims, count):
    drawn = projection(seeded(count, dims))
    torch.testing.assert_close(drawn.axes.T @ drawn.axes, torch.eye(3), atol=1e-5, rtol=0)
    assert drawn(seeded(7, dims)).shape == (7, 3) and drawn(seeded(dims)).shape == (3,)
    assert 0 <= drawn.explained <= 1.0001 and len(drawn.names) == 3


def test_projection_sees_the_directions_of_most_variance():
    scales = torch.tensor([0.1, 5.0, 0.2, 3.0, 1.0])
    mu = seeded(5000, 5) * scales + 10
    drawn = projection(mu)
    assert drawn.axes.abs().argmax(dim=0).tolist() == [1, 3, 4]
    torch.testing.assert_close(drawn(mu).mean(dim=0), torch.zeros(3), atol=1e-3, rtol=0)
    share = drawn(mu).var(dim=0).sum() / mu.var(dim=0).sum()
    assert drawn.explained == pytest.approx(share.item(), rel=1e-4)
    assert drawn.explained == pytest.approx(35 / 35.05, rel=1e-2)


@pytest.mark.parametrize("dims", [1, 2, 3, 6])
def test_tsne_gives_each_point_three_finite_coordinates(dims):
    mu = seeded(40, dims)
    embedded = tsne(mu, 0, max_points=30)
    assert embedded.shape == (30, 3) and embedded.isfinite().all()


def test_tsne_repeats_with_its_seed():
    mu = seeded(30, 5)
    assert torch.equal(tsne(mu, 1), tsne(mu, 1))


def test_codes_made_in_inference_mode_can_be_walked_from():
    with torch.inference_mode():
        z = seeded(3)
    extents = [Range(-1, 1)] * 3
    assert traverse(z, 0, extents[0], 3).shape == (3, 3)
    assert slice_plane(z, (0, 1), extents, 3).shape == (9, 3)


def test_centre_of_a_class_is_the_mean_of_its_codes():
    mu, labels = seeded(9, 4), torch.tensor([0, 1, 0, 3, 1, 0, 3, 3, 3])
    centres = class_centres(mu, labels, 5)
    assert centres.shape == (5, 4)
    for label in (0, 1, 3):
        torch.testing.assert_close(centres[label], mu[labels == label].mean(dim=0))
    assert centres[[2, 4]].isnan().all()
    assert torch.equal(class_centres(mu[:1], labels[:1], 1)[0], mu[0])


def test_analogy_adds_to_the_third_what_sets_the_first_apart():
    a, b, c = seeded(3, 4)
    torch.testing.assert_close(analogy(a, b, c) - c, a - b)
    torch.testing.assert_close(analogy(a, a, c), c)


@pytest.mark.parametrize(
    ("scale", "decimals"),
    [(10, 2), (1, 2), (0.31, 2), (0.29, 3), (0.04, 3), (0.0031, 4), (1e-9, 5)],
)
def test_small_codes_are_told_apart_by_more_decimals(scale, decimals):
    mu = scale * torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
    mu *= scale / mu.std(dim=0).max()
    assert geometry.decimals(mu) == decimals
    for extent, column in zip(
        geometry.coordinate_ranges(mu, digits=decimals - 1), mu.T, strict=True
    ):
        unit = 10 ** (1 - decimals)
        assert column.min() - unit < extent.low <= column.min() + 1e-9
        assert column.max() - 1e-9 <= extent.high <= column.max() + 1.1 * unit


def test_codes_that_are_all_alike_have_two_decimals():
    assert geometry.decimals(torch.ones(5, 2)) == geometry.decimals(torch.empty(0, 2)) == 2


def test_typical_spacing_is_the_same_in_slices(monkeypatch):
    mu = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))
    whole = geometry.typical_spacing(mu)
    monkeypatch.setattr(geometry, "_DISTANCES_BATCH", 2_000)
    assert geometry.typical_spacing(mu) == pytest.approx(whole)


def test_random_code_is_one_of_them():
    mu = torch.arange(40.0).view(20, 2)
    drawn = {int(geometry.random_code(mu, seed)[0]) // 2 for seed in range(50)}
    assert len(drawn) > 10 and drawn <= set(range(20))


def test_draws_of_coordinates_that_say_nothing_are_not_far():
    live, dead = seeded(400, 2), torch.zeros(400, 30)
    mu = torch.cat([live, dead], dim=1)
    sigma = torch.cat([torch.full((400, 2), 0.05), torch.ones(400, 30)], dim=1)
    draws = mu[:50] + sigma[:50] * seeded(50, 32)
    by_means, by_draws = typical_spacing(mu), typical_spacing(mu, sigma)
    assert all(remoteness(mu, z, by_means).far for z in draws)
    assert sum(remoteness(mu, z, by_draws).far for z in draws) < 10
    assert remoteness(mu, draws[0] + 20, by_draws).far
