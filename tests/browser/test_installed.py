"""The app as `vae-explorer app` serves it from the installed wheel, in an empty folder."""

import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import installed
import launch
import pytest
from devices import IDLE

pytestmark = pytest.mark.browser
PAGES = ("", "generate", "interpolate", "reconstruct", "anomalies", "compare", "train")
BACKGROUND = """() => getComputedStyle(
    document.querySelector("[data-testid=stApp]")
).backgroundColor"""
SLOW = 60_000  # milliseconds that a busy machine may take


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the app is started: nothing lies there."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def url(folder, tmp_path_factory):
    """The app's address."""
    place, home = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("home")
    commands = installed.install(installed.build(place), place / "environment")
    port = launch.free_port()
    command = [str(commands / "vae-explorer"), "app", "--no-browser", "--port", str(port)]
    env = installed.environment(home)
    with launch.started([*command, "--address", "127.0.0.1"], port, folder, env) as server:
        yield server.url
    assert not list(home.iterdir())


def test_server_is_healthy(url):
    with urllib.request.urlopen(f"{url}/_stcore/health") as answer:
        assert answer.read() == b"ok"


def test_every_page_works_in_our_theme_and_asks_no_other_machine(url, folder, open_page):
    page = open_page("about:blank", dark=True)
    asked = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    for name in PAGES:
        page.goto(f"{url}/{name}")
        page.wait_for_selector(IDLE, timeout=SLOW)
        page.wait_for_selector("[data-testid=stMain] .page-head")
        wrong = page.locator("[data-testid=stException], [data-testid=stAlertContentError]")
        assert not wrong.count(), name
    colour = page.evaluate(BACKGROUND)
    assert colour == "rgb(17, 17, 19)"  # .streamlit/config.toml has it: #111113
    assert asked <= {urlsplit(url).netloc, ""}, asked  # "": data and blobs
    assert not list(folder.iterdir())
