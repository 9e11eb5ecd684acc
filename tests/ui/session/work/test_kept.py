import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import torch
from paths import PACKAGE

from vae_explorer import logs
from vae_explorer.ui.session.work import attendance, kept, upkeep
from vae_explorer.ui.session.work.kept import Other, Store


@pytest.fixture
def store(monkeypatch):
    """Of 1,000 bytes, without other caches."""
    made = Store(lambda: 1_000)
    monkeypatch.setattr(kept, "store", lambda: made)
    monkeypatch.setattr(kept, "OTHERS", {})
    return made


def test_what_was_not_asked_for_longest_gives_way_whatever_its_kind(store):
    made = []

    def made_anew(key: str):
        made.append(key)
        return torch.zeros(100)  # 400 bytes

    first, second = (kept.kept(9, kind=kind)(made_anew) for kind in "ab")
    for ask, key in ((first, "1"), (first, "2"), (second, "3"), (first, "2"), (second, "3")):
        ask(key)
    assert made == ["1", "2", "3"] and store.held == 800
    first("1")
    assert made == ["1", "2", "3", "1"]


def test_a_result_larger_than_all_may_be_is_kept_while_nothing_else_is_asked_for(store):
    made = []
    large = kept.kept(2)(lambda key: made.append(key) or torch.zeros(1_000))
    large("a")
    large("a")
    assert made == ["a"]


def test_many_who_ask_at_once_have_one_result_and_a_failure_is_not_kept(store):
    made, start = [], threading.Barrier(8)

    @kept.kept(2)
    def slow(key: int) -> object:
        made.append(key)
        if len(made) == 1:
            raise ValueError("no")
        time.sleep(0.05)
        return object()

    def visit(_) -> object:
        start.wait()
        return slow(1)

    with pytest.raises(ValueError, match="no"):
        slow(1)
    with ThreadPoolExecutor(8) as visitors:
        assert len(set(visitors.map(visit, range(8)))) == 1
    assert made == [1, 1]


def test_models_and_large_values_are_told_apart_by_content_and_hidden_ones_not_at_all(store):
    made = []

    @kept.kept(9)
    def asked(content: bytes, places: tuple, z: torch.Tensor, _hidden: object) -> None:
        made.append(1)

    for hidden in (1, 2):
        asked(bytes(10), (1.0, (2,)), torch.zeros(3), hidden)
    assert made == [1]
    asked(bytes(10), (1.0, (2,)), torch.zeros(3).double(), 1)
    asked(bytes(11), (1.0, (2,)), torch.zeros(3), 1)
    assert len(made) == 3


def test_memory_is_told_with_how_many_pages_are_open_and_opened(store, caplog):
    caplog.set_level(logging.INFO, logs.LOG.name)
    for browsers in (("ann", "ann", "eve"), ()):
        with ExitStack() as pages:
            for browser in browsers:
                with attendance.SERVER.page(browser):
                    pass
            pages.enter_context(attendance.SERVER.page("ann"))
            upkeep.tell(store)
    first, second = (entry.fields for entry in caplog.records)
    assert (first["pages_open"], first["pages_opened"], first["visitors"]) == (1, 4, 2)
    assert (second["pages_open"], second["pages_opened"], second["visitors"]) == (1, 1, 1)
    assert first["kept_mb"] == 0 and "ann" not in caplog.text


def test_nothing_is_kept_where_nobody_is_there_and_what_is_used_stays(store):
    dropped = []
    kept.OTHERS["lattices"] = Other(lambda: 0 if dropped else 2_000_000, lambda: dropped.append(1))
    ask = kept.kept(9, kind="a")(lambda key: torch.zeros(100))
    ask("old")
    later = time.monotonic()
    ask("new")
    upkeep.tidy(store, later + upkeep.UNUSED_SECONDS, quiet=False)
    assert store.held == 400 and not dropped
    assert "lattices" not in upkeep.line(store) and "kept for all 2 of" in upkeep.line(store)
    upkeep.tidy(store, time.monotonic() + 1, quiet=True)
    assert store.held == 0 and dropped


def test_no_page_has_a_cache_beside_these():
    """Streamlit's own grows by entries, whatever they weigh: it only holds what is one a server."""
    sources = {path.relative_to(PACKAGE): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    caches = {str(p) for p, s in sources.items() if re.search(r"max_entries|st\.cache_data", s)}
    assert not caches
