"""Train: the form, what it refuses, and a run as its folder shows it."""

import contextlib
import dataclasses
import json
import re
import socket
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from molecules import SMILES, needs_rdkit, quick_training
from paths import ROOT
from PIL import Image
from streamlit.testing.v1 import AppTest
from visible import assert_fine, complaint, components, described, digit

from vae_explorer.config import ModelConfig, ReadingChoice, TrainConfig, help_text
from vae_explorer.data import datasets
from vae_explorer.errors import DataError, RunError
from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.files import write_json
from vae_explorer.presets import PRESETS
from vae_explorer.training import run_preparation
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs import run_folder, run_queue
from vae_explorer.training.runs.run_folder import Run, create_run, list_runs
from vae_explorer.ui.pages.train import config_form
from vae_explorer.ui.session import jobs
from vae_explorer.ui.shared.data.setting_labels import LABELS, in_words


class Ended:
    """A process that is over as soon as it is asked."""

    def poll(self) -> int:
        """The exit code."""
        return 0


@pytest.fixture
def launched(monkeypatch) -> list:
    """Runs whose process would have been started."""
    started = []

    def start(run):
        line = run_folder.status_line("starting", 0, run.config().total_epochs)
        write_json(run.folder / "status.json", line)
        started.append(run)
        return Ended()

    monkeypatch.setattr(run_queue, "launch", start)
    return started


@pytest.fixture
def status(tmp_path, tiny_training):
    """status(state, ...) -> a run folder that says so about itself, its lock held as if alive."""
    with contextlib.ExitStack() as stack:

        def write(state: str, age: float = 0, message: str = "", epoch: int = 0, name="a-run"):
            run = create_run(name, tiny_training)
            text = {"state": state, "message": message, "heartbeat": time.time() - age}
            text |= {"epoch": epoch, "epochs": 2, "pid": 1}
            (run.folder / "status.json").write_text(json.dumps(text))
            if state == "running" and not age:
                stack.enter_context(run.lock())
            return run

        yield write


def badges(at: AppTest) -> str:
    """What the page's badges and texts say."""
    return "\n".join(text.value for text in at.main.markdown)


def start(at: AppTest, name: str = "", button: str = "start", **settings) -> AppTest:
    """Fill the form and press the button."""
    for key, value in settings.items():
        at.session_state[f"train_{key}"] = value
    at.text_input(key="run_name").set_value(name)
    return at.button(key=button).click().run()


def test_form_offers_the_embedded_digits_where_mnist_is_not_at_hand(visit):
    at = visit("train")
    assert_fine(at)
    assert at.selectbox(key="preset").value == "digits-3d"
    assert at.selectbox(key="train_dataset").value == "digits"
    assert at.number_input(key="train_epochs").value == PRESETS["digits-3d"].epochs


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_fills_the_form_with_all_its_settings(visit, preset, monkeypatch):
    monkeypatch.setattr(datasets, "available", lambda name: True)
    at = visit("train")
    at.selectbox(key="preset").set_value(preset).run()
    assert_fine(at)
    chosen = PRESETS[preset]
    assert at.selectbox(key="train_dataset").value == chosen.dataset
    assert at.number_input(key="train_epochs").value == chosen.epochs
    with patched_state(at):
        config = config_form.read(chosen.dataset)
    whole, _ = run_preparation.fit_to_pictures(config.model, chosen.model.image_shape)
    assert dataclasses.replace(config, model=whole) == chosen


@contextlib.contextmanager
def patched_state(at: AppTest):
    """Read the form as the page of this session does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "session_state", at.session_state)
        yield


def test_every_setting_is_in_the_form_once():
    named = [name for group in config_form.GROUPS.values() for name in group]
    of_train = {field.name for field in dataclasses.fields(TrainConfig)} - {
        "model",
        "dataset",
        "reading",
    }
    of_model = {field.name for field in dataclasses.fields(ModelConfig)}
    assert sorted(named) == sorted(of_train | of_model - config_form.OF_PICTURES)


def test_every_setting_has_a_label_of_its_own_that_is_no_fields_name():
    named = [name for group in config_form.GROUPS.values() for name in group]
    of_reading = [field.name for field in dataclasses.fields(ReadingChoice)]
    assert sorted(LABELS) == sorted(named + of_reading)
    assert len(set(LABELS.values())) == len(LABELS)
    assert not [label for label in LABELS.values() if "_" in label or not label[0].isupper()]


@pytest.mark.parametrize("group", config_form.GROUPS)
def test_each_group_of_settings_can_be_opened_and_explains_itself(visit, group):
    at = visit("train")
    at.segmented_control(key="settings_group").set_value(group).run()
    assert_fine(at)
    drawn = [*at.number_input, *at.selectbox, *at.text_input, *at.toggle]
    fields = {field.key.removeprefix("train_"): field for field in drawn if field.key}
    for name in config_form.GROUPS[group]:
        assert fields[name].label == LABELS[name]
        text, term = fields[name].help.split(" In commands and files: ")
        assert text.lower() == help_text(config_form._kind(name), name).lower() + "."
        assert term == f"`{name}`."


def test_settings_of_a_group_that_is_shut_are_kept(visit, launched):
    at = visit("train")
    at.segmented_control(key="settings_group").set_value("Objective").run()
    at.selectbox(key="train_kl_annealing").set_value("cyclical").run()
    at.segmented_control(key="settings_group").set_value("Model").run()
    at.text_input(key="train_encoder").set_value("64 32").run()
    at.segmented_control(key="settings_group").set_value("Run").run()
    start(at, "kept")
    assert_fine(at)
    config = launched[0].config()
    assert config.kl_annealing == "cyclical" and config.model.encoder == (64, 32)


@pytest.mark.parametrize("widths", ["", "abc", "12.5", "-3", "64, x"])
def test_widths_that_are_none_are_one_sentence(visit, launched, widths):
    at = visit("train")
    at.text_input(key="train_encoder").set_value(widths).run()
    assert "Encoder layer widths" in complaint(at) or "encoder" in complaint(at)
    assert not [button for button in at.button if button.key in {"start", "queue"}]


def test_start_makes_a_run_of_what_the_form_says(visit, launched):
    at = start(visit("train"), "first-try", epochs=2, beta=0.5, latent_dim=5, augment=0.0)
    assert_fine(at)
    (run,) = launched
    assert run.name == "first-try"
    settings = {"epochs": 2, "beta": 0.5, "augment": 0.0}
    expected = dataclasses.replace(PRESETS["digits-3d"], **settings)
    model = dataclasses.replace(expected.model, latent_dim=5)
    assert run.config() == dataclasses.replace(expected, model=model)
    assert at.selectbox(key="watched").value == "first-try"
    assert "starting" in badges(at)


def test_runs_without_a_name_are_numbered(visit, launched):
    at = visit("train")
    for _ in range(3):
        start(at, "  ")
        assert_fine(at)
    assert [run.name for run in launched] == ["digits-3d", "digits-3d-2", "digits-3d-3"]


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "a/b", "a\\b", ".hidden", "-rf", "ä", "x" * 65, "a b", ".."]
)
def test_name_that_cannot_be_a_folders_is_refused(visit, launched, tmp_path, name):
    at = start(visit("train"), name)
    assert "cannot be a name" in complaint(at)
    assert not launched and not list_runs() and not (tmp_path / "evil").exists()
    start(at, "good")
    assert_fine(at)


def test_taken_name_is_refused_and_the_run_left_alone(visit, launched):
    at = start(visit("train"), "mine", epochs=3)
    start(at, "mine", epochs=4)
    assert "exists already" in complaint(at)
    assert len(launched) == 1 and launched[0].config().epochs == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0},
        {"epochs": 10**9},
        {"batch_size": -1},
        {"learning_rate": 0.0},
        {"beta": -1.0},
        {"samples": 0},
        {"augment": 1.5},
        {"objective": "iwae", "samples": 5, "beta": 2.0},
        {"latent_dim": 5, "objective": "lattice"},
        {"lattice_points": 1000, "objective": "lattice"},
        {"seed": -1},
    ],
    ids=str,
)
def test_setting_out_of_range_is_refused_before_anything_starts(visit, launched, settings):
    at = visit("train")
    for key, value in settings.items():
        at.session_state[f"train_{key}"] = value
    at.run()
    assert LABELS[next(iter(settings))] in complaint(at) or "beta" in complaint(at)
    assert "_" not in complaint(at)
    assert not [button for button in at.button if button.key in {"start", "queue"}]


def test_run_folder_that_cannot_be_written_is_one_sentence(visit, launched, tmp_path):
    (tmp_path / "runs").write_text("in the way")
    at = start(visit("train"))
    assert "cannot be written" in complaint(at)
    assert not launched


def test_set_that_is_not_here_can_be_downloaded_but_not_trained_on(visit):
    at = visit("train")
    at.selectbox(key="train_dataset").set_value("kmnist").run()
    assert_fine(at)
    assert at.button(key="download_kmnist").label == "Download KMNIST (21 MB)"
    assert not [button for button in at.button if button.key == "start"]


def download(at: AppTest, name: str) -> AppTest:
    """Press the button and wait until the download has ended."""
    at.selectbox(key="train_dataset").set_value(name).run()
    at.button(key=f"download_{name}").click().run()
    deadline = time.monotonic() + 20
    while not jobs.downloading(name).done:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return at.run()


def test_download_without_network_is_one_sentence(visit, monkeypatch):
    from torchvision import datasets

    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(datasets.MNIST, "mirrors", [f"http://127.0.0.1:{port}/"])
    at = download(visit("train"), "mnist")
    assert "check the network" in complaint(at)
    assert at.button(key="download_mnist")  # to try again
    at.selectbox(key="train_dataset").set_value("digits").run()
    assert_fine(at)


@pytest.mark.parametrize("error", [PermissionError(13, "no"), OSError(28, "No space left")])
def test_data_folder_without_rights_or_space_is_one_sentence(visit, monkeypatch, error):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(datasets.Path, "mkdir", refuse)
    at = download(visit("train"), "fashion-mnist")
    assert complaint(at)


def test_downloaded_set_can_be_trained_on(visit, monkeypatch):
    here = set()
    monkeypatch.setattr(datasets, "download", lambda name, progress: here.add(name))
    known = datasets.available
    monkeypatch.setattr(datasets, "available", lambda name: name in here or known(name))
    at = download(visit("train"), "mnist")
    assert_fine(at)
    assert at.button(key="start")


def test_set_that_vanishes_after_its_download_can_be_fetched_again(visit, monkeypatch):
    monkeypatch.setattr(datasets, "download", lambda name, progress: None)
    at = download(visit("train"), "mnist")
    assert_fine(at)
    assert at.button(key="download_mnist")


def folder(at: AppTest, path: str) -> AppTest:
    """Choose a folder of pictures."""
    at.selectbox(key="train_dataset").set_value("Use your own data").run()
    at.segmented_control(key="data_way").set_value("Path on this machine").run()
    return at.text_input(key="train_folder").set_value(path).run()


@pytest.fixture
def discs(tmp_path):
    """A folder of thirty small pictures in colour, in two classes."""
    draw = np.random.default_rng(0)
    for index in range(30):
        path = tmp_path / "discs" / "ab"[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (20, 24, 3), dtype=np.uint8)).save(path)
    return tmp_path / "discs"


def test_own_pictures_are_shown_as_they_will_be_read_and_trained_on(visit, launched, discs):
    at = folder(visit("train"), str(discs))
    assert_fine(at)
    shown = "\n".join(text.value for text in at.markdown)
    assert "30 pictures: 21 to train on, 3 for validation, 6 for testing." in shown
    assert "read as colour, 24 × 20 pixels" in shown
    assert described(at, "21 training pictures, the first of each class")
    assert at.selectbox(key="preset").value == "conv-28"
    start(at, "folder")
    config = launched[0].config()
    assert config.dataset == str(discs) and config.model.image_shape == (3, 20, 24)
    assert (config.model.likelihood, config.model.pixel_scale) == ("gaussian", 0.0)


def test_reading_can_be_changed_before_training(visit, launched, discs):
    at = folder(visit("train"), str(discs))
    at.selectbox(key="reading_colour").set_value("grey").run()
    at.number_input(key="reading_size").set_value(12).run()
    assert_fine(at)
    start(at, "folder")
    config = launched[0].config()
    assert config.model.image_shape == (1, 10, 12) and config.reading.colour == "grey"


def test_choice_of_reading_that_makes_no_sense_is_one_sentence(visit, discs):
    at = folder(visit("train"), str(discs))
    at.number_input(key="reading_size").set_value(5).run()
    assert "Longer side" in complaint(at)
    assert not [button for button in at.button if button.key == "start"]


@pytest.mark.parametrize("path", ["/nowhere/at/all", "mnsit", "\0", "x" * 5000])
def test_folder_that_does_not_exist_is_one_sentence(visit, path):
    at = folder(visit("train"), path)
    assert complaint(at)
    assert not [button for button in at.button if button.key == "start"]


def test_folder_is_asked_for(visit):
    at = folder(visit("train"), "  ")
    assert_fine(at)
    assert at.text_input(key="train_folder").label == "Folder or file"
    assert not [button for button in at.button if button.key == "start"]


def test_page_without_runs_says_what_a_run_is(visit):
    assert any("No runs yet" in text.value for text in visit("train").header)


def test_running_run_can_be_stopped(visit, status):
    run = status("running")
    at = visit("train")
    assert "running" in badges(at)
    at.button(key="stop_run").click().run()
    assert_fine(at)
    assert (run.folder / "stop").exists()
    assert "stopping" in badges(at)
    assert not [button for button in at.button if button.key == "stop_run"]


@pytest.mark.parametrize(
    ("noted", "shown"),
    [
        ({"threads": 2}, "on 2 threads"),
        ({"threads": 1}, "on 1 thread"),
        ({}, "pictures a second"),  # of a run by an earlier version
    ],
)
def test_number_of_threads_that_was_used_is_said(visit, status, noted, shown):
    run = status("running", epoch=1)
    older = (ROOT / "tests" / "files" / "run_of_before" / "metrics.jsonl").read_text()
    line = json.loads(older.splitlines()[0]) | noted
    (run.folder / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    at = visit("train")
    assert_fine(at)
    (text,) = [bar.proto.text for bar in at.main.get("progress")]
    assert text.endswith(shown)


@pytest.mark.parametrize(
    ("state", "age", "shown"),
    [("failed", 0, "failed"), ("running", 3600, "lost"), ("starting", 3600, "lost")],
)
def test_run_that_went_wrong_says_why_in_one_sentence(visit, status, state, age, shown):
    status(state, age, "the loss is not finite any more: lower the learning rate.")
    at = visit("train")
    assert complaint(at)
    assert shown in badges(at)


def test_run_folder_with_unreadable_files_is_survived(visit, status):
    run = status("running")
    for name in ("config.json", "status.json", "metrics.jsonl", "latents/0001.safetensors"):
        (run.folder / name).write_bytes(b'{"half')
    at = visit("train")
    assert complaint(at)
    assert "lost" in badges(at)


@pytest.fixture
def finished(tiny_training, replaced) -> Callable[..., Run]:
    """finished(name="done", **settings) -> a run carried out to its end."""

    def carry(name: str = "done", **settings) -> Run:
        run = create_run(name, replaced(tiny_training, **settings))
        for _ in execute_run(run, with_quick_scores):
            pass
        return run

    return carry


@needs_rdkit
def test_run_on_molecules_is_watched_with_what_it_reconstructs(visit, tmp_path):
    path = tmp_path / "mine.smi"
    path.write_text("\n".join(SMILES))
    run = create_run("molecules", quick_training(str(path)))
    list(execute_run(run, lambda checkpoint, dataset: checkpoint))
    at = visit("train")
    assert_fine(at)
    assert any("Validation molecules in the latent space" in t.value for t in at.main.markdown)
    assert not any("Validation pictures" in text.value for text in at.main.markdown)
    tokens = run.config().model.tokens
    assert "C" in tokens  # found by the run itself, as the page leaves them open


@needs_rdkit
def test_form_starts_a_run_on_molecules(visit, tmp_path, monkeypatch):
    started = []
    ended = SimpleNamespace(poll=lambda: 0)
    monkeypatch.setattr(run_queue, "launch", lambda run: started.append(run) or ended)
    path = tmp_path / "mine.smi"
    path.write_text("\n".join([*SMILES, "CC[Na].Cl"]))
    at = visit("train")
    at.segmented_control(key="train_kind").set_value("Molecules").run()
    assert_fine(at)
    at.selectbox(key="train_molecules").set_value("SMILES of your own").run()
    assert not [button for button in at.button if button.key == "start"]
    at.text_input(key="molecule_path").set_value(str(path)).run()
    assert_fine(at)
    assert any("1 of 127 rows was left out (1 salt)" in note.value for note in at.main.caption)
    at.number_input(key="molecule_epochs").set_value(3).run()
    at.button(key="start").click().run()
    (run,) = started
    assert run.config().epochs == 3 and run.config().dataset == str(path)


@needs_rdkit
def test_column_of_a_table_of_molecules_can_be_chosen(visit, tmp_path, monkeypatch):
    started = []
    ended = SimpleNamespace(poll=lambda: 0)
    monkeypatch.setattr(run_queue, "launch", lambda run: started.append(run) or ended)
    path = tmp_path / "mine.csv"
    path.write_text("smiles;product\n" + "".join(f"CCO;{text}\n" for text in SMILES))
    at = visit("train")
    at.segmented_control(key="train_kind").set_value("Molecules").run()
    at.selectbox(key="train_molecules").set_value("SMILES of your own").run()
    at.text_input(key="molecule_path").set_value(str(path)).run()
    assert "holds 1 different molecule" in at.error[0].value
    at.text_input(key="molecule_column").set_value("product").run()
    assert_fine(at)
    assert any("separated by semicolons" in note.value for note in at.main.caption)
    at.button(key="start").click().run()
    assert started[0].config().column == "product"


@needs_rdkit
def test_molecules_that_are_none_start_no_run(visit, tmp_path):
    path = tmp_path / "mine.smi"
    path.write_text("hello\nworld\n")
    at = visit("train")
    at.segmented_control(key="train_kind").set_value("Molecules").run()
    at.selectbox(key="train_molecules").set_value("SMILES of your own").run()
    at.text_input(key="molecule_path").set_value(str(path)).run()
    assert [error.value for error in at.error] == [
        "mine.smi is no set of molecules: line 1: hello is not a SMILES that RDKit can read. "
        "2 of 2 rows were left out (2 no SMILES)."
    ]
    assert not [button for button in at.button if button.key == "start"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("status.json", b'{"heartbeat": null}'),
        ("config.json", b'{"epochs": "many"}'),
        ("metrics.jsonl", b"{}\n"),
        ("latents/fixed.safetensors", b""),
    ],
)
def test_spoilt_run_leaves_the_others_as_they_were(visit, finished, file, content):
    finished("sound")
    spoilt = finished("spoilt")  # the newer one: it is watched first
    (spoilt.folder / file).write_bytes(content)
    at = visit("train")
    assert not at.exception
    assert at.button(key="delete_run")  # it can be removed, whatever is in it
    at.selectbox(key="watched").select("sound").run()
    assert_fine(at)
    assert "finished" in badges(at) and len(at.main.metric) == 3


def buttons(at: AppTest) -> set[str]:
    """Keys of the buttons."""
    return {button.key for button in at.button}


def test_finished_run_shows_curves_cloud_and_its_model_can_be_used(visit, switch, finished):
    finished()
    at = visit("train")
    assert_fine(at)
    assert "finished" in badges(at)
    assert len(at.main.metric) == 3
    assert len(at.main.get("vega_lite_chart")) == 3  # reconstruction, KL, KL by coordinate
    assert len(components(at)) == 1
    assert not buttons(at) & {"stop_run", "resume_run", "queue_run"}
    at.button(key="use_run").click().run()
    assert_fine(at)
    assert at.selectbox(key="model").value == "run:done"
    assert_fine(switch(at, ""))
    assert at.selectbox(key="model").value == "run:done"
    assert digit(at)


@pytest.mark.parametrize("kind", [{"variational": False}, {"classes": 10}, {"latent_dim": 1}])
def test_run_of_any_kind_of_model_can_be_looked_at(visit, finished, kind):
    finished(**kind)
    at = visit("train")
    assert_fine(at)
    assert len(components(at)) == 1


def test_stopped_run_can_be_resumed(visit, launched, status):
    run = status("stopped", epoch=1)
    at = visit("train")
    at.button(key="resume_run").click().run()
    assert_fine(at)
    assert launched == [run] and "starting" in badges(at)
    assert "resume_run" not in buttons(at)


def test_ended_run_can_queue_behind_another_and_leave_again(visit, launched, status):
    status("running", name="other")
    run = status("failed", message="it broke.")
    at = visit("train")
    at.selectbox(key="watched").set_value("a-run").run()
    at.button(key="queue_run").click().run()
    assert_fine(at)
    assert run.status().state == "queued" and not launched
    at.button(key="stop_run").click().run()
    assert_fine(at)
    assert run.status().state == "stopped"


def test_new_run_can_be_queued(visit, launched, status):
    status("running", name="other")
    at = start(visit("train"), "waiting", button="queue")
    assert_fine(at)
    assert not launched and "queued" in badges(at) and "running" in badges(at)
    assert at.button(key="go_other").label == "other"


def test_queued_run_that_cannot_start_is_one_sentence_and_the_page_goes_on(
    visit, monkeypatch, status
):
    status("queued", name="waiting")

    def refuse(run):
        raise RunError(f"run {run.name} cannot be changed: Cannot allocate memory.")

    monkeypatch.setattr(run_queue, "launch", refuse)
    at = visit("train")
    assert not at.exception and "Cannot allocate memory" in at.error[0].value
    assert "queued" in badges(at)


def test_queue_moves_on_when_somebody_looks(visit, launched, status):
    run = status("stopped", name="waiting")
    run.queue()
    at = visit("train")
    assert_fine(at)
    assert launched == [run]


def test_run_can_be_renamed_and_stays_the_chosen_model(visit, finished):
    finished("before")
    at = visit("train")
    at.button(key="use_run").click().run()
    at.text_input(key="rename_before").set_value("after").run()
    at.button(key="rename_run").click().run()
    assert_fine(at)
    assert [run.name for run in list_runs()] == ["after"]
    assert at.selectbox(key="watched").value == "after"
    assert at.selectbox(key="model").value == "run:after"


@pytest.mark.parametrize(
    ("name", "said"), [("taken", "exists already"), ("../x", "cannot be a name")]
)
def test_name_that_cannot_be_is_refused_on_renaming(visit, status, name, said):
    status("stopped", name="taken")
    status("stopped", name="mine")
    at = visit("train")
    at.selectbox(key="watched").set_value("mine").run()
    at.text_input(key="rename_mine").set_value(name).run()
    at.button(key="rename_run").click().run()
    assert said in complaint(at)
    assert {run.name for run in list_runs()} == {"taken", "mine"}


def test_run_can_be_deleted_even_while_it_is_the_chosen_model(visit, finished, switch):
    finished("gone")
    at = visit("train")
    at.button(key="use_run").click().run()
    at.button(key="delete_run").click().run()
    assert_fine(at)
    assert list_runs() == [] and any("No runs yet" in text.value for text in at.header)
    assert_fine(switch(at, ""))
    assert digit(at)


def test_run_under_way_can_be_neither_renamed_nor_deleted(visit, status):
    status("running")
    assert not buttons(visit("train")) & {"rename_run", "delete_run", "resume_run"}


def test_run_deleted_by_somebody_else_meanwhile_is_one_sentence(visit, status):
    run = status("stopped")
    at = visit("train")
    run.delete()
    at.button(key="delete_run").click().run()
    assert not at.exception


def test_run_over_a_lattice_shows_how_likely_held_out_pictures_are(visit, finished):
    run = finished(objective="lattice", lattice_points=64, encoder_epochs=1)
    at = visit("train")
    assert_fine(at)
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["validation −log p(x)"] == f"{run.metrics()[-1]['lattice_nll']:.2f}"
    assert float(shown["validation −log p(x)"]) < float(shown["validation −ELBO"])


def test_diagnosis_is_told_with_its_figure_and_its_settings_go_into_the_form(
    visit, finished, launched
):
    finished(epochs=4, learning_rate=1e-7)
    at = visit("train")
    assert "Slow convergence" in badges(at)
    at.button(key="try_0").click().run()
    assert_fine(at)
    tried = {name: at.session_state[f"train_{name}"] for name in ("learning_rate", "optimizer")}
    assert tried == {"learning_rate": 1e-3, "optimizer": "adamw"}
    text = at.button(key="try_0").help
    assert text == "Put into the form: Learning rate 0.001, Optimiser adamw"


def test_run_that_stopped_early_says_which_epoch_its_model_is_of(visit, finished):
    finished(epochs=40, patience=1, learning_rate=10.0**-1.5, schedule="constant", limit=32)
    at = visit("train")
    assert_fine(at)
    texts = [bar.proto.text for bar in at.main.get("progress")]
    assert any("stopped early, the model is that of epoch" in text for text in texts)


def test_runs_can_be_compared(visit, finished):
    finished("one")
    finished("other", seed=1)
    at = visit("train")
    assert_fine(at)
    assert at.multiselect(key="compared").value == ["other", "one"]
    assert len(at.main.get("vega_lite_chart")) == 4


def test_runs_can_be_looked_at_one_after_the_other(visit, status):
    status("stopped", name="one")
    status("failed", message="it broke.", name="two")
    at = visit("train")
    for name, shown in (("one", "stopped"), ("two", "failed")):
        at.selectbox(key="watched").set_value(name).run()
        assert not at.exception
        assert shown in badges(at)


@pytest.mark.parametrize(("epochs", "remark"), [(19, None), (39, "Epoch 1 not drawn.")])
def test_epochs_that_are_not_drawn_are_said(visit, finished, epochs, remark):
    finished(epochs=epochs)
    remarks = [caption.value for caption in visit("train").main.caption]
    assert [text for text in remarks if "not drawn" in text] == ([remark] if remark else [])


def test_complaint_names_settings_as_the_form_does():
    assert in_words("latent_dim must be at least 1.") == "“Latent size” must be at least 1."
    assert in_words("set polish_epochs to 0.") == "set “Final epochs on clean pictures” to 0."
    assert in_words("samples must be 1.") == "“Samples per picture” must be 1."
    assert in_words("use elbo and take samples.") == "use elbo and take samples."


def test_form_is_the_same_after_another_page(visit, switch):
    at = visit("train")
    at.selectbox(key="preset").set_value("mnist-2d").run()
    at.selectbox(key="train_dataset").set_value("digits").run()
    at.session_state["train_epochs"] = 7
    at.text_input(key="run_name").set_value("mine").run()
    for page in ("generate", "", "train"):
        switch(at, page)
        assert_fine(at)
    assert at.selectbox(key="preset").value == "mnist-2d"
    assert at.selectbox(key="train_dataset").value == "digits"
    assert at.number_input(key="train_epochs").value == 7
    assert at.text_input(key="run_name").value == "mine"
    assert at.button(key="start")


def test_time_is_estimated_before_a_run_starts(visit, launched):
    at = visit("train")
    at.button(key="estimate").click().run()
    assert_fine(at)
    (said,) = (c.value for c in at.caption if c.value.startswith("About "))
    assert re.match(r"About \d+(\.\d)? (s|min|h) for", said)
    at.number_input(key="train_epochs").set_value(3).run()
    assert not [c for c in at.caption if c.value.startswith("About ")]
    assert not launched


def test_failed_download_is_said_where_it_was_asked_for_and_not_for_long(
    visit, switch, monkeypatch
):
    def refuse(name, progress):
        raise DataError("no network.")

    monkeypatch.setattr(datasets, "download", refuse)
    at = download(visit("train"), "mnist")
    assert "no network" in complaint(at)
    other = visit("train")
    other.selectbox(key="train_dataset").set_value("mnist").run()
    assert_fine(other)  # another visitor
    assert "no network" in complaint(at.run())
    switch(at, "")
    assert_fine(switch(at, "train"))
    at = download(at, "mnist")
    assert "no network" in complaint(at)
    monkeypatch.setattr(jobs, "NEWS_SECONDS", 0)
    assert_fine(at.run())
