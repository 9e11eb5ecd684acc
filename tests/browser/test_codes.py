"""Codes alone on Explore, in a real Chromium: seen, clicked, selected, kept as a table."""

import csv
import json
import math

import code_files
import numpy as np
import pytest
from devices import IDLE, until
from paths import ROOT

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
CANVAS, PANEL = ".stage canvas[tabindex]", "section.selected"
VALUES = code_files.arrays()


@pytest.fixture(scope="module")
def tab(serve, open_tab, tmp_path_factory):
    """Explore, with codes that a visitor has added; as behind a proxy, under a prefix."""
    folders = {"VAE_EXPLORER_DATA": "data", "VAE_EXPLORER_RUNS": "runs"}
    env = {name: str(tmp_path_factory.mktemp(stem)) for name, stem in folders.items()}
    page = open_tab(f"{serve(ROOT / 'app.py', env, prefix='/vae')}/")
    page.set_default_timeout(SLOW)
    page.get_by_text("Add a model").click()
    file = {"name": "insects.npz", "mimeType": "application/zip"}
    file["buffer"] = code_files.npz(**VALUES)
    page.locator("section[data-testid=stSidebar] input[type=file]").set_input_files(file)
    page.get_by_text("60 codes of 3 coordinates").wait_for()
    page.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    page.wait_for_selector(f"{CANVAS}[data-resting=true]")
    page.wait_for_selector(IDLE)
    links = page.get_by_test_id("stTopNavLink").evaluate_all(
        "links => links.map(it => it.pathname)"
    )
    assert links and all(link.startswith("/vae/") for link in links), links
    return page


def place(page) -> list[float]:
    return json.loads(page.locator("canvas.digit").get_attribute("data-z"))


def test_click_goes_to_a_code_and_shows_its_picture_and_neighbours(tab):
    jump = tab.get_by_role("group", name="Go to", exact=True).get_by_role("button", name="cat")
    jump.click()
    cats = VALUES["z"][2::3]
    near = lambda: np.abs(cats - place(tab)).max(axis=1).min() < 0.01  # noqa: E731
    until(tab, near, "the place is the code of a cat")
    original = tab.locator("img.digit")
    until(tab, lambda: original.evaluate("i => i.naturalWidth") == 16, "its picture is loaded")
    assert "cat" in original.get_attribute("alt")
    assert not tab.locator("canvas.digit").is_visible() and not tab.locator(".slice").is_visible()
    row = tab.get_by_role("group", name="Nearest pictures")
    tab.wait_for_selector(IDLE)
    tiles = row.get_by_role("button")
    assert tiles.count() == 8
    assert all("cat · " in text for text in tiles.all_inner_texts())
    chosen = tiles.nth(3)
    name = chosen.inner_text()
    before = place(tab)
    chosen.click()
    until(tab, lambda: place(tab) != before, "the place is another")
    tab.wait_for_selector(IDLE)
    tab.wait_for_selector(f"{CANVAS}[data-resting=true]")
    assert name.startswith("cat")


def test_hover_shows_the_original_picture(tab):
    canvas = tab.locator(CANVAS)
    canvas.evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    cursor, box = json.loads(canvas.get_attribute("data-cursor")), canvas.bounding_box()
    card = tab.locator(".card img.small")
    offsets = [(r * math.cos(a), r * math.sin(a)) for r in range(0, 160, 6) for a in range(7)]
    for dx, dy in offsets:
        tab.mouse.move(box["x"] + cursor["x"] + dx, box["y"] + cursor["y"] + dy)
        if canvas.evaluate("c => c.classList.contains('pointing')"):
            break
    card.wait_for()
    until(tab, lambda: card.evaluate("i => i.naturalWidth") == 16, "the picture is loaded")
    assert tab.locator(".card canvas").count() == 0
    tab.mouse.move(2, 2)


def test_lasso_selects_codes_and_saves_them(tab):
    select = tab.get_by_role("group", name="Select points")
    select.get_by_role("button", name="Lasso").click()
    canvas = tab.locator(CANVAS)
    canvas.evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    radius = min(box["width"], box["height"]) * 0.45
    corners = [(radius * math.cos(a), radius * math.sin(a)) for a in np.linspace(0, 6.2, 32)]
    tab.mouse.move(x + corners[0][0], y + corners[0][1])
    tab.mouse.down()
    for dx, dy in corners[1:]:
        tab.mouse.move(x + dx, y + dy)
    tab.mouse.up()
    panel = tab.wait_for_selector(f"{PANEL}:not([data-count='0'])[data-count]", state="visible")
    count = int(panel.get_attribute("data-count"))
    assert 5 < count <= code_files.COUNT
    tab.wait_for_selector(f"{PANEL} .gallery[data-whole=true]")
    assert tab.locator(f"{PANEL} .tile img").count() == min(24, count)
    assert not tab.locator(f"{PANEL} canvas.mean").is_visible()
    assert tab.locator(f"{PANEL} .tile").first.bounding_box()["width"] > 30
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Save as CSV").click()
    assert waiting.value.suggested_filename == "insects-all-selection.csv"
    with open(waiting.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    indices = [int(row["index"]) for row in rows]
    assert [row["class"] for row in rows] == VALUES["labels"][indices].tolist()
    saved = np.array([[float(row[f"z{d}"]) for d in (1, 2, 3)] for row in rows])
    np.testing.assert_allclose(saved, VALUES["z"][indices], atol=1e-6)


def test_page_that_needs_a_network_leads_back(tab):
    tab.get_by_role("link", name="Generate").click()
    tab.get_by_text("These are codes alone").wait_for()
    tab.get_by_role("link", name="Explore these codes").click()
    tab.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    assert tab.get_by_text("60 codes of 3 coordinates").is_visible()
