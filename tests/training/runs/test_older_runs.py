"""Run folders of earlier versions open: `tests/files/run_of_before` lacks what came later.

It was written before runs had locks, early stopping and annealing, by two epochs of a model with
two hidden units on forty drawn pictures.
"""

import shutil

import pytest
import torch
from paths import ROOT

from vae_explorer.data.datasets import Split
from vae_explorer.errors import TrainingError
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.diagnostics import diagnose
from vae_explorer.training.engine import train
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.training.runs.run_folder import Run, list_runs, runs_root


@pytest.fixture
def older() -> Run:
    """A copy of the run folder, among the others."""
    folder = runs_root() / "older"
    shutil.copytree(ROOT / "tests" / "files" / "run_of_before", folder)
    return Run(folder)


def test_older_run_is_read_as_before(older):
    config, lines = older.config(), older.metrics()
    assert [run.name for run in list_runs()] == ["older"]
    assert older.status() == ("finished", "", 2, 2)
    assert (config.dataset, config.model.encoder, config.patience) == ("pics", (2,), 0)
    assert [line["epoch"] for line in lines] == [1, 2] and older.seconds_left() == 0
    assert diagnose(config, lines) == []  # so early


def test_snapshots_of_an_older_run_are_read_as_before(older):
    pictures = older.snapshot_pictures()
    assert older.snapshot_epochs() == [1, 2] and pictures.images.dtype == torch.uint8
    for epoch in (1, 2):
        snapshot = older.snapshot(epoch)
        assert snapshot.mu.shape == (len(pictures.labels), 3)
        assert snapshot.reconstructions.shape == pictures.images.shape


def test_model_of_an_older_run_is_at_hand_and_decodes(older):
    (entry,) = [entry for entry in list_models() if entry.key == "run:older"]
    checkpoint = load_checkpoint(entry.path)
    assert checkpoint.classes == ("a", "b") and checkpoint.training["epochs_done"] == 2
    assert checkpoint.model.decode(torch.zeros(1, 3)).shape == (1, 1, 28, 28)


def test_older_run_can_go_back_into_the_queue_be_renamed_and_deleted(older):
    older.queue()
    renamed = older.rename("newer")
    assert renamed.status().state == "queued"
    renamed.delete()
    assert list_runs() == []


def test_state_of_an_older_run_is_refused_in_one_sentence(older):
    images = torch.zeros(4, 28, 28, dtype=torch.uint8)
    split = Split(images, torch.zeros(4, dtype=torch.long))
    with pytest.raises(TrainingError, match="start it again"):
        next(train(older.config(), split, split, resume=older.resume_state(), device="cpu"))
