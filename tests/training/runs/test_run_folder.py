"""The run folder: what a training process writes and everybody else reads, crash or no crash."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
from paths import ROOT

from vae_explorer.data.datasets import to_unit
from vae_explorer.errors import RunError
from vae_explorer.files import write_json
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.training.engine import train
from vae_explorer.training.runs import run_folder, run_queue, run_writer
from vae_explorer.training.runs.run_folder import (
    Run,
    create_run,
    free_name,
    list_runs,
    runs_root,
    save_tensors,
)
from vae_explorer.training.runs.run_queue import launch, start_next
from vae_explorer.training.runs.run_writer import RunWriter


@pytest.fixture
def run(tiny_training):
    return create_run("first", tiny_training)


def line_of_epoch(epoch):
    """A line of `metrics.jsonl`, as runs of before wrote it."""
    older = (ROOT / "tests" / "files" / "run_of_before" / "metrics.jsonl").read_text()
    return json.dumps(json.loads(older.splitlines()[0]) | {"epoch": epoch}) + "\n"


@pytest.fixture
def quick_heart(monkeypatch):
    monkeypatch.setattr(run_writer, "HEARTBEAT_SECONDS", 0.01)


@pytest.fixture
def write_status(run):
    """Put a status into the run folder, as a process would have that has since been killed."""

    def write(**fields):
        status = {"state": "running", "heartbeat": time.time(), "epoch": 1, "epochs": 2}
        (run.folder / "status.json").write_text(json.dumps(status | fields))

    return write


@pytest.fixture
def reports(tiny_training, few, held_out):
    """The two epochs of a run, one after the other: their tensors are live."""
    return train(tiny_training, few, held_out, device="cpu")


def record(writer, report):
    writer.record(report, Checkpoint(report.model, report.model.config))


def wait_until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


# making and finding


def test_runs_lie_where_the_environment_says(tmp_path, monkeypatch):
    assert runs_root() == tmp_path / "runs"
    monkeypatch.delenv("VAE_EXPLORER_RUNS")
    assert str(runs_root()) == "runs"


def test_new_run_holds_its_config_and_has_not_begun(run, tiny_training):
    assert run.name == "first" and run.config() == tiny_training
    assert run.status() == ("stopped", "", 0, 2)
    assert run.metrics() == [] and run.snapshot_epochs() == [] and not run.checkpoint.exists()


def test_taken_name_is_refused_and_the_run_left_alone(run, tiny_training, replaced):
    with pytest.raises(RunError, match="exists already"):
        create_run("first", replaced(tiny_training, epochs=9))
    assert run.config() == tiny_training


BAD_NAMES = ["", ".", "..", "../evil", "a/b", "/tmp/evil", "a\\b", ".hidden", "-x", "a b", "x" * 65]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_name_that_leaves_the_folder_is_refused_and_nothing_written(name, tiny_training, tmp_path):
    with pytest.raises(RunError, match="cannot be a name"):
        create_run(name, tiny_training)
    assert list(tmp_path.iterdir()) == []


def test_run_where_nothing_can_be_written_is_a_run_error(tiny_training, tmp_path):
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(RunError, match="cannot be written"):
        create_run("first", tiny_training)


def test_runs_are_listed_newest_first_and_other_folders_are_not(tiny_training, tmp_path):
    for age, name in enumerate(["c", "a", "b"]):
        run = create_run(name, tiny_training)
        os.utime(run.folder / "config.json", (1e9 - age, 1e9 - age))
    (tmp_path / "runs" / "notes").mkdir()
    (tmp_path / "runs" / "notes.txt").write_text("")
    assert [run.name for run in list_runs()] == ["c", "a", "b"]


def test_no_folder_no_runs(tmp_path):
    assert list_runs() == [] and list_runs(tmp_path / "nowhere") == []


def test_free_name_counts_up_past_what_is_taken(tiny_training):
    assert free_name("digits") == "digits"
    for expected in ("digits", "digits-2", "digits-3"):
        assert free_name("digits") == expected
        create_run(expected, tiny_training)


# the state as seen from outside


def test_run_whose_process_holds_the_lock_lives_however_silent(run, write_status):
    write_status(heartbeat=0)  # a machine that has slept, say
    with run.lock():
        assert run.status() == ("running", "", 1, 2)
    assert run.status() == ("lost", "its process ended without a word.", 1, 2)


def test_killed_process_is_known_at_once(run, write_status):
    write_status(heartbeat=time.time())
    assert run.status().state == "lost"


def test_run_that_ends_between_two_looks_is_not_lost(run, write_status, monkeypatch):
    write_status()
    breathes = Run._is_alive

    def end_meanwhile(self, raw):
        write_status(state="finished")
        return breathes(self, raw)

    monkeypatch.setattr(Run, "_is_alive", end_meanwhile)
    assert run.status().state == "finished"


def test_without_a_lock_to_ask_the_heartbeat_tells(run, write_status, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(run_folder.FileLock, "acquire", refuse)
    write_status(heartbeat=time.time() - run_folder.LOST_SECONDS / 2)
    assert run.status().state == "running"
    write_status(heartbeat=time.time() - run_folder.LOST_SECONDS - 1)
    assert run.status().state == "lost"


def test_process_on_another_machine_lives_as_long_as_its_heart_beats(run, write_status):
    write_status(host="elsewhere")  # whose lock, and whose number, say nothing here
    assert run.status().state == "running"
    write_status(host="elsewhere", heartbeat=time.time() - run_folder.LOST_SECONDS - 1)
    assert run.status().state == "lost"
    write_status(host="elsewhere", state="starting", pid=2**30)
    assert run.status().state == "starting" and run.is_starting()
    with pytest.raises(RunError, match="under way"):
        run.delete()
    late = time.time() - run_folder.STARTING_SECONDS - 1
    write_status(host="elsewhere", state="starting", pid=2**30, heartbeat=late)
    assert run.status().state == "lost"


def test_process_that_does_not_come_is_lost(run, write_status):
    late = time.time() - run_folder.STARTING_SECONDS - 1
    write_status(state="starting", pid=os.getpid())
    assert run.status().state == "starting"
    write_status(state="starting", pid=os.getpid(), heartbeat=late)
    assert run.status().state == "lost" and "did not start" in run.status().message


def test_process_that_died_while_starting_is_known_at_once(run, write_status):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    write_status(state="starting", pid=process.pid)
    assert run.status().state == "lost"
    run.queue()
    assert run.status().state == "queued"


def test_process_that_takes_over_keeps_what_is_known_and_clears_away(run, tiny_training):
    (run.folder / "latents" / ".0001.safetensors.abc.tmp").write_bytes(b"half")
    run_state = json.loads((run.folder / "status.json").read_text()) | {"epoch": 1}
    (run.folder / "status.json").write_text(json.dumps(run_state))
    with RunWriter(run, tiny_training):
        assert run.status() == ("running", "", 1, 2)
    assert not list(run.folder.rglob("*.tmp"))


def test_folder_without_settings_is_not_offered_as_a_name(run, tmp_path):
    (run.folder / "config.json").unlink()
    assert list_runs() == [] and free_name("first") == "first-2"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_run_that_ended_stays_ended_however_long_ago(run, write_status, state):
    write_status(state=state, heartbeat=0, message="why")
    run.stop()
    assert run.status() == (state, "why", 1, 2)


def test_asked_run_is_stopping_until_it_has_stopped(run, write_status):
    write_status()
    run.stop()
    with run.lock():
        assert run.status().state == "stopping"
    write_status(state="stopped")
    assert run.status().state == "stopped"


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"3"])
def test_unreadable_status_counts_as_lost(run, content):
    (run.folder / "status.json").unlink()
    if content is not None:
        (run.folder / "status.json").write_bytes(content)
    assert run.status().state == "lost"


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"epochs": 0}', b'{"newer": 1}'])
def test_unreadable_config_is_a_run_error_that_names_the_run(run, content):
    (run.folder / "config.json").unlink()
    if content is not None:
        (run.folder / "config.json").write_bytes(content)
    with pytest.raises(RunError, match="first"):
        run.config()


def test_run_that_is_gone_cannot_be_stopped(tmp_path):
    with pytest.raises(RunError, match="cannot be stopped"):
        Run(tmp_path / "gone").stop()


@pytest.mark.parametrize("content", [None, b"", b"cut short"])
def test_run_without_a_whole_epoch_cannot_be_resumed(run, content):
    if content is not None:
        (run.folder / "resume.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="cannot be resumed"):
        run.resume_state()


def test_unfinished_last_line_of_the_metrics_is_ignored(run):
    (run.folder / "metrics.jsonl").write_text(line_of_epoch(1) + line_of_epoch(2)[:40])
    assert [line["epoch"] for line in run.metrics()] == [1]


# writing


@pytest.mark.usefixtures("quick_heart")
def test_heart_beats_while_the_process_works(run, tiny_training):
    with RunWriter(run, tiny_training):
        assert run.status().state == "running"
        first = json.loads((run.folder / "status.json").read_text())
        assert first["pid"] == os.getpid()

        def later():
            return json.loads((run.folder / "status.json").read_text())["heartbeat"]

        wait_until(lambda: later() > first["heartbeat"])
    assert run.status().state == "finished"
    last = later()
    time.sleep(0.1)
    assert later() == last


@pytest.mark.usefixtures("quick_heart")
def test_wish_to_stop_is_heard_and_recorded(run, tiny_training):
    with RunWriter(run, tiny_training) as writer:
        assert not writer.stop_requested.is_set()
        run.stop()
        assert writer.stop_requested.wait(10)
    assert run.status().state == "stopped"


@pytest.mark.usefixtures("quick_heart")
def test_earlier_wish_to_stop_does_not_stop_the_next_process(run, tiny_training):
    run.stop()
    with RunWriter(run, tiny_training) as writer:
        assert not writer.stop_requested.wait(0.1)
    assert run.status().state == "finished"


@pytest.mark.usefixtures("quick_heart")
def test_wish_to_stop_a_run_that_is_starting_reaches_its_process(run, tiny_training, write_status):
    write_status(state="starting", pid=os.getpid())
    run.stop()
    with RunWriter(run, tiny_training) as writer:
        assert writer.stop_requested.wait(10)
    assert run.status().state == "stopped"


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (RunError("the disk is full."), "failed", "the disk is full."),
        (ZeroDivisionError(), "failed", "ZeroDivisionError"),
        (KeyboardInterrupt(), "stopped", ""),
        (GeneratorExit(), "stopped", ""),
    ],
)
def test_leaving_by_an_exception_records_why(run, tiny_training, error, state, message):
    with pytest.raises(type(error)), RunWriter(run, tiny_training):
        raise error
    assert run.status()[:2] == (state, message)


def test_recorded_epoch_can_be_read_back(run, tiny_training, reports, held_out):
    with RunWriter(run, tiny_training) as writer:
        writer.save_pictures(held_out)
        for report in reports:
            record(writer, report)
            line = run.metrics()[-1]
            assert line["epoch"] == report.epoch and line["phase"] == "main"
            assert line["train"] == report.train._asdict()
            assert line["validation"] == report.validation._asdict()
            assert line["kl_per_dimension"] == report.kl_per_dimension
            assert {"learning_rate", "beta", "seconds", "images_per_second", "threads"} <= set(line)
            assert not {"model", "state"} & set(line)
            assert run.status().epoch == report.epoch
            state = run.resume_state()
            assert all(torch.equal(state[k], report.state[k]) for k in report.state)
            loaded = load_checkpoint(run.checkpoint).model.state_dict()
            assert all(torch.equal(loaded[k], v) for k, v in report.model.state_dict().items())
    assert [line["epoch"] for line in run.metrics()] == [1, 2] == run.snapshot_epochs()


def test_watched_points_are_the_validation_pictures_as_encoded(
    run, tiny_training, reports, held_out
):
    with RunWriter(run, tiny_training) as writer:
        writer.save_pictures(held_out)
        report = next(reports)
        record(writer, report)
        with torch.inference_mode():
            mu, _ = report.model.encode(to_unit(held_out.images))
            pictures = report.model.decode(mu[: run_writer.SNAPSHOT_PICTURES]).squeeze(1)
    watched, fixed = run.snapshot(1), run.snapshot_pictures()
    torch.testing.assert_close(watched.mu, mu, rtol=1e-3, atol=1e-3)
    assert watched.mu.dtype == torch.float32
    assert watched.reconstructions.dtype == torch.uint8
    assert (watched.reconstructions - (pictures * 255)).abs().max() <= 1
    assert torch.equal(fixed.labels, held_out.labels)
    assert torch.equal(fixed.images, held_out.images[: run_writer.SNAPSHOT_PICTURES])


def test_no_more_points_are_watched_than_agreed(run, tiny_training, reports, held_out, monkeypatch):
    monkeypatch.setattr(run_writer, "SNAPSHOT_POINTS", 7)
    monkeypatch.setattr(run_writer, "SNAPSHOT_PICTURES", 3)
    with RunWriter(run, tiny_training) as writer:
        writer.save_pictures(held_out)
        record(writer, next(reports))
    assert run.snapshot(1).mu.shape == (7, 3) and len(run.snapshot_pictures().labels) == 7
    assert len(run.snapshot(1).reconstructions) == 3 == len(run.snapshot_pictures().images)


def test_epoch_that_was_not_watched_is_none(run):
    assert run.snapshot(1) is None and run.snapshot_pictures() is None
    (run.folder / "latents" / "0001.safetensors").write_bytes(b"half a fi")
    assert run.snapshot(1) is None and run.snapshot_epochs() == [1]


def test_rewinding_forgets_later_epochs_and_unfinished_lines(run, tiny_training):
    lines = "".join(map(line_of_epoch, (1, 2, 3, 4)))
    (run.folder / "metrics.jsonl").write_text(lines + '{"epo')
    with RunWriter(run, tiny_training) as writer:
        writer.rewind(2)
        assert [line["epoch"] for line in run.metrics()] == [1, 2]
    assert (run.folder / "metrics.jsonl").read_text() == "".join(map(line_of_epoch, (1, 2)))
    assert run.status().epoch == 2


def test_no_temporary_file_is_left_behind(run, tiny_training, reports, held_out):
    with RunWriter(run, tiny_training) as writer:
        writer.save_pictures(held_out)
        for report in reports:
            record(writer, report)
    left = {p.name for p in run.folder.rglob("*") if p.is_file()}
    assert left == {
        "config.json",
        "metrics.jsonl",
        "status.json",
        "lock",
        "checkpoint.safetensors",
        "resume.safetensors",
        "fixed.safetensors",
        "0001.safetensors",
        "0002.safetensors",
    }


def test_reader_never_meets_a_half_written_file(run, tiny_training):
    """One thread writes large states over and over while another reads them."""
    path, over = run.folder / "resume.safetensors", threading.Event()
    broken = []

    def write():
        for value in range(40):
            save_tensors(path, {"epoch": torch.full((50_000,), float(value))})
        over.set()

    save_tensors(path, {"epoch": torch.zeros(50_000)})
    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        values = safetensors.torch.load(path.read_bytes())["epoch"]
        if values.min() != values.max():
            broken.append(values)
    writer.join()
    assert not broken


# one process at a time, queue, rename, delete


@pytest.fixture
def launched(monkeypatch):
    """Processes that would have been started, as (command, environment)."""
    started = []

    def start(command, env, **_):
        started.append((command, env))
        return SimpleNamespace(pid=os.getpid())

    monkeypatch.setattr(run_queue.subprocess, "Popen", start)
    return started


def test_second_process_is_refused_and_changes_nothing(run, tiny_training, monkeypatch):
    monkeypatch.setattr(run_writer, "LOCK_SECONDS", 0.05)
    with RunWriter(run, tiny_training):
        with pytest.raises(RunError, match="another process"), RunWriter(run, tiny_training):
            pass
        assert run.status().state == "running"
        for change in (run.delete, run.queue, lambda: run.rename("other"), lambda: launch(run)):
            with pytest.raises(RunError, match="under way"):
                change()
    assert run.status().state == "finished"


def test_launch_resumes_in_the_same_places_and_is_starting(run, launched, tmp_path):
    run.stop()
    launch(run)
    ((command, env),) = launched
    assert command[-2:] == ["--resume", str(run.folder.resolve())]
    assert env["VAE_EXPLORER_RUNS"] == str((tmp_path / "runs").resolve())
    assert str(ROOT) in env["PYTHONPATH"].split(os.pathsep)  # works where nothing is installed
    assert run.status().state == "starting"  # and no longer asked to stop
    with pytest.raises(RunError, match="under way"):
        launch(run)


def test_queue_starts_the_oldest_when_nothing_is_under_way(run, tiny_training, launched):
    names = ["second", "third"]
    queued = [create_run(name, tiny_training, state="queued") for name in names]
    for age, one in enumerate([run, *queued]):
        os.utime(one.folder / "config.json", (age, age))
    with RunWriter(run, tiny_training):
        assert start_next() is None and not launched
    start_next()
    assert [command[-1] for command, _ in launched] == [str(queued[0].folder.resolve())]
    assert [one.status().state for one in queued] == ["starting", "queued"]
    assert start_next() is None and len(launched) == 1


def test_run_that_queues_again_goes_behind_those_that_wait(run, tiny_training, launched):
    waiting = create_run("waiting", tiny_training, state="queued")
    run.queue()  # the older folder, the later wish
    start_next()
    assert [command[-1] for command, _ in launched] == [str(waiting.folder.resolve())]


def test_process_that_cannot_be_started_is_one_sentence_and_the_run_stopped(run, monkeypatch):
    def refuse(*arguments, **_):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(run_queue.subprocess, "Popen", refuse)
    with pytest.raises(RunError, match="Cannot allocate memory"):
        launch(run)
    assert run.status().state == "stopped"


def test_log_that_cannot_be_written_is_one_sentence_and_starts_nothing(run, launched):
    (run.folder / "log.txt").mkdir()
    with pytest.raises(RunError, match="first"):
        launch(run)
    assert not launched and run.status().state == "stopped"


def test_disk_that_fills_up_after_the_start_does_not_lose_the_process(run, launched, monkeypatch):
    def write_once(path, value):
        if launched:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_json(path, value)

    monkeypatch.setattr(run_folder, "write_json", write_once)
    assert launch(run).pid == os.getpid()


def test_queue_without_folder_or_runs_is_empty(tmp_path):
    assert start_next() is None and start_next(tmp_path) is None


def test_ended_run_can_queue_again_and_leave_the_queue(run, write_status):
    write_status(state="failed", message="it broke.")
    run.queue()
    assert run.status() == ("queued", "", 1, 2)
    run.stop()
    assert run.status() == ("stopped", "", 1, 2)


def test_renamed_run_is_the_same_under_another_name(run, tiny_training):
    other = run.rename("second")
    assert [one.name for one in list_runs()] == ["second"] and other.config() == tiny_training
    create_run("first", tiny_training)
    with pytest.raises(RunError, match="exists already"):
        other.rename("first")
    for name in BAD_NAMES:
        with pytest.raises(RunError, match="cannot be a name"):
            other.rename(name)
    assert {one.name for one in list_runs()} == {"first", "second"}


def test_deleted_run_is_gone_and_nothing_else(run, tiny_training, tmp_path):
    create_run("second", tiny_training)
    run.delete()
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["second"]
    with pytest.raises(RunError):
        run.delete()


def test_half_deleted_run_is_not_listed(run):
    run.folder.rename(run.folder.with_name(".deleted-first-1"))
    assert list_runs() == []


def test_number_of_threads_stays_what_the_settings_say(tiny_training, replaced):
    for number in (0, 3):
        run = create_run(f"threads-{number}", replaced(tiny_training, threads=number))
        assert run.config().threads == number


# when writing fails


def write_two(run, config, reports, held_out, between):
    """Write two epochs, with something happening between them."""
    with RunWriter(run, config) as writer:
        writer.save_pictures(held_out)
        record(writer, next(reports))
        between()
        record(writer, next(reports))


@pytest.mark.parametrize("error", [OSError(28, "No space left"), PermissionError(13, "no")])
def test_epoch_that_cannot_be_written_is_one_sentence_and_the_last_one_stays(
    run, tiny_training, reports, held_out, monkeypatch, error
):
    def fill_disk():
        def refuse(*_):
            raise error

        monkeypatch.setattr(run_writer, "save_tensors", refuse)

    with pytest.raises(RunError, match=r"cannot be written.*after epoch 1"):
        write_two(run, tiny_training, reports, held_out, fill_disk)
    assert run.status().state == "failed" and "resume" in run.status().message
    assert int(run.resume_state()["epoch"]) == 1
    assert load_checkpoint(run.checkpoint).config == tiny_training.model


def test_folder_that_vanishes_is_one_sentence(run, tiny_training, reports, held_out):
    with pytest.raises(RunError, match="cannot be written"):
        write_two(run, tiny_training, reports, held_out, lambda: shutil.rmtree(run.folder))
    assert not run.folder.exists()


def test_checkpoint_stays_that_of_the_best_epoch_where_training_may_stop_early(
    run, tiny_training, replaced, reports, held_out
):
    with RunWriter(run, replaced(tiny_training, patience=3)) as writer:
        writer.save_pictures(held_out)
        record(writer, next(reports)._replace(best=True))
        kept = run.checkpoint.read_bytes()
        record(writer, next(reports)._replace(best=False))
    assert run.checkpoint.read_bytes() == kept
    assert int(run.resume_state()["epoch"]) == 2
