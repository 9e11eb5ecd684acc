import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from vae_explorer.ui.session.work.turns import SHORT_SECONDS, Turns


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def turns():
    """Of which none ends by itself."""
    return Turns(1, lease_seconds=600)


def work(turns: Turns, done: list, name: str, long: bool = True) -> None:
    with turns.run(name, long=long):
        done.append(name)


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_long_runs_come_one_after_the_other_in_their_order(turns, threads):
    done, names = [], list("abcde")
    with turns.run("page", long=True):
        for number, name in enumerate(names, 1):
            threads.submit(work, turns, done, name)
            until(lambda number=number: turns.waiting == number)
        assert done == []
    until(lambda: len(done) == len(names))
    assert done == names


def test_short_run_goes_at_once(turns, threads):
    done = []
    with turns.run("page", long=True):
        threads.submit(work, turns, done, "step", long=False).result(60)
    assert done == ["step"]


def test_long_run_lets_short_ones_end_first(turns, threads, monkeypatch):
    monkeypatch.setattr("vae_explorer.ui.session.work.turns.MOMENT_SECONDS", 600)
    begun, go = threading.Event(), threading.Event()

    def step() -> None:
        with turns.run("step", long=False):
            begun.set()
            go.wait(60)

    with turns.run("page", long=True):
        turns.give_way()  # to nobody
        ended = threads.submit(step)
        begun.wait(60)
        threading.Timer(0.05, go.set).start()
        turns.give_way()
        assert go.is_set() and ended.result(60) is None


def test_long_run_gives_way_for_a_moment_only(turns, threads):
    begun, go = threading.Event(), threading.Event()

    def step() -> None:
        with turns.run("step", long=False):
            turns.give_way()  # of no account: it has no turn
            begun.set()
            go.wait(60)

    ended = threads.submit(step)
    begun.wait(60)
    with turns.run("page", long=True):
        turns.give_way()
        assert not ended.done()
    go.set()


@pytest.mark.parametrize("took_long", [True, False])
def test_what_a_run_took_tells_what_to_expect_of_the_next(turns, threads, took_long):
    with turns.run("kind", long=not took_long):
        begun = time.thread_time()
        while took_long and time.thread_time() < begun + 2 * SHORT_SECONDS:
            pass
    done = []
    with turns.run("page", long=True):
        run = threads.submit(work, turns, done, "kind", long=not took_long)
        until(lambda: turns.waiting if took_long else run.done())
    run.result(60)


def test_who_only_waits_lets_others_have_its_turn(turns, threads):
    done = []
    with turns.run("page", long=True):
        with turns.aside():
            threads.submit(work, turns, done, "other").result(60)
        assert done == ["other"]
        threads.submit(work, turns, done, "another")
        until(lambda: turns.waiting)  # as the turn is this thread's again
        assert done == ["other"]


def test_turn_lasts_its_lease(threads):
    turns, done = Turns(1, lease_seconds=0.05), []
    with turns.run("page", long=True):
        threads.submit(work, turns, done, "other").result(60)
    assert done == ["other"]


def test_so_many_at_once(threads):
    turns, held, go = Turns(2, lease_seconds=600), [], threading.Event()

    def hold(name: int) -> None:
        with turns.run(name, long=True):
            held.append(name)
            go.wait(60)

    runs = [threads.submit(hold, name) for name in range(3)]
    until(lambda: len(held) == 2 and turns.waiting)
    go.set()
    assert [run.result(60) for run in runs] == [None] * 3 and len(held) == 3


def test_error_gives_the_turn_back(turns, threads):
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(ZeroDivisionError))
        stack.enter_context(turns.run("page", long=True))
        _ = 1 / 0
    done = []
    threads.submit(work, turns, done, "next").result(60)
    assert done == ["next"]
