"""The page that opens from disk: what is in it, what must not be, and what cannot have one."""

import base64
import hashlib
import re
import subprocess
import sys
import tomllib

import pytest
import torch
from model_kinds import KINDS
from paths import ROOT

from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import model_comparison
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.shared import live_view_payload, projection_view
from vae_explorer.ui.shell import offline_page

MOST_BYTES = 6_000_000


@pytest.fixture
def saved(tmp_path):
    """saved(checkpoint, name) -> the same read back from a file of that name."""

    def of(checkpoint, name="model"):
        path = tmp_path / f"{name}.safetensors"
        save_checkpoint(checkpoint, path)
        return load_checkpoint(path)

    return of


@pytest.fixture(scope="module")
def shipped() -> str:
    """The default model's page."""
    return offline_page.page(load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors")).decode()


def between(text: str, start: str, end: str) -> str:
    """What lies between two marks."""
    return text.split(start, 1)[1].split(end, 1)[0]


def test_default_model_is_small_enough_and_named(shipped):
    assert len(shipped.encode()) <= MOST_BYTES
    assert between(shipped, "<title>", "</title>").startswith(DEFAULT)
    row = model_comparison.row(DEFAULT, load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors"))
    assert (
        model_comparison.text_of(row, "neg_elbo") in shipped and "one posterior sample" in shipped
    )


def test_blob_is_what_the_browser_reads_in_the_app(shipped):
    space = offline_page.latent_space.of(load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors"))
    blob = base64.b64decode(between(shipped, 'id="blob">', "</script>"))
    drawn = projection_view.project(space, "")
    assert blob == live_view_payload.packed(space, drawn.view, "", offline_page.KEY)
    assert len(blob) > space.points.nbytes + space.encoded.mu.nbytes // 2


def test_nothing_points_out_of_the_page(shipped):
    text = shipped.replace(between(shipped, 'id="blob">', "</script>"), "")
    assert not re.findall(
        r"""\b(?:src|href|action)\s*=\s*["'](?!data:)""", text.split("<script")[0]
    )
    assert not re.search(r"@import|url\(|https?://", text.replace("http://www.w3.org/", ""))
    assert not re.search(r"\b(?:fetch|XMLHttpRequest|WebSocket|importScripts)\s*\(", text)


def test_policy_allows_this_very_script_and_no_network(shipped):
    policy = between(shipped, 'Content-Security-Policy" content="', '"')
    script = between(shipped, '<script type="module">', "</script>")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'") and "connect" not in policy
    assert "http" not in policy and "*" not in policy


def test_script_cannot_end_early():
    assert "</script" not in bundle.javascript("offline").lower()


def test_colours_are_those_of_the_app():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    style = bundle.css("offline")
    light, dark = style.split("@media (prefers-color-scheme: dark)")[:2]
    for text, colours in ((light, theme["light"]), (dark, theme["dark"])):
        for name in ("primary", "background", "text"):
            assert f"--st-{name}-color: {colours[f'{name}Color']};" in text
    for variable in set(re.findall(r"var\((--st-[a-z-]+)", style)):
        assert f"{variable}:" in style


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_that_the_browser_runs_has_a_page(kind, small, saved):
    page = offline_page.page(saved(small(**KINDS[kind]))).decode()
    assert page.count("<script") == page.count("</script>") == 2


def test_names_and_settings_cannot_become_html(small, saved):
    checkpoint = saved(small(), "model")
    odd = "<img src=x onerror=alert(1)> & \"co\" 'q'"
    object.__setattr__(checkpoint, "name", odd)
    object.__setattr__(checkpoint, "dataset", odd)
    object.__setattr__(checkpoint, "training", {"epochs_done": 3, "dataset": odd, "beta": [odd]})
    score = {"value": 1.0, "standard_error": None, "protocol": odd}
    object.__setattr__(checkpoint, "scores", {odd: score, "kl": score})
    page = offline_page.page(checkpoint).decode()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp;" in page


def test_model_that_no_browser_runs_is_one_sentence(small, saved):
    broken = small()
    with torch.no_grad():
        next(broken.model.decoder.parameters()).fill_(torch.nan)
    with pytest.raises(ExplorerError, match=r"^The browser cannot run this model: .*\.$") as error:
        offline_page.page(broken)
    assert offline_page.hindrance(broken) == str(error.value)
    assert offline_page.hindrance(saved(small())) == ""


def test_page_is_made_without_a_server_and_without_a_word(tmp_path):
    to = tmp_path / "page.html"
    script = f"""
from pathlib import Path
from vae_explorer import load_checkpoint
from vae_explorer.ui.shell.offline_page import page
Path({str(to)!r}).write_bytes(page(load_checkpoint({str(SHIPPED / "digits-3d.safetensors")!r})))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert to.read_bytes().startswith(b"<!doctype html>")
