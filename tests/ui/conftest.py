"""The app as a visitor's session without a browser."""

import functools
import io
from collections.abc import Callable

import pytest
from paths import ROOT
from PIL import Image, ImageDraw
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.training.runs import run_queue
from vae_explorer.ui.pages.interpolate import geodesic_search
from vae_explorer.ui.session import jobs

APP = ROOT / "app.py"


@pytest.fixture(scope="session", autouse=True)
def _scanned_once():
    """Each AppTest would read the metadata of every installed package for components of its own."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch):
    """No test starts a real training process, or finds another's downloads."""
    monkeypatch.setattr(
        run_queue, "launch", lambda run: pytest.fail("a process would have started")
    )
    jobs._downloads().clear()
    yield
    geodesic_search.end_all()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """visit(page="", link={}, mode="Sliders") -> the page as first seen; "" is Explore.

    Explore shows sliders, as there is no browser that could run the live view.
    """

    def visitor(
        page: str = "", link: dict[str, str] | None = None, mode: str = "Sliders"
    ) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in ({"mode": mode} | (link or {})).items():
            at.query_params[name] = value
        return go(at, page)

    return visitor


def go(at: AppTest, page: str) -> AppTest:
    """Run another page: `AppTest.switch_page` knows pages by file, and ours are functions."""
    at._page_hash = calc_hash(page)
    return at.run()


@pytest.fixture
def switch() -> Callable[[AppTest, str], AppTest]:
    """switch(at, page): what a click on a page's name does."""
    return go


@pytest.fixture
def content(tmp_path) -> Callable[[Checkpoint], bytes]:
    """content(checkpoint) -> the bytes of its file."""

    def of(checkpoint: Checkpoint) -> bytes:
        path = tmp_path / "content.safetensors"
        save_checkpoint(checkpoint, path)
        return path.read_bytes()

    return of


@pytest.fixture
def drawing() -> bytes:
    """A PNG file of a one, drawn with a thick pen on white."""
    picture = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(picture).line([(150, 50), (130, 230)], fill=0, width=24)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
