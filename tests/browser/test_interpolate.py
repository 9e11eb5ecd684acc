"""Paths in a real Chromium: played, scrubbed, searched for, saved as files."""

import io
import json
import re

import accessibility
import class_names
import pytest
from devices import IDLE, choose, downloaded, until
from PIL import Image

pytestmark = pytest.mark.browser
SLOW = 90_000  # milliseconds that a busy machine may take to find a geodesic
CLOUD = "canvas[data-dots]"
LINK = "path=straight&path=spherical&from=3&to=18&steps=8"


@pytest.fixture(scope="module")
def bench(app_url, open_tab):
    """The page with two paths that need no search; one tab for all tests."""
    page = open_tab(f"{app_url}/interpolate?{LINK}", width=1280, height=1300)
    page.set_default_timeout(SLOW)
    page.wait_for_selector(".player .large")
    page.wait_for_selector(CLOUD)
    return page


def step(page) -> int:
    """The step that is shown."""
    return int(page.locator(".player").get_attribute("data-step"))


def at_step(page, wanted: int) -> None:
    """Wait until that step is shown."""
    page.wait_for_selector(f".player[data-step='{wanted}']")


def dots(page) -> list[list[float]]:
    """Where the cloud shows the step at present, one place a path."""
    return json.loads(page.locator(CLOUD).get_attribute("data-dots"))


def painted(page, red: int, green: int, blue: int) -> int:
    """How many pixels over the cloud are of about this colour."""
    return page.locator(CLOUD).evaluate(
        """(canvas, wanted) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
                count += wanted.every((value, c) => Math.abs(data[i + c] - value) < 12);
            }
            return count;
        }""",
        [red, green, blue],
    )


def shown(page) -> list[bytes]:
    """The large pictures."""
    return page.locator(".player .large").evaluate_all(
        "tiles => tiles.map(tile => tile.toDataURL())"
    )


def names(page) -> list[str]:
    """The ways that are shown."""
    return page.locator(".player .way .name").all_inner_texts()


def saved(page, key: str) -> Image.Image:
    """The picture behind a download button."""
    return Image.open(io.BytesIO(downloaded(page, key)))


def played(page, kind: str) -> tuple[str, int, int]:
    """Form, frames and milliseconds a step of the animation that can be saved now."""
    animation = saved(page, f"save_{kind.lower()}")
    animation.seek(1)
    animation.load()
    return animation.format, animation.n_frames, animation.info["duration"]


def test_step_is_chosen_by_slider_keys_and_rows_and_all_follow(bench):
    page = bench
    assert names(page) == ["straight", "spherical", "autoencoder-3d", "cross-fade"]
    seen = []

    def look(wanted: int) -> None:
        at_step(page, wanted)
        until(
            page,
            lambda: len(dots(page)) == 2 and dots(page) not in [d for _, d in seen],
            "the dots are elsewhere",
        )
        seen.append((shown(page), dots(page)))

    page.locator(".player .slider").fill("0")
    at_step(page, 0)
    until(page, lambda: len({str(place) for place in dots(page)}) == 1, "all are where they begin")
    look(0)
    assert len(class_names.written(page.locator(CLOUD))) == 10
    assert class_names.collisions(page.locator(CLOUD)) == []  # nor on "from" and "to"
    page.locator(".player .rows").focus()
    page.keyboard.press("ArrowRight")
    look(1)
    page.keyboard.press("End")
    look(7)
    row = page.locator(".player .pictures").nth(1).bounding_box()
    page.mouse.move(row["x"] + 3.5 / 8 * row["width"], row["y"] + row["height"] / 2)
    page.mouse.down()
    at_step(page, 3)
    page.mouse.move(row["x"] + 4.5 / 8 * row["width"], row["y"] + row["height"] / 2)
    page.mouse.up()
    look(4)
    for pictures, places in seen:
        assert len(pictures) == 4 and len(places) == 2
    for k in range(4):
        assert len({pictures[k] for pictures, _ in seen}) == 4
    assert seen[3][1][0] != seen[3][1][1]
    assert painted(page, 0x0D, 0x94, 0x88) > 60  # the spherical path and its dot
    assert painted(page, 0xE1, 0x1D, 0x48) == 0  # no geodesic


def test_playing_goes_through_the_steps_and_stops(bench):
    page = bench
    page.locator(".player .slider").fill("0")
    page.locator(".player select").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    for wanted in (3, 7, 2):  # forth and back
        at_step(page, wanted)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_selector(".player[data-playing=false]")
    here = step(page)
    page.wait_for_timeout(300)
    assert step(page) == here
    page.locator(".player .rows").focus()
    page.keyboard.press("Space")
    page.wait_for_selector(".player[data-playing=true]")
    page.keyboard.press("Space")
    page.wait_for_selector(".player[data-playing=false]")


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_files_play_as_the_player_does(bench, kind):
    page = bench
    chip = page.get_by_role("button", name="Forth and back")
    page.locator(".player select").select_option("2")
    for pressed, frames in (("true", 14), ("false", 8)):
        if chip.get_attribute("aria-pressed") != pressed:
            chip.click()
        until(page, lambda: played(page, kind) == (kind, frames, 80), "files play likewise")  # noqa: B023


def test_rows_are_saved_as_a_picture(bench):
    sheet = saved(bench, "save_strip")
    assert sheet.format == "PNG" and sheet.width == 3 * (8 * 29 - 1)


def test_ends_are_chosen_by_mouse_and_the_link_brings_them_back(bench):
    page = bench
    for key, option, group, end in (("from_class", "4", "From", 0), ("to_class", "9", "To", 7)):
        page.locator(".player .slider").fill(str(end))
        at_step(page, end)
        choose(page, key, option)
        row = page.get_by_role("group", name=f"{group}: pictures of class {option}")
        row.get_by_role("button").nth(6).wait_for()
        page.wait_for_selector(IDLE)
        before = shown(page)[0]
        row.get_by_role("button").nth(6).click()
        row.locator("button[aria-pressed=true]").wait_for()
        until(page, lambda before=before: shown(page)[0] != before, "the end is another one")
    page.wait_for_selector(IDLE)
    for name in ("from", "to"):
        item = page.locator(f".st-key-{name} input").input_value()
        page.wait_for_url(re.compile(f"[?&]{name}={item}(&|$)"))
    page.wait_for_url(re.compile("from_class=4.*to_class=9|to_class=9.*from_class=4"))
    page.locator(".player .slider").fill("0")
    at_step(page, 0)
    address, pictures = page.url, shown(page)
    page.reload()
    page.wait_for_selector(".player .large")
    assert page.url == address
    until(page, lambda: shown(page) == pictures, "the same pictures are back")


def test_centre_and_sum_are_ends(bench):
    page = bench
    centre = page.locator(".st-key-from_kind").get_by_text("Class centre", exact=True)
    total = page.locator(".st-key-to_kind").get_by_text("a − b + c")
    told = (page.get_by_text("The centre of class"), page.locator("img[alt='= decoded']"))
    for choice, words, end in zip((centre, total), told, (0, 7), strict=True):
        page.wait_for_selector(IDLE)
        page.locator(".player .slider").fill(str(end))
        at_step(page, end)
        before = shown(page)[0]
        choice.click()
        words.wait_for()
        until(page, lambda before=before: shown(page)[0] != before, "the end is another one")


def test_geodesic_is_searched_with_progress_and_joins_the_others(bench):
    page = bench
    page.wait_for_selector(IDLE)  # while a run goes on, a row of buttons may stand there twice
    page.locator(".st-key-path").get_by_role("button", name="geodesic").click()
    page.get_by_text("Searching for the geodesic").wait_for()
    page.locator(".player .way .name", has_text="geodesic").wait_for()
    page.get_by_text("Searching for the geodesic").wait_for(state="detached")
    assert names(page)[:3] == ["straight", "spherical", "geodesic"]
    until(page, lambda: len(dots(page)) == 3, "the geodesic has a dot")
    assert painted(page, 0xE1, 0x1D, 0x48) > 60
    rows = page.locator(".walk-totals tr").all_inner_texts()
    shares = {row.split()[0]: row.split()[2] for row in rows if row.split()[0] != "path"}
    assert float(shares["geodesic"]) <= 1 == float(shares["straight"])
    accessibility.check(page)


def test_search_is_cancelled_and_begun_again(bench):
    page = bench
    choose(page, "model", "mnist-32d")  # whose geodesics take longest
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The search for the geodesic was cancelled").wait_for()
    assert "geodesic" not in names(page)
    page.get_by_role("button", name="Search again").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The search for the geodesic was cancelled").wait_for()


def test_place_held_on_explore_becomes_an_end(bench):
    page = bench
    page.get_by_role("link", name="Explore").click()
    page.get_by_role("button", name="Interpolate to here").click()
    page.get_by_text("For another point").wait_for()
    page.wait_for_selector(".player .large")
    assert page.locator("[data-testid=stException]").count() == 0
