"""Geodesics: decoders whose metric is known in closed form, and the shipped models."""

import itertools
import math

import pytest
import torch
from draws import seeded

from vae_explorer.latent import geodesics, walks
from vae_explorer.latent.geodesics import evenly_spaced, geodesic, length, subdivided, travelled
from vae_explorer.latent.path_kinds import straight_path
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED

FINE_ENOUGH = 1e-3  # how near a path has to come to its closed form


def embedding(width, into=40):
    """An orthonormal map (width,) -> (into,): it changes no length."""
    return torch.linalg.qr(seeded(into, width, seed=9)).Q.T


PLANE, SPACE = embedding(2), embedding(3)


def polar(z):
    """(r, theta) -> a point of the plane, in 40 dimensions."""
    r, theta = z.unbind(dim=1)
    return torch.stack([r * theta.cos(), r * theta.sin()], dim=1) @ PLANE


def sphere(z):
    """(latitude, longitude) -> a point of the unit sphere, in 40 dimensions."""
    return on_sphere(z) @ SPACE


def on_sphere(z):
    lat, lon = z.unbind(dim=-1)
    return torch.stack([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], dim=-1)


def last(decode, start, end, codes=None):
    *_, report = geodesic(decode, torch.tensor(start), torch.tensor(end), codes)
    return report


@pytest.mark.parametrize("dims", [1, 2, 5, 32])
def test_geodesic_of_a_linear_decoder_is_the_straight_line_at_even_steps(dims):
    weights, start, end = seeded(dims, 50), seeded(dims, seed=1), seeded(dims, seed=2)
    *_, report = geodesic(lambda z: z @ weights + 3, start, end)
    line = straight_path(start, end, geodesics.KNOTS + 1)
    torch.testing.assert_close(report.path, line, atol=FINE_ENOUGH, rtol=0)
    assert report.length == pytest.approx(((end - start) @ weights).norm().item(), rel=1e-5)


@pytest.mark.parametrize(
    ("start", "end"),
    [([1.0, 0.0], [1.0, 2.0]), ([2.0, -1.0], [0.7, 1.2]), ([1.5, 0.2], [0.9, 2.9])],
)
def test_geodesic_of_polar_coordinates_is_a_straight_line_of_the_plane(start, end):
    report = last(polar, start, end)
    ends = polar(torch.tensor([start, end]))
    line = straight_path(*ends, geodesics.KNOTS + 1) @ PLANE.T
    r = line.norm(dim=1)
    theta = torch.atan2(line[:, 1], line[:, 0])
    expected = torch.stack([r, theta], dim=1)
    torch.testing.assert_close(report.path, expected, atol=FINE_ENOUGH, rtol=0)
    assert report.length == pytest.approx((ends[1] - ends[0]).norm().item(), rel=FINE_ENOUGH)


@pytest.mark.parametrize(
    ("start", "end"),
    [([0.6, 0.0], [0.6, 1.8]), ([-0.4, 0.1], [0.9, 2.2]), ([1.2, 0.0], [1.1, 2.6])],
)
def test_geodesic_of_the_sphere_is_a_great_circle(start, end):
    report = last(sphere, start, end)
    a, b = on_sphere(torch.tensor([start, end]))
    angle = torch.acos(a @ b)
    share = torch.linspace(0, 1, geodesics.KNOTS + 1).unsqueeze(1)
    circle = (((1 - share) * angle).sin() * a + (share * angle).sin() * b) / angle.sin()
    torch.testing.assert_close(on_sphere(report.path), circle, atol=FINE_ENOUGH, rtol=0)
    assert report.length == pytest.approx(angle.item(), rel=FINE_ENOUGH)


def test_way_around_a_wall_is_found_through_the_data():
    def wall(z):  # along x = 0, as far as y = 0.8
        x, y = z.unbind(dim=1)
        height = 30 * torch.exp(-8 * x.square()) * torch.sigmoid(20 * (0.8 - y))
        return torch.stack([x, y, height], dim=1)

    angle = torch.linspace(0, math.pi, 200)
    arc = torch.stack([-angle.cos(), angle.sin()], dim=1) * 1.5
    start, end = [-1.5, 0.0], [1.5, 0.0]
    report = last(wall, start, end, arc + 0.05 * seeded(200, 2))
    assert report.path[:, 1].max() > 0.9
    assert report.length < 5 < 30 < last(wall, start, end).length


def test_reports_never_lengthen_the_path_and_end_once_at_a_share_of_one():
    reports = list(geodesic(sphere, torch.tensor([0.6, 0.0]), torch.tensor([0.6, 1.8])))
    shares, lengths = [r.share for r in reports], [r.length for r in reports]
    assert shares == sorted(shares) and shares[-1] == 1 > shares[-2]
    assert lengths == sorted(lengths, reverse=True)
    for report in (reports[0], reports[len(reports) // 2], reports[-1]):
        assert length(sphere, report.path) == pytest.approx(report.length)
        assert torch.equal(report.path[[0, -1]], reports[0].path[[0, -1]])


def test_search_is_left_at_any_time_and_repeats_exactly():
    def run():
        return geodesic(sphere, torch.tensor([0.6, 0.0]), torch.tensor([0.6, 1.8]))

    some = [report.length for report in itertools.islice(run(), 5)]
    assert some == [report.length for report in run()][:5]


@pytest.mark.parametrize(
    "decode",
    [lambda z: torch.zeros(len(z), 4), lambda z: torch.full((len(z), 4), torch.nan)],
    ids=["constant", "not a number"],
)
def test_decoder_without_a_metric_leaves_the_straight_line(decode):
    report = last(decode, [0.0, 0.0], [1.0, 2.0])
    assert report.share == 1
    torch.testing.assert_close(
        report.path,
        straight_path(*torch.tensor([[0.0, 0.0], [1.0, 2.0]]), geodesics.KNOTS + 1),
    )


def test_path_from_a_place_to_itself_stays_there():
    report = last(sphere, [0.3, 0.4], [0.3, 0.4])
    assert report.length == 0 and (report.path == torch.tensor([0.3, 0.4])).all()


def test_length_is_that_of_the_decoded_curve_however_it_is_cut():
    quarter = torch.tensor([[1.0, 0.0], [1.0, math.pi / 2]])
    assert length(polar, quarter) == pytest.approx(math.pi / 2, rel=1e-5)
    for cuts in (3, 50, 700):
        path = straight_path(*quarter, cuts)
        assert length(polar, path) == pytest.approx(math.pi / 2, rel=1e-5)
    so_far = travelled(polar, straight_path(*quarter, 5))
    expected = torch.linspace(0, math.pi / 2, 5, dtype=torch.float64)
    torch.testing.assert_close(so_far, expected, atol=1e-5, rtol=0)


def test_fine_path_keeps_the_knots():
    path = seeded(7, 3)
    fine = subdivided(path)
    parts = (len(fine) - 1) // 6
    assert len(fine) > geodesics.FINE and (len(fine) - 1) % 6 == 0
    torch.testing.assert_close(fine[::parts], path)


def test_even_steps_are_equal_as_decoded():
    path = torch.tensor([[0.2, 0.0], [1.0, 0.5], [3.0, 2.0]])
    steps = evenly_spaced(polar, path, 12)
    assert torch.equal(steps[[0, -1]], path[[0, -1]])
    along = travelled(polar, steps).diff()
    assert along.max() / along.min() < 1.03


@pytest.mark.parametrize(
    ("model", "pairs", "least"),
    [
        *[(DEFAULT, 3, 0.85), ("mnist-2d", 2, 0.99), ("mnist-10d", 1, 0.8)],
        *[("mnist-autoencoder-3d", 2, 0.7), ("mnist-conditional-3d", 2, 0.975)],
    ],
)
def test_geodesic_of_a_shipped_model_is_shorter_than_the_straight_line(model, pairs, least):
    checkpoint = load_checkpoint(SHIPPED / f"{model}.safetensors")
    mu = checkpoint.encoded.mu
    label = 4  # which only the conditional model hears
    decode, shares = walks.decoder(checkpoint, label), []
    picks = torch.randint(len(mu), (pairs, 2), generator=torch.Generator().manual_seed(0))
    for first, second in picks.tolist():
        path = walks.final_path(
            walks.search(checkpoint, mu[first], mu[second], label=label, codes=mu)
        )
        straight = length(decode, torch.stack([mu[first], mu[second]]))
        shares.append(length(decode, path) / straight)
        assert torch.equal(path[[0, -1]], mu[[first, second]])
        speeds = travelled(decode, evenly_spaced(decode, path, 17)).diff()
        assert speeds.max() < 1.25 * speeds.min()
    assert max(shares) <= 1 and min(shares) < least
