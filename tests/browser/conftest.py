"""A real Chromium and real Streamlit servers for the tests of this folder."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import launch
import machine
import pytest
from paths import ROOT
from tabs import OPENED, Contexts, tabs

# Clouds are drawn by WebGL2 all the same; composing each frame of a page in software that stands in
# for a graphics device took two fifths of all processor time
FLAGS = ["--disable-gpu-compositing"]


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """The browser on this machine; where it cannot be driven, tests are skipped, or fail in CI."""
    missing = pytest.fail if machine.REQUIRED else pytest.skip
    try:
        with launch.chromium(*FLAGS, shell=True) as browser:
            yield browser
    except launch.NoBrowserError as error:
        missing(str(error))


@pytest.fixture(scope="session")
def contexts(chromium) -> Contexts:
    """What tests open pages in."""
    return Contexts(chromium)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Say with a failure what its pages showed: on a busy machine it may not come back."""
    report = yield
    if report.when == "call" and report.failed:
        for page in OPENED:
            if not page.is_closed():
                shown = page.evaluate("document.body.innerText.slice(0, 3000)")
                report.sections.append((f"Page {page.url}", shown))
    return report


@pytest.fixture
def open_page(contexts) -> Iterator[Callable]:
    """open_page(url, width=1280, height=900, dark=False) -> page.

    Its errors, and requests to other machines, fail the test.
    """
    with tabs(contexts) as opener:
        yield opener


@pytest.fixture(scope="module")
def open_tab(contexts) -> Iterator[Callable]:
    """`open_page` for a page that the tests of a module share; its errors fail the last one."""
    with tabs(contexts) as opener:
        yield opener


@pytest.fixture(scope="session")
def app_url(tmp_path_factory) -> Iterator[str]:
    """The app as first installed: no data set on disk, no runs; for tests that leave it so.

    Modules share it, as a server takes six seconds of processor time to start.
    """
    folders = {name: str(tmp_path_factory.mktemp(name)) for name in ("DATA", "RUNS")}
    env = {f"VAE_EXPLORER_{name}": folder for name, folder in folders.items()}
    with launch.serving(ROOT / "app.py", env) as server:
        yield server.url


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable]:
    """serve(app_path, env=None, prefix="") -> URL of a server, stopped after the module."""
    with ExitStack() as servers:

        def start(
            script: Path | str, env: Mapping[str, str] | None = None, prefix: str = ""
        ) -> str:
            return servers.enter_context(launch.serving(script, env, prefix=prefix)).url

        yield start
