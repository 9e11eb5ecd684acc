"""`doctor` without a model: what it says of an installation, and with which exit status."""

import json
import shutil
import socket
from importlib import metadata

import pytest

from vae_explorer import shipped
from vae_explorer.access import limits, mode
from vae_explorer.cli import main
from vae_explorer.cli.server import installation

REQUIRED = ["torch>=2.14", "streamlit<1.68,>=1.67", "nowhere>=1", "rdkit>=2025.9 ; extra == 'x'"]


@pytest.fixture
def lines(capsys, monkeypatch, tmp_path):
    """lines(*arguments) -> {about: (state, said)}, and the exit status under ""."""
    for name in (mode.PUBLIC, limits.FILE):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(shipped, "CHECKPOINTS", tmp_path / "checkpoints")
    shutil.copytree(shipped.FOLDER / "checkpoints", tmp_path / "checkpoints", symlinks=True)

    def run(*arguments):
        status = main(["doctor", "--json", *arguments])
        out = capsys.readouterr()
        found = {line["about"]: (line["state"], line["said"]) for line in json.loads(out.out)}
        assert out.err.startswith("error: this installation has ") if status else not out.err
        return found | {"": status}

    return run


@pytest.fixture
def versions(monkeypatch):
    """versions(name=version): what is installed; None: it is not."""
    known = {"torch": "2.14.1", "streamlit": "1.67.2", "nowhere": "3", "rdkit": "2026.3"}

    monkeypatch.setattr(installation, "_version", known.get)
    monkeypatch.setattr(metadata, "requires", lambda name: REQUIRED)
    monkeypatch.setattr(metadata, "metadata", lambda name: {"Requires-Python": ">=3.11"})
    monkeypatch.setattr(installation, "FOR", {"x": "molecules"})
    return known


def test_whole_installation_is_told_line_by_line(lines, versions):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = lines("--port", str(port))
    assert found[""] == 0
    assert found["torch"] == ("ok", "2.14.1") and found["x"] == ("ok", "installed")
    assert found["libraries"][1].startswith("1 more")
    assert found["models"][0] == found["runs"][0] == "ok"
    assert found["port"] == ("ok", f"{port} is free")
    assert "WebGL2" in found["browser"][1] and found["server"][1].startswith("personal")


def test_library_that_is_missing_or_of_another_version_is_wrong(lines, versions):
    versions |= {"streamlit": "1.70.0", "nowhere": None, "rdkit": None}
    found = lines()
    assert found[""] == 1
    for name, said in {"streamlit": "1.70.0, and <1.68,>=1.67", "nowhere": "not installed"}.items():
        assert found[name][0] == "wrong" and found[name][1].startswith(said)
        assert f"pip install '{name}" in found[name][1]
    assert found["x"] == ("note", "no rdkit, for molecules: pip install 'vae-explorer[x]'")


def test_spoilt_model_and_full_disk_are_wrong(lines, monkeypatch, tmp_path):
    (tmp_path / "checkpoints" / "digits-3d.safetensors").unlink()
    (tmp_path / "checkpoints" / "digits-3d.safetensors").write_bytes(b"cut")
    full = shutil.disk_usage(tmp_path)._replace(free=10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    found = lines()
    assert found["models"][0] == "wrong" and "digits-3d (" in found["models"][1]
    assert found["disk"][0] == "wrong" and "make room" in found["disk"][1] and found[""] == 1


def test_taken_port_and_folder_without_locks_are_notes(lines, monkeypatch):
    monkeypatch.setattr(installation, "_lock_holds", lambda path: False)
    with socket.create_server(("localhost", 0)) as taken:
        found = lines("--port", str(taken.getsockname()[1]))
    assert found["port"][0] == "note" and "cannot listen" in found["port"][1]
    assert found["runs"][0] == "note" and "one server at a time" in found["runs"][1]
    assert found[""] == 0


def test_folder_of_runs_that_cannot_be_written_is_wrong(lines, monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "file"))
    found = lines()
    assert found["runs"][0] == "wrong" and "VAE_EXPLORER_RUNS" in found["runs"][1]


def test_limits_of_a_public_server_are_read(lines, monkeypatch, tmp_path):
    path = tmp_path / "limits.toml"
    monkeypatch.setenv(mode.PUBLIC, "1")
    monkeypatch.setenv(limits.FILE, str(path))
    assert lines()["server"][0] == "wrong"
    path.write_text("queue_length = 1")
    assert lines()["server"] == ("ok", f"public, limits: {path}")
