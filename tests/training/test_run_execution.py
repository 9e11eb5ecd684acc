"""Runs carried out from beginning to end, stopped, broken, killed and resumed."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from paths import ROOT

from vae_explorer.errors import ConfigError, DataError, RunError, TrainingError
from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training import run_execution
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs import run_writer
from vae_explorer.training.runs.run_folder import Run, create_run
from vae_explorer.training.runs.run_queue import launch


@pytest.fixture
def quick_heart(monkeypatch):
    monkeypatch.setattr(run_writer, "HEARTBEAT_SECONDS", 0.01)


def weights(run):
    return load_checkpoint(run.checkpoint).model.state_dict()


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_finished_run_leaves_a_scored_and_encoded_model(tiny_training, digits):
    run = create_run("whole", tiny_training)
    reports = list(execute_run(run, with_quick_scores))
    assert [r.epoch for r in reports] == [1, 2] == [line["epoch"] for line in run.metrics()]
    assert run.status() == ("finished", "", 2, 2) and run.snapshot_epochs() == [1, 2]
    checkpoint = load_checkpoint(run.checkpoint)
    assert (checkpoint.name, checkpoint.dataset) == ("whole", "digits")
    assert checkpoint.classes == digits.classes and checkpoint.config == tiny_training.model
    assert checkpoint.training["epochs_done"] == 2 and checkpoint.training["run"] == "whole"
    assert checkpoint.training["seed"] == tiny_training.seed
    assert checkpoint.training["seconds"] == pytest.approx(
        sum(line["seconds"] for line in run.metrics())
    )
    assert checkpoint.scores["neg_elbo"]["protocol"].startswith("359 test images")
    assert torch.equal(checkpoint.encoded.labels, digits.test.labels)
    assert equal(weights(run), reports[-1].model.state_dict())


def test_each_epoch_can_be_looked_at_before_the_next_begins(tiny_training):
    run = create_run("watched", tiny_training)
    for report in execute_run(run, with_quick_scores):
        assert run.status()[:1] + run.status()[2:] == ("running", report.epoch, 2)
        assert load_checkpoint(run.checkpoint).training["epochs_done"] == report.epoch
        assert run.snapshot(report.epoch).mu.shape == (179, 3)


@pytest.mark.parametrize(
    "fields",
    [
        *({"classes": 10}, {"variational": False}, {"convolutions": (4,)}, {"polish_epochs": 1}),
        {"latent_dim": 1, "objective": "lattice", "lattice_points": 64, "encoder_epochs": 1},
    ],
    ids=str,
)
def test_every_kind_of_model_can_be_carried_out(tiny_training, replaced, fields):
    run = create_run("kind", replaced(tiny_training, **fields))
    list(execute_run(run, with_quick_scores))
    assert run.status().state == "finished"
    assert "knn_accuracy" in load_checkpoint(run.checkpoint).scores


@pytest.mark.usefixtures("quick_heart")
def test_asked_run_stops_keeps_its_last_epoch_and_goes_on_later(tiny_training, replaced):
    run = create_run("long", replaced(tiny_training, epochs=100_000))
    epochs = 0
    for report in execute_run(run, with_quick_scores):
        epochs = report.epoch
        run.stop()
    status = run.status()
    assert (status.state, status.epoch) == ("stopped", epochs) and epochs < 100_000
    checkpoint = load_checkpoint(run.checkpoint)
    assert checkpoint.training["epochs_done"] == epochs and checkpoint.scores
    again = execute_run(run, with_quick_scores)
    assert next(again).epoch == epochs + 1
    again.close()
    assert run.status().state == "stopped"


@pytest.mark.usefixtures("quick_heart")
def test_run_stopped_within_its_first_epoch_leaves_no_model(tiny_training, monkeypatch):
    run = create_run("early", tiny_training)
    original = run_execution.dataset_of

    def stop_first(config):
        run.stop()
        time.sleep(0.2)
        return original(config)

    monkeypatch.setattr(run_execution, "dataset_of", stop_first)
    assert list(execute_run(run, with_quick_scores)) == []
    assert run.status().state == "stopped" and not run.checkpoint.exists()


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"dataset": "mnist"}, DataError, "download"),
        ({"dataset": "/nowhere"}, DataError, "nowhere"),
        ({"image_size": 16}, ConfigError, "takes 16 × 16"),
        (
            {"learning_rate": 10.0, "weight_decay": 10.0, "epochs": 50},
            TrainingError,
            "learning rate",
        ),
    ],
)
def test_failed_run_records_why(tiny_training, replaced, fields, error, message):
    run = create_run("failed", replaced(tiny_training, **fields))
    with pytest.raises(error, match=message):
        list(execute_run(run, with_quick_scores))
    assert run.status().state == "failed" and message in run.status().message


def test_folder_without_a_config_is_a_run_error(tmp_path):
    with pytest.raises(RunError, match="settings"):
        list(execute_run(Run(tmp_path), with_quick_scores))


class CrashError(Exception):
    """Stands for the moment at which a process dies."""


WRITES = ["append_json_line", "save_checkpoint", "save_tensors"]


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("write", WRITES)
def test_crash_at_any_write_loses_at_most_the_running_epoch(
    tiny_training, replaced, monkeypatch, write, call
):
    config = replaced(tiny_training, epochs=2, polish_epochs=1, average=0.9)
    whole, broken = create_run("whole", config), create_run("broken", config)
    list(execute_run(whole, with_quick_scores))
    calls, original = [], getattr(run_writer, write)

    def dying(*arguments):
        calls.append(1)
        if len(calls) == call:
            raise CrashError
        original(*arguments)

    done = []
    with monkeypatch.context() as patch:
        patch.setattr(run_writer, write, dying)
        try:
            done = [report.epoch for report in execute_run(broken, with_quick_scores)]
        except CrashError:
            assert broken.status().state == "failed"
    rest = [report.epoch for report in execute_run(broken, with_quick_scores)]
    assert rest == list(range(4 - len(rest), 4)) and (rest or done)
    assert [line["epoch"] for line in broken.metrics()] == [1, 2, 3] == broken.snapshot_epochs()
    assert equal(weights(broken), weights(whole))
    for one, other in zip(broken.metrics(), whole.metrics(), strict=True):
        assert one["train"] == other["train"] and one["validation"] == other["validation"]


def wait_for(true, process, seconds=180):
    deadline = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, f"ended with {process.returncode}"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_killed_process_is_resumed_to_the_weights_of_an_unbroken_run(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as in this process
    command = [sys.executable, "-m", "vae_explorer", "train", "digits-3d", "--name", "x"]
    command += ["--epochs", "30", "--polish-epochs", "10", "--limit", "256", "--average", "0.9"]
    command += ["--encoder", "16", "--decoder", "16", "--fourier", "4", "--binarize", "alternate"]
    run = Run(tmp_path / "runs" / "x")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ)
        try:
            wait_for(lambda: run.status().epoch >= 3, process)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    killed_after = len(run.metrics())
    assert 3 <= killed_after < 40
    unbroken = create_run("unbroken", run.config())
    list(execute_run(unbroken, with_quick_scores))

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "torch.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(elsewhere)
    resumed = launch(run)
    assert resumed.wait(300) == 0, (run.folder / "log.txt").read_text()
    assert run.status() == ("finished", "", 40, 40)
    assert [line["epoch"] for line in run.metrics()] == list(range(1, 41))
    assert equal(weights(run), weights(unbroken))
    assert equal(run.resume_state(), unbroken.resume_state())
    ours, theirs = (load_checkpoint(r.checkpoint).scores for r in (run, unbroken))
    assert ours == theirs
