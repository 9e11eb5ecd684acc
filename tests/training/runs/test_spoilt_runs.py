"""Whatever stands in a run folder, it is read or refused in one sentence, and others go on."""

import json
import math
import shutil
from contextlib import suppress

import hostile_runs
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_explorer.errors import ExplorerError, RunError
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.diagnostics import diagnose
from vae_explorer.training.engine import train
from vae_explorer.training.runs import model_library, run_queue
from vae_explorer.training.runs.run_folder import Run, Status, create_run, list_runs
from vae_explorer.training.runs.run_records import STATES

QUIETLY = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def spoilt(finished, tmp_path):
    """spoilt(random) -> a copy of the run with one thing changed, beside a sound one."""
    shutil.copytree(finished.folder, tmp_path / "sound")

    def make(random) -> Run:
        shutil.rmtree(tmp_path / "spoilt", ignore_errors=True)
        shutil.copytree(finished.folder, tmp_path / "spoilt")
        hostile_runs.spoil(tmp_path / "spoilt", random)
        return Run(tmp_path / "spoilt")

    return make


def read(run: Run) -> None:
    """All that pages and commands read of a run; ExplorerError is how they are refused."""
    status = run.status()
    assert isinstance(status, Status) and status.state in STATES
    assert isinstance(status.message, str) and min(status.epoch, status.epochs) >= 0
    assert math.isfinite(run.seconds_silent())
    for epoch in run.snapshot_epochs():
        snapshot = run.snapshot(epoch)
        assert snapshot is None or (snapshot.mu.ndim == 2 and snapshot.mu.dtype == torch.float32)
    pictures = run.snapshot_pictures()
    assert pictures is None or int(pictures.labels.min()) >= 0
    for action in (_figures, Run.resume_state, lambda r: load_checkpoint(r.checkpoint)):
        with suppress(ExplorerError):
            action(run)


def _figures(run: Run) -> None:
    if lines := run.metrics():
        assert math.isfinite(run.seconds_left())
        diagnose(run.config(), lines)


@settings(QUIETLY, max_examples=300)
@given(random=st.randoms(use_true_random=False))
def test_spoilt_folder_is_read_or_refused(spoilt, random):
    run = spoilt(random)
    read(run)
    names = {run.name for run in list_runs(run.folder.parent)}
    assert names >= {"sound"} and names <= {"sound", "spoilt"}
    assert Run(run.folder.with_name("sound")).status().state == "finished"


@settings(QUIETLY, max_examples=60)
@given(random=st.randoms(use_true_random=False))
def test_spoilt_state_is_not_gone_on_from_in_silence(finished, spoilt, few, held_out, random):
    run = spoilt(random)
    config = finished.config()
    with suppress(ExplorerError):
        for report in train(config, few, held_out, resume=run.resume_state(), device="cpu"):
            assert report.epoch <= config.total_epochs


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"heartbeat": None}, "heartbeat 'None'"),
        ({"state": "flying"}, "state 'flying'"),
        ({"state": ["queued"]}, "state"),
        ({"epoch": -1}, "epoch '-1'"),
        ({"epochs": 1e9}, "epochs"),
        ({"message": 3}, "message"),
        ({"pid": "1"}, "pid"),
    ],
)
def test_wrong_status_is_that_of_a_lost_run_and_says_why(finished, tmp_path, status, said):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    content = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(content | status))
    found = Run(folder).status()
    assert found.state == "lost" and said in found.message


def test_run_without_a_heartbeat_does_not_stop_the_queue(finished, tiny_training, tmp_path):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    (folder / "status.json").write_text('{"state": "queued", "heartbeat": null}')
    waiting = create_run("waiting", tiny_training, tmp_path, state="queued")
    process = run_queue.start_next(tmp_path)
    process.kill()
    process.wait()
    assert waiting.status().state in {"starting", "lost"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({}, "no readable train"),
        ({"train": {"loss": 1}}, "reconstruction of train"),
        ({"kl_per_dimension": []}, "kl_per_dimension"),
        ({"kl_per_dimension": [None]}, "kl_per_dimension"),
        ({"seconds": "long"}, "seconds"),
        ({"epoch": 0}, "epoch"),
        ({"threads": -1}, "threads"),
    ],
)
def test_wrong_line_is_named_by_its_number(finished, tmp_path, line, said):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    first, second = (folder / "metrics.jsonl").read_text().splitlines()
    wrong = json.dumps(json.loads(second) | line if line else line)
    (folder / "metrics.jsonl").write_text(f"{first}\n{wrong}\n")
    with pytest.raises(RunError, match=r"line 2 of metrics\.jsonl") as raised:
        Run(folder).metrics()
    assert said in str(raised.value) and "run run cannot be read" in str(raised.value)


def test_files_of_other_names_are_no_epochs(finished, tmp_path):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    for name in hostile_runs.NAMES:
        shutil.copy(
            folder / "latents" / "0001.safetensors", folder / "latents" / f"{name}.safetensors"
        )
    assert Run(folder).snapshot_epochs() == [0, 1, 2]


def test_models_of_other_runs_are_listed(finished, monkeypatch, tmp_path):
    shutil.copytree(finished.folder, tmp_path / "sound")
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / "config.json").write_text("[[")
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path))
    assert "run:sound" in {entry.key for entry in model_library.list_models()}
