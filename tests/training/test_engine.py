"""Training repeats bit by bit, resumes exactly, stops cleanly and learns."""

import itertools
import math

import pytest
import torch

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.errors import ConfigError, TrainingError
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.models.vae import new_model
from vae_explorer.presets import PRESETS
from vae_explorer.training import distributed, engine
from vae_explorer.training.distributed import Group
from vae_explorer.training.engine import measure, train
from vae_explorer.training.objective import batch_module
from vae_explorer.training.objective.losses import batch_loss
from vae_explorer.training.optimizers import AVERAGE_EVERY, new_optimizer
from vae_explorer.training.schedules import learning_rate


@pytest.mark.parametrize("count", [100, 2], ids=["small batches", "few pictures"])
def test_batch_that_leaves_a_process_without_a_picture_is_refused(
    monkeypatch, tiny_training, replaced, few, held_out, count
):
    monkeypatch.setattr(distributed, "group", lambda: Group(0, 3))
    config = replaced(tiny_training, batch_size=2 if count > 2 else 32, limit=count)
    with pytest.raises(ConfigError, match="2 pictures at most, too few for 3 processes"):
        next(train(config, few, held_out, device="cpu"))


@pytest.fixture
def fit(few, held_out):
    """Train on a few digits; returns the reports, each with a copy of its live tensors."""

    def run(config, **options):
        reports = []
        for report in train(config, few, held_out, device="cpu", **options):
            state = {k: v.clone() for k, v in report.state.items()}
            weights = {k: v.clone() for k, v in report.model.state_dict().items()}
            reports.append(report._replace(state=state, model=weights))
        return reports

    return run


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


EVERYTHING = {
    "epochs": 3,
    "polish_epochs": 3,
    "average": 0.9,
    "augment": 0.5,
    "binarize": "alternate",
    "input_dropout": 0.2,
}
VARIANTS = {
    "plain": {"epochs": 4},
    "adam": {"epochs": 3, "optimizer": "adam", "schedule": "constant", "weight_decay": 0.0},
    "everything": EVERYTHING,
    "everything in bfloat16": EVERYTHING | {"precision": "bfloat16"},
    "polish without average": {"epochs": 2, "polish_epochs": 2},
    "iwae": {"epochs": 3, "objective": "iwae", "samples": 3},
    "sgd with dropout": {"epochs": 3, "optimizer": "sgd", "learning_rate": 1e-4, "dropout": 0.3},
    "best practices": {
        "epochs": 4,
        "kl_annealing": "cyclical",
        "kl_cycles": 2,
        "free_bits": 0.1,
        "clip_norm": 1.0,
        "schedule": "step",
        "patience": 3,
    },
    "lattice, then the encoder": {
        "epochs": 2,
        "encoder_epochs": 2,
        "objective": "lattice",
        "lattice_start": 16,
        "lattice_points": 64,
        "average": 0.9,
        "augment": 0.5,
        "augment_for": "encoder",
        "precision": "bfloat16",
    },
    "polish by a lattice": {
        "epochs": 1,
        "polish_epochs": 2,
        "encoder_epochs": 1,
        "polish_objective": "lattice",
        "lattice_points": 64,
        "proposals": 3,
        "clip_norm": 1.0,
    },
    "real pictures for the decoder": {"epochs": 3, "augment": 0.5, "augment_for": "encoder"},
}


@pytest.fixture(params=VARIANTS.values(), ids=VARIANTS.keys())
def variant(request, tiny_training, replaced):
    return replaced(tiny_training, limit=0, **request.param)


def test_same_seed_gives_the_same_weights_and_figures(fit, variant):
    torch.manual_seed(1)
    one = fit(variant)
    torch.manual_seed(2)
    other = fit(variant)
    for a, b in zip(one, other, strict=True):
        assert equal(a.model, b.model) and equal(a.state, b.state)
        assert (a.train, a.validation) == (b.train, b.validation)


def test_resuming_after_any_epoch_ends_as_an_unbroken_run(fit, variant):
    unbroken = fit(variant)
    for done in range(1, variant.total_epochs):
        rest = fit(variant, resume=unbroken[done - 1].state)
        assert [r.epoch for r in rest] == list(range(done + 1, variant.total_epochs + 1))
        for resumed, whole in zip(rest, unbroken[done:], strict=True):
            assert equal(resumed.model, whole.model), f"resumed after {done}"
            assert equal(resumed.state, whole.state), f"resumed after {done}"
            assert resumed.train == whole.train and resumed.validation == whole.validation
            assert resumed.lattice_nll == whole.lattice_nll


def test_resuming_a_finished_run_does_nothing(fit, tiny_training):
    assert fit(tiny_training, resume=fit(tiny_training)[-1].state) == []


@pytest.mark.parametrize("done", [0, 1])
def test_another_seed_gives_other_weights(fit, tiny_training, replaced, done):
    one, other = fit(tiny_training)[done], fit(replaced(tiny_training, seed=1))[done]
    assert not any(torch.equal(one.model[k], other.model[k]) for k in one.model)


def test_resume_state_is_tensors_only(fit, tiny_training):
    assert all(type(v) is torch.Tensor for v in fit(tiny_training)[0].state.values())


def test_report_tells_where_the_run_stands(fit, tiny_training, replaced):
    reports = fit(replaced(tiny_training, polish_epochs=1, beta=0.5))
    assert [r.epoch for r in reports] == [1, 2, 3] and {r.epochs for r in reports} == {3}
    assert [r.phase for r in reports] == ["main", "main", "polish"]
    for report in reports:
        assert report.seconds > 0 and report.images_per_second > 0 and report.beta == 0.5
        assert len(report.kl_per_dimension) == 3
        assert sum(report.kl_per_dimension) == pytest.approx(report.validation.kl, rel=1e-5)
        parts = report.validation.reconstruction + report.validation.kl
        assert report.validation.loss == pytest.approx(parts)
        weighed = report.train.reconstruction + 0.5 * report.train.kl
        assert report.train.loss == pytest.approx(weighed, rel=1e-4)


def test_reported_model_rests_in_eval_mode(few, held_out, tiny_training):
    for report in train(tiny_training, few, held_out, device="cpu"):
        assert not report.model.training


def test_loss_falls(fit, tiny_training, replaced):
    reports = fit(replaced(tiny_training, epochs=15, limit=0, average=0.9, learning_rate=1e-2))
    losses = [r.validation.loss for r in reports]
    assert losses[-1] < 0.6 * losses[0]
    assert reports[-1].train.loss < 0.6 * reports[0].train.loss


def test_polish_begins_from_the_averaged_weights(fit, tiny_training, replaced):
    still = {"polish_epochs": 1, "polish_learning_rate": 1e-9, "weight_decay": 0.0}
    before, after = fit(replaced(tiny_training, average=0.5, **still))[-2:]
    for name, weight in after.model.items():
        torch.testing.assert_close(weight, before.model[name], atol=1e-6, rtol=0)
    assert not equal(before.model, {k: before.state[f"model.{k}"] for k in before.model})


def test_polish_shows_pictures_as_they_are(fit, tiny_training, replaced):
    noise = {"binarize": "always", "input_dropout": 0.5, "augment": 0.9}
    noisy = replaced(tiny_training, polish_epochs=1, polish_augment=0.25, **noise)
    *_, before, after = fit(noisy)
    clean = replaced(noisy, binarize="never", input_dropout=0.0, augment=0.25)
    assert equal(fit(clean, resume=before.state)[-1].model, after.model)


def test_average_is_the_report_and_not_what_is_trained(fit, tiny_training, replaced):
    plain, averaged = fit(tiny_training)[-1], fit(replaced(tiny_training, average=0.9))[-1]
    trained = {k.removeprefix("model."): v for k, v in averaged.state.items() if "model." in k[:6]}
    assert equal(trained, plain.model)
    assert not equal(averaged.model, plain.model)


def test_running_average_is_the_exponential_one(fit, tiny_training, replaced):
    config = replaced(tiny_training, epochs=3, batch_size=64, average=0.15)  # an update an epoch
    expected = None
    for count, report in enumerate(fit(config)):
        current = report.state["model.mean_layer.weight"]
        done = AVERAGE_EVERY * count
        decay = min(0.15, (1 + done) / (10 + done)) ** AVERAGE_EVERY
        expected = current if expected is None else decay * expected + (1 - decay) * current
        torch.testing.assert_close(report.model["mean_layer.weight"], expected)


def test_biases_do_not_decay_and_matrices_do(few, held_out, tiny_training, replaced):
    config = replaced(tiny_training, weight_decay=0.5)
    model = new_model(config.model, 0)
    torch.nn.init.ones_(model.decoder[-1].bias)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    optimizer = new_optimizer(config, model.parameters())
    optimizer.step()  # gradients are zero
    for name, weight in model.named_parameters():
        rate = optimizer.param_groups[0]["lr"] * 0.5 * (weight.ndim > 1)
        torch.testing.assert_close(weight, (1 - rate) * before[name], msg=name)


@pytest.mark.parametrize("asked_at", [0, 1, 3])
def test_stop_drops_the_epoch_under_way(fit, tiny_training, replaced, asked_at):
    """Two updates an epoch: asked before update n, n // 2 epochs are whole."""
    asked = itertools.count()
    config = replaced(tiny_training, epochs=5)
    stopped = fit(config, stop=lambda: next(asked) >= asked_at)
    whole = fit(config)
    assert len(stopped) == asked_at // 2
    assert all(equal(a.state, b.state) for a, b in zip(stopped, whole, strict=False))


@pytest.mark.parametrize("rate", [1e6, 100.0])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_divergence_is_noticed_and_the_last_good_epoch_named(
    fit, tiny_training, replaced, rate, optimizer, precision
):
    choices = {"optimizer": optimizer, "precision": precision, "schedule": "constant"}
    config = replaced(tiny_training, epochs=5, learning_rate=rate, **choices)
    with pytest.raises(TrainingError, match=r"diverged in epoch \d .*learning rate below"):
        fit(config)


def test_divergence_after_good_epochs_says_which_weights_are_kept(fit, tiny_training, replaced):
    state = fit(tiny_training)[0].state
    with pytest.raises(TrainingError, match=r"epoch 2 .*weights of epoch 1 are kept"):
        fit(replaced(tiny_training, learning_rate=1e6, schedule="constant"), resume=state)


def test_nothing_is_reported_of_an_epoch_without_a_finite_loss(few, held_out, tiny_training):
    state = None
    for report in train(tiny_training, few, held_out, device="cpu"):
        state = {k: v.clone() for k, v in report.state.items()}
        break
    state["model.mean_layer.bias"].fill_(float("nan"))
    with pytest.raises(TrainingError, match="epoch 2"):
        list(train(tiny_training, few, held_out, resume=state, device="cpu"))


@pytest.mark.parametrize(
    "fields",
    [
        {"classes": 10},
        {"variational": False},
        {"likelihood": "gaussian"},
        {"convolutions": (4, 8)},
        {"residual": True, "decoder": (16, 16)},
        {"latent_dim": 1},
        {"objective": "iwae", "samples": 4},
        {"samples": 3, "beta": 0.0},
        {"binarize": "always"},
        {"augment": 1.0},
        {"augment": 1.0, "deformation": "framed"},
        {"precision": "bfloat16"},
        {"batch_size": 1000},
        {"activation": "relu", "optimizer": "adam"},
        {"optimizer": "sgd", "learning_rate": 1e-4},
        {"dropout": 0.5},
        {"clip_norm": 0.1, "schedule": "linear"},
        {"kl_annealing": "cyclical", "free_bits": 0.2},
        {"augment": 0.5, "augment_for": "encoder"},
    ],
    ids=str,
)
def test_every_kind_of_config_trains(fit, tiny_training, replaced, fields):
    config = replaced(tiny_training, **fields)
    before = new_model(config.model, config.seed).state_dict()
    reports = fit(config)
    assert len(reports) == 2
    assert all(math.isfinite(v) for r in reports for v in (*r.train, *r.validation))
    assert not torch.equal(reports[0].model["mean_layer.weight"], before["mean_layer.weight"])


def test_autoencoder_reports_no_kl(fit, tiny_training, replaced):
    report = fit(replaced(tiny_training, variational=False))[-1]
    assert report.validation.kl == 0 == report.train.kl
    assert report.kl_per_dimension == [0, 0, 0]


@pytest.mark.parametrize("name", PRESETS)
def test_preset_trains_an_epoch_with_small_layers(fit, replaced, name):
    preset = PRESETS[name]
    small = {
        "encoder": (8,),
        "decoder": (8,),
        "convolutions": preset.model.convolutions[:1] and (4,),
        "decoder_convolutions": preset.model.decoder_convolutions[:1] and (4,),
        "image_size": 28,
    }
    config = replaced(preset, **small, epochs=1, polish_epochs=0, encoder_epochs=0)
    assert math.isfinite(fit(config)[0].validation.loss)


@pytest.fixture
def batches(fit, monkeypatch):
    """Train, and give what each batch showed to the objective: pairs of x and `encoder_input`."""

    def watch(config):
        shown = []

        def spy(model, x, y, encoder_input=None, **options):
            shown.append((x, encoder_input))
            return batch_loss(model, x, y, encoder_input=encoder_input, **options)

        monkeypatch.setattr(batch_module, "batch_loss", spy)
        fit(config)
        return shown

    return watch


def is_binary(x):
    return set(x.unique().tolist()) == {0.0, 1.0}


def test_hidden_pixels_are_black_and_the_others_brighter_in_proportion(
    batches, tiny_training, replaced
):
    for x, dimmed in batches(replaced(tiny_training, input_dropout=0.2)):
        kept = dimmed > 0
        torch.testing.assert_close(dimmed[kept], x[kept] / 0.8)
        assert kept.sum() / (x > 0).sum() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("binarize", "expected"),
    [("never", [0, 0, 0, 0]), ("always", [1, 1, 1, 1]), ("alternate", [0, 1, 1, 0])],
)
def test_pixels_are_binarised_when_the_config_says_so(
    batches, tiny_training, replaced, binarize, expected
):
    """Two batches an epoch; alternation begins with the other kind in the next epoch."""
    shown = batches(replaced(tiny_training, binarize=binarize))
    assert [is_binary(x) for x, _ in shown] == expected
    assert all(encoder_input is None for _, encoder_input in shown)


@pytest.mark.parametrize(("share", "changed"), [(0.0, 0), (0.25, 8), (1.0, 32)])
def test_share_of_each_batch_is_deformed(batches, few, tiny_training, replaced, share, changed):
    originals = {bytes(image.numpy()) for image in few.images}
    for x, _ in batches(replaced(tiny_training, augment=share)):
        as_bytes = [bytes((picture * 255).round().byte().numpy()) for picture in x]
        assert sum(picture not in originals for picture in as_bytes) == changed


def test_limit_takes_the_first_pictures(few, held_out, tiny_training, replaced):
    limited = replaced(tiny_training, limit=48, epochs=1)
    first = Split(few.images[:48], few.labels[:48])
    (a,) = train(limited, few, held_out, device="cpu")
    (b,) = train(replaced(limited, limit=0), first, held_out, device="cpu")
    assert equal(a.state, b.state)


@pytest.mark.parametrize(
    ("fields", "message"), [({"image_size": 16}, "takes 16 × 16"), ({"classes": 5}, "classes")]
)
def test_model_that_cannot_take_the_pictures_is_a_config_error(
    fit, tiny_training, replaced, fields, message
):
    with pytest.raises(ConfigError, match=message):
        fit(replaced(tiny_training, **fields))


def test_training_leaves_the_pictures_alone(few, held_out, tiny_training, replaced):
    before = few.images.clone()
    config = replaced(tiny_training, augment=1.0, binarize="always", input_dropout=0.5)
    list(train(config, few, held_out, device="cpu"))
    assert torch.equal(few.images, before)


def test_measure_gives_each_picture_its_terms(model, held_out):
    reconstruction, kl = measure(model, held_out, torch.Generator().manual_seed(0))
    assert reconstruction.shape == (40,) and kl.shape == (40, 3)
    posterior = model.encode(held_out.images.unsqueeze(1).float() / 255)
    torch.testing.assert_close(kl, kl_divergence(*posterior))


def test_measure_goes_through_all_batches(model, held_out, monkeypatch):
    model.log_variance_layer.bias.data.fill_(-100)  # no chance involved
    whole = measure(model, held_out, torch.Generator())
    monkeypatch.setattr(engine, "EVALUATION_BATCH", 7)
    parts = measure(model, held_out, torch.Generator())
    for a, b in zip(whole, parts, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)


def test_conditional_measure_uses_the_labels(few):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), classes=10), 0)
    right = measure(model, few, torch.Generator().manual_seed(0))[1]
    wrong = Split(few.images, (few.labels + 1) % 10)
    assert not torch.equal(right, measure(model, wrong, torch.Generator().manual_seed(0))[1])


def test_decoder_learns_nothing_from_deformed_pictures_kept_for_the_encoder(
    fit, tiny_training, replaced
):
    config = replaced(tiny_training, epochs=1, augment=1.0, augment_for="encoder", weight_decay=0.0)
    (report,) = fit(config)
    before = new_model(config.model, config.seed).state_dict()
    unchanged = {name for name, weight in report.model.items() if torch.equal(weight, before[name])}
    assert unchanged == {name for name in before if name.startswith("decoder.")}


def test_decoder_learns_from_the_real_ones_as_if_there_were_no_others(
    few, held_out, tiny_training, replaced
):
    """Per update, the decoder's gradient is that of the real half, weighed by its share."""
    config = replaced(tiny_training, augment=0.5, augment_for="encoder")
    trainer = engine._Trainer(config, few, held_out, None)
    trainer.beta = 1.0
    x = to_unit(few.images[:32])
    settings = {"samples": 1, "beta": 1.0, "free_bits": 0.0, "encoder_input": None}

    def gradient(pictures, frozen, drop):
        generator = torch.Generator().manual_seed(0)
        torch.empty(drop, 3).normal_(generator=generator)  # the noise of those before
        trainer.model.zero_grad()
        loss = trainer.objective(pictures, None, generator=generator, frozen=frozen, **settings)
        loss.loss.backward()
        return trainer.model.decoder[-1].weight.grad.clone()

    whole, real = gradient(x, 16, 0), gradient(x[16:], 0, 16)
    torch.testing.assert_close(whole, 0.5 * real)


LAST = {"epochs": 1, "encoder_epochs": 2, "encoder_augment": 0.5, "binarize": "always"}


@pytest.mark.parametrize(
    "fields",
    [
        {"objective": "lattice", "lattice_points": 64},
        {"precision": "bfloat16"},
        {"objective": "iwae", "samples": 2, "average": 0.9},
        {"likelihood": "gaussian", "pixel_scale": 0.0, "clip_norm": 1.0},
    ],
    ids=str,
)
def test_last_stage_leaves_the_decoder_as_it_is(fit, tiny_training, replaced, fields):
    before, _, after = fit(replaced(tiny_training, **LAST, **fields))
    assert [before.phase, after.phase] == ["main", "encoder"]
    for name, weight in after.model.items():
        of_decoder = name.startswith(engine.OF_DECODER)
        assert torch.equal(weight, before.model[name]) == of_decoder, name


def test_last_stage_shows_whole_grey_pictures(batches, tiny_training, replaced):
    shown = batches(replaced(tiny_training, **LAST, input_dropout=0.2))
    assert [hidden is None for _, hidden in shown] == [False] * 2 + [True] * 4
    assert [is_binary(x) for x, _ in shown] == [True] * 2 + [False] * 4


def test_lattice_learns_and_says_how_likely_held_out_pictures_are(fit, tiny_training, replaced):
    points = {"lattice_points": 256, "learning_rate": 1e-2}
    config = replaced(tiny_training, epochs=6, limit=0, objective="lattice", **points)
    reports = fit(config)
    figures = [report.lattice_nll for report in reports]
    assert figures[-1] < 0.8 * figures[0] and reports[-1].train.loss < reports[0].train.loss
    for report in reports:
        assert report.train.loss == pytest.approx(report.train.reconstruction + report.train.kl)
        assert report.train.kl > 0 and report.lattice_nll < report.validation.loss
    assert all(report.lattice_nll is None for report in fit(tiny_training))


def test_long_gradients_are_cut(fit, tiny_training, replaced):
    """With plain SGD and hardly any length left, hardly anything moves."""
    still = {"optimizer": "sgd", "schedule": "constant", "learning_rate": 1.0, "epochs": 1}
    config = replaced(tiny_training, clip_norm=1e-6, **still)
    before = new_model(config.model, config.seed).state_dict()
    for name, weight in fit(config)[0].model.items():
        torch.testing.assert_close(weight, before[name], atol=1e-4, rtol=0)


def test_free_bits_keep_coordinates_in_use(fit, tiny_training, replaced):
    hard = replaced(tiny_training, epochs=12, limit=0, beta=100.0, learning_rate=1e-2)
    without, with_them = fit(hard)[-1], fit(replaced(hard, free_bits=0.5))[-1]
    assert max(without.kl_per_dimension) < 0.1 < 0.3 < min(with_them.kl_per_dimension)


def test_annealed_weight_is_reported_and_full_in_the_end(fit, tiny_training, replaced):
    config = replaced(tiny_training, epochs=4, beta=2.0, kl_annealing="linear", kl_warmup=0.5)
    betas = [report.beta for report in fit(config)]
    assert betas == sorted(betas) and betas[0] < 1 and betas[2:] == [2.0, 2.0]


def overfit(replaced, tiny_training):
    """A config that gets worse on held-out pictures after a while."""
    model = {"encoder": (64,), "decoder": (64,)}
    loop = {"optimizer": "adam", "schedule": "constant", "learning_rate": 2e-2, "weight_decay": 0.0}
    return replaced(tiny_training, epochs=60, limit=32, **loop, **model)


def test_training_stops_when_validation_has_not_improved_for_so_long(fit, tiny_training, replaced):
    config = replaced(overfit(replaced, tiny_training), patience=3)
    losses = [report.validation.loss for report in fit(config)]
    whole = [report.validation.loss for report in fit(replaced(config, patience=0))]
    assert len(losses) < 60 and losses == whole[: len(losses)]
    assert losses.index(min(losses)) == len(losses) - 4


def test_best_epoch_is_marked(fit, tiny_training, replaced):
    reports = fit(replaced(overfit(replaced, tiny_training), epochs=12))
    lowest = math.inf
    for report in reports:
        assert report.best == (report.validation.loss < lowest)
        lowest = min(lowest, report.validation.loss)


def test_run_that_has_stopped_early_is_over_when_resumed(fit, tiny_training, replaced):
    config = replaced(overfit(replaced, tiny_training), patience=2)
    assert fit(config, resume=fit(config)[-1].state) == []


def test_last_learning_rate_is_the_reported_one(fit, tiny_training):
    report = fit(tiny_training)[-1]
    assert report.learning_rate == learning_rate(tiny_training, 1, 0.5)


@pytest.mark.parametrize("lost", ["epoch", "lowest", "model.mean_layer.bias"])
def test_state_that_does_not_fit_is_a_training_error(fit, tiny_training, lost):
    state = fit(tiny_training)[0].state
    del state[lost]
    with pytest.raises(TrainingError, match="does not fit"):
        fit(tiny_training, resume=state)


def test_state_of_another_model_is_a_training_error(fit, tiny_training, replaced):
    state = fit(tiny_training)[0].state
    with pytest.raises(TrainingError, match="does not fit"):
        fit(replaced(tiny_training, latent_dim=4), resume=state)
