"""A real Chromium and real Streamlit servers for the tests of this folder."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIRED = "VAE_EXPLORER_BROWSER_TESTS"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """The browser on this machine; where there is none, tests are skipped, or fail in CI."""
    missing = pytest.fail if os.environ.get(REQUIRED) == "required" else pytest.skip
    try:
        from playwright import sync_api as api
    except ImportError:
        missing("Playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing("no Chromium on this machine")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def tabs(chromium) -> Iterator[Callable]:
    """An opener of tabs as `open_page` hands out; all are closed at the end."""
    contexts, errors = [], []

    def opener(url: str, width: int = 1280, height: int = 900, dark: bool = False):
        size = {"width": width, "height": height}
        context = chromium.new_context(
            viewport=size, color_scheme="dark" if dark else "light", has_touch=width < 500
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and errors.append(said.text))
        page.goto(url)
        return page

    yield opener
    for context in contexts:
        context.close()
    # The browser words every failed download alike; those are the server's, not the page's.
    uncaught = [text for text in errors if not text.startswith("Failed to load resource")]
    assert not uncaught, "\n".join(uncaught)


@pytest.fixture
def open_page(chromium) -> Iterator[Callable]:
    """open_page(url, width=1280, height=900, dark=False) -> page; its errors fail the test."""
    with tabs(chromium) as opener:
        yield opener


@pytest.fixture(scope="module")
def open_tab(chromium) -> Iterator[Callable]:
    """`open_page` for a page that the tests of a module share; its errors fail the last one."""
    with tabs(chromium) as opener:
        yield opener


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable]:
    """serve(app_path, env=None) -> URL of a Streamlit server, stopped after the module."""
    servers = []

    def start(app_path: Path | str, env: Mapping[str, str] | None = None) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = {
            "server.headless": "true",
            "server.port": str(port),
            "server.address": "127.0.0.1",
            "browser.gatherUsageStats": "false",
        }
        flags = [text for name, value in options.items() for text in (f"--{name}", value)]
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(app_path), *flags],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(env or {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        servers.append(server)
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(server, url)
        return url

    yield start
    for server in servers:
        server.terminate()
        server.wait(timeout=10)


def _wait_until_healthy(server: subprocess.Popen, url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, "the Streamlit server stopped while it started"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the Streamlit server did not start in time")
