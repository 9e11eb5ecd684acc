"""A short form of `benchmarks/kill.py`, and that it would notice what it looks for."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs.run_folder import Run, create_run


@pytest.fixture(scope="module")
def kill():
    """The benchmark as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import kill

        yield kill


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it that may be damaged."""
    return Run(Path(shutil.copytree(finished.folder, tmp_path / "runs" / "whole")))


def cut(name):
    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return damage


def remove(name):
    return lambda folder: (folder / name).unlink()


def rewrite(name, change):
    def damage(folder):
        path = folder / name
        path.write_text(change(path.read_text()))

    return damage


def as_if_running(text):
    return json.dumps(json.loads(text) | {"state": "running"})


def forget_scores(run):
    checkpoint = load_checkpoint(run.checkpoint)
    save_checkpoint(dataclasses.replace(checkpoint, scores={}), run.checkpoint)


def test_killed_runs_are_readable_and_end_as_an_unbroken_one():
    command = [sys.executable, "benchmarks/kill.py", "--kills", "6", "--commands", "0"]
    result = subprocess.run(
        [*command, "--epochs", "4"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["all", "6"] in rows and ["failures:", "0"] in rows
    assert any(row[0].isdigit() and row[0] != "0" and "carried" in row for row in rows if row)


def test_whole_run_has_no_failures(kill, run, tiny_training):
    reader = kill.Reader()
    assert reader.folder(run, tiny_training, before=2) == 2
    assert reader.failures == [] and reader.files >= 9


def test_run_that_died_is_lost_not_running_and_no_failure(kill, run, tiny_training):
    rewrite("status.json", as_if_running)(run.folder)
    reader = kill.Reader()
    reader.folder(run, tiny_training, before=2)
    assert reader.failures == []


DAMAGES = {
    "cut checkpoint": (cut("checkpoint.safetensors"), "checkpoint.safetensors is not readable"),
    "lost checkpoint": (remove("checkpoint.safetensors"), "checkpoint.safetensors is missing"),
    "cut state": (cut("resume.safetensors"), "resume.safetensors is not readable"),
    "lost state": (remove("resume.safetensors"), "epoch 2 could be resumed, now only 0"),
    "cut settings": (cut("config.json"), "config.json is not readable"),
    "cut status": (cut("status.json"), "status: 0 in all"),
    "other settings": (
        rewrite("config.json", lambda text: text.replace('"seed": 0', '"seed": 1')),
        "the settings have changed",
    ),
    "status ahead": (
        rewrite("status.json", lambda text: text.replace('"epoch": 2', '"epoch": 3')),
        "status: epoch 3, not 2",
    ),
    "cut codes": (cut("latents/0001.safetensors"), "latents/0001.safetensors is not readable"),
    "lost codes": (remove("latents/0001.safetensors"), "latents only of epochs [2]"),
    "cut pictures": (cut("latents/fixed.safetensors"), "latents/fixed.safetensors is not readable"),
    "bad line": (
        rewrite("metrics.jsonl", lambda text: "{" + text),
        "a line of metrics.jsonl is not readable",
    ),
    "lost line": (
        rewrite("metrics.jsonl", lambda text: text.partition("\n")[2]),
        "metrics are of epochs [2]",
    ),
    "line twice": (rewrite("metrics.jsonl", lambda text: text + text), "[1, 2, 1, 2]"),
}


@pytest.mark.parametrize(("damage", "failure"), DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_a_failure(kill, run, tiny_training, damage, failure):
    damage(run.folder)
    reader = kill.Reader()
    reader.folder(run, tiny_training, before=2)
    assert any(failure in found for found in reader.failures), reader.failures


def test_finished_run_without_scores_is_a_failure(kill, run, tiny_training):
    forget_scores(run)
    reader = kill.Reader()
    reader.folder(run, tiny_training, before=2)
    assert reader.failures == ["status is finished at epoch 2"]


def test_equal_runs_do_not_differ(kill, run, finished):
    assert kill.differences(run, finished) == []


def test_run_of_another_seed_differs_in_all_but_its_status(kill, finished, tiny_training):
    other = create_run("other", dataclasses.replace(tiny_training, seed=1))
    list(execute_run(other, with_quick_scores))
    found = kill.differences(other, finished)
    for what in ("weights", "state to resume", "encoded", "scores", "metrics", "latents"):
        assert any(line.startswith(what) for line in found), what
    assert not any(line.startswith("status") for line in found)
