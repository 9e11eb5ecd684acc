"""Pitfalls are named when the figures show them, and not otherwise."""

import dataclasses

import pytest

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.data.datasets import Split, load_dataset
from vae_explorer.training.diagnostics import Diagnosis, diagnose
from vae_explorer.training.engine import train


def lines(train, validation=None, kl=(2.0, 2.0, 2.0), beta=1.0):
    """Epochs with these losses, of which the KL is a part."""
    spent = sum(kl)

    def means(loss):
        return {"loss": loss, "reconstruction": loss - spent, "kl": spent}

    pairs = zip(train, validation or train, strict=True)
    return [
        {
            "epoch": epoch,
            "train": means(a),
            "validation": means(b),
            "kl_per_dimension": list(kl),
            "beta": beta,
            "learning_rate": 1e-3,
        }
        for epoch, (a, b) in enumerate(pairs, start=1)
    ]


def names(config, *args, **kwargs):
    return [found.name for found in diagnose(config, lines(*args, **kwargs))]


GOOD = [200.0, 160.0, 150.0, 146.0, 145.0, 144.8, 144.7, 144.65, 144.6, 144.58]
CONFIG = TrainConfig(epochs=10)


def test_good_run_has_nothing_to_be_told():
    assert names(CONFIG, GOOD) == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_first_epochs_are_not_judged(count):
    assert names(CONFIG, [500.0, 900.0][:count], kl=(0.0, 0.0, 0.0)) == []


@pytest.mark.parametrize(
    ("kl", "name", "figure"),
    [
        ((0.0, 0.01, 0.0), "Posterior collapse", "all 3"),
        ((2.0, 0.01, 0.0), "Posterior collapse in part", "2 of 3"),
    ],
)
def test_coordinates_that_carry_nothing_are_posterior_collapse(kl, name, figure):
    (found,) = diagnose(CONFIG, lines(GOOD, kl=kl))
    assert found.name == name and figure in found.evidence and "free_bits" in found.settings


def test_collapse_while_the_kl_weight_still_rises_is_no_news():
    config = TrainConfig(epochs=10, kl_annealing="linear")
    assert names(config, GOOD, kl=(0.0, 0.0, 0.0), beta=0.5) == []
    assert names(config, GOOD, kl=(0.0, 0.0, 0.0), beta=1.0) == ["Posterior collapse"]


def test_autoencoder_has_no_posterior_to_collapse():
    config = TrainConfig(model=ModelConfig(variational=False), epochs=10)
    assert names(config, GOOD, kl=(0.0, 0.0, 0.0)) == []


def test_loss_that_jumps_up_is_unstable():
    jumpy = [*GOOD[:6], 151.0, *GOOD[7:]]
    (found,) = diagnose(CONFIG, lines(jumpy))
    assert found.name == "Unstable training"
    assert "6.2 nats in epoch 7" in found.evidence and found.settings["clip_norm"] == 1.0


def test_jump_long_ago_is_forgotten():
    assert names(TrainConfig(epochs=30), [200.0, 150.0, 160.0, 150.0] + GOOD[3:4] * 16) == []


def test_cyclical_annealing_may_jump():
    jumpy = [*GOOD[:6], 151.0, *GOOD[7:]]
    assert names(TrainConfig(epochs=10, kl_annealing="cyclical"), jumpy) == []


def test_validation_that_rises_while_training_falls_is_overfitting():
    validation = [*GOOD[:5], 145.5, 146.0, 146.4, 146.8, 147.5]
    (found,) = diagnose(CONFIG, lines(GOOD, validation))
    assert (
        found.name == "Over-fitting"
        and "since epoch 5" in found.evidence
        and "2.5" in found.evidence
    )
    assert {"patience", "dropout"} <= set(found.settings)


def test_both_rising_is_not_overfitting():
    worse = [*GOOD[:5], 145.5, 146.0, 146.4, 146.8, 147.5]
    assert "Over-fitting" not in names(CONFIG, worse)


def test_loss_that_hardly_falls_is_slow():
    (found,) = diagnose(CONFIG, lines([543.0, 542.5, 542.0, 541.0]))
    assert found.name == "Slow convergence" and "541" in found.evidence and "543" in found.evidence


def test_run_that_ends_while_still_falling_is_too_short():
    falling = [200.0 - 5 * i for i in range(10)]
    (found,) = diagnose(CONFIG, lines(falling))
    assert found.name == "Slow convergence" and "5.0 nats" in found.evidence
    assert found.settings == {"epochs": 20}
    assert names(TrainConfig(epochs=11), falling) == []  # it is not over yet


def test_advice_can_be_followed():
    """Each setting exists and is accepted."""
    shapes = [
        lines(GOOD, kl=(0.0, 0.0, 0.0)),
        lines([*GOOD[:6], 151.0, *GOOD[7:]]),
        lines(GOOD, [*GOOD[:5], 145.5, 146.0, 146.4, 146.8, 147.5]),
        lines([543.0, 542.5, 542.0, 541.0]),
        lines([200.0 - 5 * i for i in range(10)]),
    ]
    found: list[Diagnosis] = [one for shape in shapes for one in diagnose(CONFIG, shape)]
    assert len({one.name for one in found}) == 4
    of_model = {field.name for field in dataclasses.fields(ModelConfig)}
    for one in found:
        settings = dict(one.settings)
        inner = {name: settings.pop(name) for name in of_model & set(settings)}
        model = dataclasses.replace(CONFIG.model, **inner)
        assert dataclasses.replace(CONFIG, model=model, **settings) != CONFIG


COLLAPSED = lines(GOOD, kl=(0.0, 0.01, 0.0))
JUMPY = lines([*GOOD[:6], 151.0, *GOOD[7:]])
OVERFITTED = lines(GOOD, [*GOOD[:5], 145.5, 146.0, 146.4, 146.8, 147.5])
STANDING = lines([543.0, 542.5, 542.0, 541.0])
GAUSSIAN = ModelConfig(likelihood="gaussian")
REGULAR = {"patience": 5, "augment": 0.5, "model": ModelConfig(dropout=0.2)}


@pytest.mark.parametrize(
    ("epochs", "tried", "settings"),
    [
        (COLLAPSED, {"beta": 784.0}, {"beta": 1.0}),
        (COLLAPSED, {"beta": 4.0, "free_bits": 0.5}, {"beta": 1.0}),
        (COLLAPSED, {"model": GAUSSIAN}, {"pixel_scale": 0.0}),
        (COLLAPSED, {}, {"free_bits": 0.1, "kl_annealing": "linear"}),
        (COLLAPSED, {"free_bits": 0.2}, {"kl_annealing": "linear"}),
        (COLLAPSED, {"kl_annealing": "cyclical"}, {"free_bits": 0.1}),
        (COLLAPSED, {"kl_annealing": "linear", "free_bits": 0.1}, {}),
        (COLLAPSED, {"objective": "iwae", "samples": 5}, {}),
        (JUMPY, {}, {"clip_norm": 1.0, "learning_rate": 1e-3}),
        (JUMPY, {"clip_norm": 1.0}, {"learning_rate": 1e-3}),
        (JUMPY, {"clip_norm": 1.0, "learning_rate": 0.3}, {"learning_rate": 1e-3}),
        (OVERFITTED, {"limit": 500}, {"limit": 0}),
        (OVERFITTED, {"patience": 9}, {"augment": 0.5, "dropout": 0.2}),
        (OVERFITTED, {"patience": 9, "augment": 0.2}, {"dropout": 0.2}),
        (OVERFITTED, REGULAR, {}),
        (STANDING, {"optimizer": "sgd"}, {"optimizer": "adamw", "learning_rate": 1e-3}),
        (STANDING, {"learning_rate": 0.5}, {"learning_rate": 1e-3}),
        (STANDING, {"learning_rate": 1e-6}, {"learning_rate": 1e-3, "optimizer": "adamw"}),
    ],
)
def test_remedy_answers_the_cause_and_is_not_what_was_tried(epochs, tried, settings):
    config = TrainConfig(epochs=20, **tried)
    (found,) = diagnose(config, [line | {"beta": config.beta} for line in epochs])
    assert found.settings == settings
    assert found.remedy[0].isupper() and found.remedy.endswith(".")


def test_collapse_in_part_that_withstood_all_means_fewer_coordinates():
    config = TrainConfig(epochs=20, kl_annealing="linear", free_bits=0.1)
    (found,) = diagnose(config, lines(GOOD, kl=(2.0, 0.01, 0.0)))
    assert found.settings == {"latent_dim": 1} and "were tried" in found.remedy


def test_large_kl_weight_is_named():
    (found,) = diagnose(TrainConfig(epochs=20, beta=784.0), lines(GOOD, kl=(0, 0, 0), beta=784.0))
    assert "weighs 784 times" in found.remedy and "free" not in found.remedy.lower()


def real(fields, model, pictures=100):
    """The lines that a real run leaves."""
    digits = load_dataset("digits")
    few = Split(digits.train.images[:pictures], digits.train.labels[:pictures])
    config = TrainConfig(
        model=ModelConfig(encoder=(32,), decoder=(32,), **model), precision="float32", **fields
    )
    reports = train(config, few, digits.validation, device="cpu")
    kept = []
    for report in reports:
        line = report._asdict()
        line |= {"train": report.train._asdict(), "validation": report.validation._asdict()}
        kept.append(line)
    return [found.name for found in diagnose(config, kept)]


def test_real_run_with_a_huge_beta_collapses():
    found = real({"epochs": 12, "beta": 200.0, "learning_rate": 1e-2, "batch_size": 16}, {})
    assert "Posterior collapse" in found


def test_real_run_on_a_handful_of_pictures_overfits():
    settings = {"epochs": 80, "learning_rate": 1e-2, "schedule": "constant", "batch_size": 8}
    assert "Over-fitting" in real(settings, {}, pictures=16)


def test_real_run_that_hardly_learns_is_slow():
    assert real({"epochs": 4, "learning_rate": 1e-6}, {})[-1] == "Slow convergence"


LATTICE = TrainConfig(epochs=6, encoder_epochs=4, objective="lattice")


def of_lattice(nll, elbo):
    """Epochs of a decoder with these figures, then epochs of its encoder with these."""
    main = [line | {"phase": "main"} for line in lines(nll, [200.0] * len(nll))]
    main = [line | {"lattice_nll": value} for line, value in zip(main, nll, strict=True)]
    rest = [line | {"phase": "encoder", "lattice_nll": nll[-1]} for line in lines(elbo)]
    whole = [*main, *rest]
    return [line | {"epoch": epoch} for epoch, line in enumerate(whole, start=1)]


FALLING = [150.0, 130.0, 125.0, 122.0, 121.0, 120.5]


def test_encoder_alone_begins_a_curve_of_its_own():
    """Its bound is looser than the decoder's: nothing has jumped."""
    assert diagnose(LATTICE, of_lattice(FALLING, [140.0, 132.0, 128.0])) == []
    (found,) = diagnose(LATTICE, of_lattice(FALLING, [140.0, 136.0, 132.0, 128.0]))
    assert found.name == "Slow convergence" and found.settings == {"encoder_epochs": 8}


def test_decoder_over_a_lattice_is_judged_by_the_lattice():
    rising = [150.0, 130.0, 125.0, 126.0, 127.0, 128.0]
    train = [150.0, 130.0, 125.0, 123.0, 121.0, 119.0]
    told = of_lattice(rising, [])
    losses = [line["train"] for line in lines(train)]
    told = [line | {"train": means} for line, means in zip(told, losses, strict=True)]
    (found,) = diagnose(LATTICE, told)
    assert found.name == "Over-fitting" and "since epoch 3" in found.evidence
    assert found.settings == {"augment": 0.5}
    assert dataclasses.replace(LATTICE, **found.settings).augment == 0.5
