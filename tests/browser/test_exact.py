"""The exact posterior in a real Chromium: its switch, its cloud of dots, the ways to its places."""

import json
import re

import accessibility
import pytest
from devices import IDLE, until

pytestmark = pytest.mark.browser
SLOW = 90_000  # milliseconds that a busy machine may take to decode a lattice
CANVAS, PAD = ".stage canvas[tabindex]", "canvas.ink"
LOG_P = "[role=listitem]:has-text('log p(x)')"
GAPS = "[role=listitem]:has-text('Amortisation gap')"
DRAWS = "384"
SEVEN = [(0.28, 0.25), (0.7, 0.25), (0.45, 0.85)]
BAR = [(0.36, 0.55), (0.66, 0.53)]
MODEL = "digits-3d"  # its original pictures are at hand everywhere


@pytest.fixture
def visit(open_page, app_url):
    """visit(page, link, **window) -> the page, which waits long."""

    def visitor(page: str, link: str, **window):
        opened = open_page(f"{app_url}/{page}?{link}", **window)
        opened.set_default_timeout(SLOW)
        return opened

    return visitor


def settled(page):
    page.wait_for_selector(IDLE)
    return page


def switch(page):
    """The live view's switch of the exact posterior."""
    return page.locator(".switches").get_by_role("checkbox", name=re.compile("^Exact posterior"))


def way(page, name: str):
    """A button of the live view that leads to a place."""
    return page.locator(".ways").get_by_role("button", name=name)


def place(page) -> list[float]:
    return json.loads(page.locator("canvas.digit").get_attribute("data-z"))


def zoom(page) -> float:
    return json.loads(page.locator(CANVAS).get_attribute("data-camera"))["zoom"]


def figure(page) -> str:
    """What the page says of log p(x)."""
    return page.locator(LOG_P).first.inner_text()


def draw(page, stroke) -> None:
    """A stroke on the pad, by mouse, in shares of its sides."""
    box = page.locator(PAD).bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*places[0])
    page.mouse.down()
    for there in places[1:]:
        page.mouse.move(*there, steps=4)
    page.mouse.up()


def test_switch_of_the_live_view_shows_dots_and_figures_and_hides_them(visit):
    page = visit("", f"model={MODEL}")
    page.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    assert not switch(page).is_checked() and page.locator(LOG_P).count() == 0
    switch(page).check()
    page.wait_for_selector(f"{CANVAS}[data-mass='{DRAWS}']")
    page.wait_for_selector(GAPS)
    until(page, lambda: "exact=true" in page.url, "the link says so")
    settled(page)
    switch(page).uncheck()
    page.wait_for_selector(f"{CANVAS}[data-mass='0']")
    until(page, lambda: page.locator(LOG_P).count() == 0, "the figures have gone")
    until(page, lambda: way(page, "Where it belongs").count() == 0, "the ways have gone")


def test_cursor_goes_to_where_it_belongs_and_back_and_the_picture_stays(visit):
    page = visit("", f"model={MODEL}&exact=true")
    page.wait_for_selector(f"{CANVAS}[data-mass='{DRAWS}']")
    page.wait_for_selector(GAPS)
    assert switch(settled(page)).is_checked()
    before, said = place(page), figure(page)
    way(page, "Where it belongs").click()
    until(page, lambda: place(page) != before, "the cursor moves")
    until(page, lambda: f"z1={place(page)[0]:.1f}" in page.url, "Python follows")
    belongs = place(settled(page))
    assert figure(page) == said
    way(page, "Where the encoder puts it").click()
    until(page, lambda: place(page) != belongs, "the cursor moves")
    until(page, lambda: page.locator(IDLE).count() == 1, "Python follows")
    assert figure(page) == said


def test_close_up_turns_the_camera_to_it(visit):
    page = visit("", f"model={MODEL}&exact=true")
    page.wait_for_selector(f"{CANVAS}[data-mass='{DRAWS}']")
    before = zoom(page)
    way(page, "Close-up").click()
    until(page, lambda: zoom(page) > 2 * before, "the camera is near")


def test_figures_follow_each_stroke_and_the_mark_goes_where_it_belongs(visit):
    page = visit("reconstruct", "exact=true")
    page.wait_for_selector(PAD)
    page.get_by_text("appears here at once").nth(1).wait_for()
    draw(page, SEVEN)
    page.wait_for_selector(GAPS)
    page.wait_for_selector(f"{CANVAS}[data-mass='{DRAWS}']")
    settled(page)
    said = figure(page)
    draw(page, BAR)
    until(page, lambda: figure(page) != said, "the figures follow")
    settled(page)
    before = page.locator(CANVAS).get_attribute("data-marker")
    page.get_by_role("radio", name="Where it belongs").click()
    until(
        page,
        lambda: page.locator(CANVAS).get_attribute("data-marker") != before,
        "the mark moves",
    )
    settled(page)
    camera = zoom(page)
    page.get_by_role("button", name="Close-up").click()
    until(page, lambda: zoom(page) > 2 * camera, "the camera is near")
    page.locator(".st-key-exact label").first.click()
    page.wait_for_selector(f"{CANVAS}[data-mass='0']")
    until(page, lambda: page.locator(GAPS).count() == 0, "the figures have gone")


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(visit, dark):
    page = visit("reconstruct", "exact=true&input=Test+digits", width=390, dark=dark)
    page.get_by_role("group", name="Test digits").get_by_role("button").first.click()
    page.wait_for_selector(GAPS)
    settled(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    section = page.locator(".st-key-exact").bounding_box()
    assert section["x"] >= 0 and section["x"] + section["width"] <= 390
    accessibility.check(page)
