"""What commands take for a model: a file, or the name of one at hand."""

from pathlib import Path

import pytest

from vae_explorer.cli.arguments import load_model
from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import save_checkpoint


def test_shipped_model_is_opened_by_its_name():
    assert load_model(Path("digits-3d")).name == "digits-3d"


def test_models_of_runs_are_opened_by_their_names(install, checkpoint):
    assert load_model(Path(install(checkpoint, "mine"))).dataset == checkpoint.dataset


def test_file_comes_before_a_model_of_the_same_name(checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(checkpoint, tmp_path / "digits-3d")
    assert load_model(Path("digits-3d")).sha256 == load_model(tmp_path / "digits-3d").sha256


def test_name_of_nothing_is_an_error_that_says_it():
    with pytest.raises(CheckpointError, match="digits-4d"):
        load_model(Path("digits-4d"))
