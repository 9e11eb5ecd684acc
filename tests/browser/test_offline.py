"""The page that opens from disk, in a real Chromium that has no network."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from devices import NO_WEBGL2, until
from model_kinds import KINDS, small_model

from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.shell import offline_page

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
DIGIT, CANVAS = "canvas.digit", ".stage canvas[tabindex]"
LEVELS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Callable[..., str]:
    """address(checkpoint) -> that of its page, a file."""
    folder = tmp_path_factory.mktemp("offline")

    def of(checkpoint) -> str:
        path = folder / f"{checkpoint.name}.html"
        path.write_bytes(offline_page.page(checkpoint))
        return path.as_uri()

    return of


@pytest.fixture(scope="module")
def default(address) -> str:
    """The page of the default model."""
    return address(load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors"))


@pytest.fixture(scope="module")
def tab(open_tab, default):
    """A tab without network, what it has asked for in `tab.asked`."""
    page = open_tab("about:blank")
    page.context.set_offline(True)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.set_default_timeout(SLOW)
    page.goto(default)
    return opened(page)


def opened(page):
    """Wait until the digit is decoded and the cloud drawn."""
    page.wait_for_selector(f"{DIGIT}[data-z]", timeout=SLOW)
    page.wait_for_selector(f"{CANVAS}[data-resting=true]", timeout=SLOW)
    return page


def place(page) -> list[float]:
    """Where the live view is."""
    return json.loads(page.locator(DIGIT).get_attribute("data-z"))


def linked(page) -> list[float]:
    """Where the address is."""
    return [float(value) for value in re.findall(r"z\d+=([-.\d]+)", page.url)]


def pixels(page, selector: str = DIGIT) -> str:
    """What a canvas shows."""
    return page.locator(selector).evaluate("canvas => canvas.toDataURL()")


def rested(page) -> None:
    """Wait until the address has followed the place."""

    def agree() -> bool:
        here, there = place(page), linked(page)
        same = (abs(a - b) <= 0.006 for a, b in zip(here, there, strict=True))
        return len(here) == len(there) and all(same)

    until(page, agree, "the address follows")


def drag(page, x: float, y: float, dx: float, dy: float) -> None:
    """Press, move in steps, release."""
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x + dx * step / 5, y + dy * step / 5)
    page.mouse.up()


def test_drag_on_a_slider_changes_the_image(tab):
    before, digit = place(tab), pixels(tab)
    box = tab.get_by_label("z1", exact=True).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    drag(tab, x, y, 50, 0)
    until(tab, lambda: place(tab)[0] > before[0] + 1, "the place has moved")
    until(tab, lambda: pixels(tab) != digit, "the digit is another one")
    assert place(tab)[1:] == before[1:]
    rested(tab)


def test_drag_of_the_cursor_in_the_cloud_changes_the_image_and_the_slice(tab):
    tab.reload()  # or the sheet could be that of another place
    opened(tab).wait_for_selector("canvas.sheet[data-cells='15']")
    before, digit, sheet = place(tab), pixels(tab), pixels(tab, "canvas.sheet")
    tab.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    canvas = tab.locator(CANVAS)
    canvas.evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    box, at = canvas.bounding_box(), json.loads(canvas.get_attribute("data-cursor"))
    drag(tab, box["x"] + at["x"], box["y"] + at["y"], 40, -30)
    until(tab, lambda: place(tab) != before and pixels(tab) != digit, "the digit is another one")
    until(tab, lambda: pixels(tab, "canvas.sheet") != sheet, "the slice is another one")


def test_drag_beside_the_cursor_turns_the_cloud_and_keeps_the_image(tab):
    canvas = tab.locator(CANVAS)
    box, camera = canvas.bounding_box(), canvas.get_attribute("data-camera")
    digit = pixels(tab)
    drag(tab, box["x"] + 20, box["y"] + 20, 90, 30)
    until(tab, lambda: canvas.get_attribute("data-camera") != camera, "the picture has turned")
    assert pixels(tab) == digit


def test_buttons_and_keys_lead_elsewhere(tab):
    for name in ("Random", "4", "4"):
        before = place(tab)
        tab.locator(".jumps").get_by_role("button", name=name, exact=True).click()
        until(tab, lambda: place(tab) != before, f"{name} has led elsewhere")  # noqa: B023
        rested(tab)
    assert "(a 4)" in tab.locator(".words").inner_text()
    before = place(tab)
    tab.locator(CANVAS).focus()
    tab.keyboard.press("ArrowRight")
    until(tab, lambda: place(tab)[0] > before[0], "the key has walked")


def test_address_leads_back_to_the_place(tab, default):
    tab.goto(f"{default}#z1=0.50&z2=-0.40&z3=1.10")
    until(tab, lambda: place(tab) == [0.5, -0.4, 1.1], "the place is that of the address")
    digit = tab.locator(DIGIT).evaluate(LEVELS)
    tab.reload()
    opened(tab)
    until(tab, lambda: place(tab) == [0.5, -0.4, 1.1], "the place is that of the address again")
    again = tab.locator(DIGIT).evaluate(LEVELS)
    assert (
        abs(np.subtract(again, digit)).max() <= 2
    )  # the first may be 0.0001 from its journey's end


def test_a_class_is_selected_shown_as_decoded_and_saved(tab):
    tab.get_by_label("Class to select").select_option("4")
    tab.wait_for_selector("section.selected .gallery[data-whole=true]")
    count = int(tab.locator("section.selected").get_attribute("data-count"))
    assert tab.locator(f"{CANVAS}[data-highlighted='{count}']").count() == 1
    assert tab.locator("section.selected .tile canvas").count() == 24
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Save as CSV").click()
    assert waiting.value.suggested_filename == f"{DEFAULT}-test-selection.csv"
    lines = Path(waiting.value.path()).read_text("utf-8").splitlines()
    assert lines[0] == "index,class,z1,z2,z3"
    assert len(lines) == 1 + count
    assert {line.split(",")[1] for line in lines[1:]} == {"4"}
    tab.get_by_role("button", name="Clear").click()
    tab.wait_for_selector(f"{CANVAS}[data-highlighted='0']")


def test_dark_is_followed_and_a_phone_scrolls_only_down(tab):
    tab.emulate_media(color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    until(tab, lambda: tab.evaluate(background) == "rgb(17, 17, 19)", "the page is dark")
    tab.set_viewport_size({"width": 400, "height": 800})
    wide = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    until(tab, lambda: tab.evaluate(wide) == 0, "nothing is too wide")
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 1280, "height": 900})


def test_nothing_was_asked_of_any_network(tab):
    assert "file" in {url.split(":")[0] for url in tab.asked} <= {"file", "blob", "data"}
    assert tab.title() == f"{DEFAULT} · VAE Explorer"


@pytest.mark.parametrize("kind", ["1-D", "10-D", "conditional", "no encoded set", "colour"])
def test_other_kinds_of_models_open_too(tab, address, tmp_path, kind):
    path = tmp_path / f"{kind.replace(' ', '-')}.safetensors"
    save_checkpoint(small_model(**KINDS[kind]), path)
    tab.goto(address(load_checkpoint(path)))
    tab.wait_for_selector(f"{DIGIT}[data-z]")
    digit = pixels(tab)
    tab.get_by_label("z1", exact=True).fill("1.5")
    until(tab, lambda: pixels(tab) != digit, "the digit is another one")
    if kind == "conditional":
        digit = pixels(tab)
        tab.get_by_label("Class", exact=True).select_option("6")
        until(tab, lambda: pixels(tab) != digit, "the class counts")
        until(tab, lambda: "label=6" in tab.url, "the address follows")
    if kind == "colour":
        levels = np.array(tab.locator(DIGIT).evaluate(LEVELS)).reshape(16, 24, 4)
        assert np.ptp(levels[..., :3], axis=2).max() > 10, "it has colours"


def test_the_kernel_is_allowed_to_run(tab, default):
    tab.goto(default)
    opened(tab)
    tried = "new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) && true"
    assert tab.evaluate(tried)


def test_without_webgl2_it_works_all_the_same(open_page, default):
    page = open_page("about:blank")
    page.add_init_script(NO_WEBGL2)
    page.goto(default)
    page.wait_for_selector(f"{CANVAS}[data-renderer=canvas]", timeout=SLOW)
    digit = pixels(page)
    page.get_by_label("z2", exact=True).fill("2")
    until(page, lambda: pixels(page) != digit, "the digit is another one")
    cloud = pixels(page, ".stage canvas:nth-child(2)")
    page.get_by_label("Class to select").select_option("4")
    page.wait_for_selector(f"{CANVAS}:not([data-highlighted='0'])")
    assert pixels(page, ".stage canvas:nth-child(2)") != cloud
