"""Settings refuse nonsense with a message, and survive the way through JSON."""

import dataclasses
import json

import pytest

from vae_explorer.config import (
    ModelConfig,
    ReadingChoice,
    TrainConfig,
    choices,
    from_dict,
    help_text,
    to_dict,
)
from vae_explorer.errors import ConfigError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.presets import PRESET_HELP, PRESETS

NAN, INFINITY = float("nan"), float("inf")

BAD_MODEL_FIELDS = [
    ("latent_dim", [0, -1, 1025, 2.0, "3", None, True]),
    ("encoder", [(), (0,), (-4,), (10_000,), (16.0,), ("a",), (True,), "abc", 5, None, ((1,),)]),
    ("encoder", [(8,) * 17]),
    ("decoder", [(), (0,), (-4,), (10_000,), (16.0,), ("a",), (True,), "abc", 5, None, ((1,),)]),
    ("decoder", [(8,) * 17]),
    ("convolutions", [(0,), (8,) * 5, (1.5,), 5, None, {"a": 1}]),
    ("decoder_convolutions", [(0,), (8,) * 5, (1.5,), 5, None, {"a": 1}]),
    ("upsampling", ["bilinear", None]),
    ("normalization", ["layer", None]),
    ("activation", ["tanh", "", None, ["gelu"], 1]),
    ("fourier", [-1, 10_000, 1.5, "4", None, False]),
    ("fourier_scale", [-0.1, 101, NAN, INFINITY, "1", None, True]),
    ("residual", [1, "yes", None]),
    ("dropout", [-0.1, 1, NAN, "0.2", None, True]),
    ("classes", [-1, 1001, 2.5, "ten", None, True]),
    ("variational", [1, "yes", None]),
    ("likelihood", ["poisson", None, 1]),
    ("pixel_scale", [-0.1, 101, NAN, "1", None, True]),
    ("image_size", [7, 257, 28.0, "28", None]),
    ("image_width", [-1, 7, 257, 28.0, None]),
    ("channels", [0, 2, 4, 1.0, None]),
]
BAD_TRAIN_FIELDS = [
    ("model", [None, {}, "mnist-3d"]),
    ("dataset", ["", "  ", None, 3]),
    ("reading", [None, {}, "grey"]),
    ("epochs", [0, -1, 100_001, 1.5, "10", None, True]),
    ("polish_epochs", [-1, 100_001, 1.5, None]),
    ("batch_size", [0, 65_537, 12.5, None]),
    ("optimizer", ["lbfgs", None]),
    ("learning_rate", [0, -1e-3, 2e6, NAN, INFINITY, "fast", None]),
    ("polish_learning_rate", [0.0, -1e-3, 2e6, NAN, INFINITY, None]),
    ("weight_decay", [-0.1, 11, NAN, None]),
    ("schedule", ["triangle", None]),
    ("momentum", [-0.1, 1, NAN, None]),
    ("square_decay", [-0.1, 1, NAN, None]),
    ("clip_norm", [-1, NAN, INFINITY, None]),
    ("objective", ["vae", None]),
    ("samples", [0, 1001, 1.5, None]),
    ("lattice_points", [0, 1, 2**20 + 1, 4096.0, None]),
    ("lattice_start", [0, 1, 2**20 + 1, 512.0, None]),
    ("proposals", [-1, 1001, 1.5, None]),
    ("polish_objective", ["vae", None]),
    ("encoder_epochs", [-1, 100_001, 1.5, None]),
    ("encoder_augment", [-0.1, 1.5, NAN, None]),
    ("encoder_learning_rate", [0.0, -1e-3, 2e6, NAN, INFINITY, None]),
    ("beta", [-0.1, 1001, NAN, "1", None]),
    ("kl_annealing", ["exponential", None]),
    ("kl_warmup", [-0.1, 1.1, NAN, None]),
    ("kl_cycles", [0, -1, 1001, 1.5, None]),
    ("free_bits", [-0.1, 101, NAN, None]),
    ("patience", [-1, 100_001, 1.5, None]),
    ("binarize", ["sometimes", True]),
    ("input_dropout", [-0.1, 1, NAN, None]),
    ("augment", [-0.1, 1.1, NAN, None]),
    ("deformation", ["wild", None]),
    ("augment_for", ["decoder", None]),
    ("polish_augment", [-0.1, 1.1, NAN, None]),
    ("average", [-0.1, 1, NAN, None]),
    ("precision", ["float16", None]),
    ("threads", [-1, 1025, 1.5, None]),
    ("limit", [-1, 10_000_001, 1.5, None]),
    ("seed", [-1, 2**31, 1.5, None]),
]


BAD_READING_FIELDS = [
    ("size", [-1, 7, 257, 28.0, None]),
    ("colour", ["red", None]),
    ("polarity", ["dark", None]),
    ("darkest", [1.0, NAN, "0", None, True]),
    ("brightest", [-1.0, NAN, "0", None, True]),
    ("preparation", ["none", None]),
]


def each_value(table):
    return [pytest.param(name, v, id=f"{name}={v!r}") for name, values in table for v in values]


@pytest.mark.parametrize(("name", "value"), each_value(BAD_MODEL_FIELDS))
def test_model_setting_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        ModelConfig(**{name: value})


@pytest.mark.parametrize(("name", "value"), each_value(BAD_TRAIN_FIELDS))
def test_training_setting_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        TrainConfig(**{name: value})


@pytest.mark.parametrize(("name", "value"), each_value(BAD_READING_FIELDS))
def test_choice_of_reading_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        ReadingChoice(**{name: value})


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (ModelConfig, BAD_MODEL_FIELDS),
        (TrainConfig, BAD_TRAIN_FIELDS),
        (ReadingChoice, BAD_READING_FIELDS),
    ],
)
def test_no_field_is_left_unchecked(kind, table):
    assert {name for name, _ in table} == {f.name for f in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (ModelConfig, {"convolutions": (8,), "classes": 10}, "conditional"),
        (ModelConfig, {"encoder": ()}, "hidden layer"),
        (TrainConfig, {"objective": "iwae", "beta": 2.0, "samples": 5}, "beta"),
        (TrainConfig, {"objective": "iwae", "kl_annealing": "linear"}, "kl_annealing"),
        (TrainConfig, {"objective": "iwae", "free_bits": 0.1}, "free_bits"),
        (TrainConfig, {"patience": 3, "polish_epochs": 2}, "early stopping"),
        (TrainConfig, {"patience": 3, "encoder_epochs": 2}, "early stopping"),
        (TrainConfig, {"polish_objective": "iwae", "beta": 2.0}, "beta"),
        (TrainConfig, {"model": ModelConfig(variational=False), "objective": "iwae"}, "posterior"),
        (TrainConfig, {"model": ModelConfig(variational=False), "samples": 2}, "posterior"),
        (TrainConfig, {"model": ModelConfig(variational=False), "free_bits": 0.1}, "free_bits"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(kind, fields, message):
    with pytest.raises(ConfigError, match=message):
        kind(**fields)


def test_convolutions_alone_are_encoder_enough():
    assert ModelConfig(encoder=(), convolutions=(8,)).convolutions == (8,)


def test_whole_number_is_a_fine_value_for_a_fraction():
    assert TrainConfig(beta=2, average=0).beta == 2


def test_configs_cannot_be_changed_once_made():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().latent_dim = 4


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(),
        ModelConfig(latent_dim=5, convolutions=(8, 16), encoder=(), residual=True),
        TrainConfig(model=ModelConfig(classes=10, fourier=0), seed=3, beta=0.5),
        *PRESETS.values(),
    ],
)
def test_config_survives_the_way_through_json(config):
    assert from_dict(type(config), json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize("kind", [ModelConfig, TrainConfig])
def test_missing_settings_take_their_defaults(kind):
    assert from_dict(kind, {}) == kind()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (ModelConfig, {"latent_dim": 3, "betta": 1}),
        (TrainConfig, {"betta": 1}),
        (TrainConfig, {"model": {"betta": 1}}),
    ],
)
def test_unknown_setting_is_named(kind, values):
    with pytest.raises(ConfigError, match="betta"):
        from_dict(kind, values)


@pytest.mark.parametrize("values", [None, 5, [], "model"])
@pytest.mark.parametrize("kind", [ModelConfig, TrainConfig])
def test_settings_must_be_an_object(kind, values):
    with pytest.raises(ConfigError, match="object"):
        from_dict(kind, values)


def test_pixels_and_total_epochs_follow_from_the_settings():
    assert ModelConfig(image_size=16).pixels == 256
    assert TrainConfig(epochs=4, polish_epochs=3).total_epochs == 7


@pytest.mark.parametrize("name", PRESETS)
def test_preset_is_explained_in_one_line(name):
    assert PRESET_HELP[name].strip() and "\n" not in PRESET_HELP[name]


def test_help_and_presets_have_the_same_names():
    assert set(PRESET_HELP) == set(PRESETS)


TUTORIALS = {  # encoder, D, activation, epochs, data set
    "mnist-2d-tutorial": ((512, 256), 2, "relu", 50, "mnist"),
    "mnist-3d-tutorial": ((392, 392), 3, "leaky_relu", 10, "mnist"),
    "mnist-32d-tutorial": ((256, 128), 32, "relu", 50, "mnist"),
    "fashion-64d-tutorial": ((256, 128), 64, "relu", 50, "fashion-mnist"),
    "mnist-autoencoder-tutorial": ((512,), 128, "relu", 50, "mnist"),
}


@pytest.mark.parametrize("name", TUTORIALS)
def test_tutorial_preset_is_the_tutorials_model_and_loop(name):
    preset, (encoder, latent_dim, activation, epochs, dataset) = PRESETS[name], TUTORIALS[name]
    model = preset.model
    assert (model.pixels, model.encoder, model.latent_dim) == (784, encoder, latent_dim)
    assert (model.decoder, model.activation, model.fourier) == (encoder[::-1], activation, 0)
    assert model.variational == ("autoencoder" not in name) and not model.classes
    assert model.likelihood == "bernoulli" and preset.objective == "elbo" and preset.beta == 1
    assert (preset.optimizer, preset.learning_rate, preset.schedule) == ("adam", 1e-3, "constant")
    assert (preset.batch_size, preset.epochs, preset.polish_epochs) == (128, epochs, 0)
    assert (preset.augment, preset.average, preset.input_dropout, model.dropout) == (0, 0, 0, 0)
    assert preset.dataset == dataset and preset.precision == "float32"


@pytest.mark.parametrize("kind", [ModelConfig, TrainConfig, ReadingChoice])
def test_every_single_setting_has_a_help_text(kind):
    for field in dataclasses.fields(kind):
        assert bool(help_text(kind, field.name)) == (field.name not in {"model", "reading"})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": ModelConfig(latent_dim=5)}, "at most 3 latent coordinates, this one has 5: use"),
        ({"model": ModelConfig(classes=10)}, "no classes: set classes to 0, or use iwae"),
        ({"model": ModelConfig(variational=False)}, "no posterior"),
        ({"model": ModelConfig(dropout=0.1)}, "set dropout to 0"),
        ({"model": ModelConfig(convolutions=(4,), normalization="batch")}, "group or none"),
        ({"beta": 2.0}, "no KL term to weigh: set beta to 1"),
        ({"kl_annealing": "linear"}, "kl_annealing to none"),
        ({"samples": 5}, "set samples to 1, and see proposals"),
        ({"patience": 3}, "set patience to 0"),
        ({"lattice_points": 1000}, "powers of two, such as 4096"),
        ({"lattice_start": 100}, "powers of two"),
        (
            {"lattice_points": 2**20},
            r"\d GB a step for 1,048,576 points .* has 4: lower",
        ),
        ({"proposals": 1000, "batch_size": 4096}, "1,000 proposals .* lower lattice_points"),
    ],
)
def test_what_a_lattice_cannot_sum_over_is_refused_in_a_sentence(fields, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(objective="lattice", **fields)
    assert TrainConfig(objective="lattice", proposals=8).samples == 1


def test_polish_by_a_lattice_is_refused_for_the_same_reasons():
    with pytest.raises(ConfigError, match="at most 3 latent coordinates"):
        TrainConfig(model=ModelConfig(latent_dim=5), polish_objective="lattice")
    assert TrainConfig(objective="iwae", samples=5, polish_objective="lattice").samples == 5


def test_choices_are_the_values_that_are_accepted():
    for name in choices(ModelConfig, "activation"):
        assert ModelConfig(activation=name).activation == name
    assert choices(TrainConfig, "objective") == tuple(OBJECTIVES) == ("elbo", "iwae", "lattice")
