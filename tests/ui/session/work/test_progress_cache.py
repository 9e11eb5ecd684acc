import dataclasses
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import torch

from vae_explorer.ui.session.work import progress_cache, result_cache


@pytest.fixture(autouse=True)
def only_two(monkeypatch):
    monkeypatch.setattr(progress_cache, "_results", cache(lambda kind: result_cache.ResultCache(2)))


def asked(made: list, keys: str, kind: str = "kind") -> list:
    def make(key: str):
        made.append(key)
        return key.upper()

    return [
        progress_cache.once(kind, key, "title", lambda progress, key=key: make(key)) for key in keys
    ]


def test_results_that_nobody_has_asked_for_longest_are_made_anew():
    made = []
    assert asked(made, "abacab") == list("ABACAB")
    assert made == ["a", "b", "c", "b"]


def test_many_results_of_one_kind_leave_another_alone():
    made = []
    asked(made, "a", "slow")
    asked(made, "bcdef", "quick")
    asked(made, "a", "slow")
    assert made.count("a") == 1


def test_a_result_that_gives_way_while_it_is_asked_for_is_still_handed_out():
    held, keys, start = result_cache.ResultCache(1), range(8), threading.Barrier(8)

    def visit(key: int) -> list[int | None]:
        start.wait()
        found = []
        for _ in range(300):
            held.put(key, key)
            found.append(held.get(key))
        return found

    with ThreadPoolExecutor(len(keys)) as visitors:
        for key, found in zip(keys, visitors.map(visit, keys), strict=True):
            assert set(found) <= {key, None}


def test_many_who_ask_at_once_wait_for_one_of_them():
    made, start = [], threading.Barrier(12)

    def make(progress) -> str:
        made.append(threading.get_ident())
        for step in range(20):
            progress("step", step / 20)
            time.sleep(0.01)
        return "answer"

    def visit(_) -> str:
        start.wait()
        return progress_cache.once("kind", "key", "title", make)

    with ThreadPoolExecutor(12) as visitors:
        assert list(visitors.map(visit, range(12))) == ["answer"] * 12
    assert len(made) == 1


def test_work_of_one_who_left_is_taken_up_by_one_who_waits():
    begun, leave, made = threading.Event(), threading.Event(), []

    def left(progress):
        begun.set()
        leave.wait(10)
        raise KeyboardInterrupt  # as Streamlit ends a run whose visitor has gone

    def first() -> None:
        with pytest.raises(KeyboardInterrupt):
            progress_cache.once("kind", "key", "title", left)

    def second() -> str:
        begun.wait(10)
        leave.set()
        return progress_cache.once("kind", "key", "title", lambda _: made.append(1) or "answer")

    with ThreadPoolExecutor(2) as visitors:
        one, two = visitors.submit(first), visitors.submit(second)
        assert two.result(10) == "answer" and one.result(10) is None
    assert made == [1]


def test_failure_is_that_of_each_who_asked_and_is_not_kept():
    def fail(progress):
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            progress_cache.once("kind", "key", "title", fail)


def test_results_give_way_by_their_bytes():
    held = result_cache.ResultCache(100, most_bytes=1_000)
    for key in range(4):
        held.put(key, torch.zeros(100))  # 400 bytes
    assert [key for key in range(4) if held.get(key) is not None] == [2, 3] and held.held == 800
    held.put(9, torch.zeros(1_000))
    assert held.get(9) is None and held.get(3) is not None


def test_bytes_of_a_value_are_those_of_its_parts_each_counted_once():
    numbers = torch.zeros(10)

    @dataclasses.dataclass
    class Part:
        both: tuple
        name: str

    value = {"a": Part((numbers, numbers[:5]), "four"), "b": [np.zeros(3), torch.nn.Linear(9, 9)]}
    assert result_cache.held_bytes(value) == 40 + 4 + 24
    assert result_cache.held_bytes(value, networks=True) == 40 + 4 + 24 + 4 * 90
