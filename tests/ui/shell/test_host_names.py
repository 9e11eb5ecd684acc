"""Requests and websockets under a name that is not the server's."""

import streamlit as st
from loops import run_apart

from vae_explorer.ui.shell.web.host_names import HostNames


def answers(kind: str, host: str, monkeypatch) -> list[dict]:
    """What is sent; ["app"] where the app is asked."""
    sent = []

    async def app(scope, receive, send):
        sent.append("app")

    async def send(message):
        sent.append(message)

    monkeypatch.setattr(st, "get_option", lambda name: ["class.example.org"])
    scope = {"type": kind, "headers": [(b"host", host.encode())]}
    run_apart(HostNames(app)(scope, None, send))
    return sent


def test_foreign_name_opens_neither_page_nor_session(monkeypatch):
    for kind in ("http", "websocket"):
        assert answers(kind, "class.example.org:8501", monkeypatch) == ["app"]
    assert answers("http", "rebound.example", monkeypatch)[0]["status"] == 421
    closed = {"type": "websocket.close", "code": 1008}
    assert answers("websocket", "rebound.example", monkeypatch) == [closed]
