"""A model of molecules in a real Chromium: dragged on Explore, and taken from page to page."""

import json
import re

import accessibility
import pytest
from devices import IDLE, until
from molecules import needs_rdkit, needs_selfies

pytestmark = [pytest.mark.browser, needs_rdkit, needs_selfies]
SLOW = 60_000  # milliseconds that a busy machine may take
CANVAS = ".stage canvas[tabindex]"
MAIN = "[data-testid=stMain]"


@pytest.fixture(scope="module")
def tab(app_url, open_tab):
    """Explore with a shipped model of molecules, which all tests here go on with."""
    page = open_tab(f"{app_url}/?model=moses-3d")
    page.set_default_timeout(SLOW)
    page.wait_for_selector(".structure svg")
    page.wait_for_selector(f"{CANVAS}[data-resting=true]")
    page.wait_for_selector(IDLE)
    return page


def visit(page, title: str) -> None:
    """Go to a page of the menu, and wait until it is there."""
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
    page.wait_for_selector(IDLE)
    assert page.locator("[data-testid=stException]").count() == 0, title


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
    assert re.match(r"logP −?\d", text.locator("span").inner_text())
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
    accessibility.check(tab)


def test_samples_are_drawn_filtered_and_saved(tab):
    visit(tab, "Generate")
    drawn = tab.locator("figure img")
    until(tab, lambda: drawn.count() == 12, "a wall of 12")
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="SMILES (.smi)").click()
    text = saved.value.path().read_text()
    assert len(text.splitlines()) == 12 and "C" in text
    accessibility.check(tab)


def test_walk_leads_from_a_typed_molecule_and_climbs_a_property(tab):
    visit(tab, "Interpolate")
    tab.get_by_role("heading", name="On the way").wait_for()
    steps = tab.locator("figure").filter(has_text=re.compile("Step [0-9]"))
    assert steps.count() == 12
    tab.get_by_role("radio", name="SMILES", exact=True).first.click()
    field = tab.get_by_role("textbox", name="From: SMILES")
    field.fill("hello")
    field.press("Enter")
    tab.get_by_text("hello is not a SMILES that RDKit can read.").wait_for()
    field.fill("CC(=O)Nc1ccc(O)cc1")
    field.press("Enter")
    until(tab, lambda: "not a SMILES" not in tab.inner_text(MAIN), "it is taken")
    tab.wait_for_selector(IDLE)
    assert "from_smiles=" in tab.url
    tab.get_by_role("radio", name="Towards a property").click()
    tab.get_by_role("heading", name="Step by step").wait_for()
    tab.wait_for_selector(IDLE)
    accessibility.check(tab)


def test_molecule_of_ones_own_comes_back_beside_itself(tab):
    visit(tab, "Reconstruct")
    field = tab.get_by_label("SMILES", exact=True)
    field.fill("CCOc1ccc(CC(=O)NCc2ccccc2)cc1")
    field.press("Enter")
    tab.get_by_text("8 draws of the posterior").wait_for()
    tab.wait_for_selector(IDLE)
    assert tab.locator("figure").filter(has_text="Out").count() == 1
    accessibility.check(tab)


def test_other_chemistry_is_scored(tab):
    visit(tab, "Anomaly lab")
    tab.get_by_text("All scores on this comparison").wait_for()
    tab.wait_for_selector(IDLE)
    assert "Heavy atoms" in tab.inner_text(MAIN) and "cannot be read at all" in tab.inner_text(MAIN)
    accessibility.check(tab)


def test_models_of_molecules_stand_beside_published_ones(tab):
    visit(tab, "Compare")
    tab.locator("text=MOSES' VAE >> visible=true").first.wait_for()
    tab.wait_for_selector(IDLE)
    tab.locator("text=JT-VAE >> visible=true").first.wait_for()
    accessibility.check(tab)


def test_form_for_molecules_offers_what_is_needed(tab):
    visit(tab, "Train")
    tab.get_by_role("radio", name="Molecules", exact=True).click()
    tab.get_by_text("MOSES, 1.9 million molecules of ZINC, is not on this machine.").wait_for()
    assert tab.get_by_role("button", name="Download MOSES (13 MB)").is_enabled()
    tab.wait_for_selector(IDLE)
    accessibility.check(tab)


def test_learn_says_that_it_is_about_pictures(tab):
    tab.get_by_role("link", name="Learn", exact=True).click()
    tab.get_by_text("This page is about models of pictures").wait_for()
