"""Compare in a real Chromium: clouds turned together, a digit found in all, the table sorted."""

import json
import math
import re

import accessibility
import pytest
from devices import IDLE, downloaded, until

from vae_explorer.evaluation import model_comparison
from vae_explorer.latent import camera
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

pytestmark = pytest.mark.browser
SLOW = 90_000  # milliseconds that a busy machine may take
CANVAS = ".stage canvas[tabindex]"
MODELS = ("mnist-3d", "mnist-autoencoder-3d", "mnist-2d")


@pytest.fixture(scope="module")
def tab(open_tab, app_url):
    """Three models beside each other: two of three dimensions, one of two."""
    link = "&".join(f"models={name}" for name in MODELS)
    page = open_tab(f"{app_url}/compare?{link}", height=1000)
    page.set_default_timeout(SLOW)
    return ready(page, len(MODELS))


@pytest.fixture(scope="module")
def known():
    """What is known of the default model."""
    return model_comparison.row("mnist-3d", load_checkpoint(SHIPPED / "mnist-3d.safetensors"))


def ready(page, count: int):
    """Wait until so many clouds are drawn, with a mark in each, and all else is there."""
    page.wait_for_selector("table thead + tbody tr", timeout=SLOW)
    page.wait_for_selector(IDLE, timeout=SLOW)
    drawn = f"{CANVAS}[data-resting=true][data-marker*=point]"
    until(page, lambda: page.locator(drawn).count() == count, "all clouds are drawn")
    return page


def shown(page, name: str) -> list:
    """A value that the canvas of each cloud carries for tests."""
    return [
        json.loads(value) if value else None
        for value in page.locator(CANVAS).evaluate_all(
            f"all => all.map(canvas => canvas.dataset.{name})"
        )
    ]


def resting(page, name: str) -> list:
    """`shown`, once all that was asked of the clouds is drawn."""
    until(page, lambda: all(shown(page, "resting")), "all clouds are drawn")
    return shown(page, name)


def middle(page, cloud: int) -> tuple[float, float]:
    """The middle of a cloud, on the screen."""
    canvas = page.locator(CANVAS).nth(cloud)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, cloud: int, dx: float, dy: float) -> None:
    """Press in a cloud, move in steps, release."""
    x, y = middle(page, cloud)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x + dx * step / 5, y + dy * step / 5)
    page.mouse.up()


def names(page) -> list[str]:
    """The first column of the table, from the top."""
    return page.locator("thead + tbody th").all_inner_texts()


def turns(page, first: list[dict[str, float]]) -> list[tuple[float, float]]:
    """How far each cloud is turned and tilted from where it was seen at first."""
    pairs = zip(shown(page, "camera"), first, strict=True)
    return [
        (round((now["yaw"] - start["yaw"]) % math.tau, 6), round(now["pitch"] - start["pitch"], 6))
        for now, start in pairs
    ]


def test_clouds_are_turned_together_and_a_plane_only_zooms_along(tab):
    first = shown(tab, "camera")
    assert first[0] != first[1]  # each shows the classes of its own model apart
    drag(tab, 0, 70, 25)
    until(tab, lambda: shown(tab, "camera")[0] != first[0], "the first cloud has turned")
    until(tab, lambda: turns(tab, first)[1] == turns(tab, first)[0], "the second follows")
    assert shown(tab, "camera")[2] == first[2]
    tab.mouse.wheel(0, -240)
    until(tab, lambda: shown(tab, "camera")[2]["zoom"] > 1.2, "the plane is zoomed along")
    until(tab, lambda: len({c["zoom"] for c in shown(tab, "camera")}) == 1, "all by as much")
    x, y = middle(tab, 1)
    tab.mouse.dblclick(x, y - 130)
    until(tab, lambda: shown(tab, "camera") == first, "all are back where they began")


def test_class_hidden_in_one_is_hidden_in_all(tab):
    drawn = resting(tab, "drawn")
    tab.locator(".legend").nth(1).get_by_role("button", name="4", exact=True).click()
    pressed = ".legend .toggle[aria-pressed=false]"
    until(tab, lambda: tab.locator(pressed).count() == 3, "it is off in all legends")
    until(
        tab,
        lambda: all(a < b for a, b in zip(shown(tab, "drawn"), drawn, strict=True)),
        "each cloud has lost points",
    )
    tab.locator(".legend").nth(2).get_by_role("button", name="Show all").click()
    until(tab, lambda: shown(tab, "drawn") == drawn, "all points are back")


def test_digit_clicked_in_one_cloud_is_ringed_and_then_marked_in_all(tab):
    before, strip = resting(tab, "marker"), tab.locator("img[alt^='traversals of']").first
    was = strip.get_attribute("src")
    x, y = middle(tab, 0)
    for dx in range(0, 60, 3):
        tab.mouse.move(x + dx, y)
        if tab.locator(f"{CANVAS}.pointing").count():
            break
    until(tab, lambda: shown(tab, "hovered")[0] >= 0, "the pointer has rested on a point")
    index = shown(tab, "hovered")[0]
    until(tab, lambda: shown(tab, "hovered") == [index] * 3, "the others have a ring around it")
    tab.mouse.click(x + dx, y)
    note = tab.get_by_text(f"Test picture {index} of MNIST")
    note.wait_for()
    until(
        tab,
        lambda: all(
            a["point"] != b["point"] for a, b in zip(shown(tab, "marker"), before, strict=True)
        ),
        "the marks have moved",
    )
    until(tab, lambda: strip.get_attribute("src") != was, "traversals begin at it")


def test_table_is_sorted_by_a_click_and_says_how_a_figure_was_measured(tab, known):
    tab.locator("thead").scroll_into_view_if_needed()
    start = names(tab)
    title = tab.get_by_role("columnheader", name=re.compile("−ELBO")).get_by_role("button")
    title.click()
    values = [
        float(text.split(" ±")[0])
        for text in tab.locator("thead + tbody td:nth-of-type(4)").all_inner_texts()
        if text != "–"
    ]
    assert values == sorted(values) and len(values) >= 10
    assert names(tab)[0] == "mnist-32d" and names(tab)[-1] not in {"mnist-32d", start[0]}
    title.click()
    assert names(tab)[0] == "fashion-3d"  # its nats are those of more ink
    assert tab.locator("th[aria-sort=descending]").count() == 1
    tab.get_by_role("columnheader", name="Model").get_by_role("button").click()
    assert names(tab) == sorted(names(tab), key=str.casefold)
    status = tab.locator("p.protocol")
    figure = model_comparison.text_of(known, "neg_elbo")
    tab.get_by_role("button", name=figure).click()
    assert f"mnist-3d, −ELBO {figure}: 10,000 test images" in status.inner_text()
    accessibility.check(tab)


def test_csv_holds_what_the_table_shows(tab, known):
    text = downloaded(tab, "save_scores").decode()
    (head, row), table = model_comparison.to_csv([known]).splitlines(), text.splitlines()
    assert table[0] == head and row in table
    assert len(table) == 1 + len(names(tab))


def test_fourth_model_joins_as_the_others_are_seen(tab):
    first = resting(tab, "camera")
    drag(tab, 0, 50, 0)
    resting(tab, "camera")
    turned, second, _ = turns(tab, first)
    assert turned == second != (0, 0)
    box = tab.locator(".st-key-models input")
    box.click()
    box.fill("mnist-beta4")
    tab.get_by_role("option", name="mnist-beta4-3d", exact=True).click()
    ready(tab, 4)
    encoded = load_checkpoint(SHIPPED / "mnist-beta4-3d.safetensors").encoded
    first.append(camera.camera(encoded.mu.numpy(), encoded.labels.numpy())._asdict())
    until(tab, lambda: turns(tab, first)[3] == turned, "the new one is turned as they are")
    assert "mnist-beta4-3d" in tab.url


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_screen_needs_no_sideways_scrolling(open_page, app_url, dark):
    page = open_page(f"{app_url}/compare?models=digits-3d", width=400, height=800, dark=dark)
    page.set_default_timeout(SLOW)
    ready(page, 1)
    wide = page.evaluate(
        "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
        ".map(part => part.scrollWidth - part.clientWidth)"
    )
    assert wide == [0, 0]
    table = page.locator(".frame").first
    assert table.evaluate("frame => frame.scrollWidth > frame.clientWidth")  # within itself
