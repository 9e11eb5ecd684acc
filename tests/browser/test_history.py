"""Back and Forward: one act is one entry, and each entry brings back what was shown."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from devices import IDLE, until

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
DIGIT, CLOUD = "canvas.digit[data-z]", ".stage canvas[tabindex]"
ENTRIES = "() => window.history.length"
PICKED = ".st-key-from_picker button"


def settled(page):
    """Wait until the script has run to its end, and the live view's place owns the address."""
    page.wait_for_selector(IDLE, timeout=SLOW)
    waiting = page.locator(".explorer:not([data-awaits=''])")  # one that goes may be hidden
    until(page, lambda: waiting.count() == 0, "the address is the live view's")
    page.wait_for_selector(IDLE, timeout=SLOW)
    return page


def place(page) -> list[float]:
    """Where the live view is, at rest."""
    page.wait_for_selector(f"{CLOUD}[data-resting=true]")
    until(page, lambda: not linked(page) or linked(page) == shown_place(page), "it has arrived")
    return shown_place(page)


def shown_place(page) -> list[float]:
    return [round(z, 2) for z in json.loads(page.locator(DIGIT).get_attribute("data-z"))]


def linked(page) -> list[float]:
    """Where the address leads; nothing where it leads to the start."""
    return [float(value) for value in re.findall(r"[?&]z\d=([-.\d]+)", page.url)]


def seeds(page) -> str:
    """The captions of the wall."""
    return " ".join(page.locator(".st-key-prior_wall .tile").all_inner_texts())


def temperature(page) -> str:
    return page.get_by_role("slider", name="Temperature").input_value()


def item(page) -> str:
    return page.locator(".st-key-from input").input_value()


def click(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def steps(page) -> str:
    return page.locator(".st-key-steps").get_by_role("slider").input_value()


def sliders(page) -> list[str]:
    """What the sliders of Explore stand on."""
    handles = page.locator("[class*=st-key-z]").get_by_role("slider")
    handles.first.wait_for()
    return [handle.input_value() for handle in handles.all()]


def mode(page) -> bool:
    """Whether Explore shows sliders."""
    return page.locator(".st-key-z1").count() > 0


def three_keys(page) -> None:
    handle = page.locator(".st-key-z1").get_by_role("slider")
    for _ in range(3):
        handle.press("ArrowRight")


def lesson(page) -> str:
    titles = page.locator("[data-testid=stMarkdownContainer] h2")
    return "".join(titles.all_inner_texts()[:1])  # at once: it may just go away


def heading(page) -> str:
    return page.locator(".page-head h1").inner_text()


def end(page, key: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("slider").press("End")


Act = tuple[str, Callable[[Any], None], Callable[[Any], Any]]  # page, act, what it changes
ACTS: list[Act] = [
    ("Explore", lambda page: click(page, "Random"), place),
    ("Explore", lambda page: click(page, "Random"), place),
    ("Explore", lambda page: page.get_by_role("radio", name="Sliders").click(), mode),
    ("Explore", three_keys, sliders),
    ("Explore", lambda page: click(page, "Random point"), sliders),
    ("Generate", lambda page: click(page, "New samples"), seeds),
    ("Generate", lambda page: page.get_by_role("slider").first.press("Home"), temperature),
    ("Interpolate", lambda page: page.locator(PICKED).nth(4).click(), item),
    ("Interpolate", lambda page: end(page, "steps"), steps),
    ("Learn", lambda page: page.get_by_role("button", name="Begin:").first.click(), lesson),
]


def test_back_and_forward_walk_through_all_acts(open_page, app_url):
    page = open_page(app_url)
    page.set_default_timeout(SLOW)
    settled(page)
    entries = page.evaluate(ENTRIES)
    shown: list[tuple[str, Callable[[Any], Any], Any]] = []
    for name, act, look in ACTS:
        if heading(page) != name:
            page.get_by_role("link", name=name, exact=True).first.click()
            until(page, lambda name=name: heading(page) == name, f"{name} is open")
            settled(page)
            entries += 1
        shown.append((page.url, look, look(page)))
        act(page)
        until(page, lambda look=look: look(page) != shown[-1][2], f"{name} shows something else")
        entries += 1
        until(page, lambda n=entries: page.evaluate(ENTRIES) >= n, f"{name} has a new entry")
        settled(page)
        assert page.evaluate(ENTRIES) == entries, (name, page.url)
    last, look = page.url, ACTS[-1][2]
    after = look(page)
    ahead = last
    for url, look, value in reversed(shown):
        turned = urlsplit(ahead).path != urlsplit(url).path  # the way between two pages is an act
        for _ in range(1 + turned):
            back_from = page.url
            page.go_back()
            until(page, lambda before=back_from: page.url != before, "the address has gone back")
            settled(page)
        until(page, lambda url=url: page.url == url, f"the address is {url}")
        ahead = url
        until(page, lambda look=look, value=value: look(page) == value, f"{url} is shown again")
    for _ in range(entries):
        if page.url != last:
            page.go_forward()
            settled(page)
    until(page, lambda: ACTS[-1][2](page) == after, "Forward leads to the end again")


def test_copied_link_shows_the_same(open_page, app_url):
    page = open_page(f"{app_url}/generate")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_default_timeout(SLOW)
    settled(page)
    click(page, "New samples")
    page.wait_for_url(re.compile("seeds="))
    page.get_by_role("button", name="Copy link").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    wall = seeds(page)
    page.goto(copied)
    until(page, lambda: seeds(page) == wall, "the same tiles")
