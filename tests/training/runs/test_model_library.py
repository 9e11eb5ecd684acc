"""The models at hand: shipped ones first, then what runs have made."""

import pytest

from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.training.runs import model_library
from vae_explorer.training.runs.run_folder import create_run


@pytest.fixture
def shipped(tmp_path, monkeypatch, checkpoint):
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(model_library, "SHIPPED", folder)
    for name in ("a-model", model_library.DEFAULT, "z-model"):
        save_checkpoint(checkpoint, folder / f"{name}.safetensors")
    (folder / "README.md").write_text("not a model")
    return folder


@pytest.mark.usefixtures("shipped")
def test_default_comes_first_then_the_others_by_name():
    assert [m.key for m in model_library.list_models()] == [
        model_library.DEFAULT,
        "a-model",
        "z-model",
    ]


@pytest.mark.usefixtures("shipped")
def test_runs_with_a_model_follow_and_those_without_do_not(checkpoint, tiny_training):
    create_run("unfinished", tiny_training)
    run = create_run("a-model", tiny_training)
    save_checkpoint(checkpoint, run.checkpoint)
    models = model_library.list_models()
    assert [m.key for m in models][3:] == ["run:a-model"]
    assert len({m.key for m in models}) == len({m.title for m in models}) == 4
    assert load_checkpoint(models[-1].path).name == "a-model"


def test_nothing_shipped_and_nothing_trained_is_no_model(tmp_path, monkeypatch):
    monkeypatch.setattr(model_library, "SHIPPED", tmp_path / "nowhere")
    assert model_library.list_models() == []


def test_shipped_models_stay_small_enough_to_clone():
    assert (
        sum(path.stat().st_size for path in model_library.SHIPPED.glob("*.safetensors"))
        <= 42_000_000
    )


def test_shipped_models_can_all_be_loaded():
    for model in model_library.list_models():
        loaded = load_checkpoint(model.path)
        assert loaded.encoded is not None and loaded.scores and loaded.dataset, model.key
