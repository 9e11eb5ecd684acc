"""Every command from its arguments to what it prints and writes."""

import dataclasses
import io
import json
import sys
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from vae_explorer import cli
from vae_explorer.cli import main
from vae_explorer.cli.arguments import read_picture
from vae_explorer.config import ModelConfig, TrainConfig, from_dict
from vae_explorer.data import datasets
from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.data.handwriting.preprocessing import preprocess_image
from vae_explorer.errors import DataError
from vae_explorer.evaluation import exact_scores, metrics
from vae_explorer.evaluation.anomaly_detection import fit
from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.latent import geometry, pose
from vae_explorer.models.anomaly_scores import SCORES
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_explorer.models.vae import new_model
from vae_explorer.presets import PRESETS
from vae_explorer.shipped import CHECKPOINTS
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs import model_library, run_folder, run_queue
from vae_explorer.training.runs.run_folder import Run, create_run
from vae_explorer.training.runs.run_writer import RunWriter

SMALL = ["--encoder", "16", "--decoder", "16", "--fourier", "4", "--limit", "64", "--epochs", "2"]
SMALL += ["--threads", "1"]
FEW = ["--iw-samples", "2", "--prior-points", "32", "--gap-images", "8"]
FEW += ["--lattice-points", "64"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory, tiny_training):
    """The checkpoint file of a small finished run."""
    run = create_run("trained", tiny_training, tmp_path_factory.mktemp("trained"))
    list(execute_run(run, with_quick_scores))
    return run.checkpoint


@pytest.fixture(scope="session")
def conditional(tmp_path_factory):
    """The checkpoint file of a conditional model without encoded pictures."""
    config = ModelConfig(encoder=(8,), decoder=(8,), classes=10)
    path = tmp_path_factory.mktemp("conditional") / "conditional.safetensors"
    save_checkpoint(Checkpoint(new_model(config, 0), config, dataset="digits"), path)
    return path


@pytest.fixture
def drawings(tmp_path, digits):
    """Two picture files of digits."""
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path, image in zip(paths, digits.test.images, strict=False):
        Image.fromarray(image.numpy()).resize((112, 112)).save(path)
    return paths


def picture(path):
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())))


# train


def test_training_makes_a_run_with_a_scored_checkpoint(run_main, tmp_path):
    printed = run_main("train", "digits-3d", "--name", "mine", *SMALL)
    run = Run(tmp_path / "runs" / "mine")
    assert printed == f"finished: {run.checkpoint}\n"
    assert run.config().model.encoder == (16,) and run.config().epochs == 2
    assert load_checkpoint(run.checkpoint).scores
    assert run.config().augment == PRESETS["digits-3d"].augment


@pytest.mark.parametrize("first", [("--name", "mine"), ()])
def test_flags_may_stand_before_or_behind_the_preset(run_main, tmp_path, first):
    last = () if first else ("--name", "mine")
    run_main("train", *first, "digits-3d", *SMALL, *last)
    assert Run(tmp_path / "runs" / "mine").status().state == "finished"


def test_second_run_of_a_name_gets_a_number(run_main, tmp_path):
    for _ in range(2):
        run_main("train", "digits-3d", "--name", "mine", *SMALL)
    assert {p.name for p in (tmp_path / "runs").iterdir()} == {"mine", "mine-2"}


def test_unnamed_run_is_named_after_data_set_and_size(run_main, tmp_path):
    run_main("train", "digits-3d", "--latent-dim", "2", *SMALL)
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["digits-2d"]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("my digits é", "my-digits-3d"), ("数", "pictures-3d"), ("a" * 99, "a" * 50 + "-3d")],
)
def test_run_on_a_folder_of_any_name_has_a_name(run_main, tmp_path, folder_of_noise, folder, name):
    known = folder_of_noise.rename(tmp_path / folder)
    run_main("train", "digits-3d", "--dataset", known, *SMALL)
    assert [p.name for p in (tmp_path / "runs").iterdir()] == [name]


def test_resuming_carries_on_with_the_runs_own_settings(run_main, tmp_path, tiny_training):
    run = create_run("half", tiny_training)
    stopped = execute_run(run, with_quick_scores)
    next(stopped)
    stopped.close()
    run_main("train", "--resume", run.folder)
    assert run.status() == ("finished", "", 2, 2)
    assert [line["epoch"] for line in run.metrics()] == [1, 2]


@pytest.mark.parametrize("preset", PRESETS)
def test_dry_run_prints_the_settings_as_json_and_makes_nothing(run_main, tmp_path, preset):
    printed = json.loads(run_main("train", preset, "--dry-run"))
    assert from_dict(TrainConfig, printed) == PRESETS[preset]
    assert list(tmp_path.iterdir()) == []


def test_dry_run_shows_replaced_settings(run_main):
    arguments = ["--beta", "0.5", "--decoder", "32", "16", "--residual", "--likelihood", "gaussian"]
    config = from_dict(
        TrainConfig, json.loads(run_main("train", "digits-3d", "--dry-run", *arguments))
    )
    assert config.beta == 0.5 and config.model.decoder == (32, 16)
    assert config.model.residual and config.model.likelihood == "gaussian"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist-3d"], "--download"),
        (["digits-3d", "--dataset", "/nowhere"], "no data set is called"),
        (["digits-3d", "--name", "../evil"], "cannot be a name"),
        (["digits-3d", "--beta", "-1"], "beta"),
        (["digits-3d", "--encoder"], "encoder"),
        (["digits-3d", "--learning-rate", "nan"], "learning_rate"),
        (["--resume", "/nowhere"], "nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_training_that_cannot_begin_says_why_and_leaves_no_folder(
    refuse, tmp_path, arguments, message
):
    assert message in refuse("train", *arguments)
    assert not (tmp_path / "runs").exists()


def test_training_that_fails_says_why_last(capsys, tmp_path):
    rates = ["--learning-rate", "1e6", "--optimizer", "sgd"]
    assert main(["train", "digits-3d", *rates, "--name", "x", *SMALL]) == 1
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1].startswith("error: training diverged") and not printed.out
    assert Run(tmp_path / "runs" / "x").status().state == "failed"


def test_own_pictures_are_described_before_they_are_trained_on(run_main, tmp_path):
    folder = tmp_path / "album"
    folder.mkdir()
    for index in range(30):
        Image.new("L", (16, 12), 8 * index).save(folder / f"{index}.png")
    printed = run_main("train", "digits-3d", "--dataset", folder, "--name", "x", *SMALL)
    assert "30 pictures: 21 to train on, 3 for validation, 6 for testing." in printed
    assert "1 class: album." in printed and "Pictures are read as " in printed
    assert Run(tmp_path / "runs" / "x").config().dataset == str(folder)


def test_model_is_made_for_the_pictures_and_the_command_says_so(run_main, tmp_path):
    printed = run_main("train", "digits-3d", "--image-size", "16", "--name", "x", *SMALL)
    assert "The model is made for the pictures: 28 × 28 pixels in grey." in printed
    assert Run(tmp_path / "runs" / "x").config().model.image_shape == (1, 28, 28)


@pytest.mark.parametrize(
    "arguments", [["bogus"], ["train", "bogus"], ["train", "digits-3d", "--epochs", "many"], []]
)
def test_wrong_usage_is_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().out == ""


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert all(command in printed for command in cli.commands())


def test_interrupted_command_is_status_130(monkeypatch, trained):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(metrics, "evaluate", interrupt)
    assert main(["evaluate", str(trained)]) == 130


# download


def test_download_reports_success(run_main, monkeypatch):
    asked = []

    def pretend(name, progress):
        asked.append(name)
        for share in (0.0, 0.5, 1.0):
            progress(share)

    monkeypatch.setattr(datasets, "download", pretend)
    run_main("download", "kmnist")
    assert asked == ["kmnist"]


def test_training_may_download_first(monkeypatch, capsys):
    def refuse_connection(name, progress):
        raise DataError(f"no network for {name}.")

    monkeypatch.setattr(datasets, "download", refuse_connection)
    assert main(["train", "mnist-3d", "--download"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "error: no network for mnist."


@pytest.mark.parametrize("name", ["digits", "imagenet"])
def test_set_that_cannot_be_downloaded_lists_those_that_can(refuse, name):
    assert "mnist, fashion-mnist, kmnist" in refuse("download", name)


# evaluate


def test_evaluation_prints_json_and_nothing_else(run_main, trained):
    scores = json.loads(run_main("evaluate", trained, "--json", *FEW))
    findings = scores.pop("findings")
    assert all(set(one) == {"name", "evidence", "cure", "figure"} for one in findings)
    assert set(scores) == {
        *["neg_elbo", "bits_per_dimension", "reconstruction", "kl", "iw_nll", "prior_nll"],
        *["knn_accuracy", "active_units", "kl_per_dimension", "amortisation_gap", "exact_nll"],
    }
    for score in scores.values():
        assert set(score) == {"value", "standard_error", "protocol"}
    stored = load_checkpoint(trained).scores["neg_elbo"]
    assert scores["neg_elbo"] == stored


def test_evaluation_prints_a_line_for_each_score(run_main, trained):
    scores, findings = run_main("evaluate", trained, *FEW).split("\n\n")
    lines = scores.splitlines()
    assert findings.splitlines() == doctor_lines(run_main, trained)
    assert len(lines) == 11 and all("images" in line for line in lines)
    assert any(line.startswith("neg_elbo") and "±" in line for line in lines)


def doctor_lines(run_main, model):
    return run_main("doctor", model, "--dataset", "digits").splitlines()


def test_doctor_names_what_is_wrong_with_a_cure(run_main, trained):
    assert doctor_lines(run_main, "digits-3d") == ["No fault found."]
    finding, cure = doctor_lines(run_main, trained)[:2]
    assert ": " in finding and cure.startswith("  ")  # two epochs on a few pictures


def test_doctor_prints_json_and_nothing_else(run_main, trained):
    printed = json.loads(run_main("doctor", "digits-3d", "--json"))
    assert printed == {"checkpoint": "digits-3d", "findings": []}
    (first, *_) = json.loads(run_main("doctor", trained, "--json"))["findings"]
    assert set(first) == {"name", "evidence", "cure", "figure"}


def test_doctor_of_pictures_of_another_size_reads_them_as_the_model_does(run_main, tmp_path):
    np.save(tmp_path / "small.npy", np.random.default_rng(0).integers(0, 255, (99, 20, 20), "u1"))
    assert "Pictures of another kind" in run_main(
        "doctor", "digits-3d", "--dataset", tmp_path / "small.npy"
    )


def test_doctor_without_the_data_set_says_how_to_get_it(refuse):
    assert "--download" in refuse("doctor", "mnist-3d")


def test_evaluation_takes_split_and_seed(run_main, trained):
    arguments = ["--json", "--split", "validation", "--seed", "5", *FEW]
    scores = json.loads(run_main("evaluate", trained, *arguments))
    assert "179 validation images" in scores["neg_elbo"]["protocol"]
    assert "seed 5" in scores["neg_elbo"]["protocol"]


def test_evaluation_on_a_missing_data_set_says_how_to_get_it(refuse, trained):
    assert "--download" in refuse("evaluate", trained, "--dataset", "mnist")


@pytest.mark.parametrize("option", ["seed", "iw-samples", "prior-points", "gap-images"])
def test_evaluation_by_a_negative_number_is_refused(refuse, trained, option):
    assert f"{option} must be between 0" in refuse("evaluate", trained, f"--{option}", "-1")


# anomalies


def anomalies(*arguments):
    return ["anomalies", *arguments, "--most", "60"]


def test_corruption_is_compared_with_the_pictures_it_was_made_of(run_main, trained):
    told = json.loads(run_main(*anomalies(trained, "--corruption", "noise", "--json")))
    assert told["score"] == "combined" and told["quantile"] == 0.95
    low, value, high = (told["auroc"][key] for key in ("low", "value", "high"))
    assert 0 <= low <= value <= high <= 1 and 0 <= told["average_precision"] <= 1
    assert set(told["auroc_by_score"]) == set(SCORES)
    assert told["auroc_by_score"]["combined"] == value
    assert 0 <= told["flagged"]["normal"] <= 0.3
    assert len(told["most_anomalous"]) == len(told["most_missed"]) == 10
    assert not set(told["most_anomalous"]) & set(told["most_missed"])
    assert "60 of 359 test pictures of digits" in told["protocol"]


@pytest.mark.parametrize("new", [False, True], ids=["known", "new"])
def test_left_out_class_is_told_by_test_pictures_unless_training_never_saw_it(
    run_main, trained, tmp_path, new
):
    known, path = load_checkpoint(trained), tmp_path / "model.safetensors"
    training = known.training | ({"left_out": 7} if new else {})
    save_checkpoint(dataclasses.replace(known, training=training), path)
    arguments = ["--left-out", "7", "--json", "--score", "relative_error", "--quantile", "0.9"]
    told = json.loads(run_main(*anomalies(path, *arguments)))
    digits = load_dataset("digits")
    learnt = torch.cat([digits.train.labels, digits.validation.labels])
    labels = learnt if new else digits.test.labels
    assert (labels[told["most_anomalous"] + told["most_missed"]] == 7).all()
    assert (digits.test.labels[told["false_alarms"]] != 7).all()
    assert told["score"] == "relative_error" and told["quantile"] == 0.9
    assert "test pictures of digits but for class 7" in told["protocol"]
    assert ("training" if new else "test") + " pictures of class 7" in told["protocol"]
    assert told["remark"] is None if new else "trained on" in told["remark"]


@pytest.fixture
def folder_of_noise(tmp_path):
    """Twenty-five pictures in a folder, the last of which is bright all over."""
    (tmp_path / "noise").mkdir()
    draw = np.random.default_rng(0)
    for number in range(25):
        pixels = draw.integers(0, 256, (28, 28)).astype(np.uint8) // (20 if number < 24 else 1)
        Image.fromarray(pixels).save(tmp_path / "noise" / f"{number:02}.png")
    return tmp_path / "noise"


def test_folder_is_compared_and_told_by_the_order_of_its_files(run_main, trained, folder_of_noise):
    arguments = ["--dataset", folder_of_noise, "--json", "--score", "reconstruction"]
    told = json.loads(run_main(*anomalies(trained, *arguments)))
    assert told["most_anomalous"][0] == 24
    assert "25 pictures of" in told["protocol"] and told["remark"] is None


def test_carried_detector_needs_no_data_set(run_main, refuse, trained, folder_of_noise, tmp_path):
    known, digits = load_checkpoint(trained), load_dataset("digits")
    known = dataclasses.replace(known, detector=fit(known, digits.train, digits.validation))
    path = tmp_path / "elsewhere.safetensors"
    save_checkpoint(dataclasses.replace(known, dataset="mnist"), path)
    told = json.loads(run_main(*anomalies(path, "--dataset", folder_of_noise, "--json")))
    assert "that the checkpoint carries" in told["protocol"] and told["false_alarms"] == []
    assert "--download" in refuse(*anomalies(path, "--corruption", "noise"))


def test_report_is_readable(run_main, trained):
    printed = run_main(*anomalies(trained, "--corruption", "blank", "--quantile", "0.995"))
    lines = printed.splitlines()
    assert "the 99.5% quantile" in printed
    assert lines[0].startswith("combined: AUROC ") and "95 %" in lines[0]
    for part in ("threshold", "most anomalous", "most missed", "AUROC by score", "seed 0"):
        assert part in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of --dataset, --corruption and --left-out"),
        (["--corruption", "noise", "--left-out", "1"], "one of --dataset"),
        (["--corruption", "melted"], "rotated, mirrored"),
        (["--left-out", "10"], "from 0 to 9"),
        (["--left-out", "-1"], "from 0 to 9"),
        (["--dataset", "/nowhere"], "no data set is called"),
        (["--dataset", "mnist"], "--download"),
        (["--corruption", "noise", "--quantile", "1"], "quantile"),
        (["--corruption", "noise", "--quantile", "nan"], "quantile"),
        (["--corruption", "noise", "--most", "1"], "most"),
        (["--corruption", "noise", "--seed", "-1"], "seed must be between 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_comparison_that_cannot_be_made_says_why(refuse, trained, arguments, message):
    assert message in refuse("anomalies", trained, *arguments)


def test_scores_that_a_model_lacks_are_refused(refuse, run_main, tmp_path):
    config = ModelConfig(encoder=(8,), decoder=(8,), variational=False)
    path = tmp_path / "plain.safetensors"
    save_checkpoint(Checkpoint(new_model(config, 0), config, dataset="digits"), path)
    arguments = ["--corruption", "noise", "--score"]
    assert "plain autoencoder" in refuse(*anomalies(path, *arguments, "neg_elbo"))
    assert "ELBO" not in run_main(*anomalies(path, *arguments, "combined"))


# sample, interpolate, reconstruct


def test_samples_are_decoded_draws_of_consecutive_seeds(run_main, trained, tmp_path):
    out = tmp_path / "samples.png"
    assert run_main("sample", trained, "--count", "12", "--out", out) == f"wrote {out}\n"
    sheet = picture(out)
    assert sheet.shape == (3 * (2 * 29 - 1), 3 * (10 * 29 - 1))
    run_main("sample", trained, "--count", "1", "--seed", "3", "--out", out)
    assert np.array_equal(picture(out), sheet[: 3 * 28, 3 * 3 * 29 :][:, : 3 * 28])
    checkpoint = load_checkpoint(trained)
    expected = checkpoint.model.decode(geometry.prior_samples([3], 3))[0, 0] * 255
    assert np.array_equal(picture(out)[::3, ::3], expected.round().byte().numpy())


def test_conditional_samples_need_a_label(run_main, refuse, conditional, tmp_path):
    out = tmp_path / "a.png"
    for label in ([], ["--label", "10"], ["--label", "-1"]):
        assert "--label" in refuse("sample", conditional, "--out", out, *label)
    assert not out.exists()
    run_main("sample", conditional, "--label", "9", "--out", out)
    nine = picture(out)
    run_main("sample", conditional, "--label", "8", "--out", out)
    assert not np.array_equal(picture(out), nine)


def test_samples_are_made_of_any_seeds_at_any_temperature(run_main, trained, tmp_path):
    out = tmp_path / "samples.npz"
    run_main("sample", trained, "--seeds", "7,2-3", "--temperature", "0.5", "--out", out)
    with np.load(out) as kept:
        assert kept["seeds"].tolist() == [7, 2, 3]
        assert np.allclose(kept["z"], geometry.prior_samples([7, 2, 3], 3).numpy() / 2)


def test_class_is_drawn_from_its_density_and_told_in_the_folder(run_main, trained, tmp_path):
    for name in ("made", "made.zip"):
        out = tmp_path / name
        printed = run_main("sample", trained, "--label", "3", "--count", "4", "--out", out)
        assert printed.startswith(f"wrote {out}")
    names = {path.name for path in (tmp_path / "made").iterdir()}
    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        assert set(archive.namelist()) == names and len(names) == 5
        told = json.loads(archive.read("about.json"))
    assert told["class"] == "3" and told["drawn_from"] == "density of the class"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "a"], "are no seeds"),
        (["--temperature", "-1"], "temperature must be between 0"),
        (["--label", "11"], "0 encoded pictures of class 11"),
        (["--out", "a.tiff"], "no pictures are written as .tiff"),
        (["--out", "/nowhere/at/all"], "cannot be written"),
        (["--seed", "-1"], "seed must be between"),
    ],
)
def test_samples_that_cannot_be_made_say_why(refuse, trained, arguments, message):
    assert message in refuse("sample", trained, *arguments)


def frames(path) -> list[np.ndarray]:
    """The pictures of an animation, whose pixels are eight wide."""
    with Image.open(path) as animation:
        return [np.asarray(f.convert("L"))[::8, ::8] for f in ImageSequence.Iterator(animation)]


@pytest.mark.parametrize("path", ["straight", "spherical", "geodesic"])
def test_walk_is_an_animation_or_a_strip(run_main, trained, tmp_path, path):
    out = tmp_path / "walk.gif"
    run_main("interpolate", trained, 3, 5, "--path", path, "--steps", "6", "--out", out)
    forth_and_back = frames(out)
    for suffix, kind in ((".gif", "GIF"), (".webp", "WEBP")):
        out = tmp_path / f"once{suffix}"
        told = ["--path", path, "--steps", "6", "--no-ping-pong", "--out", out]
        assert "length as decoded" in run_main("interpolate", trained, 3, 5, *told)
        with Image.open(out) as animation:
            assert animation.format == kind
        once = frames(out)
        assert len(once) == 6 and np.array_equal(forth_and_back, [*once, *once[-2:0:-1]])
    out = tmp_path / "walk.png"
    run_main("interpolate", trained, 3, 5, "--path", path, "--steps", "6", "--out", out)
    strip = picture(out)[::4, ::4]
    assert strip.shape == (28, 6 * 29 - 1)
    assert np.array_equal(once, [strip[:, 29 * i : 29 * i + 28] for i in range(6)])
    checkpoint = load_checkpoint(trained)
    ends = checkpoint.model.decode(checkpoint.encoded.mu[[3, 5]]).squeeze(1) * 255
    for shown, end in zip((strip[:, :28], strip[:, -28:]), ends.round(), strict=True):
        assert np.abs(shown.astype(int) - end.numpy()).max() <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([0, 359], "between 0 and 358"),
        ([0, 1, "--steps", "1"], "steps must be between 2"),
        ([0, 1, "--steps", "10000"], "steps must be between 2 and 1000"),
        ([0, 1, "--out", "/nowhere/at/all.gif"], "cannot be written"),
        ([0, 1, "--out", "walk.mp4"], "must end in .gif, .webp or .png"),
        ([0, 1, "--milliseconds", "0"], "milliseconds must be between"),
    ],
)
def test_walk_that_cannot_be_made_says_why(refuse, trained, arguments, message):
    assert message in refuse("interpolate", trained, *arguments)


def test_walk_needs_encoded_pictures(refuse, conditional):
    assert "publish" in refuse("interpolate", conditional, 0, 1)


def test_reconstruction_prints_codes_and_shows_both(run_main, trained, drawings, tmp_path):
    out = tmp_path / "both.png"
    lines = run_main("reconstruct", trained, *drawings, "--out", out).splitlines()
    assert len(lines) == 3 and lines[2] == f"wrote {out}"
    for line, path in zip(lines, drawings, strict=False):
        assert line.startswith(f"{path}: mu (") and "sigma (" in line
    assert picture(out).shape[0] == 6 * (28 + 2 + 28)


def test_reconstruction_says_the_pose_that_was_taken_unless_it_is_not_wanted(
    run_main, drawings, tmp_path
):
    shipped, out = CHECKPOINTS / "mnist-3d.safetensors", tmp_path / "out.png"
    posed = run_main("reconstruct", shipped, *drawings, "--out", out).splitlines()
    as_it_is = run_main("reconstruct", shipped, *drawings, "--no-pose", "--out", out).splitlines()
    assert all("% of votes: " in line for line in posed[:2])
    assert not any("votes" in line for line in as_it_is)
    model = load_checkpoint(shipped)
    poser = pose.poser(model)
    for line, path in zip(posed, drawings, strict=False):
        taken = pose.take(poser, preprocess_image(path.read_bytes()).image)
        assert taken.sentence in line and line.endswith(f"votes: {taken.label})")
        mu, _ = model.model.encode(taken.image.unsqueeze(0))
        assert f"mu ({mu[0, 0]:.3f}, " in line


@pytest.mark.parametrize("content", [None, b"", b"not a picture"])
def test_unreadable_picture_is_one_sentence(refuse, trained, tmp_path, content):
    path = tmp_path / "drawing.png"
    if content is not None:
        path.write_bytes(content)
    refuse("reconstruct", trained, path, "--out", tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_reconstruction_by_a_model_of_other_pictures_scales_them(
    run_main, small, drawings, tmp_path
):
    path = tmp_path / "small.safetensors"
    save_checkpoint(small(image_size=16), path)
    run_main("reconstruct", path, *drawings, "--out", tmp_path / "out.png")
    assert picture(tmp_path / "out.png").shape == (6 * (2 * 16 + 2), 6 * (2 * 16 + 2))


def test_no_more_of_a_picture_file_is_read_than_any_picture_may_have(tmp_path):
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(30_000_000)
    assert len(read_picture(tmp_path / "large.png")) == 20_000_001


@pytest.mark.parametrize("count", ["0", "10001"])
def test_senseless_count_is_refused(refuse, trained, count):
    assert "count must be between" in refuse("sample", trained, "--count", count)


@pytest.mark.parametrize(
    "command",
    [
        ["evaluate"],
        ["doctor"],
        ["anomalies", "--left-out", "1"],
        ["sample"],
        ["interpolate", "0", "1"],
        ["reconstruct", "a.png"],
        ["publish", "b"],
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("content", [None, b"", b"not a model"])
def test_bad_checkpoint_is_one_sentence(refuse, tmp_path, command, content):
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    refuse(command[0], path, *command[1:])


# import, publish


@pytest.fixture
def tutorial_file(tmp_path):
    """A state_dict of the tutorial's layout, with smaller layers."""
    config = ModelConfig(encoder=(16, 16), decoder=(16, 16), fourier=0, activation="leaky_relu")
    torch.save(new_model(config, 0).state_dict(), tmp_path / "variational_autoencoder.pt")
    return tmp_path / "variational_autoencoder.pt"


def test_imported_model_is_scored_where_its_data_are_at_hand(run_main, tutorial_file, tmp_path):
    to = tmp_path / "mine.safetensors"
    assert run_main("import", tutorial_file, to, "--dataset", "digits") == f"wrote {to}\n"
    checkpoint = load_checkpoint(to)
    assert checkpoint.dataset == "digits" and len(checkpoint.encoded.mu) == 359
    assert checkpoint.scores["neg_elbo"]["value"] > 0
    x = to_unit(load_dataset("digits").test.images)
    torch.testing.assert_close(checkpoint.encoded.mu, checkpoint.model.encode(x)[0])


def test_imported_model_is_kept_unscored_where_they_are_not(run_main, tutorial_file, tmp_path):
    to = tmp_path / "mine.safetensors"
    run_main("import", tutorial_file, to)
    checkpoint = load_checkpoint(to)
    assert checkpoint.dataset == "mnist" and checkpoint.encoded is None and not checkpoint.scores


def test_import_of_a_checkpoint_is_refused(refuse, trained, tmp_path):
    assert "state_dict" in refuse("import", trained, tmp_path / "a.safetensors")
    assert not (tmp_path / "a.safetensors").exists()


@pytest.mark.parametrize("command", ["import", "publish"])
def test_model_that_cannot_be_written_is_one_sentence(
    capsys, trained, tutorial_file, command, monkeypatch
):
    quicken(monkeypatch)
    source = {"import": tutorial_file, "publish": trained}[command]
    assert main([command, str(source), "/nowhere/at/all.safetensors"]) == 1
    assert "cannot be written" in capsys.readouterr().err.splitlines()[-1]


def quicken(monkeypatch):
    """Make the slow estimates of publishing quick ones."""
    monkeypatch.setitem(metrics.evaluate.__kwdefaults__, "iw_samples", 2)
    monkeypatch.setitem(metrics.evaluate.__kwdefaults__, "prior_points", 32)
    monkeypatch.setitem(metrics.evaluate.__kwdefaults__, "gap_images", 8)
    monkeypatch.setattr(exact_scores, "LATTICE_POINTS", 64)


def test_published_model_is_smaller_with_scores_of_its_rounded_weights(
    run_main, trained, tmp_path, monkeypatch
):
    quicken(monkeypatch)
    to = tmp_path / "shipped.safetensors"
    assert run_main("publish", trained, to).startswith(f"wrote {to} (")
    assert to.stat().st_size < 0.8 * trained.stat().st_size
    shipped = load_checkpoint(to)
    assert {"iw_nll", "prior_nll"} <= set(shipped.scores)
    assert shipped.detector.names == tuple(SCORES)
    assert shipped.dataset == "digits" and shipped.training == load_checkpoint(trained).training
    scores = json.loads(run_main("evaluate", to, "--json", *FEW))
    del scores["findings"]
    assert scores == shipped.scores
    x = to_unit(load_dataset("digits").test.images)
    mu, _ = shipped.model.encode(x)
    torch.testing.assert_close(shipped.encoded.mu, mu, rtol=2**-11, atol=1e-5)  # half precision


def test_models_are_listed_and_one_that_cannot_be_read_is_named(
    run_main, checkpoint, install, monkeypatch, tmp_path
):
    monkeypatch.setattr(model_library, "SHIPPED", tmp_path)
    scores = {"neg_elbo": {"value": 120.5}, "iw_nll": {"value": [1.0]}, "kl": {"value": 3.0}}
    install(dataclasses.replace(checkpoint, scores=scores), "good")
    install(checkpoint, "bad")
    Run(run_folder.runs_root() / "bad").checkpoint.write_bytes(b"nothing")
    lines = run_main("models").splitlines()[2:]
    assert len(lines) == 2
    for line in lines:
        if line.startswith("| run:good |"):
            assert line.startswith("| run:good | digits | 3 | 120.50 | – | – | – | `")
        else:
            assert line.startswith("| run:bad | this is not a whole safetensors file")


# manifold, queue, event files


def test_manifold_is_the_plane_decoded_row_by_row_from_the_top(run_main, trained, tmp_path):
    out = tmp_path / "plane.png"
    run_main("manifold", trained, "--n", "4", "--extent", "1.5", "--up", "3", "--out", out)
    model = load_checkpoint(trained).model
    corners = [[-1.5, 0.0, 1.5], [1.5, 0.0, 1.5], [-1.5, 0.0, -1.5], [1.5, 0.0, -1.5]]
    with torch.no_grad():
        expected = (model.decode(torch.tensor(corners)).squeeze(1) * 255).round()
    sheet = torch.from_numpy(np.array(Image.open(out))).float()
    assert sheet.shape == (4 * 28, 4 * 28)
    found = [sheet[:28, :28], sheet[:28, -28:], sheet[-28:, :28], sheet[-28:, -28:]]
    torch.testing.assert_close(torch.stack(found), expected, atol=1.0, rtol=0)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--n", "1"), "n must be between 2"),
        (("--extent", "nan"), "extent must be between 0"),
        (("--across", "4"), "across must be between 1 and 3"),
        (("--across", "2"), "two different coordinates"),
    ],
)
def test_plane_that_cannot_be_is_refused(refuse, trained, flags, said):
    assert said in refuse("manifold", trained, *flags)


def test_model_of_one_coordinate_has_no_plane(refuse, tmp_path):
    config = ModelConfig(latent_dim=1, encoder=(8,), decoder=(8,))
    path = tmp_path / "line.safetensors"
    save_checkpoint(Checkpoint(new_model(config, 0), config), path)
    assert "no plane" in refuse("manifold", path)


def test_queued_training_waits_for_the_other(run_main, tmp_path, tiny_training, monkeypatch):
    launched = []
    monkeypatch.setattr(run_queue, "launch", launched.append)
    with RunWriter(create_run("first", tiny_training), tiny_training):
        printed = run_main("train", "digits-3d", "--name", "second", "--queue", *SMALL)
    second = Run(tmp_path / "runs" / "second")
    assert printed == f"queued: {second.folder}\n" and not launched
    run_main("train", "digits-3d", "--name", "third", *SMALL)
    assert launched == [second]  # once the third had ended


def test_event_files_hold_the_curves(run_main, tmp_path):
    run_main("train", "digits-3d", "--name", "mine", "--tensorboard", *SMALL)
    run = Run(tmp_path / "runs" / "mine")
    events = EventAccumulator(str(run.folder / "tensorboard")).Reload()
    validation = [event.value for event in events.Scalars("loss/validation")]
    assert validation == pytest.approx([line["validation"]["loss"] for line in run.metrics()])
    assert [event.step for event in events.Scalars("kl of a coordinate/z3")] == [1, 2]


def test_event_files_without_tensorboard_are_refused_before_training(refuse, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    said = refuse("train", "digits-3d", "--name", "mine", "--tensorboard", *SMALL)
    assert "pip install tensorboard" in said
    assert not (tmp_path / "runs").exists()
