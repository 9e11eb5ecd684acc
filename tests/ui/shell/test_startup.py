"""What the server does before the first visitor comes."""

import gc
import sys

import pytest
import streamlit as st
import torch
from loops import run_apart
from streamlit import config
from visible import assert_fine

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
    names = ("client.showErrorDetails", "server.allowedHosts", "server.address")
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
