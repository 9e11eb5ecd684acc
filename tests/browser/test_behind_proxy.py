"""Three app processes behind nginx, under a prefix, over one folder of runs.

The configuration is the one that `deploy/` ships.
"""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import code_files
import launch
import proxy
import pytest
from devices import IDLE, until
from paths import ROOT
from visitor import Visitor, request

from vae_explorer.access import owners, visitors
from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.files import write_json
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import create_run

pytestmark = [pytest.mark.browser, proxy.needs_nginx]
SLOW = 60_000  # milliseconds that a busy machine may take
PROCESSES = 3
DIGIT = "canvas.digit[data-z]"


class Site(NamedTuple):
    """What visitors reach, and what is behind it."""

    url: str
    processes: dict[str, int]  # number of each process, by its address
    requests: "os.PathLike"  # a line for each, with the cookie and the process that answered


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "limits.toml").write_text("trainings_at_once = 1\n")
    env = {
        "VAE_EXPLORER_PUBLIC": "1",
        "VAE_EXPLORER_LIMITS": str(folder / "limits.toml"),
        "VAE_EXPLORER_DATA": str(folder / "data"),
        "VAE_EXPLORER_RUNS": str(folder / "runs"),
        "STREAMLIT_SERVER_COOKIE_SECRET": "the same for all",
    }
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", env["VAE_EXPLORER_RUNS"])
        servers = [
            stack.enter_context(launch.serving(ROOT / "app.py", env, prefix=proxy.PREFIX))
            for _ in range(PROCESSES)
        ]
        url = stack.enter_context(proxy.before([server.url for server in servers], folder))
        yield Site(
            url,
            {re.sub("^http://|/vae$", "", server.url): server.pid for server in servers},
            folder / "access.log",
        )


@pytest.fixture(autouse=True)
def _own_folders(site):
    """The servers', in place of each test's own."""


def process_of(site: Site, secret: str) -> str:
    """The one process that has answered a visitor since they had their cookie."""
    deadline = time.monotonic() + 10  # nginx writes its line after the answer
    while not (answered := answering(site, secret)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(answered) == 1, answered
    return answered.pop()


def answering(site: Site, secret: str) -> set[str]:
    """All processes that have answered a visitor with a cookie, as the log says so far."""
    lines = [line.split("\t") for line in site.requests.read_text().splitlines()]
    return {upstream.split(", ")[-1] for cookie, upstream in lines if cookie == secret}


def secret_in(page) -> str:
    return next(c["value"] for c in page.context.cookies() if c["name"] == visitors.COOKIE)


def settled(page, title: str) -> None:
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
    page.wait_for_selector(IDLE)


def test_all_of_the_app_works_under_a_prefix(site, open_page):
    page = open_page(site.url)  # without a slash
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_default_timeout(SLOW)
    settled(page, "Explore")
    assert page.url.partition("?")[0] == f"{site.url}/"

    before = page.locator(DIGIT).get_attribute("data-z")
    slider = page.get_by_role("slider", name=re.compile("z1")).first
    slider.focus()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    until(page, lambda: page.locator(DIGIT).get_attribute("data-z") != before, "z has changed")
    page.wait_for_url(re.compile("z1="))
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url and copied.startswith(f"{site.url}/?")

    for title in ("Generate", "Interpolate", "Reconstruct", "Anomaly lab", "Compare", "Learn"):
        page.get_by_role("link", name=title, exact=True).first.click()
        settled(page, title)
        assert page.url.startswith(f"{site.url}/"), page.url
    page.go_back()
    settled(page, "Compare")

    page.get_by_text("Add a model").click()
    file = {"name": "insects.npz", "mimeType": "application/zip"}
    file["buffer"] = code_files.npz(**code_files.arrays())
    page.locator("section[data-testid=stSidebar] input[type=file]").set_input_files(file)
    page.get_by_text("60 codes of 3 coordinates").wait_for()
    page.get_by_role("link", name="Explore", exact=True).first.click()
    settled(page, "Explore")
    image = page.locator("img.digit")
    until(page, lambda: image.evaluate("i => i.naturalWidth") > 0, "its picture is loaded")
    assert f"{proxy.PREFIX}/originals/" in image.get_attribute("src")
    page.goto(copied)
    settled(page, "Explore")
    place = json.loads(page.locator(DIGIT).get_attribute("data-z"))
    assert f"z1={place[0]:.2f}".rstrip("0") in copied
    process_of(site, secret_in(page))


@pytest.fixture(scope="module")
def visitors_of_all(site) -> Iterator[dict[str, Visitor]]:
    """A visitor with each of the processes."""
    there: dict[str, Visitor] = {}
    for _ in range(60):
        visitor = Visitor(site.url, "train")
        request(f"{site.url}/", Cookie=f"{visitors.COOKIE}={visitor.secret}")
        there.setdefault(process_of(site, visitor.secret), visitor)
        if len(there) == PROCESSES:
            break
    yield there
    for visitor in there.values():
        visitor.close()


def test_all_see_all_runs_and_trainings_are_bounded_together(site, visitors_of_all):
    assert set(visitors_of_all) == set(site.processes)
    owner, *others = visitors_of_all.values()
    config = TrainConfig(model=ModelConfig(encoder=(16,), decoder=(16,)), dataset="digits")
    note = owners.note(visitors.of_browser(owner.secret))
    run = create_run("shared", config, owner=note)
    line = run_folder.status_line("running", 1, 10)
    write_json(run.folder / "status.json", line)
    with run.lock():
        assert owner.open("run=shared").has("stop_run")
        for other in others:
            assert "Somebody else's run: you can watch it" in other.open("run=shared").said
            assert "one training is under way here" in other.press("start").lower()
    # The same on a machine elsewhere, whose lock a shared folder does not show
    write_json(run.folder / "status.json", line | {"host": "elsewhere", "pid": 2**30})
    for other in others:
        assert "one training is under way here" in other.press("start").lower()
    owner.open("run=shared")
    owner.press("stop_run", "run=shared")
    assert (run.folder / "stop").exists()
    assert [other.name for other in run_folder.list_runs()] == ["shared"]


def test_visitors_of_a_process_that_dies_are_moved_and_told(site, open_page):
    page = open_page(f"{site.url}/generate")
    page.set_default_timeout(SLOW)
    settled(page, "Generate")
    page.get_by_role("button", name="New samples", exact=True).first.click()
    page.wait_for_url(re.compile("seeds="))
    page.wait_for_selector(IDLE)
    kept, wall = page.url, page.locator(".st-key-prior_wall .tile").all_inner_texts()
    os.kill(site.processes[process_of(site, secret_in(page))], signal.SIGKILL)
    page.get_by_text("This page had to begin anew").wait_for()
    page.wait_for_selector(IDLE)
    assert page.url == kept
    assert page.locator(".st-key-prior_wall .tile").all_inner_texts() == wall
    page.get_by_role("link", name="Compare", exact=True).first.click()
    settled(page, "Compare")
    assert page.get_by_test_id("stException").count() == 0
