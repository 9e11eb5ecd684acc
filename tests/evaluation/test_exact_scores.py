"""The exact likelihood of a split: which models have it, and that it is the encoder-free one."""

import pytest
import torch

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import Split
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import exact_scores, metrics
from vae_explorer.models.vae import new_model


def silent(what: str, share: float) -> None:
    """Progress that nobody watches."""


def small(**fields):
    """A model of 8 x 8 pictures."""
    config = ModelConfig(encoder=(8,), decoder=(8,), fourier=4, image_size=8, **fields)
    return new_model(config, 0).requires_grad_(False).eval()


@pytest.fixture
def pictures():
    """Twelve pictures of noise, of three classes."""
    images = torch.randint(0, 256, (12, 8, 8), generator=torch.Generator().manual_seed(0))
    return Split(images.byte(), torch.arange(12) % 3)


def test_exact_likelihood_is_the_encoder_free_one(pictures):
    model = small()
    model.decoder[-1].weight.mul_(4)  # or z would hardly matter
    score = exact_scores.exact_nll(model, pictures, "test", 3, 2**12, silent)
    expected = metrics.prior_nll(model, pictures, "test", 3, 2**14, silent)
    assert score.value == pytest.approx(expected.value, abs=0.02)
    assert score.standard_error == pytest.approx(expected.standard_error, abs=0.02)


def test_protocol_states_its_numbers(pictures):
    protocol = exact_scores.exact_nll(small(), pictures, "test", 3, 64, silent).protocol
    for part in ("12 test images", "seed 3", "binarised", "lattice of 64 points", "error 0."):
        assert part in protocol


@pytest.mark.parametrize(
    ("fields", "points", "given"),
    [
        ({}, 64, True),
        ({}, 0, False),
        ({"classes": 3}, 64, True),
        ({"latent_dim": 4}, 64, False),
        ({"variational": False}, 64, False),
        ({"likelihood": "gaussian"}, 64, False),
        ({"likelihood": "gaussian", "pixel_scale": 0.2}, 64, True),
    ],
)
def test_only_models_of_few_coordinates_and_a_likelihood_have_it(pictures, fields, points, given):
    shares = []
    scores = exact_scores.exact_scores(
        small(**fields), pictures, "test", 0, points, lambda what, share: shares.append(share)
    )
    assert set(scores) == ({"exact_nll"} if given else set())
    assert not given or shares[-1] == 1


def test_conditional_model_is_asked_under_each_pictures_class(pictures):
    model = small(classes=3)
    score = exact_scores.exact_nll(model, pictures, "test", 0, 64, silent)
    moved = Split(pictures.images, (pictures.labels + 1) % 3)
    assert score.value != exact_scores.exact_nll(model, moved, "test", 0, 64, silent).value


def test_number_of_points_that_makes_no_lattice_is_refused(pictures):
    with pytest.raises(ExplorerError, match="power of two"):
        exact_scores.exact_nll(small(), pictures, "test", 0, 100, silent)
