"""Scenes of a teacher in a real Chromium: saved, presented, handed on, and presented elsewhere."""

import json
import re

import pytest
from devices import CLOUD, IDLE, downloaded, until

pytestmark = pytest.mark.browser
SLOW = 120_000  # milliseconds that a busy machine may take
BAR = "[role=region][aria-label=Presentation]"
TILES = ".st-key-prior_wall .tile"
NOTE = "Drag *slowly* <b>here</b>"
START = "mode=Sliders&z1=0.5&z2=0.4&z3=-0.6"


def settled(page):
    page.set_default_timeout(SLOW)
    page.wait_for_selector(IDLE)
    return page


def menu(page) -> None:
    """Open the dialog; on a phone the sidebar has to be opened before."""
    button = page.locator(".st-key-scenes_menu button")
    expand = page.locator("[data-testid=stExpandSidebarButton]")
    if expand.is_visible():
        expand.click()
    button.click()
    page.locator("[role=dialog]:not(.tour)").get_by_text("Open a file of scenes").wait_for()
    page.wait_for_selector(IDLE)


def save(page, name: str, note: str = "") -> None:
    """Save what the page shows, and close the dialog."""
    menu(page)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Note (may be empty)").fill(note)
    page.get_by_role("button", name="Save what this page shows").click()
    page.get_by_text(f"Saved as scene {'2' if note == '' else '1'}: {name}").wait_for()


def close(page) -> None:
    page.keyboard.press("Escape")
    page.locator("[role=dialog]:not(.tour)").wait_for(state="detached")
    page.wait_for_selector(IDLE)


def z1(page) -> float:
    return float(page.locator(".st-key-z1").get_by_role("slider").input_value())


def shows(page, name: str, number: int) -> None:
    """Wait until the bar says which of two scenes it is, and the page has followed."""
    page.locator(BAR).get_by_role("heading", name=name).wait_for()
    page.locator(BAR).get_by_text(f"{number} of 2", exact=True).wait_for()
    page.wait_for_url(re.compile(rf"\bscene={number}\b"))
    page.wait_for_selector(IDLE)


def is_first(page, value: float) -> None:
    shows(page, "Where is the 3?", 1)
    until(page, lambda: page.locator(".st-key-z1").count() == 1, "Explore shows sliders")
    until(page, lambda: z1(page) == value, "the slider stands where it was saved")


def is_second(page) -> None:
    shows(page, "Twelve", 2)
    until(page, lambda: page.locator(TILES).count() == 12, "the wall shows twelve")


def is_presented(page) -> bool:
    """Whether the scene is alone on the screen, in large type, no wider than it."""
    letters = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    gone = [page.get_by_test_id(part).is_visible() for part in ("stSidebar", "stHeader")]
    wide = "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
    over = page.evaluate(f"{wide}.map(part => part.scrollWidth - part.clientWidth)")
    return letters > 16 and not any(gone) and over == [0, 0]


def full_screen(page) -> bool:
    return page.evaluate("document.fullscreenElement !== null")


def test_scenes_are_saved_presented_and_handed_on(open_page, app_url):
    page = settled(open_page(f"{app_url}/?{START}"))
    page.locator(".st-key-z1").get_by_role("slider").press("ArrowRight")
    page.wait_for_url(re.compile("z1=0.51"))
    save(page, "Where is the 3?", NOTE)
    close(page)
    page.get_by_role("link", name="Generate", exact=True).click()
    page.get_by_role("radio", name="12", exact=True).or_(
        page.get_by_role("button", name="12", exact=True)
    ).first.click()
    page.wait_for_url(re.compile("tiles=12"))
    save(page, "Twelve")
    content = downloaded(page, "save_scenes")
    assert [scene["page"] for scene in json.loads(content)["scenes"]] == ["explore", "generate"]

    page.get_by_role("button", name="Present 2 scenes").click()
    is_first(page, 0.51)
    page.locator(BAR).get_by_text(NOTE, exact=True).wait_for()  # as it was typed
    assert is_presented(page) and full_screen(page)
    page.keyboard.press("PageDown")
    is_second(page)
    assert full_screen(page)
    page.locator(CLOUD).focus()
    page.keyboard.press("ArrowLeft")  # turns the cloud
    page.keyboard.press("PageUp")
    is_first(page, 0.51)
    page.locator(".st-key-z1").get_by_role("slider").press("Home")  # what is shown can be used
    until(page, lambda: z1(page) < 0, "the slider has followed")
    page.go_back()  # undoes that act
    is_first(page, 0.51)
    page.go_back()
    is_second(page)
    page.keyboard.press("Home")
    is_first(page, 0.51)  # as it was saved
    page.keyboard.press("Escape")
    page.get_by_test_id("stHeader").wait_for()
    until(page, lambda: "scene=" not in page.url and not full_screen(page), "it was left")
    assert z1(page) == 0.51 and page.locator(BAR).is_hidden()
    _is_shown_elsewhere(open_page, app_url, content)


def _is_shown_elsewhere(open_page, app_url: str, content: bytes) -> None:
    """The file in another browser: a phone, in the dark."""
    page = settled(open_page(f"{app_url}/compare", width=390, height=844, dark=True))
    menu(page)
    file = {"name": "scenes.json", "mimeType": "application/json", "buffer": content}
    page.locator(".st-key-open_scenes input[type=file]").set_input_files(file)
    page.get_by_text("2 scenes are here.").wait_for()
    page.get_by_role("button", name="Present 2 scenes").click()
    is_first(page, 0.51)
    assert is_presented(page)
    page.get_by_role("button", name="Next scene").click()
    is_second(page)
    page.get_by_role("button", name="Leave the presentation").click()
    page.get_by_test_id("stHeader").wait_for()
    page.goto(f"{app_url}/?scene=2")  # another session: the browser has kept the scenes
    is_second(page)
    assert is_presented(page)
