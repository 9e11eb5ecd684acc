"""The command `app`: what it starts, and what it refuses before it starts anything."""

import logging
import os
import socket
import sys
from importlib import metadata

import pytest

from vae_explorer import logs, shipped
from vae_explorer.access import limits, mode
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
        (["--address", "::1"], ["--server.address=::1"]),
        (["--base-path", "/class/vae/"], ["--server.baseUrlPath=class/vae"]),
        (["--base-path", "vae"], ["--server.baseUrlPath=vae"]),
        (["--base-path", "/"], []),
    ],
)
def test_streamlit_serves_the_script_with_the_flags_asked_for(started, arguments, flags):
    assert main(["app", *arguments]) == 0
    streamlit = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped.SCRIPT)]
    assert started == [streamlit + flags]


@pytest.fixture
def personal(monkeypatch):
    """Nothing in the environment makes a server public, and what a command puts there goes."""
    for name in (mode.PUBLIC, mode.EMBED, limits.FILE, logs.FORMAT, logs.LEVEL):
        monkeypatch.setenv(name, "")


def test_other_machines_are_let_in_by_the_public_switch_alone(started, personal, capsys):
    assert main(["app", "--address", "0.0.0.0"]) == 1
    assert "--public" in capsys.readouterr().err and not started
    assert main(["app", "--address", "0.0.0.0", "--public"]) == 0
    assert started[0][-2:] == ["--server.address=0.0.0.0", "--server.allowedHosts=*"]
    assert os.environ[mode.PUBLIC] == "1"


def test_names_and_frames_of_a_public_server_are_handed_on(started, personal):
    arguments = ["--public", "--host", "class.example.org", "--embed", "https://example.org"]
    assert main(["app", *arguments]) == 0
    names = ["class.example.org", "localhost", "127.0.0.1", "::1"]
    assert started[0][-4:] == [f"--server.allowedHosts={name}" for name in names]
    assert mode.embedding_pages() == ("https://example.org",)


def test_limits_are_read_before_the_server_starts(started, personal, capsys, tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text("queue_length = -1")
    assert main(["app", "--public", "--limits", str(path)]) == 1
    assert "queue_length must be a whole number" in capsys.readouterr().err
    path.write_text("queue_length = 1")
    assert main(["app", "--public", "--limits", str(path)]) == 0
    assert os.environ[limits.FILE] == str(path)
    os.environ[mode.PUBLIC] = ""
    assert main(["app", "--limits", str(path)]) == 1
    assert "limits are for visitors: add --public" in capsys.readouterr().err


def test_log_is_written_as_asked_for_and_without_a_greeting_for_programs(started, personal):
    assert main(["app", "--log-level", "error"]) == 0
    assert logs.settings() == (False, logging.ERROR) and "--logger" not in str(started)
    assert main(["app", "--log-format", "json"]) == 0
    assert logs.settings().as_json and started[1][-1] == "--logger.hideWelcomeMessage=true"


@pytest.mark.parametrize(
    ("flag", "variable", "sentence"),
    [
        ("--log-format", logs.FORMAT, "log-format must be one of text, json, got loud."),
        ("--log-level", logs.LEVEL, "log-level must be one of debug, info, warning, error, got"),
    ],
)
def test_unknown_log_is_one_sentence(
    started, personal, capsys, monkeypatch, flag, variable, sentence
):
    for arguments in ([flag, "loud"], []):
        monkeypatch.setenv(variable, "loud")
        assert main(["app", *arguments]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"error: {sentence}") and said.count("\n") == 1
    assert not started


def test_script_settings_and_models_lie_together():
    assert shipped.SCRIPT.is_file() and shipped.CHECKPOINTS.is_dir()
    assert (shipped.SCRIPT.parent / ".streamlit" / "config.toml").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "0"], "port must be between 1 and 65535, got 0."),
        (["--base-path", "/a b"], "base-path must be like /vae, of letters, digits, - and _, got"),
        (["--base-path", "/a/../b"], "base-path must be like /vae"),
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
