"""The pages in a real Chromium, as a person uses them: mouse, keys, files, links, downloads."""

import base64
import io
import json
import re

import accessibility
import numpy as np
import pytest
import torch
from devices import IDLE, PASTE, choose, downloaded, until
from PIL import Image, ImageDraw

from vae_explorer.config import ModelConfig
from vae_explorer.data.handwriting.example_picture import example_picture
from vae_explorer.data.handwriting.preprocessing import preprocess_image
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet, save_checkpoint
from vae_explorer.models.vae import new_model

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
DIGIT = "img[alt^='decoded picture at z']"
ERROR = "[data-testid=stAlertContentError]"
MOVED = """([selector, before]) => {
    const image = document.querySelector(selector);
    return image && image.src !== before;
}"""


@pytest.fixture
def visit(open_page, app_url):
    """visit(page="", link="", **window) -> the page once the server has nothing more to say.

    Explore shows sliders: its live mode has test_explorer.py, training has test_train_page.py.
    """

    def visitor(page: str = "", link: str = "", **window):
        link = link if page else f"mode=Sliders&{link}"
        opened = open_page(f"{app_url}/{page}?{link}", **window)
        opened.set_default_timeout(SLOW)
        return settled(opened)

    return visitor


def settled(page):
    """Wait until the script has run to its end."""
    page.wait_for_selector(IDLE, timeout=SLOW)
    page.wait_for_selector("[data-testid=stSidebarContent], [data-testid=stMain]")
    return page


def source(page, selector: str) -> str:
    """The data URL of a picture."""
    return page.locator(selector).first.get_attribute("src")


def changed(page, selector: str, before: str) -> str:
    """Wait until a picture is another one than before."""
    page.wait_for_function(MOVED, arg=[selector, before])
    return source(page, selector)


def slider(page, dim: int = 1):
    """The handle of a coordinate's slider."""
    return page.locator(f".st-key-z{dim}").get_by_role("slider", name=f"z{dim}")


def canvas(page, name: str):
    """A value that the cloud's canvas carries for tests."""
    page.wait_for_selector(f"canvas[data-marker][data-{name}]:not([data-{name}=''])")
    return json.loads(page.locator("canvas[data-marker]").get_attribute(f"data-{name}"))


def marker_moved(page, before) -> None:
    """Wait until the mark in the cloud is elsewhere."""
    until(page, lambda: canvas(page, "marker") != before, "the mark in the cloud has moved")


def switch_off(page, name: str) -> None:
    """Switch a preprocessing step off with the keyboard."""
    page.get_by_role("switch", name=name, exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_text("left out").wait_for()


def switched(page, name: str) -> None:
    """The same, with what comes of it."""
    before = source(page, "img[alt=Input]")
    switch_off(page, name)
    changed(page, "img[alt=Input]", before)


def upload(page, key: str, name: str, content: bytes) -> None:
    """Give a file to an uploader."""
    uploader = page.locator(f".st-key-{key} [data-testid=stFileUploaderDropzoneInput]")
    uploader.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def drawn_digit() -> bytes:
    """A PNG file of a four, in thick lines on white."""
    picture = Image.new("L", (280, 280), 255)
    pen = ImageDraw.Draw(picture)
    pen.line([(100, 50), (80, 150), (200, 150)], fill=0, width=22, joint="curve")
    pen.line([(180, 60), (170, 240)], fill=0, width=22)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


# Explore


def test_arrow_keys_change_the_digit_and_the_link_brings_it_back(visit):
    page = visit()
    first = source(page, DIGIT)
    slider(page).focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]z1=[-\d.]+"))
    changed(page, DIGIT, first)
    value = float(slider(page).input_value())
    page.wait_for_selector(f"img[alt^='decoded picture at z = ({value:.2f},']")
    assert f"z1={value:g}" in page.url
    second = source(page, DIGIT)
    page.reload()
    page.wait_for_selector(DIGIT)
    assert source(page, DIGIT) == second != first
    accessibility.check(page)


def test_jumping_to_a_digit_moves_the_mark_and_all_pictures_but_not_the_camera(visit):
    page = visit()
    others = ("img[alt^='pictures decoded along']", "img[alt^='15 × 15 pictures decoded']")
    before = {selector: source(page, selector) for selector in (DIGIT, *others)}
    camera, marker = canvas(page, "camera"), canvas(page, "marker")
    choose(page, "jump", "7")
    for selector, image in before.items():
        changed(page, selector, image)
    marker_moved(page, marker)
    assert canvas(page, "camera") == camera


def test_nearest_digit_is_gone_to_by_enter_and_keeps_the_focus(visit):
    page = visit(link="z1=1.2")
    before, place = source(page, DIGIT), slider(page).input_value()
    tiles = page.get_by_role("group", name="Nearest test digits").get_by_role("button")
    tiles.nth(5).focus()
    page.keyboard.press("Enter")
    changed(page, DIGIT, before)
    until(page, lambda: slider(page).input_value() != place, "the slider has followed")
    near = page.get_by_text(re.compile(r"nearest test picture \(an? \d\) is at 0\.0"))
    near.wait_for()  # there, up to the slider's step
    page.wait_for_selector(IDLE)
    assert tiles.nth(5).evaluate("tile => tile.matches(':focus')")


def test_random_point_is_kept_when_coming_back_from_another_page(visit):
    page = visit()
    before = source(page, DIGIT)
    page.get_by_role("button", name="Random point").click()
    here = changed(page, DIGIT, before)
    page.get_by_role("link", name="Train").click()
    page.get_by_role("heading", name="New run").wait_for()
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(DIGIT)
    assert source(page, DIGIT) == here


def test_cloud_is_saved_as_a_page_that_needs_nothing_else(visit, open_page, tmp_path):
    page = visit()
    saved = tmp_path / "cloud.html"
    saved.write_bytes(downloaded(page, "save_cloud"))
    alone = open_page(saved.as_uri(), offline=True)
    alone.wait_for_selector(".js-plotly-plot .legend", state="attached", timeout=SLOW)
    assert alone.locator(".js-plotly-plot").count() == 1


def test_slice_is_saved_as_a_picture(visit):
    picture = Image.open(io.BytesIO(downloaded(visit(), "save_slice")))
    assert picture.format == "PNG" and picture.width == picture.height > 400


# Reconstruct


def test_own_picture_goes_through_the_model_and_a_bad_one_is_one_sentence(visit):
    page = visit("reconstruct", "input=Upload")
    seen = set()
    for name, content in (("four.png", drawn_digit()), ("seven.jpg", example_picture())):
        before = source(page, "img[alt=Input]") if seen else ""
        upload(page, "picture", name, content)
        changed(page, "img[alt=Input]", before)
        page.wait_for_selector("img[alt*='What the model sees']")
        seen |= {source(page, f"img[alt={name}]") for name in ("Input", "Reconstruction", "Error")}
    assert len(seen) == 6
    assert canvas(page, "marker")
    upload(page, "picture", "digit.png", b"this is no picture")
    page.wait_for_selector(ERROR)
    assert page.locator(ERROR).count() == 1
    assert source(page, "img[alt=Input]") in seen
    page.get_by_role("button", name="Remove digit.png").click()
    page.wait_for_selector(ERROR, state="detached")


def test_pasted_picture_is_prepared_and_shown(visit):
    page = visit("reconstruct", "input=Paste")
    page.get_by_text("and paste it here").wait_for()
    content = drawn_digit()
    assert page.evaluate(PASTE, [base64.b64encode(content).decode(), "image/png"])
    page.wait_for_selector("img[alt*='What the model sees']")
    switch_off(page, "Pose")  # the likeliest one may be the picture as it is
    expected = preprocess_image(content).image[0].numpy() * 255

    def as_it_is() -> bool:
        shown = base64.b64decode(source(page, "img[alt=Input]").split(",")[1])
        pixels = np.asarray(Image.open(io.BytesIO(shown)).convert("L").resize((28, 28), 0))
        return np.abs(pixels - expected).max() <= 1

    until(page, as_it_is, "the input is the prepared picture")
    assert canvas(page, "marker")


def test_drawing_is_judged_in_its_pose_and_as_it_is(visit):
    page = visit("reconstruct")
    hand = [(0.2, 0.15), (0.55, 0.15), (0.85, 0.9)]  # leans as no 7 of MNIST does
    box = page.locator(".st-key-pad canvas").first.bounding_box()
    for step, (x, y) in enumerate(hand):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    page.get_by_text("of those around its exact posterior").wait_for()
    page.wait_for_selector("img[alt='2. Pose']")
    posed, marker = source(page, "img[alt=Input]"), canvas(page, "marker")
    assert source(page, "img[alt='3. What the model sees']")
    switched(page, "Pose")
    page.get_by_text("of the 5 nearest test digits").wait_for()
    assert source(page, "img[alt=Input]") != posed
    marker_moved(page, marker)
    accessibility.check(page)


def test_drawing_is_judged_and_gives_way_to_an_upload_and_comes_back(visit):
    page = visit("reconstruct")
    box = page.locator(".st-key-pad canvas").first.bounding_box()
    for step, (x, y) in enumerate([(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    page.get_by_text(re.compile("Looks like an? |Unclear, perhaps")).wait_for()
    mine, marker = source(page, "img[alt=Input]"), canvas(page, "marker")
    page.get_by_role("radio", name="Upload").click()
    page.wait_for_selector("img[alt=Input]", state="detached")
    page.wait_for_selector("canvas[data-marker='']")
    page.get_by_text("Use an example").click()
    changed(page, "img[alt=Input]", mine)
    marker_moved(page, marker)
    page.get_by_role("radio", name="Draw").click()
    page.wait_for_function(
        "mine => document.querySelector('img[alt=Input]')?.src === mine", arg=mine
    )


def test_one_of_several_digits_is_chosen_and_its_mark_moves(visit):
    page = visit("reconstruct", "input=Upload")
    both = Image.new("L", (560, 280), 255)
    both.paste(Image.open(io.BytesIO(drawn_digit())))
    ImageDraw.Draw(both).line([(430, 50), (420, 230)], fill=0, width=22)
    buffer = io.BytesIO()
    both.save(buffer, "PNG")
    upload(page, "picture", "both.png", buffer.getvalue())
    strip = page.get_by_role("group", name="Digits found in the picture")
    strip.get_by_role("button").nth(1).wait_for()
    assert strip.get_by_role("button").count() == 2
    before, marker = source(page, "img[alt=Input]"), canvas(page, "marker")
    strip.get_by_role("button").nth(1).click()
    changed(page, "img[alt=Input]", before)
    marker_moved(page, marker)


def test_step_is_switched_off_and_on_again_with_the_keyboard(visit):
    page = visit("reconstruct", "input=Upload")
    page.get_by_text("Use an example").click()
    page.wait_for_selector("img[alt=Input]")
    before = source(page, "img[alt=Input]")
    switch = page.get_by_role("switch", name="Strokes as wide as MNIST's")
    switch.focus()
    page.keyboard.press("Space")
    without = changed(page, "img[alt=Input]", before)
    page.get_by_text("left out").wait_for()
    switch.focus()
    page.keyboard.press("Space")
    assert changed(page, "img[alt=Input]", without) == before


def test_posterior_is_refined_and_the_digit_taken_along(visit):
    page = visit("reconstruct", "input=Upload")
    page.get_by_text("Use an example").click()
    page.get_by_role("button", name="Refine").click()
    page.get_by_text(re.compile(r"amortisation gap of [\d.]+ nats")).wait_for()
    mine = source(page, "img[alt=Input]")
    page.get_by_role("button", name="Interpolate from it").click()
    page.wait_for_selector(".player canvas.large")
    assert source(page, "img[alt='My picture']") == mine


def test_digit_is_shown_on_explore_where_its_code_is(visit):
    page = visit("reconstruct", "input=Upload")
    page.get_by_text("Use an example").click()
    point = canvas(page, "marker")["point"]
    page.get_by_role("button", name="Show it on Explore").click()
    page.locator(".explorer, .st-key-z1").first.wait_for()
    page.wait_for_url(re.compile("z1="))
    shown = [float(value) for value in re.findall(r"z[123]=(-?[\d.]+)", page.url)]
    assert shown == pytest.approx(point, abs=0.011)
    item = page.locator(".pipeline [data-part=item]").filter(has_text="your digit")
    item.locator("img[src^=data]").wait_for()


# Sidebar


def test_model_is_switched_and_another_added_by_upload(visit, tmp_path):
    page = visit()
    choose(page, "model", "mnist-3d-tutorial")
    page.wait_for_url(re.compile("model=mnist-3d-tutorial"))
    config = ModelConfig(latent_dim=2, encoder=(8,), decoder=(8,), fourier=0)
    mu = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    encoded = EncodedSet(mu, torch.zeros(50, 2), torch.arange(50) % 10, "test")
    made = Checkpoint(
        new_model(config, 0).eval(), config, classes=tuple("0123456789"), encoded=encoded
    )
    save_checkpoint(made, tmp_path / "mine.safetensors")
    page.get_by_text("Add a model").click()
    upload(page, "add_model", "broken.safetensors", b"no model")
    page.wait_for_selector(ERROR)
    assert page.locator(ERROR).count() == 1
    assert slider(page, 3).count() == 1
    upload(page, "add_model", "mine.safetensors", (tmp_path / "mine.safetensors").read_bytes())
    slider(page, 3).wait_for(state="detached")
    assert slider(page, 2).count() == 1
    assert page.locator(ERROR).count() == 0
    assert canvas(page, "drawn") == 50


def test_nonsense_in_a_link_is_ignored(visit):
    page = visit(link="z1=99&z2=abc&model=nope&axes=9-9&label=x")
    page.wait_for_selector(DIGIT)
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(ERROR).count() == 0
