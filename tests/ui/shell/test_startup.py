"""What the server does before the first visitor comes."""

import gc
import inspect
import json
import logging
import os
import sys
import threading

import pytest
import streamlit as st
import torch
from loops import run_apart
from streamlit import config, error_util
from streamlit import logger as streamlit_logs
from visible import assert_fine

from vae_explorer import logs
from vae_explorer.access import mode
from vae_explorer.training.runs import model_library
from vae_explorer.ui.shell import startup, streamlit_version
from vae_explorer.ui.shell.web import middleware
from vae_explorer.ui.shell.web.visitor_cookie import VisitorCookie


@pytest.fixture
def thawed():
    """Whatever is frozen in the test thaws after it."""
    yield
    gc.unfreeze()


def open_doors() -> None:
    """Run the server's preparations to their end."""

    async def opening() -> None:
        async with startup.ready(st.App("app.py")):
            pass

    run_apart(opening())


@pytest.fixture
def options():
    """Streamlit's options are as before after the test."""
    names = (
        "client.showErrorDetails",
        "server.allowedHosts",
        "server.address",
        "logger.enableRich",
    )
    before = {name: st.get_option(name) for name in names}
    yield
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.parametrize(
    ("settings", "names"),
    [(list(mode.LOCAL_NAMES), ["*"]), (["class.example.org"], ["class.example.org"])],
)
def test_public_server_has_the_names_it_is_given_or_all(options, monkeypatch, settings, names):
    monkeypatch.setenv(mode.PUBLIC, "1")
    monkeypatch.setattr(startup, "_patch", lambda patches: None)
    config.set_option("server.address", "0.0.0.0")
    config.set_option("server.allowedHosts", settings)
    startup._keep_to_mode()
    assert st.get_option("server.allowedHosts") == names
    assert st.get_option("client.showErrorDetails") == "none"


@pytest.fixture
def own_log(options, monkeypatch):
    """The log is the tests' again afterwards."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    original = inspect.unwrap(streamlit_logs.setup_formatter)
    monkeypatch.setattr(streamlit_logs, "setup_formatter", original)
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    level = logs.LOG.level
    yield
    root.handlers[:] = before
    logs.LOG.setLevel(level)
    logging.captureWarnings(False)
    streamlit_logs.setup_formatter = original
    streamlit_logs.update_formatter()
    for name in list(streamlit_logs._loggers):
        logging.getLogger(name if name != "root" else "streamlit").propagate = False


def test_all_lines_of_a_server_are_objects_where_that_is_asked_for(own_log, monkeypatch, capsys):
    monkeypatch.setenv(mode.PUBLIC, "1")
    monkeypatch.setenv(logs.FORMAT, "json")
    streamlit_logs.get_logger("uvicorn.error").addHandler(logging.StreamHandler())  # as uvicorn has
    startup.keep_log()
    error_util._log_uncaught_app_exception(ValueError("of a page,\non two lines"))
    logging.getLogger("uvicorn.error").info('192.0.2.1 - "WebSocket /?run=anns" [accepted]')
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    streamlit_logs.get_logger("streamlit.made_later").warning("It is late.")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    logs.tell("memory", "It is.")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == [
        "Uncaught app execution",
        "Exception in ASGI application",
        "It is late.",
        "An error ended a thread.",
        "It is.",
    ]
    assert lines[0]["traceback"] == "ValueError: of a page,\non two lines"
    assert lines[0]["logger"] == "streamlit.error_util" and lines[-1]["event"] == "memory"
    assert lines[3]["traceback"].endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize(("form", "begins"), [("json", '{"time"'), ("loud", "error: log-format")])
def test_server_that_cannot_start_says_so_in_one_line(own_log, monkeypatch, capsys, form, begins):
    def leave(status):
        raise SystemExit(status)

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setenv(mode.PUBLIC, "")
    monkeypatch.setenv(logs.FORMAT, form)
    config.set_option("server.address", "0.0.0.0")

    def start():
        startup.keep_log()
        startup._keep_to_mode()

    with pytest.raises(SystemExit, match="1"):
        start()
    said = capsys.readouterr().err
    assert said.startswith(begins) and said.count("\n") == 1


def test_mode_may_stand_among_the_secrets(monkeypatch):
    monkeypatch.setenv(mode.PUBLIC, "")
    read = lambda: monkeypatch.setenv(mode.PUBLIC, "1")  # noqa: E731, as Streamlit does
    monkeypatch.setattr(st.secrets, "load_if_toml_exists", read)
    assert VisitorCookie in [layer.cls for layer in middleware.layers()]


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


def test_a_guest_leaves_threads_and_garbage_collection_alone(thawed):
    async def opening() -> None:
        async with startup.ready_as_guest(st.App("app.py")):
            pass

    before = torch.get_num_threads(), sys.getswitchinterval(), gc.get_freeze_count()
    run_apart(opening())
    assert (torch.get_num_threads(), sys.getswitchinterval(), gc.get_freeze_count()) == before
