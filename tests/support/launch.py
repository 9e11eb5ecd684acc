"""Streamlit servers, and the Chromium of this machine, as tests, benchmarks and figures start them.

Knows nothing of the app. Servers listen on a free port of this machine alone and have the project's
own Streamlit settings, so that apps differ in nothing else.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from paths import IMPORTED, ROOT

START_SECONDS = 60  # a busy machine is given so long to start a server
STOP_SECONDS = 10  # after which a server that still hears a page out is ended all the same
# The shell is Chromium without its own windows: a page costs a third less processor time in it
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "no Chromium on this machine, which browser tests need: apt-get install chromium"
FLAGS = [
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


class NoBrowserError(RuntimeError):
    """This machine has no Chromium, or nothing to drive it with."""


@contextmanager
def serving(
    script: Path | str,
    env: Mapping[str, str] | None = None,
    *settings: str,
    port: int = 0,
    prefix: str = "",
    log: Path | None = None,
) -> Iterator[Server]:
    """A server of a Streamlit script, stopped with its block; RuntimeError if it does not start.

    `env` and `settings` ("--name=value") add to those of this process and of the project; `port` is
    a free one where none is given. All paths begin with `prefix`, like "/vae", and so its URL. What
    it writes goes into the file `log`, if there is one.
    """
    port = port or free_port()
    flags = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    flags += ["--browser.gatherUsageStats=false", "--logger.level=error", *settings]
    flags += [f"--server.baseUrlPath={prefix.strip('/')}"] if prefix else []
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    variables = os.environ | {"PYTHONPATH": IMPORTED} | dict(env or {})
    with started(command, port, ROOT, variables, f"{prefix}/_stcore/health", log) as server:
        yield server._replace(url=server.url + prefix)


@contextmanager
def started(
    command: Sequence[str],
    port: int,
    folder: Path,
    env: Mapping[str, str],
    answers: str = "/_stcore/health",
    log: Path | None = None,
) -> Iterator[Server]:
    """The server that a command starts on a port of this machine, as `serving` has it.

    It is there once it answers under the path `answers`. What it writes goes into the file `log`,
    else its errors to where those of this process go.
    """
    launched = time.perf_counter()
    with open(log or os.devnull, "wb") as output:
        errors = output if log else None
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=errors)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(process, f"{url}{answers}")
        yield Server(url, process.pid, launched)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def chromium(*flags: str, shell: bool = False) -> Iterator:
    """The browser, driven by Playwright; NoBrowserError where one of the two is missing.

    `flags` add to those that it always has. With `shell`, the headless shell where there is one.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowserError("Playwright is not installed") from error
    if (path := browser_path(shell)) is None:
        raise NoBrowserError(NO_BROWSER)
    with sync_playwright() as playwright:
        args = [*_headless(path), *FLAGS, *flags]
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


def browser_path(shell: bool = True) -> str | None:
    """Where this machine has a Chromium, if it has one; first of all its shell, if that will do."""
    names = (*SHELLS, *BROWSERS) if shell else BROWSERS
    return next(filter(None, map(shutil.which, names)), None)


def _headless(path: str) -> list[str]:
    """The flag by which a browser opens no window; a shell has none and knows no such flag."""
    return [] if Path(path).name in SHELLS else ["--headless=new"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_until_healthy(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"no server answered at {url}")
