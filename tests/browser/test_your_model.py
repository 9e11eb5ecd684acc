"""A model made elsewhere in a real Chromium: uploaded, read, measured, and explored live."""

import io

import accessibility
import colour_pair
import launch
import pytest
import torch
import your_model
from devices import until
from foreign_modules import Examples, trained

pytestmark = pytest.mark.browser
SLOW = 120_000  # milliseconds that a busy machine may take
TROUBLE = "[data-testid=stAlertContentError], [data-testid=stException]"
DIGIT = "canvas.digit[data-z]"


@pytest.fixture(scope="module")
def url(serve, tmp_path_factory) -> str:
    """The app, which sees no data set on disk."""
    folders = {"VAE_EXPLORER_DATA": "data", "VAE_EXPLORER_RUNS": "runs"}
    env = {name: str(tmp_path_factory.mktemp(stem)) for name, stem in folders.items()}
    return serve(launch.ROOT / "app.py", env | {"OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def weights() -> bytes:
    """The state_dict of a small VAE, trained on the embedded digits."""
    file = io.BytesIO()
    torch.save(trained(Examples(), Examples.bound).state_dict(), file)
    return file.getvalue()


def shown(page) -> str:
    """The decoded picture."""
    return page.locator(DIGIT).evaluate("canvas => canvas.toDataURL()")


def test_colour_onnx_pair_is_read_and_explored_in_the_browser(open_page, url):
    page, sent = open_page("about:blank"), []
    page.set_default_timeout(SLOW)
    page.on("websocket", lambda socket: socket.on("framesent", lambda f: sent.append(len(f))))
    pictures = colour_pair.gradients()
    data = {"gradients.npz": colour_pair.array_file(pictures)}
    your_model.visit(page, url)
    your_model.read(page, colour_pair.onnx_pair(pictures), data)
    page.get_by_text("10-D VAE of pictures of 64 × 64 pixels in colour").wait_for()
    page.get_by_text("channel order: RGB").wait_for()
    page.get_by_text("Model doctor").wait_for()
    page.locator("img[alt='5 training pictures over their reconstructions']").wait_for()
    assert page.locator(TROUBLE).count() == 0

    your_model.explore(page)
    assert page.locator(DIGIT).evaluate("canvas => [canvas.width, canvas.height]") == [64, 64]
    box = page.locator("input.slider").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    assert sent  # until now; while a hand drags the server hears nothing: the browser decodes
    sent.clear()
    pictures_seen = {shown(page)}
    for step in range(1, 5):
        page.mouse.move(x + step * box["width"] / 12, y)
        until(page, lambda: shown(page) not in pictures_seen, "another picture is decoded")
        pictures_seen.add(shown(page))
    assert not sent
    page.mouse.up()
    sidebar = page.locator("[data-testid=stSidebar]")
    sidebar.get_by_text("How it was read").click()
    sidebar.get_by_text("channel order: RGB").wait_for()
    assert page.locator(TROUBLE).count() == 0


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_page_needs_no_horizontal_scrolling(open_page, url, weights, width, dark):
    page = open_page("about:blank", width=width, dark=dark)
    page.set_default_timeout(SLOW)
    your_model.visit(page, url)
    your_model.read(page, {"vae_with_a_rather_long_name_that_says_epoch_8.pth": weights})
    both = "[...document.querySelectorAll('[data-testid=stMain], html')]"
    assert page.evaluate(f"{both}.every(e => e.scrollWidth <= e.clientWidth)")
    accessibility.check(page)
    assert page.locator(TROUBLE).count() == 0
