"""What the server does before the first visitor comes."""

import asyncio
import gc
import socket
from asyncio import base_events
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st
from visible import assert_fine

from vae_explorer.training.runs import model_library
from vae_explorer.ui.shell import server, streamlit_version


@pytest.fixture
def thawed():
    """Whatever is frozen in the test thaws after it."""
    yield
    gc.unfreeze()


def run_apart(coroutine: Coroutine) -> None:
    """Run to the end in a thread of its own: browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


def open_doors() -> None:
    """Run the server's preparations to their end."""

    async def opening() -> None:
        async with server.ready(st.App("app.py")):
            pass

    run_apart(opening())


def test_libraries_are_frozen_before_the_first_visitor(thawed):
    open_doors()
    assert gc.get_freeze_count() > 10_000


def test_other_streamlit_is_remarked_on_once_at_the_start(thawed, monkeypatch, caplog):
    monkeypatch.setattr(streamlit_version, "remark", lambda version: f"{version} it is")
    open_doors()
    assert caplog.messages == [f"{st.__version__} it is"]


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_server_opens_even_where_the_default_model_is_damaged(
    thawed, visit, monkeypatch, tmp_path, content
):
    (tmp_path / f"{model_library.DEFAULT}.safetensors").write_bytes(content)
    monkeypatch.setattr(model_library, "SHIPPED", tmp_path)
    open_doors()
    at = visit()
    assert not at.exception
    assert len({error.value for error in at.error}) == 1


def test_server_opens_without_any_model(thawed, monkeypatch, tmp_path):
    monkeypatch.setattr(model_library, "SHIPPED", tmp_path)
    open_doors()


def test_unknown_page_in_the_address_is_no_crash(visit):
    assert not visit("nowhere").exception


def test_two_sessions_do_not_share_their_place(visit):
    first, second = visit(), visit()
    first.slider(key="z1").set_value(1.0).run()
    second.run()
    assert_fine(second)
    assert second.slider(key="z1").value != 1.0


def test_answers_leave_before_the_last_was_acknowledged(monkeypatch):
    monkeypatch.setattr(base_events, "_set_nodelay", base_events._set_nodelay)  # put back later
    server.send_at_once()
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
