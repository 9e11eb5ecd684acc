"""Before a run the model's shape is made that of the pictures, and settings that suit are named."""

import pytest
import torch

from vae_explorer.config import ModelConfig
from vae_explorer.data.splits import Dataset, Split
from vae_explorer.errors import ConfigError
from vae_explorer.presets import PRESETS
from vae_explorer.training.run_preparation import (
    BERNOULLI_COLOUR,
    fit_to_pictures,
    is_nearly_binary,
    prepare,
    suggested_settings,
)


def split(*shape: int, count: int = 40, value: int | None = None) -> Split:
    """Pictures of a shape, of one value or of noise."""
    draw = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, *shape), generator=draw).byte()
    if value is not None:
        images = torch.full_like(images, value)
    return Split(images, torch.zeros(count).long())


def test_model_that_fits_is_left_alone():
    assert fit_to_pictures(ModelConfig(), (1, 28, 28)) == (ModelConfig(), "")


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 10, 24), (3, 8, 256)])
def test_model_takes_the_shape_of_the_pictures_and_says_so(shape):
    fitted, note = fit_to_pictures(ModelConfig(), shape)
    assert fitted.image_shape == shape
    assert f"{shape[2]} × {shape[1]} pixels in {'colour' if shape[0] == 3 else 'grey'}" in note


def test_layers_that_pictures_are_too_small_for_are_refused():
    with pytest.raises(ConfigError, match="at most 3 convolutions"):
        fit_to_pictures(PRESETS["conv-128"].model, (1, 8, 8))


@pytest.mark.parametrize(
    ("shape", "preset"),
    [((28, 28), "conv-28"), ((3, 64, 64), "conv-64"), ((3, 20, 128), "conv-128")],
)
def test_preset_suits_the_size(shape, preset):
    name, _ = suggested_settings(split(*shape))
    assert name == preset


def test_pixels_suit_the_values():
    black_and_white = split(16, 16, value=0)
    assert is_nearly_binary(black_and_white) and not is_nearly_binary(split(16, 16))
    assert not is_nearly_binary(split(3, 16, 16, value=0)), "colour is Gaussian"
    assert suggested_settings(black_and_white)[1]["likelihood"] == "bernoulli"
    _, settings = suggested_settings(split(3, 16, 16))
    assert (settings["likelihood"], settings["pixel_scale"]) == ("gaussian", 0.0)


def test_few_pictures_are_seen_more_often_in_smaller_batches():
    _, few = suggested_settings(split(16, 16, count=100))
    _, many = suggested_settings(split(8, 8, count=20_000))
    assert few["epochs"] > many["epochs"] and few["batch_size"] < many["batch_size"]


def test_bernoulli_pixels_of_colour_are_said(tiny_training, replaced):
    colours = Dataset("discs", *[split(3, 16, 16)] * 3, classes=("disc",))
    ready = prepare(replaced(tiny_training, likelihood="bernoulli"), colours)
    assert ready.notes[-1] == BERNOULLI_COLOUR
    ready = prepare(replaced(tiny_training, likelihood="gaussian", pixel_scale=0.0), colours)
    assert BERNOULLI_COLOUR not in ready.notes


def test_preparation_reads_what_the_settings_name(tiny_training, replaced):
    ready = prepare(replaced(tiny_training, dataset="digits", image_size=16))
    assert ready.config.model.image_shape == ready.dataset.train.image_shape == (1, 28, 28)
    assert "made for the pictures" in ready.notes[-1]
