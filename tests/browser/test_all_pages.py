"""Every page for everybody: wide and narrow, light and dark, by keyboard, with a screen reader."""

import re
from urllib.parse import urlsplit

import accessibility
import pytest
from devices import IDLE, until
from machine import needs_axe
from tabs import tabs

from vae_explorer.ui import navigation

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
BACKGROUND = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
MOVING = "document.getAnimations().filter(it => it.playState === 'running').length"
ICONS = "links => links.map(link => link.href)"
TOO_WIDE = (
    "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
    ".map(part => part.scrollWidth - part.clientWidth)"
)


def settled(page, entry: navigation.PageEntry) -> None:
    """Wait until a page is there, with its clouds, and the server has nothing more to say."""
    page.get_by_role("heading", name=entry.title, exact=True, level=1).wait_for()
    page.wait_for_selector(IDLE)
    if entry.name in ("explore", "interpolate", "compare"):
        page.wait_for_selector("canvas[data-marker]")
    assert page.locator("[data-testid=stException]").count() == 0


def paint(page, scheme: str) -> None:
    """Change to the light or the dark scheme."""

    def is_there() -> bool:
        channels = map(int, re.findall(r"\d+", page.evaluate(BACKGROUND))[:3])
        return max(channels) < 60 if scheme == "dark" else min(channels) > 230

    page.emulate_media(color_scheme=scheme)
    until(page, is_there, f"the page is {scheme}")


@needs_axe
def test_all_pages_are_for_everybody_in_both_schemes(open_page, app_url):
    page = open_page(app_url)
    page.set_default_timeout(SLOW)
    wrong, met = {}, set()
    settled(page, navigation.PAGES[0])
    page.keyboard.press("Tab")  # who is on the keyboard is shown where
    for entry in navigation.PAGES:
        link = page.get_by_role("link", name=entry.title, exact=True)
        link.focus()
        assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        settled(page, entry)
        # Chromium does not tell of requests for icons: where would it go for them?
        icons = page.locator("link[rel~=icon]").evaluate_all(ICONS)
        assert icons and {urlsplit(icon).scheme for icon in icons} == {"data"}, (entry, icons)
        for scheme in ("light", "dark"):
            paint(page, scheme)
            ours, theirs = accessibility.found(page)
            wrong |= {f"{entry.title}, {scheme}: {words}": None for words in ours}
            met |= theirs
        paint(page, "light")
    assert not wrong, "\n".join(wrong)
    assert met == set(accessibility.STREAMLITS), "no longer needed, or nowhere met"


def test_all_pages_fit_a_phone_that_is_dark(open_page, app_url):
    page = open_page(app_url, width=390, height=844, dark=True, reduced_motion="reduce")
    page.set_default_timeout(SLOW)
    settled(page, navigation.PAGES[0])
    for entry in navigation.PAGES:
        page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_role("link", name=entry.title, exact=True).click()
        settled(page, entry)
        page.wait_for_selector("[data-testid=stSidebar][data-collapsed=true]", state="attached")
        paint(page, "dark")
        until(page, lambda: page.evaluate(MOVING) == 0, "nothing moves by itself")
        assert page.evaluate(TOO_WIDE) == [0, 0], entry
        accessibility.check(page)


def test_request_to_another_machine_fails_a_test(contexts):
    said = "asked another machine for https://elsewhere"
    with pytest.raises(AssertionError, match=said), tabs(contexts) as open_tab:
        open_tab("data:text/html,<img src='https://elsewhere.invalid/picture.png'>")
