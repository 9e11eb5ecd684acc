"""Walks: paths of every kind, what is decoded on the way, and what the codes around say."""

import pytest
import torch

from vae_explorer.errors import ConfigError
from vae_explorer.latent import walks
from vae_explorer.latent.path_kinds import GEODESIC, PATHS, straight_path
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import EncodedSet


@pytest.fixture
def ends(checkpoint):
    """Two codes."""
    return checkpoint.encoded.mu[0], checkpoint.encoded.mu[7]


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("steps", [2, 3, 16, 200])
def test_walk_goes_from_end_to_end_and_is_decoded_step_by_step(checkpoint, ends, kind, steps):
    geodesic = walks.final_path(walks.search(checkpoint, *ends)) if kind == GEODESIC else None
    walk = walks.walk(checkpoint, kind, *ends, steps, geodesic=geodesic)
    assert walk.path.shape == (steps, 3) and walk.pictures.shape == (steps, 1, 28, 28)
    assert torch.equal(walk.path[0], ends[0]) and torch.equal(walk.path[-1], ends[1])
    torch.testing.assert_close(walk.pictures, inference.decode(checkpoint, walk.path))
    assert walk.travelled[0] == 0 and (walk.travelled.diff() > 0).all()


@pytest.mark.parametrize("kind", [name for name, kind in PATHS.items() if kind.path])
def test_steps_are_those_of_the_path_and_its_length_does_not_depend_on_them(checkpoint, ends, kind):
    few, many = (walks.walk(checkpoint, kind, *ends, steps) for steps in (4, 40))
    torch.testing.assert_close(few.path, PATHS[kind].path(*ends, 4))
    assert few.travelled[-1].item() == pytest.approx(many.travelled[-1].item(), rel=2e-3)


def test_geodesic_is_walked_in_steps_that_look_equal(checkpoint, ends):
    geodesic = walks.final_path(walks.search(checkpoint, *ends, codes=checkpoint.encoded.mu))
    walk = walks.walk(checkpoint, "geodesic", *ends, 9, geodesic=geodesic)
    steps = walk.travelled.diff()
    assert steps.max() < 1.05 * steps.min()
    assert walk.travelled[-1] <= walks.walk(checkpoint, "straight", *ends, 9).travelled[-1] * 1.001


@pytest.mark.parametrize("steps", [-1, 0, 1, 1_001, 10_000])
def test_path_of_too_few_or_too_many_steps_is_one_sentence(checkpoint, ends, steps):
    with pytest.raises(ConfigError, match="from 2 to 1,000 steps"):
        walks.walk(checkpoint, "straight", *ends, steps)


def test_label_counts_for_conditional_models(small):
    conditional = small(classes=10)
    ends = conditional.encoded.mu[0], conditional.encoded.mu[1]
    one, other = (walks.walk(conditional, "straight", *ends, 5, label=k) for k in (1, 2))
    assert not torch.equal(one.pictures, other.pictures)
    searched = [walks.final_path(walks.search(conditional, *ends, label=k)) for k in (1, 1)]
    assert torch.equal(*searched)


def test_codes_made_in_inference_mode_can_be_searched_between(checkpoint, held_out):
    with torch.inference_mode():
        start, end, among = (z.clone() for z in (*checkpoint.encoded.mu[:2], checkpoint.encoded.mu))
    assert walks.final_path(walks.search(checkpoint, start, end, codes=among)).isfinite().all()


def test_decoder_is_differentiable_and_agrees_with_the_model(checkpoint):
    z = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    decode = walks.decoder(checkpoint)
    torch.testing.assert_close(decode(z), checkpoint.model.decode(z).flatten(1))
    jacobian = torch.func.jacrev(lambda place: decode(place[None])[0])(z[0])
    step = torch.tensor([1e-3, -1e-3, 2e-3])
    change = decode((z[0] + step)[None])[0] - decode((z[0] - step)[None])[0]
    torch.testing.assert_close(2 * jacobian @ step, change, atol=1e-5, rtol=1e-2)


def test_cross_fade_mixes_two_pictures():
    first, last = torch.zeros(1, 4, 4), torch.ones(1, 4, 4)
    fade = walks.cross_fade(first, last, 5)
    assert fade.shape == (5, 1, 4, 4)
    assert fade[:, 0, 0, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]


def two_heaps(count=40):
    """Codes of class 0 around -3 and of class 1 around 3."""
    noise = 0.3 * torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(count) % 2
    mu = noise + (6 * labels - 3).unsqueeze(1)
    return EncodedSet(mu, torch.full_like(mu, -2.0), labels, "test")


@pytest.mark.parametrize("variational", [True, False])
def test_surroundings_tell_classes_and_the_gap_between_them(small, variational):
    model, heaps = small(variational=variational), two_heaps()
    usual = walks.code_densities(model, heaps)
    path = straight_path(torch.full((3,), -3.0), torch.full((3,), 3.0), 7)
    around = walks.surroundings(model, heaps, usual, path)
    assert [vote.label for vote in around.votes][::6] == [0, 1]
    assert around.votes[0].share == around.votes[-1].share == 1
    assert around.density[3] < around.density[0] - 1 and around.percent[3] == 0
    assert around.percent[0] > 20 and around.percent[-1] > 20


def test_items_at_the_ends_do_not_count(small):
    model, heaps = small(), two_heaps()
    lonely = EncodedSet(
        torch.cat([heaps.mu, torch.full((1, 3), 20.0)]),
        torch.cat([heaps.logvar, torch.full((1, 3), -2.0)]),
        torch.cat([heaps.labels, torch.tensor([2])]),
        "test",
    )
    usual, there = walks.code_densities(model, lonely), lonely.mu[-1:]
    with_it = walks.surroundings(model, lonely, usual, there)
    without = walks.surroundings(model, lonely, usual, there, [40])
    assert with_it.density > -5 > -100 > without.density
    assert with_it.percent > 0 == without.percent


def test_surroundings_of_a_set_that_is_all_ends_use_the_ends(small):
    model = small(count=2)
    usual = walks.code_densities(model, model.encoded)
    around = walks.surroundings(model, model.encoded, usual, model.encoded.mu, [0, 1])
    assert around.density.isfinite().all()


def test_one_code_tells_nothing_usual(small):
    model = small(count=1)
    assert walks.code_densities(model, model.encoded) is None
