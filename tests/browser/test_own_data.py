"""Pictures of one's own in a real Chromium: read, trained on, and seen on every page, in colour."""

import io
import zipfile
from pathlib import Path

import launch
import numpy as np
import pytest
from devices import IDLE, choose, downloaded, until
from PIL import Image

from vae_explorer.models.checkpoints import load_checkpoint

pytestmark = pytest.mark.browser
SLOW = 90_000  # milliseconds that a busy machine may take
TROUBLE = "[data-testid=stAlertContentError], [data-testid=stException]"
DIGIT = "canvas.digit[data-z]"
COLOURED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
        if (Math.abs(data[i] - data[i + 1]) > 8 || Math.abs(data[i] - data[i + 2]) > 8) return true;
    }
    return false;
}"""


PICTURE = "canvas => canvas.toDataURL()"


def disc(index: int) -> bytes:
    """A JPEG of 128 x 128 pixels: a disc of one colour on another."""
    draw = np.random.default_rng(index)
    ground, ink = draw.integers(0, 255, (2, 3))
    (x, y), radius = draw.integers(40, 88, 2), draw.integers(15, 40)
    across, down = np.meshgrid(np.arange(128), np.arange(128))
    inside = ((across - x) ** 2 + (down - y) ** 2 < radius**2)[..., None]
    file = io.BytesIO()
    Image.fromarray(np.where(inside, ink, ground).astype(np.uint8)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Variables of a server that sees no data set on disk."""
    return {
        "VAE_EXPLORER_DATA": str(tmp_path_factory.mktemp("data")),
        "VAE_EXPLORER_RUNS": str(tmp_path_factory.mktemp("runs")),
        "OMP_NUM_THREADS": "1",
    }


def put(page, key: str, value: object) -> None:
    """Type into a field."""
    field = page.locator(f".st-key-{key} input")
    field.fill(str(value))
    field.press("Enter")
    page.wait_for_selector(IDLE)


def go(page, name: str):
    """Open a page by its link."""
    page.get_by_role("link", name=name).click()
    page.wait_for_selector(IDLE)
    return page


def drag_slider(page) -> None:
    """Drag the first slider: the place and its picture, in colour, are others."""
    digit = page.locator(DIGIT)
    until(page, lambda: digit.evaluate(COLOURED), "the picture is in colour")
    place, picture = digit.get_attribute("data-z"), digit.evaluate(PICTURE)
    box = page.get_by_label("z1", exact=True).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y)
    until(page, lambda: digit.get_attribute("data-z") != place, "it has moved")
    until(page, lambda: digit.evaluate(PICTURE) != picture, "the picture is another one")
    page.mouse.up()


def test_zip_of_colour_pictures_is_read_trained_on_and_seen_everywhere(
    serve, folders, open_page, open_tab, tmp_path
):
    """One journey, for a training is what takes the time: upload, train, explore, walk, put in."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as pack:
        for index in range(30):
            pack.writestr(f"discs/{index:02}.jpg", disc(index))
    page = open_page(f"{serve(launch.ROOT / 'app.py', folders)}/train")
    page.set_default_timeout(SLOW)
    page.get_by_role("heading", name="New run").wait_for()
    page.wait_for_selector(IDLE)
    choose(page, "train_dataset", "Use your own data")
    upload = {"name": "discs.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
    page.locator(".st-key-data_files input[type=file]").set_input_files(upload)
    page.get_by_text("Pictures are read as colour, 64 × 64 pixels.").wait_for()
    page.get_by_text("Pictures of 128 × 128 pixels are scaled to 64 × 64.").wait_for()
    page.locator("img[alt^='21 training pictures']").wait_for()
    page.wait_for_selector(".st-key-preset input[value='conv-64']")
    put(page, "train_epochs", 2)
    put(page, "run_name", "discs")
    page.get_by_role("button", name="Start training").click()
    page.locator(".stMarkdownBadge").last.filter(has_text="finished").wait_for()

    page.get_by_role("button", name="Rename").wait_for()  # the page of a run that has ended
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="Use this model", exact=True).click()
    page.wait_for_selector(".st-key-model input[value='discs (run)']")
    go(page, "Explore").wait_for_selector(DIGIT)
    drag_slider(page)

    go(page, "Interpolate")
    page.get_by_role("button", name="GIF").wait_for()
    tile = page.locator(".player .large").first
    until(page, lambda: tile.evaluate(COLOURED), "the path is in colour")
    first = tile.evaluate(PICTURE)
    page.locator(".player .rows").focus()
    page.keyboard.press("End")
    until(page, lambda: tile.evaluate(PICTURE) != first, "its end is another picture")
    go(page, "Reconstruct")
    field = page.locator(".st-key-picture input[type=file]")
    field.set_input_files({"name": "own.jpg", "mimeType": "image/jpeg", "buffer": disc(99)})
    page.get_by_role("button", name="Show it on Explore").wait_for()
    page.wait_for_selector("img[alt=Reconstruction]")
    assert page.locator(TROUBLE).count() == 0

    path = next(Path(folders["VAE_EXPLORER_RUNS"]).glob("*/checkpoint.safetensors"))
    assert load_checkpoint(path).reading.image_shape == (3, 64, 64)
    saved = tmp_path / "discs.html"
    page.get_by_role("button", name="Export", exact=True).click()
    saved.write_bytes(downloaded(page, "export_html"))
    offline = open_tab("about:blank")
    offline.context.set_offline(True)
    offline.goto(saved.as_uri())
    offline.wait_for_selector(DIGIT, timeout=SLOW)
    drag_slider(offline)
