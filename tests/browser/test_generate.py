"""Generate in a real Chromium: tiles heated, kept, drawn anew and opened; a class; my own style."""

import io
import re
import zipfile

import accessibility
import numpy as np
import onnxruntime
import pytest
from devices import IDLE, downloaded, until

from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.ui.shared.page_links import MINE

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
WALL = ".st-key-prior_wall"
CAPTIONS = f"{WALL} .caption"


@pytest.fixture(scope="module")
def tab(app_url, open_tab):
    """The page in a tab that all tests here share; no data set on disk."""
    page = open_tab(f"{app_url}/generate")
    page.set_default_timeout(SLOW)
    return page


@pytest.fixture
def wall(tab):
    """The wall of samples from the prior, as it is at first."""
    if "/generate" not in tab.url:
        tab.get_by_role("link", name="Generate").click()
    tab.mouse.move(0, 0)  # a button's help would lie above what is below it
    tab.get_by_role("radio", name="From the prior").or_(
        tab.get_by_role("button", name="From the prior")
    ).first.click()
    tab.locator(f"{WALL} .tile").nth(23).wait_for()
    again = tab.get_by_role("button", name="Start again")
    if again.is_enabled():
        again.click()
    captioned(tab, [str(i) for i in range(24)])
    return tab


def captioned(page, seeds: list[str]) -> None:
    """Wait until the tiles have these seeds."""
    for _ in range(SLOW // 100):
        shown = [text.removeprefix("#") for text in page.locator(CAPTIONS).all_inner_texts()]
        if shown == seeds:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the tiles have the seeds {shown}")


def tile(page, place: int):
    """The picture of a tile."""
    return page.locator(f"{WALL} .picture").nth(place)


def test_a_late_answer_does_not_take_the_slider_out_of_a_hand(wall):
    slider = wall.get_by_role("slider", name="Temperature")
    box = slider.bounding_box()
    slider.focus()
    wall.keyboard.press("ArrowLeft")  # Python is asked
    wall.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    wall.mouse.down()
    held = slider.input_value()
    wall.wait_for_url(re.compile("temperature="))  # and has answered
    wall.wait_for_selector(IDLE)
    assert slider.input_value() == held != "0.95"
    wall.mouse.up()
    wall.wait_for_url(re.compile(f"temperature={float(held):g}(&|$)"))


def test_tiles_follow_the_temperature_while_it_moves_and_say_nothing_to_the_server(wall):
    sent = []
    session = wall.context.new_cdp_session(wall)
    session.send("Network.enable")
    session.on("Network.webSocketFrameSent", lambda frame: sent.append(frame))
    wall.wait_for_selector(IDLE)
    wall.wait_for_timeout(500)
    sent.clear()
    slider = wall.get_by_role("slider", name="Temperature")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    wall.mouse.move(box["x"] + box["width"] / 2, y)
    wall.mouse.down()
    wall.mouse.move(box["x"] + box["width"] * 0.9, y, steps=8)
    wall.locator(f"{WALL} .moving canvas").nth(23).wait_for()
    pixels = "canvas => canvas.toDataURL()"
    hot = wall.locator(f"{WALL} canvas").nth(5).evaluate(pixels)
    wall.mouse.move(box["x"] + box["width"] * 0.1, y, steps=8)
    until(
        wall,
        lambda: wall.locator(f"{WALL} canvas").nth(5).evaluate(pixels) != hot,
        "the tile is another one",
    )
    assert sent == []
    wall.mouse.up()
    wall.wait_for_url(re.compile("temperature=0.[12]"))
    assert sent
    wall.locator(f"{WALL} .moving").first.wait_for(state="detached")
    assert len({img.get_attribute("src") for img in wall.locator(f"{WALL} img").all()}) > 1
    wall.wait_for_selector(IDLE)  # what the drag asked for is answered
    slider.focus()
    wall.keyboard.press("Home")
    for _ in range(20):  # quicker than Python answers: no answer sets the slider back
        wall.keyboard.press("ArrowRight")
    assert float(slider.input_value()) == 1
    wall.wait_for_url(lambda address: "temperature" not in address)
    assert float(slider.input_value()) == 1


def test_kept_tile_stays_and_one_is_drawn_anew_by_keys(wall):
    kept = tile(wall, 3).locator("img").get_attribute("src")
    tile(wall, 3).focus()
    wall.keyboard.press("l")
    wall.locator(f"{WALL} .tile.locked").wait_for()
    wall.keyboard.press("ArrowRight")
    wall.keyboard.press("r")
    captioned(wall, [*map(str, range(4)), "96", *map(str, range(5, 24))])
    wall.get_by_role("button", name="New samples").click()
    captioned(wall, [*map(str, range(97, 100)), "3", *map(str, range(100, 120))])
    assert tile(wall, 3).locator("img").get_attribute("src") == kept
    assert wall.locator(f"{WALL} .tile.locked").count() == 1


def test_clicked_tile_opens_in_the_live_view_and_the_wall_is_still_there(wall):
    with np.load(io.BytesIO(downloaded(wall, "save_prior_npz"))) as numbers:
        z = numbers["z"][4]
    tile(wall, 4).click()
    wall.wait_for_selector("canvas.digit[data-z]")
    there = "&".join(f"z{d + 1}={value:g}" for d, value in enumerate(z.round(2)))
    wall.wait_for_url(lambda address: there in address)
    wall.go_back()
    wall.get_by_role("link", name="Generate").click()
    captioned(wall, [str(i) for i in range(24)])


def test_model_taken_along_as_onnx_decodes_what_the_model_does(wall):
    wall.get_by_role("button", name="Export", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(downloaded(wall, "export_onnx"))) as files:
        session = onnxruntime.InferenceSession(files.read("decoder.onnx"))
    wall.keyboard.press("Escape")
    model = load_checkpoint(SHIPPED / "mnist-3d.safetensors")
    (made,) = session.run(None, {"z": model.encoded.mu[:3].numpy()})
    assert np.abs(made - model.model.decode(model.encoded.mu[:3]).numpy()).max() < 1e-5


def test_picture_of_a_class_opens_in_the_model_that_made_it(wall):
    wall.get_by_role("radio", name="By class").or_(
        wall.get_by_role("button", name="By class")
    ).first.click()
    pictures = wall.locator(".st-key-class_wall_conditional img")
    pictures.nth(19).wait_for()
    before = pictures.first.get_attribute("src")
    wall.locator(".st-key-made_class").get_by_text("4", exact=True).click()
    wall.wait_for_url(re.compile("made_class=4"))
    wall.locator(f'.st-key-class_wall_conditional img[src="{before}"]').wait_for(state="detached")
    wall.locator(".agreement-summary").get_by_text("right on real test pictures").wait_for()
    wall.locator("[data-testid=stVegaLiteChart][aria-label^='Agreement by class']").wait_for()
    accessibility.check(wall)
    wall.locator(".st-key-class_wall_conditional .picture").nth(2).click()
    wall.wait_for_selector("canvas.digit[data-z]")
    wall.wait_for_url(re.compile("label=4"))
    assert "model=mnist-conditional-3d" in wall.url
    wall.get_by_role("link", name="Generate").click()


def test_style_of_a_drawn_digit_is_taken_to_all_classes(tab):
    tab.get_by_role("radio", name="In a style").or_(
        tab.get_by_role("button", name="In a style")
    ).first.click()
    tab.locator(".st-key-styles_conditional img").nth(65).wait_for()
    tab.get_by_role("radio", name=MINE).or_(tab.get_by_role("button", name=MINE)).first.click()
    pad = tab.locator(".st-key-pad canvas").first
    pad.wait_for()
    box = pad.bounding_box()
    tab.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 0.2 * box["height"])
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.8 * box["height"], steps=8)
    tab.mouse.up()
    grid = tab.locator(".st-key-styles_conditional img")
    grid.nth(10).wait_for()
    assert grid.count() == 11
    assert len({img.get_attribute("src") for img in grid.all()}) == 11
    accessibility.check(tab)
