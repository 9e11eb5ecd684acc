"""Selecting many points on Explore, in a real Chromium: by hand, by keyboard, and as a file."""

import csv
import json
import math
import re

import accessibility
import numpy as np
import pytest
import torch
from devices import IDLE, fingers, until
from node import run_node

from vae_explorer.latent import selection
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.ui.components.browser import bundle

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
MODEL = "digits-3d"  # its original pictures are at hand everywhere
CANVAS, PANEL = ".stage canvas[tabindex]", "section.selected"


@pytest.fixture(scope="module")
def tab(app_url, open_tab):
    """The page that tests share, on Explore."""
    page = open_tab(f"{app_url}/?model={MODEL}")
    page.set_default_timeout(SLOW)
    return page


@pytest.fixture
def explore(tab):
    """The shared page, freshly loaded: nothing is selected, the camera is the first one."""
    tab.reload()
    tab.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    tab.locator(CANVAS).focus()
    tab.keyboard.press("0")
    return rested(tab)


@pytest.fixture(scope="module")
def encoded():
    """The encoded pictures of the model."""
    return load_checkpoint(SHIPPED / f"{MODEL}.safetensors").encoded


def rested(page):
    """Wait until all is drawn and the server has nothing more to say."""
    page.wait_for_selector(f"{CANVAS}[data-resting=true]")
    page.wait_for_selector(IDLE)
    return page


def button(page, name: str):
    """A button of the row over the cloud."""
    return page.get_by_role("group", name="Select points").get_by_role("button", name=name)


def selected(page, count: int) -> None:
    """Wait until so many points are selected, stand out in the cloud, and are shown below it."""
    page.wait_for_selector(f"{CANVAS}[data-highlighted='{count}']")
    page.wait_for_selector(f"{PANEL}[data-count='{count}']", state="visible" if count else "hidden")


def saved(page) -> list[list[str]]:
    """The rows of the file that the page gives, without its header."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as CSV").click()
    assert waiting.value.suggested_filename == f"{MODEL}-test-selection.csv"
    with open(waiting.value.path(), newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["index", "class", "z1", "z2", "z3"]
    return rows


def projected(page, points: torch.Tensor) -> torch.Tensor:
    """Where on the canvas points (N, 3) are drawn, (N, 2)."""
    camera = page.locator(CANVAS).get_attribute("data-camera")
    width, height = page.locator(CANVAS).evaluate("c => [c.clientWidth, c.clientHeight]")
    module = bundle.COMPONENT_FOLDER / "live_view" / "geometry" / "geometry.js"
    script = (
        f"import * as geometry from {json.dumps(str(module))};"
        f"const points = Float32Array.from({json.dumps(points.flatten().tolist())});"
        "const row = () => new Float32Array(points.length / 3);"
        f"const frame = {{ ...geometry.frameOf(points, 3), home: {camera} }};"  # not turned yet
        f"const view = geometry.makeView(frame, {camera}, {width}, {height});"
        "const out = { x: row(), y: row(), depth: row() };"
        "const { x, y } = geometry.projectAll(view, points, out);"
        "console.log(JSON.stringify([[...x], [...y]]));"
    )
    done = run_node("--input-type=module", "-e", script)
    return torch.tensor(json.loads(done.stdout), dtype=torch.float64).T


def outline(page) -> torch.Tensor:
    """The corners of what was drawn last, (M, 2)."""
    corners = json.loads(page.locator(CANVAS).get_attribute("data-outline"))
    return torch.tensor([[corner["x"], corner["y"]] for corner in corners], dtype=torch.float64)


def circle(page, radius: float) -> list[tuple[float, float]]:
    """Places along a circle around the middle of the cloud, on the page."""
    page.locator(CANVAS).evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    box = page.locator(CANVAS).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    angles = [math.tau * k / 32 for k in range(32)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


def draw(page, *places: tuple[float, float]) -> None:
    """Press at the first place, drag by way of the others, release."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def test_lasso_selects_exactly_the_points_inside_and_they_stand_out_until_cleared(explore, encoded):
    camera = explore.locator(CANVAS).get_attribute("data-camera")
    button(explore, "Lasso").click()
    draw(explore, *circle(explore, 70))
    explore.wait_for_selector(f"{CANVAS}[data-outline]")
    drawn = outline(explore)
    inside = selection.in_polygon(projected(explore, encoded.mu), drawn).tolist()
    assert len(drawn) > 8 and 20 < len(inside) < 300
    selected(explore, len(inside))
    assert explore.locator(CANVAS).get_attribute("data-camera") == camera
    rows = saved(explore)
    assert [int(row[0]) for row in rows] == inside
    assert [row[1] for row in rows] == [str(encoded.labels[i].item()) for i in inside]
    codes = np.array([row[2:] for row in rows], float)
    np.testing.assert_allclose(codes, encoded.mu[inside].numpy(), atol=1e-6)
    explore.keyboard.press("Escape")  # elsewhere: the tool stays on
    explore.locator(CANVAS).focus()
    explore.keyboard.press("Escape")
    assert button(explore, "Lasso").get_attribute("aria-pressed") == "false"
    draw(explore, *circle(explore, 70)[:8])
    moved = lambda: explore.locator(CANVAS).get_attribute("data-camera") != camera  # noqa: E731
    until(explore, moved, "the cloud has turned")
    selected(rested(explore), len(inside))
    button(explore, "Clear").click()
    selected(explore, 0)


def test_box_is_drawn_by_a_finger(explore, encoded):
    button(explore, "Box").click()
    places = circle(explore, 80)
    (x, y), (right, below) = places[20], places[4]
    touch = fingers(explore, x, y)
    touch("touchStart", (0, 0))
    for share in (0.3, 0.6, 1):
        touch("touchMove", (share * (right - x), share * (below - y)))
    touch("touchEnd")
    explore.wait_for_selector(f"{CANVAS}[data-outline]")
    box = outline(explore)
    assert len(box) == 4
    low, high = box.min(dim=0).values, box.max(dim=0).values
    seen = projected(explore, encoded.mu)
    inside = ((seen > low) & (seen < high)).all(dim=1).nonzero()[:, 0]
    selected(explore, len(inside))
    assert [int(row[0]) for row in saved(explore)] == inside.tolist()


def test_class_and_nearest_are_selected_by_keyboard_and_the_mean_is_gone_to(explore, encoded):
    of_class = (encoded.labels == 3).nonzero()[:, 0].tolist()
    explore.get_by_label("Class to select").focus()
    explore.keyboard.press("3")
    selected(explore, len(of_class))
    assert explore.locator(f"{PANEL} .counts").inner_text() == f"3: {len(of_class)}"
    explore.wait_for_selector(f"{PANEL} .gallery[data-whole=true]")
    pictures = explore.locator(f"{PANEL} .tile img")
    assert pictures.count() == min(24, len(of_class))
    until(explore, lambda: pictures.first.evaluate("i => i.naturalWidth") == 28, "it is loaded")
    explore.get_by_role("button", name="Go to the mean").press("Enter")
    mean = encoded.mu[of_class].mean(dim=0).tolist()
    place = lambda: json.loads(explore.locator("canvas.digit").get_attribute("data-z"))  # noqa: E731
    until(explore, lambda: place() == pytest.approx(mean, abs=1e-3), "the place is the mean")
    count = explore.get_by_label("How many nearest points")
    count.fill("12")
    count.press("Enter")
    selected(explore, 12)
    near = selection.nearest(encoded.mu, torch.tensor(place()), 12).tolist()
    assert [int(row[0]) for row in saved(explore)] == near
    accessibility.check(explore)


def test_points_of_a_hidden_class_are_never_selected(explore, encoded):
    legend = explore.get_by_role("group", name="Classes shown")
    explore.get_by_label("Class to select").select_option("3")
    count = int((encoded.labels == 3).sum())
    selected(explore, count)
    legend.get_by_role("button", name="3", exact=True).click()
    selected(explore, 0)
    explore.get_by_label("How many nearest points").fill("359")
    button(explore, "Nearest").click()
    selected(explore, 359 - count)
    assert "3" not in {row[1] for row in saved(explore)}
    shown = explore.locator(f"{PANEL} b").first.inner_text()
    assert re.fullmatch(r"\d+ points selected", shown)
    legend.get_by_role("button", name="Show all").click()
