"""explore: one app a process, and what it leaves alone there."""

import json
import subprocess
import sys

import pytest
from launch import free_port
from paths import ROOT

from vae_explorer.notebook import explore

LIFE = """
import gc, json, sys, threading, urllib.request
import torch
import vae_explorer

class Mine: pass

main, threads = sys.modules["__main__"], torch.get_num_threads()
interval, path = sys.getswitchinterval(), list(sys.path)
model = vae_explorer.VAE(vae_explorer.ModelConfig(encoder=(8,), decoder=(8,), fourier=0))
digits = vae_explorer.load_dataset("digits").test
found = {}

def show(**more):
    return vae_explorer.explore(
        model, digits.images, digits.labels, browser=False, block=False, **more
    )

def refusal(**more):
    try:
        show(**more)
    except vae_explorer.ExplorerError as error:
        return str(error)

def status(url):
    with urllib.request.urlopen(url) as answer:
        return answer.status

first, second = show(name="one"), show(name="two")
found["urls"] = first.url, second.url
found["about"] = first.about
found["status"] = status(first.url)
found["another port"] = refusal(port=PORT)
found["alone"] = (
    sys.modules["__main__"] is main, torch.get_num_threads() == threads, gc.get_freeze_count(),
    sys.getswitchinterval() == interval, sys.path == path,
)
second.stop()
found["stopped"] = [thread.name for thread in threading.enumerate()]
found["names"] = vae_explorer.training.runs.live_models.names()
again = show(port=PORT)
found["again"] = again.url, status(again.url)
again.stop()
found["bad port"] = refusal(port=70_000)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """What a process found that showed models, stopped, and showed one again; and its port."""
    port = free_port()
    command = [sys.executable, "-W", "error", "-c", LIFE.replace("PORT", str(port))]
    env = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path_factory.mktemp("home"))}
    done = subprocess.run(
        command, cwd=tmp_path_factory.mktemp("life"), env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout), port


def test_one_app_answers_for_all_models(life):
    found, _ = life
    first, second = (url.split("/?model=") for url in found["urls"])
    assert first[0] == second[0] and found["status"] == 200
    assert (first[1], second[1]) == ("live%3Aone", "live%3Atwo")
    assert "already" in found["another port"]


def test_the_process_is_left_as_it_was(life):
    found, _ = life
    assert found["alone"] == [True, True, 0, True, True]


def test_stopped_it_is_gone_and_can_be_started_again(life):
    found, port = life
    assert "VAE Explorer" not in found["stopped"]
    assert found["names"] == ["one"]
    assert found["again"] == [f"http://localhost:{port}/?model=live%3AVAE", 200]
    assert "between 1 and 65535" in found["bad port"]


def test_handle_shows_a_link_and_no_html_of_others():
    handle = explore.Explorer("<b>", "http://localhost:1/?model=live%3A%3Cb%3E", lambda: None)
    assert repr(handle) == "VAE Explorer shows <b> at http://localhost:1/?model=live%3A%3Cb%3E"
    assert "&lt;b&gt;" in handle._repr_html_() and "<b>" not in handle._repr_html_()
    assert 'href="http://localhost:1/?model=live%3A%3Cb%3E"' in handle._repr_html_()


def test_how_pictures_were_read_is_said(life):
    about = " ".join(life[0]["about"])
    assert "grey, 28 × 28 pixels" in about and "0 becomes black and 255 white" in about
    assert "20 % for testing" in about


def test_a_prompt_is_not_kept_waiting(monkeypatch):
    assert not explore.is_interactive()
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert explore.is_interactive()


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_no_browser_of_texts_takes_the_terminal(monkeypatch, name):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not explore._has_windows()
    monkeypatch.setenv(name, ":0")
    assert explore._has_windows()
