"""What explore and LiveView make of a model and the data that comes with it."""

import dataclasses

import numpy as np
import pytest
import torch

from vae_explorer.config import ModelConfig
from vae_explorer.data import datasets, given
from vae_explorer.errors import CheckpointError, ConfigError, DataError
from vae_explorer.models import inference
from vae_explorer.models.vae import VAE, new_model
from vae_explorer.notebook import live_model
from vae_explorer.training.runs import live_models
from vae_explorer.training.runs.model_library import DEFAULT, list_models
from vae_explorer.ui.session import dataset_cache, latent_space, model_cache

NONE: dict = {}


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    for name in live_models.names():
        live_models.forget(name)
        given.forget(f"given:{name}")


@pytest.fixture
def data(held_out):
    """Forty digits as signed floats (N, 1, 28, 28), and their labels."""
    return held_out.images[:, None] / 127.5 - 1, held_out.labels


def test_live_models_stand_first_and_the_newest_is_the_default(model, data):
    assert list_models()[0].key == DEFAULT
    live_model.kept(model, *data, "one", NONE)
    live_model.kept(model, *data, "two", NONE)
    first, second, third = list_models()[:3]
    assert (first.key, first.title, first.path) == ("live:two", "two (live)", None)
    assert second.key == "live:one" and third.key == DEFAULT


def test_the_app_is_handed_the_very_object(model, data):
    _, checkpoint = live_model.kept(model, *data, "mine", NONE)
    entry = list_models()[0]
    assert model_cache.load(entry) is checkpoint
    assert model_cache.summary(entry).row.name == "mine (live)"
    weight = next(model.parameters())
    assert next(checkpoint.model.parameters()).data_ptr() == weight.data_ptr()


def test_a_model_stays_as_it_is_and_is_followed_while_it_trains(small_config, data):
    model = new_model(small_config, 0).train()
    _, checkpoint = live_model.kept(model, *data, "mine", NONE)
    assert model.training and all(p.requires_grad for p in model.parameters())
    before = inference.decode(checkpoint, torch.zeros(3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1)
    assert not torch.equal(inference.decode(checkpoint, torch.zeros(3)), before)


def test_its_pictures_are_the_apps_test_pictures(model, data):
    _, checkpoint = live_model.kept(model, *data, "mine", NONE)
    dataset = dataset_cache.of_model(checkpoint)
    assert dataset is datasets.load_dataset("given:mine")
    assert latent_space.of(checkpoint).codes.labels.tolist() == dataset.test.labels.tolist()


def test_shown_again_no_cache_answers_with_what_it_was(model, data):
    images, labels = data
    _, first = live_model.kept(model, images, labels, "mine", NONE)
    before = dataset_cache.of_model(first)
    _, second = live_model.kept(model, images.flip(3), labels, "mine", NONE)
    assert first.sha256 != second.sha256
    assert not torch.equal(dataset_cache.of_model(second).test.images, before.test.images)
    assert len([entry for entry in list_models() if entry.key.startswith("live:")]) == 1


def test_a_model_that_has_been_let_go_of_is_gone(model, data):
    live_model.kept(model, *data, "mine", NONE)
    entry = list_models()[0]
    live_models.forget("mine")
    with pytest.raises(CheckpointError, match="is gone"):
        model_cache.load(entry)


def test_the_widgets_points_are_the_pictures_in_their_order(model, held_out, data):
    checkpoint = live_model.encoded(model, *data, NONE)
    mu, _ = model.encode(datasets.to_unit(held_out.images))
    assert torch.allclose(checkpoint.encoded.mu, mu, atol=1e-5)
    assert checkpoint.encoded.labels.tolist() == held_out.labels.tolist()


def test_one_picture_is_enough_for_the_widget(model, data):
    checkpoint = live_model.encoded(model, data[0][:1], None, NONE)
    assert checkpoint.encoded.mu.shape == (1, 3)


def test_a_checkpoint_keeps_how_it_reads_pictures(checkpoint, held_out):
    reading = dataclasses.replace(checkpoint.picture_reading, inverted=True)
    turned = dataclasses.replace(checkpoint, reading=reading)
    codes = live_model.encoded(turned, 255 - held_out.images, held_out.labels, NONE).encoded
    assert torch.allclose(codes.mu, checkpoint.encoded.mu, atol=1e-5)


def test_without_pictures_a_checkpoint_keeps_its_codes(checkpoint):
    assert live_model.encoded(checkpoint, None, None, NONE).encoded is checkpoint.encoded


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((40, 16, 16), np.uint8), None, r"\(1, 16, 16\).*\(1, 28, 28\)"),
        (np.zeros((40, 28, 28), np.uint8), np.zeros(39), r"\(40, 28, 28\).*\(39,\)"),
        (None, np.zeros(39), "labels but no pictures"),
    ],
)
def test_data_that_does_not_fit_is_one_error(model, images, labels, said):
    for take in (live_model.kept, live_model.encoded):
        given_too = ("mine",) if take is live_model.kept else ()
        with pytest.raises(DataError, match=said):
            take(model, images, labels, *given_too, NONE)


def test_what_is_no_model_is_said(model):
    with pytest.raises(CheckpointError, match="int is no model"):
        live_model.encoded(3, None, None, NONE)
    with pytest.raises(ConfigError, match="output_range"):
        live_model.encoded(model, None, None, {"output_range": "signed"})


def test_a_broken_model_is_said():
    broken = VAE(ModelConfig(encoder=(8,), decoder=(8,), fourier=0))
    with torch.no_grad():
        next(broken.parameters()).fill_(float("nan"))
    with pytest.raises(CheckpointError, match="not finite"):
        live_model.encoded(broken, None, None, NONE)


def test_a_call_that_fails_leaves_the_model_of_that_name_as_it_is(model, data):
    _, first = live_model.kept(model, *data, "mine", NONE)
    before = given.get("given:mine")
    wide = data[0].repeat(1, 1, 1, 2)
    with pytest.raises(DataError, match="but the model takes"):
        live_model.kept(model, wide, data[1], "mine", NONE)
    assert live_models.get("mine") is first and given.get("given:mine") is before
    with pytest.raises(DataError):
        live_model.kept(model, wide, data[1], "another", NONE)
    assert given.get("given:another") is None
