import logging
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from paths import PACKAGE

from vae_explorer import logs
from vae_explorer.data.uploaded import upload_batch
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import ExplorerError, UploadError
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.ui.session.work import progress_cache, result_cache, wire, workers
from vae_explorer.ui.session.work.pool import Pool, WorkFailedError
from vae_explorer.ui.session.work.wire import Task

MODEL = PACKAGE.parent / "checkpoints" / "digits-3d.safetensors"


@pytest.fixture(scope="module")
def pool():
    """One worker, of whom little memory is asked."""
    pool = Pool(1, 400, idle_seconds=600)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def model():
    return load_checkpoint(MODEL)


@pytest.fixture
def told(caplog):
    """told() -> task and outcome of the computations in the log."""
    caplog.set_level(logging.INFO, logs.LOG.name)
    return lambda: [(e.fields["task"], e.fields["outcome"]) for e in caplog.records]


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def done(pool: Pool, task: Task):
    job = pool.submit(task)
    assert job is not None and job.ended.wait(120)
    return job.result()


def test_worker_gives_what_the_server_would_and_has_a_model_sent_once(pool, model):
    x = torch.rand(8, *model.config.image_shape, generator=torch.Generator().manual_seed(0))
    task = Task(anomaly_populations.scored, (model, model.detector, x, None))
    reported, first = [], done(pool, task)
    here = task(lambda what, share: reported.append((what, share)))
    assert reported[-1] == ("anomaly scores", 1.0)
    assert first.keys() == here.keys()
    assert all(torch.equal(first[name], here[name]) for name in here)
    models: wire.Models = {}
    assert len(wire.pack(task, models)) < MODEL.stat().st_size / 2
    assert list(models) == [model.sha256]  # named, not copied, though the detector has its network


def test_models_in_a_result_are_those_of_the_server(pool, model):
    found = done(pool, Task(dict, ((("model", model), ("network", model.model)),), noun=None))
    assert found["model"] is model and found["network"] is model.model


def test_refusal_is_the_same_sentence(pool, told):
    nothing = Task(upload_batch.read_batch, ([File("a.png", b"no picture")],), noun="pictures")
    with pytest.raises(UploadError, match="Not one picture can be used"):
        done(pool, nothing)
    assert told() == [("data.uploaded.upload_batch.read_batch", "refused")]  # not which file


def test_bug_comes_with_its_traceback(pool, told):
    with pytest.raises(WorkFailedError, match="ZeroDivisionError"):
        done(pool, Task(divmod, (1, 0), noun=None))
    assert told() == [("builtins.divmod", "failed")]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux bounds the memory")
def test_too_much_memory_is_a_sentence_and_the_worker_goes_on(pool):
    before = done(pool, Task(os.getpid, noun=None))
    with pytest.raises(ExplorerError, match="more memory than this server gives one computation"):
        done(pool, Task(torch.ones, ((400_000_000,),), noun=None))
    assert done(pool, Task(os.getpid, noun=None)) == before


def test_worker_that_dies_is_a_sentence_and_is_replaced(pool, told):
    before = done(pool, Task(os.getpid, noun=None))
    with pytest.raises(ExplorerError, match="was ended by the system"):
        done(pool, Task(os.abort, noun=None))
    assert done(pool, Task(os.getpid, noun=None)) != before
    assert [outcome for _, outcome in told()] == ["done", "died", "done"]


def test_cancelled_work_that_does_not_report_is_ended(pool, told):
    before = done(pool, Task(os.getpid, noun=None))
    job = pool.submit(Task(time.sleep, (600,), noun=None))
    waiting = pool.submit(Task(time.sleep, (600,), noun=None))
    until(lambda: pool.busy == 1)
    assert (job.waits_for(), waiting.waits_for()) == (0, 1)
    waiting.cancel()
    job.cancel()
    assert job.ended.wait(60) and waiting.ended.wait(60)
    assert told()[1:] == [("time.sleep", "cancelled")] * 2
    assert done(pool, Task(os.getpid, noun=None)) != before


def test_what_most_have_waited_for_longest_is_done_first(pool):
    blocking = pool.submit(Task(time.sleep, (600,), noun=None))
    until(lambda: pool.busy == 1)
    one, crowd = (pool.submit(Task(time.monotonic, noun=None)) for _ in range(2))
    one.came -= 2000
    crowd.came, crowd.waiting = crowd.came - 1000, 3
    assert (one.waits_for(), crowd.waits_for()) == (2, 1)
    blocking.cancel()
    assert one.ended.wait(60) and crowd.ended.wait(60)
    assert crowd.result() < one.result()


def test_who_is_just_done_goes_on_before_another_process_is_begun(monkeypatch):
    monkeypatch.setattr("vae_explorer.ui.session.work.pool.HEAD_START_SECONDS", 60)
    two = Pool(2, 0, idle_seconds=600)
    blocking = two.submit(Task(time.sleep, (0.5,), noun=None))
    until(lambda: blocking.begun < math.inf)
    waiting = two.submit(Task(os.getppid, noun=None))
    assert two.count == 2  # the other one would do it, once its head start is over
    assert blocking.ended.wait(60) and waiting.ended.wait(30)
    two.close()


def test_what_no_other_process_can_have_is_left_to_the_server(pool):
    assert pool.submit(Task(lambda: 1, noun=None)) is None


def test_idle_workers_end():
    few = Pool(1, 0, idle_seconds=0.05)
    assert done(few, Task(int, noun=None)) == 0
    until(lambda: few.count == 0)
    assert done(few, Task(int, noun=None)) == 0


def test_many_who_ask_at_once_have_one_job_that_ends_when_all_have_left(pool, monkeypatch):
    submitted, submit = [], pool.submit
    monkeypatch.setattr(pool, "submit", lambda task: submitted.append(submit(task)) or submitted[0])
    monkeypatch.setattr(workers, "pool", lambda: pool)
    results = result_cache.ResultCache(4)
    monkeypatch.setattr(progress_cache, "_results", lambda kind: results)

    def visit(_) -> int:
        return progress_cache.once("kind", "key", "title", Task(os.getpid, noun=None))

    with ThreadPoolExecutor(8) as visitors:
        assert len(set(visitors.map(visit, range(8)))) == 1
    assert len(submitted) == 1 and results.get("key") is not None

    sleep = Task(time.sleep, (600,), noun=None)
    with results.job("other", lambda: submit(sleep)) as job:
        assert job is not None
        with results.job("other", lambda: None) as same:
            assert same is job
        assert not job.cancelled  # one of two has left
    assert job.cancelled and job.ended.wait(60)
