"""The command `app`: what it starts, and what it refuses before it starts anything."""

import os
import socket
import sys
from importlib import metadata

import pytest

from vae_explorer import shipped
from vae_explorer.cli import main


@pytest.fixture
def started(monkeypatch):
    """The commands that would have taken this process's place."""
    commands = []
    monkeypatch.setattr(os, "execv", lambda program, command: commands.append(command))
    return commands


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ([], []),
        (["--port", "8510", "--no-browser"], ["--server.port=8510", "--server.headless=true"]),
        (["--address", "0.0.0.0"], ["--server.address=0.0.0.0"]),
        (["--address", "::1"], ["--server.address=::1"]),
    ],
)
def test_streamlit_serves_the_script_with_the_flags_asked_for(started, arguments, flags):
    assert main(["app", *arguments]) == 0
    streamlit = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped.SCRIPT)]
    assert started == [streamlit + flags]


def test_script_settings_and_models_lie_together():
    assert shipped.SCRIPT.is_file() and shipped.CHECKPOINTS.is_dir()
    assert (shipped.SCRIPT.parent / ".streamlit" / "config.toml").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "0"], "port must be between 1 and 65535, got 0."),
        (["--address", "192.0.2.1"], "the app cannot listen on 192.0.2.1: "),
        (["--address", "no name"], "the app cannot listen on no name: "),
    ],
)
def test_impossible_place_is_one_sentence(started, capsys, arguments, sentence):
    assert main(["app", *arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {sentence}") and said.count("\n") == 1
    assert not started


def test_taken_port_is_one_sentence(started, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["app", "--address", "127.0.0.1", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: the app cannot listen on 127.0.0.1, port {port}: ")
    assert not started


def test_streamlit_that_is_missing_or_too_old_is_one_sentence(started, capsys, monkeypatch):
    def no_version(name):
        raise metadata.PackageNotFoundError(name)

    for version in (no_version, lambda name: "1.50.0"):
        monkeypatch.setattr(metadata, "version", version)
        assert main(["app"]) == 1
        said = capsys.readouterr().err
        assert "pip install 'streamlit==1." in said and said.count("\n") == 1
    assert not started
