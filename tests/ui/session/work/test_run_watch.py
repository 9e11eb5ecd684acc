import logging
from dataclasses import replace

import pytest

from vae_explorer import logs
from vae_explorer.files import write_json
from vae_explorer.training.runs import run_folder
from vae_explorer.ui.session.work.run_watch import RunWatch


@pytest.fixture
def told(caplog):
    """told() -> the event and the fields of each line since the last call."""

    def since():
        lines = [(entry.event, entry.fields, entry.getMessage()) for entry in caplog.records]
        caplog.clear()
        return lines

    caplog.set_level(logging.INFO, logs.LOG.name)
    return since


def test_trainings_are_told_of_from_queue_to_end_by_number(told, tiny_training):
    watch = RunWatch()
    run = run_folder.create_run("ada", tiny_training, state="queued")
    watch.look()
    write_json(run.folder / "status.json", run_folder.status_line("running", 1, 3))
    with run.lock():
        watch.look()
        watch.look()
    run = run.rename("lovelace") if run.status().state != "running" else run
    write_json(run.folder / "status.json", run_folder.status_line("finished", 3, 3))
    watch.look()
    watch.look()
    lines = told()
    assert [event for event, *_ in lines] == [
        "training_queued",
        "training_started",
        "training_ended",
    ]
    _, fields, sentence = lines[-1]
    assert fields["state"] == "finished" and fields["parameters"] > 0
    assert fields["dataset"] == tiny_training.dataset and "3 of 3 epochs" in sentence
    assert len({fields["run"] for _, fields, _ in lines}) == 1
    assert "ada" not in str(lines) and "lovelace" not in str(lines)


def test_what_stood_there_at_first_or_waits_to_begin_is_no_news(told, tiny_training):
    run_folder.create_run("old", tiny_training, state="queued")
    watch = RunWatch()
    run_folder.create_run("new", tiny_training)
    watch.look()
    assert told() == []


def test_data_of_a_visitor_is_own_and_spoilt_settings_are_unknown(told, tiny_training):
    watch = RunWatch()
    mine = replace(tiny_training, dataset="/data/uploads/ada")
    run_folder.create_run("mine", mine, state="queued")
    spoilt = run_folder.create_run("spoilt", tiny_training, state="queued")
    (spoilt.folder / "config.json").write_text("{")
    watch.look()
    assert {fields["dataset"] for _, fields, _ in told()} == {"own", "unknown"}
