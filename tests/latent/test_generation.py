"""Draws that depend on their own seed alone, classes by their density, styles, and who judges."""

import math

import pytest
import torch

from vae_explorer.errors import ConfigError, DataError
from vae_explorer.latent import geometry
from vae_explorer.latent.generation import (
    ClassDensity,
    class_density,
    density_half,
    from_prior,
    in_every_class,
    is_far,
    of_class,
    read_seeds,
    renewed_seeds,
    seeds_text,
    with_new_seed,
)
from vae_explorer.models.checkpoints import EncodedSet

# the prior


def test_tile_is_the_same_whatever_stands_beside_it(checkpoint):
    many, few = from_prior(checkpoint, range(30)), from_prior(checkpoint, [7, 29])
    assert torch.equal(many.z[[7, 29]], few.z)
    assert torch.allclose(many.pictures[[7, 29]], few.pictures, atol=1e-6)


def test_temperature_scales_the_draw_and_zero_is_the_middle(checkpoint):
    one, half, none = (from_prior(checkpoint, [3, 4], t) for t in (1.0, 0.5, 0.0))
    assert torch.equal(one.z, geometry.prior_samples([3, 4], 3))
    assert torch.allclose(half.z, one.z / 2)
    assert none.z.abs().max() == 0 and torch.equal(none.pictures[0], none.pictures[1])


def test_conditional_model_draws_the_class_it_is_told(small):
    model = small(classes=10)
    labels = torch.tensor([2, 9])
    both = from_prior(model, [5, 5], label=labels).pictures
    assert not torch.equal(*both)
    assert torch.allclose(both[1], from_prior(model, [5], label=9).pictures[0], atol=1e-6)


def test_no_seeds_make_no_pictures(checkpoint):
    assert from_prior(checkpoint, []).pictures.shape == (0, 1, 28, 28)
    assert of_class(checkpoint, checkpoint.encoded, 3, []).z.shape == (0, 3)


# the density of a class


def codes(count: int = 400, spread: float = 0.1) -> EncodedSet:
    """Two classes of codes, around (-2, 0) and (2, 0)."""
    labels = torch.arange(count) // 2 % 2
    draw = torch.Generator().manual_seed(0)
    middles = torch.stack([labels * 4.0 - 2.0, torch.zeros(count)], dim=1)
    mu = middles + torch.randn(count, 2, generator=draw) * 0.5
    return EncodedSet(mu, torch.full_like(mu, 2 * math.log(spread)), labels, "test")


def test_class_density_has_the_moments_of_its_mixture(small):
    model, encoded = small(latent_dim=2), codes()
    density = class_density(model, encoded, 1)
    drawn = density.sample(range(4000))
    members = encoded.mu[density_half(encoded.labels) & (encoded.labels == 1)]
    assert torch.allclose(drawn.mean(dim=0), members.mean(dim=0), atol=0.04)
    expected = members.var(dim=0, correction=0) + 0.1**2
    assert torch.allclose(drawn.var(dim=0), expected, rtol=0.1)


def test_class_density_knows_only_the_half_that_does_not_judge(small):
    encoded = codes()
    strange = encoded.mu.clone()
    strange[~density_half(encoded.labels)] += 100
    told = class_density(small(latent_dim=2), encoded._replace(mu=strange), 0)
    assert torch.equal(told.mu, class_density(small(latent_dim=2), encoded, 0).mu)


def test_half_of_each_class_is_drawn_from_however_they_are_ordered():
    labels = torch.tensor([0, 1, 0, 1, 0, 1, 2])
    assert density_half(labels).tolist() == [True, True, False, False, True, True, True]


def test_temperature_of_a_density_goes_from_its_middle_to_itself():
    density = ClassDensity(torch.tensor([[0.0, 4.0], [2.0, 0.0]]), torch.full((2, 2), 0.1))
    cold, half, whole = (density.sample(range(50), t) for t in (0.0, 0.5, 1.0))
    middle = torch.tensor([1.0, 2.0])
    assert torch.allclose(cold, middle.expand(50, 2))
    assert torch.allclose(half, middle + (whole - middle) / 2, atol=1e-6)
    near = torch.cdist(whole, density.mu).min(dim=1).values
    assert near.max() < 0.6 and whole[:, 0].min() < 0.5 and whole[:, 0].max() > 1.5


def test_draw_of_a_density_depends_on_its_seed_alone():
    density = ClassDensity(torch.randn(9, 3), torch.rand(9, 3))
    assert torch.equal(density.sample(range(20))[[4, 17]], density.sample([4, 17]))


def test_autoencoder_has_codes_as_wide_as_scotts_rule(small):
    encoded = codes(spread=1e-3)
    density = class_density(small(latent_dim=2, variational=False), encoded, 0)
    width = density.mu.std(dim=0) * len(density.mu) ** (-1 / 6)
    assert torch.allclose(density.sigma, width.expand_as(density.sigma))


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 encoded picture of"), (0, "0 encoded pictures")]
)
def test_class_of_too_few_pictures_is_refused_in_a_sentence(small, count, said):
    encoded = codes()
    labels = torch.zeros_like(encoded.labels)
    labels[:count] = 1
    with pytest.raises(DataError, match=f"{said}.*class 1.*choose another"):
        of_class(small(latent_dim=2), encoded._replace(labels=labels), 1, [0])


def test_model_without_encoded_pictures_has_no_class_density(small):
    with pytest.raises(DataError, match="no encoded pictures"):
        of_class(small(count=0), None, 1, [0])


def test_class_that_a_conditional_model_lacks_is_refused(small):
    with pytest.raises(DataError, match="classes 0 to 9, not 10"):
        of_class(small(classes=10), None, 10, [0])


def test_conditional_model_needs_no_codes_to_make_a_class(small):
    model = small(classes=10, count=0)
    made = of_class(model, None, 4, [1, 2])
    assert torch.equal(made.z, geometry.prior_samples([1, 2], 3))


# styles


def test_told_model_keeps_the_style_and_changes_the_class(small):
    model, z = small(classes=10), torch.randn(2, 3)
    made = in_every_class(model, None, z, None)
    assert made.pictures.shape == (2, 10, 1, 28, 28) and made.z.shape == (2, 10, 3)
    assert torch.equal(made.z, z.unsqueeze(1).expand(2, 10, 3))
    alone = model.model.decode(z[1:], torch.tensor([7]))
    assert torch.allclose(made.pictures[1, 7], alone[0], atol=1e-6)


def test_other_model_goes_from_centre_to_centre_and_stays_in_its_own_class(small):
    model, encoded = small(latent_dim=2, names=2), codes()
    z, labels = encoded.mu[:3], encoded.labels[:3]
    made = in_every_class(model, encoded, z, labels)
    assert torch.allclose(made.z[torch.arange(3), labels], z)
    centres = torch.stack([encoded.mu[encoded.labels == c].mean(dim=0) for c in (0, 1)])
    assert torch.allclose(made.z[0, 1] - made.z[0, 0], centres[1] - centres[0], atol=1e-5)
    assert torch.allclose(made.pictures[0, 1], model.model.decode(made.z[:1, 1])[0], atol=1e-6)


def test_class_that_nobody_has_encoded_has_no_style_and_its_picture_is_black(small):
    model, encoded = small(latent_dim=2, names=3), codes()
    made = in_every_class(model, encoded, encoded.mu[:2], encoded.labels[:2])
    assert made.z[:, 2].isnan().all() and made.pictures[:, 2].max() == 0
    assert made.pictures[:, :2].min() > 0


def test_style_of_nothing_encoded_is_refused(small):
    with pytest.raises(DataError, match="no class centres"):
        in_every_class(small(count=0), None, torch.zeros(1, 3), torch.tensor([0]))


def test_place_far_from_all_data_is_called_so():
    mu = torch.zeros(5, 2)
    assert is_far(mu, torch.tensor([[0.0, 0.4], [3.0, 4.0]]), 0.5).tolist() == [False, True]
    assert not is_far(torch.empty(0, 2), torch.ones(3, 2), 0.0).any()


# seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("0-3", [0, 1, 2, 3]),
        ("7", [7]),
        ("0-2,9,4-5", [0, 1, 2, 9, 4, 5]),
        ("3,3,2", [3, 3, 2]),
        ("2147483647", [2**31 - 1]),
    ],
)
def test_seeds_are_written_as_they_are_read(text, seeds):
    assert read_seeds(text) == seeds
    assert seeds_text(seeds) == text


def test_spaces_between_seeds_are_read():
    assert read_seeds(" 1 - 3 , 8 ") == [1, 2, 3, 8]


@pytest.mark.parametrize(
    "text", ["", ",", "a", "5-2", "-1", "1.5", "2147483648", "0-10000", "0-9999,1", "٣", "1--2"]
)
def test_nonsense_in_place_of_seeds_is_refused(text):
    with pytest.raises(ConfigError, match="are no seeds"):
        read_seeds(text)


def test_new_seeds_follow_the_shown_ones_and_locked_tiles_keep_theirs():
    seeds = renewed_seeds(list(range(10)), {1, 3}, shown=4)
    assert seeds == [4, 1, 5, 3, 6, 7, 8, 9, 10, 11]
    assert renewed_seeds(seeds, set(), shown=4)[:4] == [6, 7, 8, 9]


def test_one_tile_drawn_anew_gets_a_seed_that_no_other_has():
    assert with_new_seed([4, 1, 5, 9], 1) == [4, 10, 5, 9]
