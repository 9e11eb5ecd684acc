"""Output onto what cannot take it: full devices, closed pipes, small encodings, no files."""

import io
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from vae_explorer.cli import main, training
from vae_explorer.training.runs.run_folder import list_runs

SMALL = ["--encoder", "8", "--decoder", "8", "--fourier", "0", "--limit", "64", "--epochs", "3"]


@pytest.fixture
def output(monkeypatch):
    """output(stream) puts it in place of standard output."""
    return lambda stream: monkeypatch.setattr(sys, "stdout", stream)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
@pytest.mark.parametrize("arguments", [["models"], ["--help"]])
def test_text_is_printed_in_any_encoding(output, encoding, arguments):
    raw = io.BytesIO()
    output(io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    with suppress(SystemExit):  # of the help
        assert main(arguments) == 0
    printed = raw.getvalue().decode(encoding)
    assert "mnist" in printed or "evaluate" in printed
    assert encoding != "ascii" or "-" in printed


def test_full_device_is_one_sentence(output, capsys):
    with open("/dev/full", "w", encoding="utf-8") as full:
        output(full)
        assert main(["models"]) == 1
    error = capsys.readouterr().err
    assert error == "error: output cannot be written: No space left on device.\n"


def test_reader_that_leaves_ends_a_command_without_a_word(output, capsys):
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as pipe:
        output(pipe)
        assert main(["models"]) == 1
    assert capsys.readouterr().err == ""


def test_closed_output_is_one_sentence(output, capsys):
    output(None)
    assert main(["models"]) == 1
    assert "standard output is closed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/dev/null", "it is a device, not a file"),
        ("", "it is a folder"),
        ("nowhere/file.safetensors", "there is no such folder"),
    ],
)
@pytest.mark.parametrize("command", ["publish mnist-3d", "manifold mnist-3d --n 2 --out"])
def test_output_goes_into_files_alone(refuse, monkeypatch, tmp_path, place, said, command):
    monkeypatch.chdir(tmp_path)
    sentence = refuse(*command.split(), place)
    assert said in sentence and "cannot be written" in sentence
    assert Path("/dev/null").is_char_device()


def test_table_is_not_written_over_a_folder(refuse, tmp_path):
    assert "it is a folder" in refuse("compare", "mnist-2d", "mnist-3d", "--csv", tmp_path)


def test_nothing_to_reconstruct_is_one_sentence(refuse):
    assert "at least one" in refuse("reconstruct", "mnist-3d")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_run_is_stopped_and_keeps_its_last_epoch(monkeypatch, capsys, number):
    before = signal.getsignal(number)
    monkeypatch.setattr(training.EpochBar, "__call__", lambda *_: os.kill(os.getpid(), number))
    assert main(["train", "digits-3d", *SMALL]) == 130
    (run,) = list_runs()
    assert run.status().state == "stopped" and run.status().epoch == 1
    assert run.resume_state() and signal.getsignal(number) == before
