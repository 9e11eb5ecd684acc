"""A model of molecules in a real Chromium: dragged on Explore, and taken from page to page."""

import json
import re

import accessibility
import pytest
from devices import IDLE, until
from machine import needs_axe
from molecules import needs_rdkit, needs_selfies

pytestmark = [pytest.mark.browser, needs_rdkit, needs_selfies]
SLOW = 60_000  # milliseconds that a busy machine may take
CANVAS = ".stage canvas[tabindex]"


@pytest.fixture(scope="module")
def tab(app_url, open_tab):
    """Explore with a shipped model of molecules, which all tests here go on with."""
    page = open_tab(f"{app_url}/?model=moses-3d")
    page.set_default_timeout(SLOW)
    page.wait_for_selector(".structure svg")
    page.wait_for_selector(f"{CANVAS}[data-resting=true]")
    page.wait_for_selector(IDLE)
    return page


def asked(page) -> str:
    """The place whose molecule is drawn, as the browser has asked for it."""
    return (page.locator(".structure").get_attribute("data-asked") or "").partition("=")[2]


def at_rest(page) -> None:
    """Wait until the molecule of the place is drawn, and Python has followed."""

    def drawn() -> bool:
        place = json.loads(page.locator("canvas.digit").get_attribute("data-z"))
        return [float(value) for value in asked(page).split(",")] == place

    until(page, drawn, "the molecule at the place is drawn")
    page.wait_for_selector(IDLE)


def test_structure_follows_a_drag_and_the_page_follows_its_end(tab):
    before, smiles = asked(tab), tab.locator(".molecule-text code").inner_text()
    slider = tab.get_by_role("slider", name="z1")
    box = slider.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    for step in range(1, 6):
        tab.mouse.move(box["x"] + box["width"] * (0.5 + 0.06 * step), box["y"] + box["height"] / 2)
    until(tab, lambda: asked(tab) != before, "another place is drawn while the hand holds it")
    tab.mouse.up()
    at_rest(tab)
    text = tab.locator(".molecule-text")
    until(tab, lambda: text.locator("code").inner_text() != smiles, "another molecule")
    assert re.match(r"logP -?\d", text.locator("span").inner_text())
    said = tab.locator("[data-testid=stCode]")
    until(
        tab, lambda: text.locator("code").inner_text() in said.inner_text(), "Python says the same"
    )
    until(tab, lambda: "z1=" in tab.url, "the place is in the address")


def test_nearest_molecule_is_gone_to(tab):
    before = asked(tab)
    tiles = tab.get_by_role("group", name="Nearest test molecules").get_by_role("button")
    assert tiles.count() == 6
    tiles.nth(2).click()
    until(tab, lambda: asked(tab) != before, "the place is that of the molecule")
    at_rest(tab)


def test_property_colours_the_cloud(tab):
    tab.get_by_role("radio", name="QED", exact=True).click()
    tab.get_by_role("button", name=re.compile("^QED >")).first.wait_for()
    tab.wait_for_selector(IDLE)
    assert "coloured_by=QED" in tab.url


@needs_axe
def test_pages_with_molecules_are_for_everybody(tab):
    for title in ("Explore", "Generate", "Interpolate", "Reconstruct", "Anomaly lab", "Compare"):
        tab.get_by_role("link", name=title, exact=True).click()
        tab.get_by_role("heading", name=title, exact=True, level=1).wait_for()
        tab.wait_for_selector(IDLE)
        assert tab.locator("[data-testid=stException]").count() == 0, title
        assert "olecule" in tab.locator("header.page-head p").inner_text(), title
        accessibility.check(tab)


def test_learn_says_that_it_is_about_pictures(tab):
    tab.get_by_role("link", name="Learn", exact=True).click()
    tab.get_by_text("This page is about models of pictures").wait_for()
