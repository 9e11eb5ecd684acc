"""The aggregate posterior on a grid: mass, levels, seeds, and inputs that are hardly there."""

import numpy as np
import pytest
import torch
from draws import seeded

from vae_explorer.latent.density import (
    SHARES,
    aggregate_density,
    code_densities,
    density_grid,
    log_density,
)
from vae_explorer.latent.geometry import prior_radii, projection


def at(grid, points):
    """The mass of the cell each point (M, d) lies in, 0 outside."""
    cells, low, high = len(grid.values), np.array(grid.low), np.array(grid.high)
    places = np.floor((points.numpy() - low) / (high - low) * cells).astype(int)
    inside = ((places >= 0) & (places < cells)).all(axis=1)
    places = places.clip(0, cells - 1)
    return np.where(inside, grid.values[tuple(places.T)], 0)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("cells", [8, 25, 40])
def test_mass_is_one_but_for_the_far_tails(dims, cells):
    grid = aggregate_density(seeded(3000, dims), torch.full((3000, dims), 0.2), cells=cells)
    assert grid.values.shape == (cells,) * dims and grid.values.dtype == np.float32
    assert grid.values.sum() == pytest.approx(1, abs=0.003) and grid.values.sum() <= 1.00001
    assert (grid.values >= 0).all()


def test_draws_beyond_the_grid_count_as_mass_that_it_lacks():
    points = seeded(20_000, 2)
    points[:10] = 1000.0
    grid = density_grid(points)
    assert grid.high[0] < 10
    assert grid.values.sum() == pytest.approx(1 - 10 / 20_000, abs=2e-4)


def test_draw_just_below_the_grid_is_not_inside():
    points = torch.from_numpy(np.random.default_rng(0).uniform(size=(4_000, 2)))
    grid = density_grid(points, 40)
    cell = (grid.high[0] - grid.low[0]) / 40
    points[0, 0] = grid.low[0] - cell / 2
    assert density_grid(points, 40).values.sum() == pytest.approx(1 - 1 / 4_000, abs=5e-5)


@pytest.mark.parametrize("dims", [2, 3])
def test_regions_hold_the_mass_they_claim_on_a_gaussian(dims):
    scales = torch.tensor([1.0, 0.5, 2.0])[:dims]
    sigma = (0.6 * scales).expand(10_000, dims)
    mu = seeded(10_000, dims) * 0.8 * scales + 3  # 0.6^2 + 0.8^2 = 1: q(z) is N(3, scales^2)
    grid = aggregate_density(mu, sigma)
    fresh = seeded(50_000, dims, seed=9) * scales + 3
    density = at(grid, fresh)
    for share, level in zip(SHARES, grid.levels, strict=True):
        assert (density >= level).mean() == pytest.approx(share, abs=0.02)


def test_regions_of_a_gaussian_are_as_large_as_its_balls():
    grid = aggregate_density(seeded(20_000, 2) * 0.6, torch.full((20_000, 2), 0.8))
    cell = np.prod((np.array(grid.high) - np.array(grid.low)) / 40)
    for level, radius in zip(grid.levels, prior_radii(2, list(SHARES)), strict=True):
        area = (grid.values >= level).sum() * cell
        assert area == pytest.approx(np.pi * radius**2, rel=0.08)


def test_density_is_laid_out_as_its_axes_are():
    grid = density_grid(torch.tensor([[0.0, 0.0, 0.0], [4.0, 2.0, 1.0]]).repeat(50, 1), 20)
    peaks = np.argwhere(grid.values == grid.values.max())
    low, high = np.array(grid.low), np.array(grid.high)
    centres = low + (peaks + 0.5) / 20 * (high - low)
    np.testing.assert_allclose(sorted(centres.tolist()), [[0, 0, 0], [4, 2, 1]], atol=0.16)


def test_spread_of_unseen_axes_is_projected():
    """Drawn axes that are no coordinates: the spread is that of axes^T diag(sigma^2) axes."""
    sigma = torch.linspace(0.1, 2.0, 6).expand(4000, 6)
    drawn = projection(seeded(4000, 6) * torch.tensor([3.0, 1, 1, 2, 1, 1]))
    grid = aggregate_density(torch.zeros(4000, 6), sigma, drawn)
    expected = drawn.axes.T @ torch.diag(sigma[0] ** 2) @ drawn.axes
    steps = [np.linspace(a, b, 81)[1::2] for a, b in zip(grid.low, grid.high, strict=True)]
    places = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    found = np.cov(places.T, aweights=grid.values.ravel())
    np.testing.assert_allclose(found, expected, rtol=0.08, atol=0.05)


def test_same_seed_same_grid_and_another_seed_another():
    mu, sigma = seeded(200, 3), torch.full((200, 3), 0.3)
    torch.manual_seed(1)
    one = aggregate_density(mu, sigma, seed=4)
    torch.manual_seed(2)
    two, other = aggregate_density(mu, sigma, seed=4), aggregate_density(mu, sigma, seed=5)
    assert np.array_equal(one.values, two.values) and one[1:] == two[1:]
    assert not np.array_equal(one.values, other.values)


@pytest.mark.parametrize("dims", [2, 3])
def test_no_posteriors_no_mass(dims):
    grid = aggregate_density(torch.empty(0, dims), torch.empty(0, dims))
    assert grid.values.sum() == 0 and grid.levels == (0, 0, 0)
    assert all(a < b for a, b in zip(grid.low, grid.high, strict=True))
    assert np.isfinite(grid.scaled().values).all()


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_one_posterior_is_where_it_is(spread):
    grid = aggregate_density(torch.tensor([[1.0, -2.0, 5.0]]), torch.full((1, 3), spread))
    assert grid.values.sum() == pytest.approx(1, abs=0.1)
    steps = [np.linspace(a, b, 81)[1::2] for a, b in zip(grid.low, grid.high, strict=True)]
    for axis, value in enumerate([1.0, -2.0, 5.0]):
        others = tuple(d for d in range(3) if d != axis)
        mean = (grid.values.sum(axis=others) * steps[axis]).sum() / grid.values.sum()
        assert mean == pytest.approx(value, abs=0.3 * spread + 0.01)


def test_posteriors_that_are_not_finite_are_left_out():
    mu, sigma = seeded(100, 2), torch.full((100, 2), 0.1)
    mu[3, 0], sigma[7, 1] = torch.nan, torch.inf
    kept = [n for n in range(100) if n not in (3, 7)]
    expected = aggregate_density(mu[kept], sigma[kept])
    assert np.array_equal(aggregate_density(mu, sigma).values, expected.values)


def test_scaled_keeps_the_regions_in_half_precision():
    grid = aggregate_density(seeded(5000, 3), torch.full((5000, 3), 0.2))
    scaled = grid.scaled()
    assert scaled.values.dtype == np.float16 and scaled.values.max() == 1
    for whole, half in zip(grid.levels, scaled.levels, strict=True):
        held = [grid.values[grid.values >= whole].sum(), grid.values[scaled.values >= half].sum()]
        assert held[0] == pytest.approx(held[1], abs=0.002)


@pytest.mark.parametrize(("dims", "cells"), [(1, 40), (4, 40), (2, 7)])
def test_shapes_that_cannot_be_drawn_are_refused(dims, cells):
    with pytest.raises(ValueError, match="2 or 3 coordinates"):
        density_grid(torch.zeros(3, dims), cells)


def mixture(mu, sigma):
    """The aggregate posterior as torch.distributions has it."""
    parts = torch.distributions.Normal(mu.double(), sigma.double())
    return torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(torch.ones(len(mu), dtype=torch.float64)),
        torch.distributions.Independent(parts, 1),
    )


@pytest.mark.parametrize("dims", [1, 3, 32])
def test_exact_density_is_that_of_the_mixture(dims):
    mu, sigma = seeded(400, dims), seeded(400, dims, seed=1).abs() + 0.05
    z = 1.5 * seeded(700, dims, seed=2)
    expected = mixture(mu, sigma).log_prob(z.double())
    torch.testing.assert_close(log_density(z, mu, sigma), expected)


def test_exact_density_far_from_all_codes_is_finite_and_falls():
    mu, sigma = seeded(50, 3), torch.full((50, 3), 0.1)
    far = torch.tensor([[5.0, 0, 0], [50.0, 0, 0], [500.0, 0, 0]])
    nats = log_density(far, mu, sigma)
    assert nats.isfinite().all() and (nats.diff() < 0).all()


@pytest.mark.parametrize("sigma", [torch.full((30, 2), 0.2), None], ids=["posteriors", "codes"])
def test_own_code_does_not_count(sigma):
    mu = seeded(30, 2)
    own = torch.tensor([4, 7])
    nats = log_density(mu[own], mu, sigma, own)
    for index, value in zip(own.tolist(), nats, strict=True):
        kept = torch.arange(30) != index
        rest = None if sigma is None else sigma[kept]
        torch.testing.assert_close(log_density(mu[index, None], mu[kept], rest)[0], value)


def test_density_without_posteriors_falls_with_the_distance_to_the_fifth_code():
    mu = torch.arange(10.0).unsqueeze(1).repeat(1, 2)
    z = torch.tensor([[0.0, 0.0]])
    fifth = (mu[4] - z[0]).norm().double()
    torch.testing.assert_close(log_density(z, mu, None)[0], -2 * fifth.log())


@pytest.mark.parametrize("sigma", [torch.ones(0, 2), None])
def test_density_of_nothing_is_nothing(sigma):
    assert (log_density(seeded(3, 2), torch.empty(0, 2), sigma) == -torch.inf).all()
    assert log_density(torch.empty(0, 2), seeded(3, 2), None).shape == (0,)


@pytest.mark.parametrize("variational", [True, False])
def test_usual_density_ranks_places_among_codes(variational):
    mu = seeded(3_000, 3)
    usual = code_densities(mu, torch.full_like(mu, 0.2) if variational else None)
    assert 900 <= len(usual.values) <= 1_000 and (usual.values.diff() >= 0).all()
    percent = usual.percent(torch.tensor([-1e9, usual.median, 1e9]))
    assert percent[0] == 0 and percent[1] == pytest.approx(50, abs=0.2) and percent[2] == 100
    assert usual.quantile(0.01) < usual.median
    middle, edge = log_density(
        torch.tensor([[0.0, 0, 0], [3.5, 0, 0]]),
        mu,
        torch.full_like(mu, 0.2) if variational else None,
    )
    assert usual.percent(middle) > 80 and usual.percent(edge) < 5


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_codes_have_nothing_usual(count):
    assert code_densities(seeded(count, 2), torch.ones(count, 2)) is None
