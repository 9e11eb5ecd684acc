"""Patches of private parts: made where those look as expected, left out with a line elsewhere."""

import asyncio
import inspect
import logging
import pkgutil
import re
import socket
import sys
from asyncio import base_events
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import streamlit as st
from imports import modules
from loops import run_apart
from paths import PACKAGE
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, script_runner

from vae_explorer import logs
from vae_explorer.ui.session.work import turns
from vae_explorer.ui.shell import streamlit_patches
from vae_explorer.ui.shell.streamlit_patches import PATCHES


@pytest.fixture
def unpatched(monkeypatch):
    """Nothing is patched yet, whatever an earlier test has done."""
    for patch in PATCHES:
        owner, _, name = patch.target.rpartition(".")
        original = inspect.unwrap(pkgutil.resolve_name(patch.target))
        monkeypatch.setattr(pkgutil.resolve_name(owner), name, original)


@pytest.fixture
def applied(unpatched, caplog) -> Callable[..., list[str]]:
    """applied(version) -> the lines in the log."""

    def apply(version: str = st.__version__) -> list[str]:
        caplog.clear()
        streamlit_patches.apply(version)
        return [record.getMessage() for record in caplog.records]

    return apply


def is_patched(patch) -> bool:
    return pkgutil.resolve_name(patch.target).__module__ == streamlit_patches.__name__


def test_every_patch_is_made_here_once(applied):
    assert applied() == []
    assert all(map(is_patched, PATCHES))
    first = [pkgutil.resolve_name(patch.target) for patch in PATCHES]
    assert applied() == []
    assert [pkgutil.resolve_name(patch.target) for patch in PATCHES] == first


def test_session_that_has_left_for_good_is_forgotten_without_another_one(applied):
    applied()
    storage, forgotten = MemorySessionStorage(ttl_seconds=0.02), []

    async def leave() -> None:
        expired, expire = asyncio.Event(), storage._cache.expire

        def noticed(*at_time: float) -> None:
            forgotten.extend(expire(*at_time))
            if forgotten:
                expired.set()

        storage._cache.expire = noticed
        storage.save(SimpleNamespace(session=SimpleNamespace(id="a")))
        await asyncio.wait_for(expired.wait(), 60)

    run_apart(leave())
    assert [id for id, _ in forgotten] == ["a"]


def test_visitors_of_a_public_server_empty_no_caches(monkeypatch, caplog):
    original = inspect.unwrap(AppSession._handle_clear_cache_request)
    monkeypatch.setattr(AppSession, "_handle_clear_cache_request", original)
    monkeypatch.setattr(streamlit_patches, "_CLEARS", logs.Seldom("clear_refused"))
    caplog.set_level(logging.INFO, logs.LOG.name)
    kept = st.cache_resource(show_spinner=False)(lambda: object())
    before = kept()
    streamlit_patches.apply(st.__version__, streamlit_patches.PUBLIC_PATCHES)
    AppSession._handle_clear_cache_request(SimpleNamespace())
    assert kept() is before and "refused" in caplog.text


def test_an_untested_streamlit_is_left_as_it_is(applied):
    lines = applied("1.99.0")
    assert len(lines) == len(PATCHES)
    assert all("as Streamlit 1.99.0 is not the tested one" in line for line in lines)
    assert not any(map(is_patched, PATCHES))


def nothing(*, other=None) -> None:
    """Has other parameters than anything that is patched."""


@pytest.mark.parametrize(
    ("owner", "name", "other"),
    [
        (base_events, "_set_nodelay", nothing),
        (base_events, "_set_nodelay", None),
        (ScriptRunner, "_run_script", nothing),
        (ScriptRunner, "_run_script", lambda self, rerun_data, more: None),
        (ScriptRunner, "_run_script", None),
        (ScriptRunner, "__init__", nothing),
        (RerunData, "__init__", nothing),
        (PagesManager, "current_page_script_hash", None),
    ],
)
def test_what_looks_otherwise_is_left_as_it_is(applied, monkeypatch, owner, name, other):
    if other is None:
        monkeypatch.delattr(owner, name)
    else:
        monkeypatch.setattr(owner, name, other)
    (line,) = applied()
    assert "is not patched, as " in line and line.endswith(".")
    (left,) = (patch for patch in PATCHES if line.startswith(patch.target))
    assert left.otherwise in line
    assert getattr(owner, name, None) is other or not is_patched(left)
    assert all(is_patched(patch) for patch in PATCHES if patch is not left)


def test_answers_leave_before_the_last_was_acknowledged(applied):
    applied()
    options = []

    async def hear(reader, writer):
        accepted = writer.get_extra_info("socket")
        options.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def visit():
        listening = socket.socket()  # as Streamlit makes it: without a protocol number
        listening.bind(("127.0.0.1", 0))
        async with await asyncio.start_server(hear, sock=listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            await reader.read()
            writer.close()
            await writer.wait_closed()

    run_apart(visit())
    assert options == [1]


@pytest.mark.parametrize(
    ("fragments", "page", "runs"),
    [([], "old", True), (["part"], "new", True), (["part"], "old", False)],
)
@pytest.mark.parametrize("public", ["0", "1"])
def test_fragments_of_a_page_that_was_left_do_not_run(fragments, page, runs, public, monkeypatch):
    monkeypatch.setenv("VAE_EXPLORER_PUBLIC", public)
    seen = []
    run = streamlit_patches.run_in_order(lambda self, rerun_data: seen.append(rerun_data))
    runner = SimpleNamespace(_pages_manager=SimpleNamespace(current_page_script_hash="new"))
    wanted = RerunData(fragment_id_queue=fragments, page_script_hash=page)
    run(runner, wanted)
    assert seen == [wanted] * runs


@pytest.mark.parametrize("public", ["0", "1"])
def test_pages_of_a_public_server_take_turns(public, monkeypatch):
    monkeypatch.setenv("VAE_EXPLORER_PUBLIC", public)
    turn = []
    run = streamlit_patches.run_in_order(lambda self, data: turn.append(turns.RUNS.has_turn))
    runner = SimpleNamespace(_pages_manager=SimpleNamespace(current_page_script_hash="page"))
    run(runner, RerunData(page_script_hash="page"))
    run(runner, RerunData(page_script_hash="page", fragment_id_queue=["slider"]))
    assert turn == [public == "1", False]


def test_no_other_module_uses_private_parts():
    public = (
        r"(?!components\b)"  # of which a part is documented, but no attribute to a type checker
    )
    private = re.compile(rf"\bst\._(?!_version__)|base_events|\b(from|import) streamlit\.{public}")
    texts = {name: path.read_text("utf-8") for name, path in modules(PACKAGE).items()}
    users = {name for name, text in texts.items() if private.search(text)}
    users -= {"ui.load.simulated_visitor"}  # which says what browsers say
    assert users == {"ui.shell.streamlit_patches", "notebook.server"}  # which starts Streamlit


def test_a_guest_leaves_main_to_the_process(monkeypatch):
    monkeypatch.setattr(script_runner, "sys", sys)
    main = sys.modules["__main__"]
    streamlit_patches.apply(st.__version__, streamlit_patches.GUEST_PATCHES)
    apart = script_runner.sys
    streamlit_patches.apply(st.__version__, streamlit_patches.GUEST_PATCHES)
    assert script_runner.sys is apart  # made once
    apart.modules["__main__"] = SimpleNamespace()
    assert sys.modules["__main__"] is main
    assert "torch" in apart.modules and apart.exc_info is sys.exc_info
