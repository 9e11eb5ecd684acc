"""The app as a visitor's session without a browser, and small models for it to show."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from vae_explorer import runs
from vae_explorer.checkpoints import Checkpoint, EncodedSet, save_checkpoint
from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.model import new_model
from vae_explorer.runs import create_run
from vae_explorer.ui import jobs

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch):
    """No test starts a real training process, or finds another's downloads."""
    monkeypatch.setattr(runs, "launch", lambda run: pytest.fail("a process would have started"))
    jobs._downloads().clear()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """visit(page="", link={}) -> the page as first seen; "" is Explore."""

    def visitor(page: str = "", link: dict[str, str] | None = None) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in (link or {}).items():
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
def small() -> Callable[..., Checkpoint]:
    """small(count=60, names=..., labels=..., **model settings) -> an untrained checkpoint."""

    def make(
        count: int = 60, names: int = 10, labels: int | None = None, spread: float = 1.0, **settings
    ) -> Checkpoint:
        config = ModelConfig(**({"encoder": (8,), "decoder": (8,), "fourier": 0} | settings))
        draw = torch.Generator().manual_seed(1)
        mu = torch.randn(count, config.latent_dim, generator=draw) * spread
        kinds = torch.arange(count) % (names if labels is None else labels)
        encoded = EncodedSet(mu, torch.zeros_like(mu), kinds, "test") if count else None
        return Checkpoint(
            model=new_model(config, 0).eval(),
            config=config,
            name="small",
            dataset="a set nobody has",
            classes=tuple(f"class {i}" for i in range(names)),
            encoded=encoded,
        )

    return make


@pytest.fixture
def install() -> Callable[..., str]:
    """install(checkpoint, name) -> the key of a model that looks as if a run had made it."""

    def installer(checkpoint: Checkpoint, name: str = "small") -> str:
        config = TrainConfig(model=checkpoint.config, dataset="digits")
        run = create_run(name, config)
        save_checkpoint(checkpoint, run.checkpoint)
        return f"run:{name}"

    return installer


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
