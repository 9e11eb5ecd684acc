"""The pad in a real Chromium: what a mouse, a finger, a key, a paste and a rerun do to it."""

import ast
import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from devices import PASTE, choose, fingers, until
from PIL import Image

from vae_explorer.data.handwriting.preprocessing import preprocess_image
from vae_explorer.training.runs.model_library import DEFAULT

pytestmark = pytest.mark.browser
APP = Path(__file__).parent / "apps" / "pad_app.py"
SHEET = "canvas.ink"
SLOW = 60_000  # milliseconds a cold start may take on a busy machine
TWO = [(0.28, 0.32), (0.34, 0.17), (0.5, 0.12), (0.64, 0.22), (0.62, 0.4), (0.46, 0.6)]
TWO += [(0.28, 0.8), (0.45, 0.79), (0.72, 0.8)]
BAR = [(0.2, 0.5), (0.5, 0.52), (0.8, 0.5)]
DROP = """(canvas, [base64, type]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "picture", { type }));
    for (const kind of ["dragover", "drop"]) {
        const options = { dataTransfer, bubbles: true, composed: true, cancelable: true };
        canvas.dispatchEvent(new DragEvent(kind, options));
    }
}"""
INK = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 3);
}"""
SCROLLED = """() => [...document.querySelectorAll("*")].reduce(
    (sum, element) => sum + element.scrollTop, 0)"""
PIXELS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
    return [...data].filter((_, i) => i % 4 === 0);
}"""


@pytest.fixture(scope="module")
def url(serve) -> str:
    """The test app, where the browser reconstructs."""
    return serve(APP)


@pytest.fixture(scope="module")
def server_url(serve) -> str:
    """The same, where the server does."""
    return serve(APP, {"PAD_BY": "server"})


@pytest.fixture(scope="module")
def tab(url, open_tab):  # the server goes last
    """The page that tests share, as opening it takes longer than what most of them do."""
    return ready(open_tab(url))


@pytest.fixture(scope="module")
def phone(url, open_tab):
    """The same, narrow and touched."""
    return ready(open_tab(url, width=400, height=700))


@pytest.fixture
def pad_page(tab):
    """The shared page with an empty pad and the pen it began with."""
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.mouse.up()
    tab.get_by_role("button", name="Medium pen").click()
    return emptied(tab)


def emptied(page):
    """Wait until there is no stroke."""
    if page.locator(".pad").get_attribute("data-strokes") != "0":
        page.get_by_role("button", name="Clear").click()
    drawn(page, 0)
    return page


def ready(page):
    """Wait until pad and cloud are there and the script is done."""
    page.set_default_timeout(SLOW)
    page.wait_for_selector(f"{SHEET}")
    page.wait_for_selector("canvas[data-resting='true']")
    page.get_by_text("runs: ").wait_for()
    return page


def runs(page) -> int:
    """How often the script has run."""
    return int(text_of(page, "runs"))


def text_of(page, label: str) -> str:
    """What the app says behind `label: `."""
    return page.get_by_text(re.compile(f"^{label}: ")).inner_text().removeprefix(f"{label}: ")


def places(page, stroke) -> list[tuple[float, float]]:
    """Shares of the pad -> pixels of the page."""
    page.locator(SHEET).scroll_into_view_if_needed()
    box = page.locator(SHEET).bounding_box()
    return [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in stroke]


def draw(page, stroke, lift: bool = True) -> None:
    """Draw a stroke with the mouse."""
    first, *others = places(page, stroke)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=3)
    if lift:
        page.mouse.up()


def drawn(page, strokes: int) -> None:
    """Wait until the pad holds so many strokes and Python knows the same."""
    page.wait_for_selector(f".pad[data-strokes='{strokes}']")
    page.get_by_text(f"drawn: {strokes > 0}", exact=True).wait_for()


def shown(page, caption: str) -> np.ndarray:
    """One of the two pictures beside the pad, (28, 28) bytes."""
    figure = page.locator("figure", has_text=caption).locator("canvas")
    return np.array(figure.evaluate(PIXELS), np.uint8).reshape(28, 28)


def seen_by_python(page) -> np.ndarray:
    """The 28 x 28 that Python was told."""
    return np.frombuffer(base64.b64decode(text_of(page, "pixels")), np.uint8).reshape(28, 28)


def made_by_python(page) -> np.ndarray:
    """What PyTorch makes of it, as bytes."""
    return np.array(ast.literal_eval(text_of(page, "made"))).reshape(28, 28) * 255


def marked(page) -> list[float]:
    """Where the cloud has its mark."""
    return json.loads(page.locator("canvas[data-marker]").get_attribute("data-marker"))["point"]


def point(page) -> list[float]:
    """Where the code is as Python says."""
    return ast.literal_eval(text_of(page, "point"))


def ink_of(page) -> np.ndarray:
    """Where on the sheet there is ink."""
    alpha = page.locator(SHEET).evaluate(INK)
    side = round(len(alpha) ** 0.5)
    return np.array(alpha).reshape(side, side) > 127


def changed(page, before: str) -> str:
    """Wait until Python has another drawing than `before`, and return its id."""
    page.wait_for_function(
        """before => [...document.querySelectorAll("*")].some((element) =>
            !element.children.length && element.textContent.startsWith("id: ")
            && element.textContent !== `id: ${before}`)""",
        arg=before,
    )
    return text_of(page, "id")


def test_stroke_of_the_mouse_is_seen_reconstructed_and_told(pad_page):
    page = pad_page
    draw(page, TWO)
    drawn(page, 1)
    assert (seen_by_python(page) == shown(page, "The model sees")).all()
    assert np.abs(shown(page, "Reconstruction") - made_by_python(page)).max() <= 1
    assert shown(page, "Reconstruction").max() > 200
    sheet = io.BytesIO()
    Image.fromarray(np.where(ink_of(page), 0, 255).astype(np.uint8)).save(sheet, "PNG")
    there = preprocess_image(sheet.getvalue()).image[0].numpy()
    assert np.abs(seen_by_python(page) / 255 - there).mean() < 0.02


def test_pictures_follow_before_the_stroke_ends_and_python_hears_only_then(pad_page):
    page = pad_page
    before = runs(page)
    draw(page, TWO, lift=False)
    page.wait_for_selector("canvas.picture[data-filled=true] >> nth=1")
    until(page, lambda: shown(page, "Reconstruction").max() > 200, "it is reconstructed")
    page.wait_for_timeout(300)  # in which Python might hear
    assert text_of(page, "drawn") == "False"
    assert runs(page) == before
    page.mouse.up()
    drawn(page, 1)
    page.get_by_text(f"runs: {before + 1}", exact=True).wait_for()


def test_code_is_marked_in_the_cloud_while_drawing(pad_page):
    page = pad_page
    draw(page, TWO, lift=False)
    page.wait_for_selector("canvas[data-marker*='point']")
    assert text_of(page, "drawn") == "False"
    page.mouse.up()
    drawn(page, 1)
    until(page, lambda: np.allclose(marked(page), point(page), atol=1e-3), "the mark is there")
    page.get_by_role("button", name="Clear").click()
    drawn(page, 0)
    page.wait_for_selector("canvas[data-marker='']")


def test_ink_lies_where_the_mouse_was(pad_page):
    page = pad_page
    draw(page, BAR)
    drawn(page, 1)
    ink = ink_of(page)
    rows, columns = np.nonzero(ink)
    height, width = ink.shape
    assert abs(rows.mean() / height - 0.51) < 0.02
    assert abs(columns.min() / width - 0.175) < 0.02
    assert abs(columns.max() / width - 0.825) < 0.02


def test_undo_and_clear_and_undo_of_clear(open_page, url):
    page = ready(open_page(url))
    undo, clear = (page.get_by_role("button", name=name) for name in ("Undo", "Clear"))
    assert undo.is_disabled() and clear.is_disabled()
    draw(page, TWO)
    drawn(page, 1)
    first = text_of(page, "id")
    draw(page, BAR)
    page.wait_for_selector(".pad[data-strokes='2']")
    second = changed(page, first)
    undo.click()
    page.wait_for_selector(".pad[data-strokes='1']")
    assert len({first, second, changed(page, second)}) == 3
    clear.click()
    drawn(page, 0)
    assert not ink_of(page).any()
    undo.click()
    drawn(page, 1)
    assert ink_of(page).any()


def test_pen_width_changes_the_ink_and_hardly_what_the_model_sees(pad_page):
    page = pad_page
    draw(page, TWO)
    drawn(page, 1)
    thin, seen = ink_of(page).sum(), shown(page, "The model sees").astype(int)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Broad pen").click()
    drawn(page, 0)
    draw(page, TWO)
    drawn(page, 1)
    assert ink_of(page).sum() > 1.4 * thin
    assert np.abs(shown(page, "The model sees") - seen).mean() < 255 * 0.03


def test_keyboard_draws(pad_page):
    page = pad_page
    page.locator(SHEET).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.get_by_text("Pen down").wait_for(state="attached")
    assert text_of(page, "drawn") == "False"
    page.keyboard.press("Space")
    drawn(page, 1)
    rows, columns = np.nonzero(shown(page, "The model sees") > 127)
    assert np.ptp(rows) >= 18 and np.ptp(columns) <= 6
    page.keyboard.press("Backspace")
    drawn(page, 0)
    assert page.evaluate("scrollY") == 0


def test_every_tool_is_reached_by_tab_and_has_a_name(pad_page):
    page = pad_page
    draw(page, TWO)
    drawn(page, 1)
    page.locator(SHEET).focus()
    names = []
    for _ in range(5):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                """() => {
                    let element = document.activeElement;
                    while (element.shadowRoot) element = element.shadowRoot.activeElement;
                    return element.ariaLabel ?? element.textContent;
                }"""
            )
        )
    assert names == ["Undo", "Clear", "Fine pen", "Medium pen", "Broad pen"]


def test_finger_draws_a_second_one_is_ignored_and_the_page_stays(phone):
    page = emptied(phone)
    touch = fingers(page, 0, 0)
    line = places(page, [(0.5, 0.85 - 0.7 * k / 12) for k in range(13)])
    ((x, y),) = places(page, [(0.15, 0.3)])
    before = page.evaluate(SCROLLED)
    touch("touchStart", line[0])
    for place in line[1:6]:
        touch("touchMove", place)
    touch("touchStart", line[5], (x, y))
    for step, place in enumerate(line[6:]):
        touch("touchMove", place, (x, y + 10 * step))
        page.wait_for_timeout(20)
    touch("touchEnd")
    drawn(page, 1)
    ink = ink_of(page)
    rows, columns = np.nonzero(ink)
    assert columns.min() > 0.4 * len(ink) and columns.max() < 0.6 * len(ink)
    assert np.ptp(rows) > 0.65 * len(ink)
    assert page.evaluate(SCROLLED) == before


def test_finger_beside_the_pad_scrolls(phone):
    page = emptied(phone)
    touch = fingers(page, 200, 650)
    before = page.evaluate(SCROLLED)
    touch("touchStart", (0, 0))
    for step in range(12):
        touch("touchMove", (0, -30 * step))
        page.wait_for_timeout(20)
    touch("touchEnd")
    until(page, lambda: page.evaluate(SCROLLED) > before + 100, "the page has scrolled")
    assert text_of(page, "drawn") == "False"


def test_strokes_survive_reruns_other_pages_and_a_reload(pad_page):
    page = pad_page
    draw(page, TWO)
    drawn(page, 1)
    first, ink, before = text_of(page, "id"), ink_of(page), runs(page)
    page.get_by_role("button", name="Rerun").click()
    page.get_by_text(f"runs: {before + 1}", exact=True).wait_for()
    assert text_of(page, "id") == first
    page.get_by_role("link", name="Other").click()
    page.get_by_text("another page").wait_for()
    page.get_by_role("link", name="Drawing").click()
    drawn(page, 1)
    assert text_of(page, "id") == first
    page.wait_for_timeout(300)
    assert runs(page) == before + 2
    page.reload()
    drawn(ready(page), 1)
    assert text_of(page, "id") == first
    assert (ink_of(page) == ink).mean() > 0.999


def test_resizing_keeps_the_strokes(pad_page):
    page = pad_page
    draw(page, BAR)
    drawn(page, 1)
    before = ink_of(page).shape
    page.set_viewport_size({"width": 360, "height": 900})
    until(page, lambda: ink_of(page).shape != before, "the sheet has another size")
    until(page, lambda: page.evaluate("document.documentElement.scrollWidth") <= 360, "all fits")
    page.locator(SHEET).scroll_into_view_if_needed()
    ink = ink_of(page)
    rows, columns = np.nonzero(ink)
    assert abs(rows.mean() / ink.shape[0] - 0.51) < 0.02
    assert abs(np.ptp(columns) / ink.shape[1] - 0.65) < 0.03


def test_another_model_reconstructs_what_is_drawn(pad_page):
    page = pad_page
    draw(page, TWO)
    drawn(page, 1)
    for name in ("mnist-2d", "mnist-conditional-3d", "mnist-autoencoder-3d", DEFAULT):
        before = shown(page, "Reconstruction")
        choose(page, "model", name)
        until(
            page,
            lambda old=before: (shown(page, "Reconstruction") != old).any(),
            "it is reconstructed anew",
        )
        until(page, lambda: agree(page), "Python has the same")


def agree(page) -> bool:
    """Whether browser and PyTorch make the same of what is drawn."""
    return np.abs(shown(page, "Reconstruction") - made_by_python(page)).max() < 2


def test_server_reconstructs_where_the_browser_cannot(open_page, server_url):
    page = ready(open_page(server_url))
    draw(page, TWO)
    drawn(page, 1)
    until(page, lambda: agree(page), "Python has the same")
    page.wait_for_selector("canvas[data-marker*='point']")
    assert (seen_by_python(page) == shown(page, "The model sees")).all()


def a_picture(size: int = 40, noise: bool = False) -> str:
    """A PNG file in base64."""
    pixels = np.full((size, size), 255, np.uint8)
    pixels[size // 4 : size // 2] = 0
    if noise:
        pixels = np.random.default_rng(0).integers(0, 255, (size, size), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


def test_pasted_picture_reaches_python(pad_page):
    page = pad_page
    content = a_picture(60)
    page.evaluate(PASTE, [content, "image/png"])
    length = len(base64.b64decode(content))
    page.get_by_text(f"pasted: {length} bytes, (60, 60)").wait_for()


def test_picture_in_the_clipboard_reaches_python_by_the_keys_for_pasting(pad_page):
    page = pad_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = """async (base64) => {
        const png = await (await fetch(`data:image/png;base64,${base64}`)).blob();
        await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
    }"""
    page.evaluate(copy, a_picture(45))
    page.locator(SHEET).focus()
    page.keyboard.press("Control+v")
    page.get_by_text(re.compile(r"pasted: \d+ bytes, \(45, 45\)")).wait_for()


def test_paste_into_a_text_field_is_left_alone(pad_page):
    page = pad_page
    page.get_by_label("Words").focus()
    assert not page.evaluate(PASTE, [a_picture(), "image/png"])
    page.get_by_label("Words").blur()
    assert page.evaluate(PASTE, [a_picture(50), "image/png"])
    page.get_by_text(re.compile(r"pasted: \d+ bytes, \(50, 50\)")).wait_for()


def test_dropped_picture_reaches_python(pad_page):
    page = pad_page
    page.locator(SHEET).evaluate(DROP, [a_picture(30), "image/png"])
    page.get_by_text(re.compile(r"pasted: \d+ bytes, \(30, 30\)")).wait_for()


def test_large_picture_arrives_and_a_larger_one_is_refused_in_the_browser(pad_page):
    page = pad_page
    content, before = a_picture(2500, noise=True), runs(page)  # 6 MB
    page.evaluate(PASTE, [content, "image/png"])
    page.get_by_text(f"pasted: {len(base64.b64decode(content))} bytes").wait_for()
    page.evaluate(PASTE, [base64.b64encode(bytes(20_000_001)).decode(), "image/png"])
    page.get_by_text("The file is larger than 20 MB: make it smaller first.").wait_for()
    page.evaluate(PASTE, [base64.b64encode(b"words").decode(), "text/plain"])
    page.get_by_text("That is no picture").wait_for()
    assert runs(page) == before + 1
