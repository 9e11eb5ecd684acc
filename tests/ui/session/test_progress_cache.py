import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from vae_explorer.ui.session import progress_cache


@pytest.fixture(autouse=True)
def only_two(monkeypatch):
    monkeypatch.setattr(
        progress_cache, "_results", cache(lambda kind: progress_cache.ProgressCache(2))
    )


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
    held, keys, start = progress_cache.ProgressCache(1), range(8), threading.Barrier(8)

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
