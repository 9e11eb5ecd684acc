"""What the benchmarks share: Streamlit servers of their own, a real Chromium, and the figures.

Servers listen on free ports, see neither data sets nor runs, and stop with their block. Both kinds
of app get the project's own Streamlit settings, so that only the apps differ.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app.py"
HELLO = "import streamlit as st\n\nst.write('hello')\n"
LIVE_DIGIT = "canvas.digit[data-z]"  # decoded by the browser, as Explore does at first
SLIDERS = "mode=Sliders"  # of Explore's address: the server decodes
DECODED = "img[alt^='decoded picture']"  # by the server
START_SECONDS = 60  # a busy machine is given so long to start a server or draw a page
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


class Server(NamedTuple):
    """A Streamlit server that answers."""

    url: str
    pid: int
    launched: float  # time.perf_counter() when its process was started


@contextmanager
def server(app: Path | str, *settings: str) -> Iterator[Server]:
    """A server of an app: the path of one, or the text of a script; with further settings."""
    with tempfile.TemporaryDirectory() as folder:
        script = app
        if isinstance(app, str):
            script = Path(folder, "baseline.py")
            script.write_text(app, "utf-8")
        nothing = {"VAE_EXPLORER_DATA": f"{folder}/data", "VAE_EXPLORER_RUNS": f"{folder}/runs"}
        port = _free_port()
        flags = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
        flags += ["--logger.level=error", *settings]
        launched = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *flags],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | nothing,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_healthy(process, f"http://127.0.0.1:{port}")
            yield Server(f"http://127.0.0.1:{port}", process.pid, launched)
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_until_healthy(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the Streamlit server did not start")


@contextmanager
def chromium() -> Iterator:
    """The Chromium of this machine, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("this benchmark needs a Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def new_page(browser):
    """A page of its own context: nothing cached, nothing remembered."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(START_SECONDS * 1000)
    return page


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; share 0.95 is the p95."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def report(title: str, samples: dict[str, Sequence[float]], unit: str = "ms") -> None:
    """Print a line a series: its median, its p95 and its size."""
    print(f"\n{title} [{unit}]\n{'':44}{'median':>9}{'p95':>9}{'n':>6}")
    for name, values in samples.items():
        middle, high = statistics.median(values), percentile(values, 0.95)
        print(f"{name:44}{middle:9.1f}{high:9.1f}{len(values):6}")


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The ratio of two medians."""
    return statistics.median(of) / statistics.median(to)
