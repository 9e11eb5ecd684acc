"""What visitors of a public server may do: asked where it is done, whatever a page shows."""

import dataclasses

import pytest
import streamlit as st
from PIL import Image
from visible import assert_fine

from vae_explorer.access import limits, mode, owners, visitors
from vae_explorer.data import datasets
from vae_explorer.errors import DataError, RunError
from vae_explorer.training.runs import run_queue
from vae_explorer.training.runs.run_folder import create_run, list_runs
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.session import dataset_cache, jobs, model_selection

ANN, EVE = (visitors.of_browser(visitors.new_secret()) for _ in range(2))
TEACHER = visitors.of_person("t@example.org", is_teacher=True)


@pytest.fixture
def come(monkeypatch):
    """come(visitor): who is at the page from now on, of a public server."""

    def comes(who):
        monkeypatch.setenv(mode.PUBLIC, "1")
        monkeypatch.setattr(visitor, "current", lambda: who)

    return comes


@pytest.fixture
def anns(tiny_training):
    """A run that Ann has queued."""
    return create_run("anns", tiny_training, state="queued", owner=owners.note(ANN))


def test_run_of_another_is_not_changed_whatever_is_asked(come, anns):
    come(EVE)
    acts = {
        "stopped": lambda: jobs.stop(anns),
        "resumed": lambda: jobs.resume(anns),
        "queued": lambda: jobs.queue_again(anns),
        "renamed": lambda: jobs.rename(anns, "eves"),
        "deleted": lambda: jobs.delete(anns),
    }
    for done, act in acts.items():
        with pytest.raises(RunError, match=f"somebody else's: .* can have it {done}"):
            act()
    assert anns.status().state == "queued" and [run.name for run in list_runs()] == ["anns"]


@pytest.mark.parametrize("who", [ANN, TEACHER])
def test_owner_and_teacher_change_it(come, anns, who):
    come(who)
    jobs.stop(anns)
    assert anns.status().state == "stopped"
    jobs.delete(jobs.rename(anns, "other"))
    assert not list_runs()


def test_resumed_run_has_the_same_limits_as_a_new_one(come, anns, tiny_training, monkeypatch):
    monkeypatch.setattr(run_queue, "launch", lambda run: pytest.fail("it was started"))
    come(ANN)
    jobs.stop(anns)
    under_way = create_run("first", tiny_training, owner=owners.note(ANN))
    under_way.set_state("starting", pid=1)
    with pytest.raises(RunError, match="one training of yours is under way"):
        jobs.resume(anns)
    jobs.queue_again(anns)
    assert anns.status().state == "queued"


def test_data_named_by_a_strangers_file_is_read_for_the_operator_alone(come, discs_folder):
    assert dataset_cache.at_hand(discs_folder) is not None
    come(EVE)
    assert dataset_cache.at_hand(discs_folder) is None
    assert not dataset_cache.is_available(discs_folder)
    for path in (discs_folder, "/nowhere/at/all"):  # the same words: nobody learns what is there
        with pytest.raises(DataError, match="reads data sets by name and what you upload"):
            dataset_cache.load(path)
    assert dataset_cache.is_available("digits")


@pytest.fixture
def discs_folder(tmp_path) -> str:
    """A folder of pictures on the server."""
    for number in range(20):
        folder = tmp_path / "private" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (16, 16), 10 * number).save(folder / f"{number}.png")
    return str(tmp_path / "private")


def test_read_only_server_shows_runs_and_says_why_there_is_no_form(
    come, anns, visit, tmp_path, monkeypatch
):
    path = tmp_path / "limits.toml"
    path.write_text("training = false")
    monkeypatch.setenv(limits.FILE, str(path))
    come(ANN)
    jobs.stop(anns)
    come(EVE)
    at = visit("train")
    assert_fine(at)
    assert any("only teachers train" in note.value for note in at.caption)
    assert not any("Start one here" in note.value for note in at.caption)
    keys = {button.key for button in at.button}
    assert not keys & {"start", "queue", "stop_run", "delete_run"}


def test_models_that_a_page_adds_are_bounded(come, small, tmp_path, monkeypatch):
    path = tmp_path / "limits.toml"
    path.write_text("session_mb = 1")
    monkeypatch.setenv(limits.FILE, str(path))
    kept = {}
    monkeypatch.setattr(model_selection, "uploaded", lambda: kept)
    monkeypatch.setattr(model_selection, "choose", lambda key: None)
    made = small(encoder=(200,), decoder=(200,))  # 1.3 MB each
    several = [dataclasses.replace(made, sha256=f"{number:064x}"[::-1]) for number in range(3)]
    for checkpoint in several:
        model_selection.add(checkpoint)
    assert len(kept) == 3
    come(ANN)
    newest = dataclasses.replace(made, sha256="f" * 64)
    model_selection.add(newest)
    assert list(kept.values()) == [newest]


@pytest.mark.parametrize(
    ("user", "role"),
    [
        ({"is_logged_in": True, "email": "T@example.org"}, "teacher"),
        ({"is_logged_in": True, "email": "pupil@example.org"}, "visitor"),
        ({"is_logged_in": False, "email": "t@example.org"}, None),
        ({"is_logged_in": True, "email": "t@example.org", "email_verified": False}, None),
        ({}, None),
    ],
)
def test_who_signed_in_is_known_by_their_address(monkeypatch, tmp_path, user, role):
    path = tmp_path / "limits.toml"
    path.write_text('teachers = ["t@example.org"]')
    monkeypatch.setenv(mode.PUBLIC, "1")
    monkeypatch.setenv(limits.FILE, str(path))
    monkeypatch.setattr(type(st.user), "to_dict", lambda self: user)
    who = visitor.current()
    assert (who.role if who.secret else None) == role


def test_everybody_is_the_operator_of_a_personal_server(monkeypatch):
    monkeypatch.delenv(mode.PUBLIC, raising=False)
    assert visitor.current() == visitors.OPERATOR
    assert datasets.data_root().resolve() / "uploads" == owners.uploads_folder(visitor.current())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("run folder /srv/runs/x cannot be written", "run folder x cannot be written"),
        ("MNIST is not in /srv/data: download it", "MNIST is not in data: download it"),
        (r"C:\Users\ada\runs\x is no file", "x is no file"),
        ("~/secret/file.npz is no array", "file.npz is no array"),
        ("see https://example.org/a/b and/or 3/4", "see https://example.org/a/b and/or 3/4"),
    ],
)
def test_sentences_of_a_public_server_name_no_folders(monkeypatch, text, shown):
    assert messages.without_folders(text) == text
    monkeypatch.setenv(mode.PUBLIC, "1")
    assert messages.without_folders(text) == shown
