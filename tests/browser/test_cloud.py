"""The cloud in a real Chromium: what a mouse, a finger, a key and a rerun do to it."""

import io
import json
import re
from pathlib import Path

import class_names
import numpy as np
import pytest
from devices import NO_WEBGL2, fingers, give_context_back, lose_context
from PIL import Image

pytestmark = pytest.mark.browser
APP = Path(__file__).parent / "apps" / "cloud_app.py"
CANVAS = "canvas.canvas"  # the uppermost of the pile: it hears all and carries what tests read
SLOW = 60_000  # milliseconds a cold start may take on a busy machine


@pytest.fixture(scope="module")
def url(serve) -> str:
    """The test app with 2,000 points in three dimensions."""
    return serve(APP)


@pytest.fixture(scope="module")
def tab(url, open_tab):  # the server goes last
    """The page that tests share, as opening it takes longer than what most of them do."""
    return ready(open_tab(url))


@pytest.fixture
def cloud_page(tab):
    """The shared page with all of the cloud and its mark, seen by the camera it began with."""
    tab.mouse.up()
    tab.emulate_media(color_scheme="light")
    if (button := tab.get_by_role("button", name="Show all")).is_visible():
        button.click()
    tab.locator(CANVAS).focus()
    tab.keyboard.press("0")
    tab.mouse.move(5, 5)
    settled(tab)
    return tab


@pytest.fixture
def own_page(open_page, url):
    """The same, for a test that changes more than the shared page gets rid of."""
    return ready(open_page(url))


def ready(page):
    """Wait until cloud and mark are drawn and the script is done."""
    page.wait_for_selector("canvas[data-marker*='point']", timeout=SLOW)
    page.get_by_text("runs: ").wait_for()
    return page


def data(page, name: str):
    """A value that the canvas carries for tests."""
    text = page.locator(CANVAS).get_attribute(f"data-{name}")
    return json.loads(text) if text else None


def settled(page) -> None:
    """Wait until all is drawn, and two looks at the canvas, a while apart, agree."""
    page.wait_for_timeout(250)
    page.wait_for_selector(f"{CANVAS}[data-resting='true']", timeout=SLOW)
    seen = None
    while seen != (seen := [data(page, name) for name in ("camera", "marker", "drawn")]):
        page.wait_for_timeout(200)


def picture(page) -> np.ndarray:
    """The pile of canvases as a person sees it: (height, width, 3) bytes."""
    shot = page.locator(".stage").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def colourful(pixels: np.ndarray) -> int:
    """How many pixels have a colour rather than a grey: dots, and little else."""
    return int((np.ptp(pixels.astype(int), axis=-1) > 40).sum())


def text_of(page, label: str) -> str:
    """What the app says behind `label: `."""
    return page.get_by_text(re.compile(f"^{label}: ")).inner_text().removeprefix(f"{label}: ")


def drag(page, dx: float, dy: float, start=(0.5, 0.5), **press) -> None:
    """Press in the canvas, move in steps, release."""
    box = page.locator(CANVAS).bounding_box()
    x, y = box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1]
    page.mouse.move(x, y)
    page.mouse.down(**press)
    for step in range(1, 6):
        page.mouse.move(x + dx * step / 5, y + dy * step / 5)
    page.mouse.up(**press)


def move_slider(page, value: int) -> None:
    """Bring the slider to `value` by keys, and wait for the script."""
    slider = page.get_by_role("slider")
    before = int(text_of(page, "runs"))
    slider.focus()
    for _ in range(value):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => +document.body.innerText.match(/runs: (\\d+)/)?.[1] > before", arg=before
    )
    settled(page)


def click_marker(page) -> None:
    """Click where the mark is drawn: exactly on a point."""
    box, marker = page.locator(CANVAS).bounding_box(), data(page, "marker")
    page.mouse.click(box["x"] + marker["x"], box["y"] + marker["y"])


def test_cloud_is_drawn_and_described(cloud_page):
    settled(cloud_page)
    assert colourful(picture(cloud_page)) > 5000
    assert data(cloud_page, "drawn") == 2000
    assert cloud_page.locator(CANVAS).get_attribute("data-renderer") == "webgl2"
    canvas = cloud_page.get_by_role("application", name=re.compile("2,000 points in 10 classes"))
    assert "Current point: z1" in canvas.get_attribute("aria-label")
    assert cloud_page.locator(".toggle[aria-pressed=true]").count() == 10


def test_dragging_turns_the_picture_without_a_click_or_a_rerun(cloud_page):
    settled(cloud_page)
    camera, before = data(cloud_page, "camera"), picture(cloud_page)
    runs = text_of(cloud_page, "runs")
    drag(cloud_page, 120, 40)
    settled(cloud_page)
    turned = data(cloud_page, "camera")
    assert turned["yaw"] != camera["yaw"]
    assert turned["pitch"] != camera["pitch"]
    assert (picture(cloud_page) != before).any()
    assert text_of(cloud_page, "runs") == runs
    assert text_of(cloud_page, "clicked") == "None"


def test_wheel_zooms_right_drag_pans_and_double_click_resets(cloud_page):
    settled(cloud_page)
    start = data(cloud_page, "camera")
    drag(cloud_page, 60, 0, button="right")
    cloud_page.mouse.wheel(0, -300)
    settled(cloud_page)
    moved = data(cloud_page, "camera")
    assert moved["zoom"] > start["zoom"]
    assert moved["panX"] > start["panX"]
    assert moved["yaw"] == start["yaw"]
    box = cloud_page.locator(CANVAS).bounding_box()
    cloud_page.mouse.dblclick(box["x"] + 5, box["y"] + 5)
    settled(cloud_page)
    assert data(cloud_page, "camera") == start


def test_slider_moves_the_mark_keeps_the_camera_and_costs_little(open_page, url):
    page = open_page("about:blank")
    received = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))),
    )
    page.goto(url)
    ready(page)
    drag(page, 90, -30)
    settled(page)
    camera, marker = data(page, "camera"), data(page, "marker")
    assert sum(received) > 20_000, "the cloud itself was not seen on the websocket"
    received.clear()
    move_slider(page, 1)
    assert data(page, "marker")["point"] != marker["point"]
    assert data(page, "camera") == camera
    assert 0 < sum(received) < 20_000


def test_clicking_a_point_reports_its_index_in_one_rerun_only(cloud_page):
    move_slider(cloud_page, 3)
    drag(cloud_page, 200, 60)
    settled(cloud_page)
    runs = int(text_of(cloud_page, "runs"))
    click_marker(cloud_page)
    cloud_page.get_by_text(f"runs: {runs + 1}").wait_for()
    index = int(text_of(cloud_page, "clicked"))
    assert 0 <= index < 2000
    cloud_page.get_by_role("button", name="Rerun").click()
    cloud_page.get_by_text("clicked: None").wait_for()


def test_keys_turn_and_zoom(cloud_page):
    settled(cloud_page)
    start = data(cloud_page, "camera")
    cloud_page.locator(CANVAS).focus()
    cloud_page.keyboard.press("ArrowRight")
    cloud_page.keyboard.press("+")
    settled(cloud_page)
    after = data(cloud_page, "camera")
    assert after["yaw"] != start["yaw"]
    assert after["zoom"] > start["zoom"]


def test_legend_hides_a_class_and_brings_it_back(cloud_page):
    third = cloud_page.locator(".toggle").nth(3)
    before = third.bounding_box()
    third.click()
    settled(cloud_page)
    assert 0 < data(cloud_page, "drawn") < 2000
    assert cloud_page.locator(".toggle[aria-pressed=false]").inner_text() == "3"
    assert third.bounding_box() == before  # a second click in place hits the same class
    cloud_page.get_by_role("button", name="Show all").click()
    settled(cloud_page)
    assert data(cloud_page, "drawn") == 2000


def test_legend_shows_one_class_alone_by_mouse_and_keys(cloud_page):
    toggles, hidden = cloud_page.locator(".toggle"), ".toggle[aria-pressed=false]"
    count = toggles.count()
    toggles.nth(3).dblclick()
    settled(cloud_page)
    assert cloud_page.locator(hidden).count() == count - 1
    assert toggles.nth(3).get_attribute("aria-pressed") == "true"
    toggles.nth(5).press("Alt+Enter")
    settled(cloud_page)
    assert cloud_page.locator(".toggle[aria-pressed=true]").inner_text() == "5"
    cloud_page.get_by_role("button", name="Show all").click()
    assert cloud_page.locator(hidden).count() == 0


def test_hovering_names_the_point(cloud_page):
    settled(cloud_page)
    box, marker = cloud_page.locator(CANVAS).bounding_box(), data(cloud_page, "marker")
    cloud_page.mouse.move(box["x"] + marker["x"], box["y"] + marker["y"])
    tip = cloud_page.locator(".tip")
    tip.wait_for(state="visible")
    assert re.fullmatch(r"\d · #\d+", tip.inner_text())


def test_camera_survives_a_reload_of_the_page(cloud_page):
    drag(cloud_page, -80, 25)
    cloud_page.locator(".toggle").nth(0).click()
    settled(cloud_page)
    camera, drawn = data(cloud_page, "camera"), data(cloud_page, "drawn")
    cloud_page.reload()
    ready(cloud_page)
    settled(cloud_page)
    assert data(cloud_page, "camera") == camera
    assert data(cloud_page, "drawn") == drawn


def test_mark_can_leave_and_come_back_and_takes_no_space(cloud_page):
    button = cloud_page.get_by_role("button", name="Rerun")
    top = button.bounding_box()["y"]
    cloud_page.get_by_text("Mark", exact=True).click()
    cloud_page.wait_for_selector("canvas[data-marker='']")
    assert abs(button.bounding_box()["y"] - top) < 2
    cloud_page.get_by_text("Mark", exact=True).click()
    cloud_page.wait_for_selector("canvas[data-marker*='point']")
    assert abs(button.bounding_box()["y"] - top) < 2


def test_changing_the_theme_repaints_and_keeps_the_camera(cloud_page):
    drag(cloud_page, 70, 0)
    settled(cloud_page)
    camera, light = data(cloud_page, "camera"), picture(cloud_page)
    cloud_page.emulate_media(color_scheme="dark")
    cloud_page.wait_for_timeout(600)
    settled(cloud_page)
    assert (picture(cloud_page) != light).mean() > 0.5
    assert data(cloud_page, "camera") == camera
    assert cloud_page.locator(CANVAS).count() == 1


def test_two_dimensions_shift_instead_of_turning(open_page, url):
    page = ready(open_page(f"{url}?dims=2&points=300"))
    settled(page)
    start = data(page, "camera")
    drag(page, 50, 20)
    settled(page)
    after = data(page, "camera")
    assert (after["yaw"], after["pitch"]) == (start["yaw"], start["pitch"])
    assert after["panX"] > start["panX"]


def test_narrow_screen_shows_everything_inside(open_page, url):
    page = ready(open_page(f"{url}?classes=40", width=360, height=740))
    settled(page)
    assert page.locator(".legend.compact .toggle").count() == 40
    assert class_names.collisions(page.locator(CANVAS)) == []
    box = page.locator(CANVAS).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_fingers_tap_turn_and_pinch(open_page, url):
    page = ready(open_page(url, width=400, height=800))
    settled(page)
    start, box = data(page, "camera"), page.locator(CANVAS).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = fingers(page, x, y)
    touch("touchStart", (0, 0))
    for step in range(1, 6):
        touch("touchMove", (12 * step, 0))
    touch("touchEnd")
    settled(page)
    turned = data(page, "camera")
    assert turned["yaw"] != start["yaw"]
    touch("touchStart", (-30, 0), (30, 0))
    for step in range(1, 6):
        touch("touchMove", (-30 - 8 * step, 0), (30 + 8 * step, 0))
    touch("touchEnd")
    settled(page)
    assert data(page, "camera")["zoom"] > 1.5 * turned["zoom"]
    assert data(page, "camera")["yaw"] == turned["yaw"]
    assert text_of(page, "runs") == "1"
    marker = data(page, "marker")
    page.touchscreen.tap(box["x"] + marker["x"], box["y"] + marker["y"])
    page.get_by_text("runs: 2").wait_for()
    assert text_of(page, "clicked") != "None"


def test_lost_graphics_context_shows_the_same_and_recovers(own_page):
    settled(own_page)
    before = colourful(picture(own_page))
    lose_context(own_page)
    settled(own_page)
    assert colourful(picture(own_page)) == pytest.approx(before, rel=0.25)
    camera = data(own_page, "camera")
    drag(own_page, 60, 20)
    settled(own_page)
    turned = data(own_page, "camera")
    assert turned != camera
    give_context_back(own_page)
    settled(own_page)
    assert data(own_page, "camera") == turned
    assert data(own_page, "drawn") == 2000
    assert colourful(picture(own_page)) == pytest.approx(before, rel=0.25)
    assert own_page.locator("canvas").count() == 3


def test_without_webgl2_a_plain_canvas_draws_picks_and_hides(open_page, url):
    page = open_page("about:blank")
    page.add_init_script(NO_WEBGL2)
    page.goto(url)
    ready(page)
    settled(page)
    assert page.locator(CANVAS).get_attribute("data-renderer") == "canvas"
    assert colourful(picture(page)) > 5000
    page.locator(".toggle").nth(3).click()
    settled(page)
    assert 0 < data(page, "drawn") < 2000
    page.get_by_role("button", name="Show all").click()
    settled(page)
    click_marker(page)
    page.get_by_text("runs: 2").wait_for()
    assert text_of(page, "clicked") != "None"


def test_both_renderers_put_the_dots_in_the_same_places(open_page, url):
    pictures = []
    for script in ("", NO_WEBGL2):
        page = open_page("about:blank")
        page.add_init_script(script)
        page.goto(url)
        ready(page)
        settled(page)
        pictures.append(picture(page).astype(int))
    first, second = pictures
    assert np.abs(first - second).mean() < 3  # of 255
    assert ((np.abs(first - second).max(axis=-1)) > 100).mean() < 0.005


def test_moving_the_marker_repaints_neither_points_nor_box(own_page):
    settled(own_page)
    own_page.evaluate(
        """() => {
            window.drawn = { points: 0, boxes: 0 };
            const { drawArrays } = WebGL2RenderingContext.prototype;
            WebGL2RenderingContext.prototype.drawArrays = function (...rest) {
                window.drawn.points += 1;
                return drawArrays.apply(this, rest);
            };
            const { clearRect } = CanvasRenderingContext2D.prototype;
            CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
                if (this.canvas.className === "layer") window.drawn.boxes += 1;
                return clearRect.apply(this, rest);
            };
        }"""
    )
    marker = data(own_page, "marker")
    move_slider(own_page, 2)
    assert data(own_page, "marker") != marker
    assert own_page.evaluate("window.drawn") == {"points": 0, "boxes": 0}
    drag(own_page, 40, 0)
    settled(own_page)
    assert min(own_page.evaluate("window.drawn").values()) > 0


def test_many_points_are_all_drawn_at_rest_and_fewer_while_moving(open_page, url):
    page = ready(open_page(f"{url}?points=200000"))
    settled(page)
    assert data(page, "drawn") == 200_000
    box = page.locator(CANVAS).bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 200 + 8 * step, box["y"] + 200)
    assert 1000 < data(page, "drawn") < 200_000
    page.mouse.up()
    settled(page)
    assert data(page, "drawn") == 200_000


def test_empty_cloud_says_so(open_page, url):
    page = ready(open_page(f"{url}?points=0"))
    assert page.locator(".notice").inner_text() == "There are no points to show yet."
