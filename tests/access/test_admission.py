"""Who may train what on a public server, whose a run is, and what goes to make room."""

import logging
import os
import time

import pytest

from vae_explorer import logs
from vae_explorer.access import admission, disk_room, owners, training_costs, visitors
from vae_explorer.access.limits import Limits
from vae_explorer.access.visitors import OPERATOR
from vae_explorer.config import ModelConfig
from vae_explorer.data import datasets
from vae_explorer.data.uploaded import stored_uploads
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import DataError, RunError
from vae_explorer.models.vae import new_model
from vae_explorer.training.runs import run_folder, run_queue
from vae_explorer.training.runs.run_folder import Run, create_run, list_runs

ANN, EVE = (visitors.of_browser(visitors.new_secret()) for _ in range(2))
TEACHER = visitors.of_person("t@example.org", is_teacher=True)


@pytest.fixture
def made(tiny_training):
    """made(name, visitor, state="stopped", megabytes=0) -> a run of theirs."""

    def make(name, visitor, state="stopped", megabytes=0.0) -> Run:
        run = create_run(name, tiny_training, state=state, owner=owners.note(visitor))
        if state == "starting":
            run.set_state(state, pid=1)
        (run.folder / "log.txt").write_bytes(bytes(int(megabytes * 1e6)))
        return run

    return make


def test_run_belongs_to_who_started_it(made):
    run, plain = made("anns", ANN), made("the-operators", OPERATOR)
    assert owners.owns(ANN, run) and not owners.owns(EVE, run)
    assert ANN.secret not in (run.folder / run_folder.OWNER).read_text()
    assert not (plain.folder / run_folder.OWNER).exists()
    for visitor, of_ann, of_operator in ((ANN, True, False), (EVE, False, False)):
        assert owners.may_change(visitor, run) is of_ann
        assert owners.may_change(visitor, plain) is of_operator
    for visitor in (TEACHER, OPERATOR):
        assert owners.may_change(visitor, run) and owners.may_change(visitor, plain)
    with pytest.raises(RunError, match="anns is somebody else's: only who started it"):
        owners.check_change(EVE, run, "deleted")


def test_no_run_leaves_the_queue_while_another_is_let_in(made, tiny_training, monkeypatch):
    waiting = made("waiting", ANN, state="queued")
    launched = []
    monkeypatch.setattr(run_queue, "launch", launched.append)
    with admission.admitted(EVE, tiny_training, Limits(), queued=False):
        assert run_queue.start_next(turns=(1, 1)) is None  # as another server would
    assert not launched
    run_queue.start_next(turns=(1, 1))
    assert launched == [waiting]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"hash": 3}', '{"hash": ""}', '{"hash": "ä"}']
)
def test_spoilt_note_makes_nobody_the_owner(made, content):
    run = made("spoilt", ANN)
    (run.folder / run_folder.OWNER).write_text(content)
    assert not owners.may_change(ANN, run) and not owners.may_change(visitors.of_browser(""), run)


def test_visitor_reads_named_data_sets_and_own_uploads_alone(tmp_path):
    root = datasets.data_root().resolve()
    file = stored_uploads.store([File("a.npz", b"1")], root, owners.uploads_folder(ANN))
    for path in ("digits", "mnist", str(file)):
        assert owners.may_read(ANN, path)
    secret = tmp_path / "secret"
    secret.mkdir()
    for path in (str(secret), "/etc", ".", "~", f"{file.parent}/../../../..", "\0", "a" * 5000):
        assert not owners.may_read(ANN, path) and not owners.may_read(TEACHER, path)
        assert owners.may_read(OPERATOR, path)
    assert not owners.may_read(EVE, str(file)) and owners.may_read(TEACHER, str(file))
    assert not owners.may_read(visitors.of_browser(""), str(file))


@pytest.mark.parametrize(
    ("settings", "limit", "said"),
    [
        (
            {"encoder": (8192,) * 16},
            "parameters_millions",
            "M parameters, and this server trains at most 10 M",
        ),
        ({"epochs": 100_000}, "work_millions", "100,000 epochs of "),
        ({"samples": 1000, "epochs": 50}, "work_millions", "points decoded for each picture"),
        ({"batch_size": 65_536}, "batch_size", "a batch has 65,536 pictures"),
        ({"latent_dim": 1024, "epochs": 9000}, "work_millions", "fewer epochs"),
        ({"dataset": "/etc"}, "dataset", "reads no other file or folder"),
    ],
)
def test_training_beyond_the_limits_is_refused(
    tiny_training, replaced, caplog, settings, limit, said
):
    caplog.set_level(logging.INFO, logs.LOG.name)
    with pytest.raises(RunError, match=said):
        admission.check_settings(ANN, replaced(tiny_training, **settings), Limits())
    (told,) = caplog.records
    assert told.fields == {"limit": limit} and "/etc" not in told.getMessage()


def test_parameters_are_counted_without_making_them(small_config):
    count = sum(p.numel() for p in new_model(small_config, 0).parameters())
    assert training_costs.parameters(small_config) == count
    assert training_costs.parameters(ModelConfig(encoder=(8192,) * 16, decoder=(8192,) * 16)) > 2e9


def test_visitors_of_a_read_only_server_train_nothing_but_teachers_do(tiny_training):
    allowed = Limits(training=False)
    with pytest.raises(RunError, match="trains no models for visitors"):
        admission.check_settings(ANN, tiny_training, allowed)
    admission.check_settings(TEACHER, tiny_training, allowed)


@pytest.mark.parametrize(
    ("who", "queued", "said"),
    [
        (ANN, False, "one training of yours is under way: wait for it, or queue this one"),
        (EVE, False, "two trainings are under way here"),
        (ANN, True, "two trainings of yours are waiting"),
        (EVE, True, "three runs are waiting here, and no more may"),
        (visitors.of_browser(""), True, "keeps no cookie"),
    ],
)
def test_turns_are_counted_for_each_visitor_and_for_all(made, who, queued, said):
    others = visitors.of_browser(visitors.new_secret())
    for name, owner in {"a": ANN, "b": others}.items():
        made(name, owner, "starting")
    for name, owner in {"c": ANN, "d": ANN, "e": others}.items():
        made(name, owner, "queued")
    with pytest.raises(RunError, match=said):
        admission.check_turn(who, list_runs(), Limits(queue_length=3), queued=queued)


def test_thirty_runs_at_once_find_room_for_as_many_as_may_wait(tiny_training):
    refused = 0
    for number in range(30):
        try:
            with admission.admitted(ANN, tiny_training, Limits(), queued=True):
                create_run(f"r{number}", tiny_training, state="queued", owner=owners.note(ANN))
        except RunError:
            refused += 1
    assert refused == 28 and len(list_runs()) == 2


def test_oldest_ended_runs_of_visitors_make_room(made, caplog):
    caplog.set_level(logging.INFO, logs.LOG.name)
    for number, name in enumerate(["old", "newer", "newest"]):
        run = made(name, ANN, megabytes=2)
        stamp = time.time() - 100 + number
        run.set_state("stopped")
        os.utime(run.folder / "status.json", (stamp, stamp))
    made("kept", OPERATOR, megabytes=2)
    made("lesson", TEACHER, megabytes=2)
    assert disk_room.for_run(3, list_runs(), Limits(runs_mb=10)) == ["old", "newer"]
    (told,) = caplog.records
    assert told.fields["removed"] == 2 and 4 < told.fields["megabytes"] < 5
    assert "newer" not in told.getMessage()
    assert {run.name for run in list_runs()} == {"newest", "kept", "lesson"}
    with pytest.raises(RunError, match="there is no room for this run"):
        disk_room.for_run(9, list_runs(), Limits(runs_mb=10))
    assert len(list_runs()) == 3


def test_oldest_uploads_make_room():
    root = datasets.data_root().resolve()
    kept = []
    for number in range(3):
        disk_room.for_upload(1, root / stored_uploads.FOLDER, Limits(uploads_mb=2))
        file = File("a.npz", bytes([number]) * 1_000_000)
        kept.append(stored_uploads.store([file], root, owners.uploads_folder(ANN)))
    assert [path.exists() for path in kept] == [False, True, True]
    with pytest.raises(DataError, match="send less"):
        disk_room.for_upload(3, root / stored_uploads.FOLDER, Limits(uploads_mb=2))


def test_queue_gives_turns_to_owners(made, monkeypatch):
    monkeypatch.setattr(run_queue, "launch", lambda run: run.name)
    made("a", ANN, "starting")
    made("b", ANN, "queued")
    assert run_queue.start_next() is None
    assert run_queue.start_next(turns=(2, 1)) is None
    assert run_queue.start_next(turns=(2, 2)) == "b"
    made("c", EVE, "queued")
    assert run_queue.start_next(turns=(2, 1)) == "c"
