"""Explore in its live mode in a real Chromium: what a hand does to the place, and who follows."""

import functools
import io
import itertools
import json
import math
import re
from urllib.parse import parse_qs, quote, urlparse

import class_names
import numpy as np
import pytest
import torch
from devices import IDLE, NO_WEBGL2, fingers, give_context_back, lose_context, until
from machine import needs_node
from model_kinds import KINDS, install_model, small_model
from node import run_node
from paths import ROOT
from PIL import Image

from vae_explorer.data.datasets import load_dataset
from vae_explorer.latent import camera as cameras
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED, list_models
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.session import current_place, latent_space

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
DIGIT, SHEET, CANVAS = "canvas.digit", "canvas.sheet", ".stage canvas[tabindex]"
ERROR = "[data-testid=stAlertContentError]"
MODEL = "digits-3d"  # its points lie apart, and its original pictures are at hand everywhere
START = [-0.3, 0.4, 0.2]
runs: list[str] = []  # the folder of the server's runs
OPENED = [  # of all kinds those that a browser could stumble over
    *["1-D", "2-D", "10-D", "64-D", "conditional", "conditional with few class names"],
    *["no encoded set", "a single class", "300 classes", "one encoded picture", "collapsed"],
    *["wide", "plain autoencoder", "colour", "rectangles", "convolutional"],
]
LEVELS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
}"""
WATCH = """digit => {
    window.watcher?.disconnect();
    window.seen = [];
    const note = () => window.seen.push(JSON.parse(digit.dataset.z));
    window.watcher = new MutationObserver(note);
    window.watcher.observe(digit, { attributeFilter: ["data-z"] });
}"""


def slug(kind: str) -> str:
    """What a run of that kind of model is called."""
    return re.sub(r"[^a-z0-9]+", "-", kind.lower())


@pytest.fixture(scope="module")
def url(serve, tmp_path_factory) -> str:
    """The app with a model of each kind among its runs, and one whose weights are broken."""
    folders = {"VAE_EXPLORER_DATA": "data", "VAE_EXPLORER_RUNS": "runs"}
    folders = {name: str(tmp_path_factory.mktemp(stem)) for name, stem in folders.items()}
    runs.append(folders["VAE_EXPLORER_RUNS"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", runs[-1])
        for kind in OPENED:
            install_model(small_model(**KINDS[kind]), slug(kind))
        broken = small_model()
        with torch.no_grad():
            next(broken.model.decoder.parameters()).fill_(math.nan)
        install_model(broken, "broken")
    return serve(ROOT / "app.py", folders | {"OMP_NUM_THREADS": "1"})


class Traffic:
    """The lengths of the messages between a page and its server."""

    def __init__(self):
        self.sent, self.received = [], []

    def __len__(self) -> int:
        return len(self.sent) + len(self.received)

    def attend(self, socket) -> None:
        """Count what goes through a socket from now on."""
        socket.on("framesent", lambda message: self.sent.append(len(message)))
        socket.on("framereceived", lambda message: self.received.append(len(message)))

    def clear(self) -> None:
        """Begin to count anew."""
        self.sent.clear()
        self.received.clear()


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """What goes between the shared page and its server."""
    return Traffic()


@pytest.fixture(scope="module")
def tab(open_tab, traffic):
    """The page that tests share, as opening it takes longer than what most of them do."""
    page = open_tab("about:blank")
    page.set_default_timeout(SLOW)
    page.on("websocket", traffic.attend)
    return page


@pytest.fixture
def explore(tab, url):
    """The shared page on Explore, at START, seen by the default camera."""
    tab.mouse.up()
    tab.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if tab.locator(DIGIT).count() == 0 or f"model={MODEL}" not in tab.url:
        tab.goto(f"{url}/?model={MODEL}")
        tab.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    put(tab, START)
    tab.locator(CANVAS).focus()
    tab.keyboard.press("0")
    tab.mouse.move(900, 5)
    return settled(tab)


@pytest.fixture
def live(tab, url):
    """The shared page on Explore, wherever it is and whatever model it shows."""
    if tab.locator(DIGIT).count() == 0:
        tab.goto(url)
    return opened(tab)


@pytest.fixture(scope="module")
def digits():
    """The encoded digits of the shared page's model, and the set they come from."""
    return load_checkpoint(SHIPPED / f"{MODEL}.safetensors").encoded, load_dataset("digits").test


def opened(page):
    """Wait until the live view is there and its server has nothing more to say."""
    page.wait_for_selector(f"{DIGIT}[data-z]", timeout=SLOW)
    page.wait_for_selector(f"{CANVAS}[data-resting=true]", timeout=SLOW)
    return settled(page)


def settled(page):
    """Wait until the place has come to rest and the server knows it and is done."""
    until(page, lambda: near(linked(page), place(page), 0.006), "the link has followed")
    page.wait_for_selector(f"{CANVAS}[data-resting=true]", timeout=SLOW)
    page.wait_for_selector(IDLE, timeout=SLOW)
    return page


def place(page) -> list[float]:
    """Where the live view is."""
    return json.loads(page.locator(DIGIT).get_attribute("data-z"))


def linked(page) -> list[float]:
    """Where the page's address is."""
    query = parse_qs(urlparse(page.url).query)
    start = start_of(query.get("model", [DEFAULT])[0])
    return [float(query.get(f"z{d}", [z])[0]) for d, z in enumerate(start, start=1)]


@functools.cache
def start_of(title: str) -> list[float]:
    """Where a model is entered: the middle of its data, which no address need say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", runs[-1])
        (path,) = [entry.path for entry in list_models() if entry.title == title]
    space = latent_space.of(load_checkpoint(path))
    return [current_place.start(space, dim) for dim in range(len(space.ranges))]


def near(a: list[float], b: list[float], slack: float = 1e-3) -> bool:
    """Whether two places are the same but for rounding."""
    return len(a) == len(b) and all(abs(p - q) <= slack for p, q in zip(a, b, strict=True))


def shown(page, name: str):
    """A value that the uppermost canvas of the cloud carries for tests."""
    return json.loads(page.locator(CANVAS).get_attribute(f"data-{name}"))


def put(page, z: list[float]) -> None:
    """Move to a place by the live view's sliders."""
    for d, value in enumerate(z):
        page.get_by_label(f"z{d + 1}", exact=True).fill(f"{value:g}")
    until(page, lambda: near(place(page), z), f"the place is {z}")


def cursor(page) -> tuple[float, float]:
    """Where on the page the cursor is drawn."""
    page.locator(CANVAS).evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    page.wait_for_selector(f"{CANVAS}[data-cursor*=x]")
    box, at = page.locator(CANVAS).bounding_box(), shown(page, "cursor")
    return box["x"] + at["x"], box["y"] + at["y"]


def drag(page, start: tuple[float, float], *ways: tuple[float, float]) -> None:
    """Press, move by each of the ways in turn, release."""
    x, y = start
    page.mouse.move(x, y)
    page.mouse.down()
    for dx, dy in ways:
        for step in range(1, 6):
            page.mouse.move(x + dx * step / 5, y + dy * step / 5)
        x, y = x + dx, y + dy
    page.mouse.up()


def moved(page, before: list[float]) -> list[float]:
    """Wait until the place is another one and at rest; returns it."""
    until(page, lambda: not near(place(page), before), "the place has changed")
    return place(settled(page))


def turned(page) -> dict:
    """Turn the picture; the camera it is seen by then."""
    page.locator(CANVAS).evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    camera, box = shown(page, "camera"), page.locator(CANVAS).bounding_box()
    drag(page, (box["x"] + 20, box["y"] + 20), (80, 30))
    until(page, lambda: shown(page, "camera") != camera, "the picture has turned")
    settled(page)
    return shown(page, "camera")


def pixels(page, selector: str) -> str:
    """What a canvas shows."""
    return page.locator(selector).evaluate("canvas => canvas.toDataURL()")


def picture(page) -> np.ndarray:
    """The cloud as a person sees it, not half under the page's header."""
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 0)")
    page.wait_for_timeout(100)
    shot = page.locator(".stage").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def neighbours(page) -> str:
    """What stands under the nearest digits."""
    return page.get_by_role("group", name="Nearest test digits").inner_text()


def jump(page, name: str) -> None:
    """Press the button that leads to a digit of a class."""
    page.locator(".jumps").get_by_role("button", name=name, exact=True).click()


def switch(page, name: str):
    """The switch of an overlay."""
    return page.locator(".switches").get_by_role("checkbox", name=re.compile(f"^{name}"))


def choose_model(page, title: str) -> None:
    """Choose a model in the sidebar, by its name."""
    box = page.locator(".st-key-model input")
    box.click()
    box.fill(title)
    page.get_by_role("option", name=title, exact=True).click()


# The hand


def test_dragging_a_slider_decodes_at_once_and_tells_python_once_on_release(tab, url, traffic):
    tab.goto(url)
    opened(tab)
    before, text, digit = place(tab), neighbours(tab), pixels(tab, DIGIT)
    box = tab.get_by_label("z1", exact=True).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.wait_for_timeout(300)
    traffic.clear()
    places, digits = set(), {digit}
    tab.mouse.move(x, y)
    tab.mouse.down()
    for step in range(1, 9):
        tab.mouse.move(x + 7 * step, y)
        until(tab, lambda: place(tab)[0] not in places, "the next place is decoded")
        places.add(place(tab)[0])
        digits.add(pixels(tab, DIGIT))
    assert not traffic
    assert len(digits) == 9
    tab.mouse.up()
    after = moved(tab, before)
    assert after[0] > before[0] + 1 and after[1:] == before[1:]
    until(tab, lambda: neighbours(tab) != text, "the neighbours have followed")
    assert len(traffic.sent) == 1 and traffic.sent[0] < 2000


def test_cursor_is_dragged_by_its_middle(explore, traffic):
    x, y = cursor(explore)
    camera, before = shown(explore, "camera"), place(explore)
    traffic.clear()
    drag(explore, (x, y), (30, -20), (25, 10))
    assert not traffic
    moved(explore, before)
    assert cursor(explore) == pytest.approx((x + 55, y - 10), abs=1.5)
    assert shown(explore, "camera") == camera
    assert traffic
    assert class_names.collisions(explore.locator(CANVAS)) == []


@pytest.mark.parametrize(("axis", "key"), [(0, "ArrowRight"), (1, "ArrowUp"), (2, "PageUp")])
def test_arrow_of_the_cursor_moves_one_coordinate_only(explore, axis, key):
    x, y = cursor(explore)
    explore.locator(CANVAS).focus()
    for _ in range(4):
        explore.keyboard.press(key)
    moved(explore, START)
    ahead = cursor(explore)
    put(explore, START)
    settled(explore)
    length = math.dist(ahead, (x, y))
    dx, dy = (ahead[0] - x) / length, (ahead[1] - y) / length
    for reach in range(18, 60, 3):
        explore.mouse.move(x + reach * dx, y + reach * dy)
        if "resize" in explore.locator(CANVAS).evaluate("canvas => canvas.style.cursor"):
            break
    else:
        pytest.fail("there is no arrow to grab")
    drag(explore, (x + reach * dx, y + reach * dy), (30 * dx, 30 * dy))
    after = moved(explore, START)
    assert after[axis] > START[axis] + 0.1
    assert [d for d in range(3) if not near([after[d]], [START[d]])] == [axis]


def test_keys_walk_along_the_axes_and_a_line_says_where_one_is(explore):
    explore.locator(CANVAS).focus()
    there = place(explore)
    for key, back, axis in (
        ("ArrowRight", "ArrowLeft", 0),
        ("ArrowUp", "ArrowDown", 1),
        ("PageUp", "PageDown", 2),
    ):
        for press, sign in ((key, 1), (key, 1), (back, -1)):
            explore.keyboard.press(press)
            until(explore, lambda: not near(place(explore), there), f"{press} has walked")
            now = place(explore)
            assert (now[axis] - there[axis]) * sign > 0.01
            there[axis] = now[axis]
            assert near(now, there)
    settled(explore)
    said = explore.locator("p.announcement").inner_text()
    assert f"z = ({there[0]:.2f}, ".replace("-", "−") in said
    assert "nearest" in said


def test_keys_with_shift_move_the_picture_and_not_the_place(explore):
    camera = shown(explore, "camera")
    explore.locator(CANVAS).focus()
    explore.keyboard.press("Shift+ArrowRight")
    explore.keyboard.press("Shift+ArrowUp")
    until(explore, lambda: shown(explore, "camera") != camera, "the picture has moved")
    assert place(settled(explore)) == START


def test_double_click_resets_the_camera_and_not_the_place(explore):
    start = shown(explore, "camera")
    turned(explore)
    explore.locator(CANVAS).dblclick(position={"x": 8, "y": 8})
    until(explore, lambda: shown(explore, "camera") == start, "the camera is back")


# The first screen


def lit(page) -> list[str]:
    """The parts of the pipeline that are lit."""
    parts = page.locator(".pipeline .lit")
    return parts.evaluate_all("parts => parts.map(part => part.dataset.part)")


def part(page, name: str) -> str:
    """What a part of the pipeline shows and says."""
    return page.locator(f".pipeline [data-part={name}]").inner_text().replace("−", "-")


def test_pipeline_lights_what_works_and_shows_the_numbers_at_hand(explore, digits):
    encoded, _ = digits
    until(explore, lambda: not lit(explore), "nothing works")
    jump(explore, "6")
    until(explore, lambda: set(lit(explore)) > {"item", "encoder", "code"}, "it is encoded")
    z = moved(explore, START)
    until(explore, lambda: "at μ" in part(explore, "place"), "z has come to the code")
    index = int((encoded.mu - torch.tensor(z)).norm(dim=1).argmin())
    spread = (0.5 * encoded.logvar[index]).exp()
    assert part(explore, "item").replace("\u00a0", " ").endswith("a 6")
    for mu, sigma, value in zip(encoded.mu[index], spread, z, strict=True):
        assert f"{mu:.2f} ± {sigma:.2f}" in part(explore, "code")
        assert f"{value:.2f}" in part(explore, "place")
    image = explore.locator(".pipeline [data-part=item] img")
    until(explore, lambda: f"/{index}.png" in (image.get_attribute("src") or ""), "it is shown")
    until(explore, lambda: not lit(explore), "all is done")
    box = explore.get_by_label("z1", exact=True).bounding_box()
    drag_to = (box["x"] + 5, box["y"] + box["height"] / 2)
    explore.mouse.move(box["x"] + box["width"] - 5, drag_to[1])
    explore.mouse.down()
    explore.mouse.move(*drag_to, steps=4)
    until(explore, lambda: lit(explore) == ["place", "decoder", "picture"], "it is decoded")
    explore.mouse.up()
    until(explore, lambda: "nearest test digit" in part(explore, "item"), "another is nearest")
    until(explore, lambda: f"{place(explore)[0]:.2f}" in part(explore, "place"), "so z says")
    assert "at μ" not in part(explore, "place")


def test_picture_and_cloud_are_seen_at_once_below_the_pipeline(explore):
    explore.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 0)")
    boxes = [explore.locator(name).bounding_box() for name in (".pipeline", DIGIT, ".stage")]
    ends = [box["y"] + box["height"] for box in boxes]
    assert ends[0] < boxes[1]["y"] and ends[0] < boxes[2]["y"]
    assert max(ends) < 900  # the height of the window


def test_tour_goes_from_part_to_part_by_keys_and_gives_the_focus_back(explore):
    start = explore.get_by_role("button", name="New? Take a tour")
    start.focus()
    explore.keyboard.press("Enter")
    dialog = explore.get_by_role("dialog", name="From a digit to numbers and back")
    dialog.wait_for()
    framed = explore.locator(".tour .frame").bounding_box()
    marked = explore.locator(".pipeline").bounding_box()
    assert framed["x"] < marked["x"] and framed["y"] < marked["y"]
    assert framed["y"] + framed["height"] > marked["y"] + marked["height"]
    titles = [explore.locator(".tour h2").inner_text()]
    for key in ("ArrowRight", "Enter", "ArrowLeft", "ArrowRight", "Enter", "Enter"):
        explore.keyboard.press(key)
        titles.append(explore.locator(".tour h2").inner_text())
        assert explore.locator(".tour .next:focus").count() == 1
    assert len(set(titles)) == 5 and titles[-1] == "Other pages"
    explore.keyboard.press("ArrowRight")  # does not end it
    assert explore.locator(".tour .next").inner_text() == "Done"
    explore.keyboard.press("Enter")
    explore.get_by_role("dialog").wait_for(state="detached")
    again = explore.get_by_role("button", name="Take a tour", exact=True)
    again.wait_for()
    assert explore.locator(".start:focus").count() == 1
    explore.keyboard.press("Enter")
    explore.get_by_role("dialog").wait_for()
    explore.keyboard.press("Escape")
    explore.get_by_role("dialog").wait_for(state="detached")
    explore.reload()
    again.wait_for()  # it was seen
    opened(explore)


# Points


def on_a_point(page, label: str = "7") -> tuple[float, float]:
    """The pixel of a digit of that class; the place is START again."""
    jump(page, label)
    moved(page, START)
    pixel = cursor(page)
    put(page, START)
    settled(page)
    return pixel


def tip(page) -> tuple[str, int]:
    """Class and number of the point that the shown tip is about."""
    page.locator(".tip").wait_for(state="visible")
    found = re.match(r"(\S+) · #(\d+)", page.locator(".tip").inner_text())
    return found[1], int(found[2])


def test_hovering_shows_after_a_while_the_digit_as_decoded_and_as_it_was(explore, digits):
    encoded, originals = digits
    x, y = on_a_point(explore)
    explore.locator(CANVAS).evaluate(
        """canvas => {
            const tip = canvas.parentElement.querySelector(".tip");
            canvas.addEventListener("pointermove", () => (window.pointed = performance.now()));
            new MutationObserver(() => tip.hidden || (window.shown ??= performance.now())).observe(
                tip, { attributeFilter: ["hidden"] });
        }"""
    )
    explore.mouse.move(x, y)
    name, index = tip(explore)
    assert explore.evaluate("window.shown - window.pointed") >= 100
    assert name == str(encoded.labels[index].item())
    card = explore.locator(".tip .card").first
    assert card.get_by_text("decoded", exact=True).is_visible()
    image = card.locator("img")
    answer = explore.request.get(image.evaluate("image => image.src"))
    seen = np.asarray(Image.open(io.BytesIO(answer.body())))
    np.testing.assert_array_equal(seen, originals.images[index].numpy())
    until(explore, lambda: image.evaluate("image => image.naturalWidth") == 28, "it is loaded")
    decoded = pixels(explore, ".tip canvas")
    explore.mouse.click(x, y)
    moved(explore, START)
    assert pixels(explore, DIGIT) == decoded
    assert not explore.locator(".tip").is_visible()


def test_clicking_a_point_goes_there(explore, digits):
    encoded, _ = digits
    x, y = on_a_point(explore, "4")
    explore.mouse.move(x, y)
    _, index = tip(explore)
    explore.mouse.click(x, y)
    assert near(moved(explore, START), encoded.mu[index].tolist())


def test_turning_is_never_a_click(explore, traffic):
    x, y = on_a_point(explore)
    camera = shown(explore, "camera")
    traffic.clear()
    drag(explore, (x, y), (70, 20))
    until(explore, lambda: shown(explore, "camera") != camera, "the picture has turned")
    drag(explore, (x + 70, y + 20), (-40, 0), (40, 0))
    explore.wait_for_timeout(300)
    assert place(explore) == START
    assert not traffic


def test_clicking_empty_space_goes_to_that_place_on_the_plane(explore):
    explore.locator(".slice select").select_option(label="z1 × z3")
    x, y = cursor(explore)
    for dx, dy in ((60, -80), (0, -80), (80, -60), (100, 0), (0, -95)):
        explore.mouse.move(x + dx, y + dy)
        over = explore.locator(CANVAS).evaluate(
            "({ className, style }) => className + style.cursor"
        )
        if over == "canvas":  # neither a point nor an arrow
            break
    explore.mouse.click(x + dx, y + dy)
    after = moved(explore, START)
    assert cursor(explore) == pytest.approx((x + dx, y + dy), abs=1.5)
    assert after[1] == START[1]
    explore.locator(".slice select").select_option(label="z1 × z2")


PROJECT = """
import {{ makeView, frameOf, projectPoint }} from {geometry};
import {{ readFileSync }} from "node:fs";
const {{ points, camera, width, height }} = JSON.parse(readFileSync(0, "utf8"));
const frame = {{ ...frameOf(Float32Array.from(points.flat()), 3), home: camera }};
const view = makeView(frame, camera, width, height);
console.log(JSON.stringify(points.map((point) => projectPoint(view, point))));
"""


def projected(page, points: np.ndarray) -> np.ndarray:
    """Where the points (N, 3) are seen from the start: pixel, and depth towards the eye, (N, 3)."""
    box = page.locator(CANVAS).bounding_box()
    scene = {"points": points.tolist(), "camera": shown(page, "camera")}
    scene |= {name: box[name] for name in ("width", "height")}
    script = PROJECT.format(
        geometry=json.dumps(str(bundle.COMPONENT_FOLDER / "live_view" / "geometry" / "geometry.js"))
    )
    done = run_node("--input-type=module", "--eval", script, given=json.dumps(scene))
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout))


@needs_node
def test_click_on_any_of_sixty_points_goes_there_or_to_one_before_it(tab, url):
    tab.goto(url)
    opened(tab)
    encoded = load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors").encoded
    mu = encoded.mu.numpy()
    yaw, pitch = cameras.camera(mu, encoded.labels.numpy())
    assert shown(tab, "camera") == {"yaw": yaw, "pitch": pitch, "zoom": 1, "panX": 0, "panY": 0}
    seen, box = projected(tab, mu), tab.locator(CANVAS).bounding_box()
    clicked = 0
    for index in np.random.default_rng(3).permutation(len(mu)):
        x, y, depth = seen[index]
        inside = 4 < x < box["width"] - 4 and 4 < y < box["height"] - 4
        at = shown(tab, "cursor")
        if not inside or math.dist((x, y), (at["x"], at["y"])) < 90:
            continue  # there the cursor would be grabbed
        before = place(tab)
        tab.mouse.click(box["x"] + round(x), box["y"] + round(y))
        until(tab, lambda before=before: place(tab) != before, "the click has led elsewhere")
        distance = np.abs(mu - place(tab)).max(axis=1)
        chosen = distance.argmin()
        assert distance[chosen] < 1e-3
        assert chosen == index or seen[chosen, 2] >= depth
        assert math.dist(seen[chosen, :2], (x, y)) < 5
        clicked += 1
        if clicked == 60:
            break
    assert clicked == 60
    settled(tab)


# Travelling


def test_jump_to_a_class_travels_and_decodes_on_the_way(explore, digits):
    encoded, _ = digits
    explore.locator(DIGIT).evaluate(WATCH)
    jump(explore, "6")
    goal = moved(explore, START)
    seen = explore.evaluate("window.seen")
    assert len(seen) > 3
    lengths = [math.dist(z, START) for z in seen]
    assert lengths == sorted(lengths)
    assert all(math.dist(z, START) + math.dist(z, goal) < lengths[-1] + 0.01 for z in seen)
    distances = (encoded.mu - torch.tensor(goal)).norm(dim=1)
    assert distances.min() < 0.02 and encoded.labels[distances.argmin()] == 6


def test_jump_is_at_once_where_less_motion_is_wanted(explore):
    explore.emulate_media(reduced_motion="reduce")
    explore.locator(DIGIT).evaluate(WATCH)
    jump(explore, "1")
    goal = moved(explore, START)
    assert explore.evaluate("window.seen") == [goal]


def test_hand_ends_a_journey(explore):
    jump(explore, "0")
    until(explore, lambda: place(explore) != START, "the journey has begun")
    put(explore, [0.5, 0.5, 0.5])
    assert place(settled(explore)) == [0.5, 0.5, 0.5]


def test_random_point_and_nearest_digit_are_gone_to(explore):
    jump(explore, "Random")
    before = moved(explore, START)
    group = explore.get_by_role("group", name="Nearest test digits")
    group.get_by_role("button").nth(4).click()
    moved(explore, before)
    explore.get_by_text(
        re.compile(r"Close to real data: the nearest test picture \(a \d\) is at 0\.0")
    ).wait_for()


def test_walk_from_interpolate_is_travelled_once(explore):
    explore.get_by_role("link", name="Interpolate").click()
    button = explore.get_by_role("button", name="Follow it on Explore")
    button.wait_for()
    explore.wait_for_selector(IDLE)
    button.click()
    explore.wait_for_selector(f"{DIGIT}[data-z]")
    seen = [place(explore)]
    until(
        explore,
        lambda: seen.append(place(explore)) or (len(seen) > 20 and seen[-1] == seen[-20]),
        "the walk has ended",
    )
    end = place(settled(explore))
    assert len({tuple(z) for z in seen}) > 2  # it travels: a slow machine shows few frames
    explore.get_by_role("link", name="Train").click()
    explore.get_by_role("heading", name="New run").wait_for()
    explore.get_by_role("link", name="Explore").click()
    explore.wait_for_selector(f"{DIGIT}[data-z]")
    assert near(place(explore), end, 0.006)
    explore.wait_for_timeout(300)
    assert near(place(explore), end, 0.006)


# What stays


def test_place_and_camera_survive_another_page(explore):
    camera = turned(explore)
    explore.get_by_role("link", name="Reconstruct").click()
    explore.locator(DIGIT).wait_for(state="detached")
    explore.get_by_role("link", name="Explore").click()
    opened(explore)
    assert near(place(explore), START)
    assert shown(explore, "camera") == camera


def test_place_camera_and_element_survive_a_rerun_and_a_theme_change(explore, traffic):
    camera, light = turned(explore), picture(explore)
    explore.locator(DIGIT).evaluate("digit => { digit.mine = true; }")
    traffic.clear()
    explore.locator("body").press("r")
    until(explore, lambda: traffic.received, "the page has run again")
    settled(explore)
    explore.emulate_media(color_scheme="dark")
    until(explore, lambda: (picture(explore) != light).mean() > 0.5, "the picture is dark")
    assert near(place(settled(explore)), START)
    assert shown(explore, "camera") == camera
    assert explore.locator(DIGIT).evaluate("digit => digit.mine")
    assert max(traffic.received) < 100_000  # the cloud is not sent again


def test_sliders_by_hand_and_back_keep_the_place(explore):
    explore.get_by_role("radio", name="Sliders").or_(
        explore.get_by_role("button", name="Sliders")
    ).first.click()
    handle = explore.locator(".st-key-z2").get_by_role("slider")
    handle.wait_for()
    assert float(handle.input_value()) == START[1]
    handle.focus()
    explore.keyboard.press("ArrowRight")
    explore.wait_for_url(re.compile("z2=0.41"))
    live_by_hand(explore)
    opened(explore)
    assert near(place(explore), [START[0], 0.41, START[2]])
    explore.wait_for_url(lambda address: "mode=" not in address and "z2=0.41" in address)
    settled(explore)
    assert "z2=0.41" in explore.url  # no slider that was still there has taken it away


def live_by_hand(page) -> None:
    page.get_by_role("radio", name="Live").or_(
        page.get_by_role("button", name="Live")
    ).first.click()


# Overlays and the slice


@pytest.mark.parametrize("name", ["Density", "Prior", "Posterior", "Trail"])
def test_switch_changes_the_picture_and_back(explore, name):
    put(explore, [0.1, -0.2, 0.3])
    put(explore, START)
    settled(explore)
    box, before = switch(explore, name), picture(explore)
    was = box.is_checked()
    box.set_checked(not was)
    other = picture(explore)
    assert (other != before).any(axis=-1).sum() > 30
    box.set_checked(was)
    if name != "Trail":  # which begins anew
        np.testing.assert_array_equal(picture(explore), before)


def test_switches_plane_and_camera_are_remembered_after_a_reload(explore):
    camera = turned(explore)
    switch(explore, "Density").check()
    switch(explore, "Posterior").uncheck()
    explore.locator(".slice select").select_option(label="z2 × z3")
    settled(explore)
    explore.reload()
    opened(explore)
    names = ("Density", "Posterior", "Prior", "Trail")
    assert [switch(explore, name).is_checked() for name in names] == [True, False, False, True]
    assert explore.locator(".slice select").input_value() == "1-2"
    assert shown(explore, "camera") == camera
    assert near(place(explore), START)
    switch(explore, "Density").uncheck()
    switch(explore, "Posterior").check()
    explore.locator(".slice select").select_option(label="z1 × z2")


def full(page) -> str:
    """The slice once all of its cells are there."""
    page.wait_for_selector(f"{SHEET}[data-cells='15']")
    page.wait_for_timeout(150)
    page.wait_for_selector(f"{SHEET}[data-cells='15']")
    return pixels(page, SHEET)


@pytest.mark.parametrize(("plane", "dims"), [("z1 × z2", (0, 1)), ("z2 × z3", (1, 2))])
def test_pressing_in_the_slice_moves_the_place_within_its_plane(explore, plane, dims):
    choice = explore.locator(".slice select")
    choice.select_option(label=plane)
    sheet = full(explore)
    plot = explore.locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    drag(explore, (box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.6), (60, -30))
    after = moved(explore, START)
    held = ({0, 1, 2} - set(dims)).pop()
    assert after[held] == START[held]
    assert all(after[d] != START[d] for d in dims)
    assert full(explore) == sheet  # it is the same plane
    frame = explore.locator(".plot .frame").bounding_box()
    assert frame["x"] < box["x"] + box["width"] * 0.3 + 60 < frame["x"] + frame["width"]
    plot.focus()
    explore.keyboard.press("ArrowRight")
    by_key = moved(explore, after)
    assert [d for d in range(3) if by_key[d] != after[d]] == [dims[0]]
    explore.keyboard.press("Shift+ArrowDown")
    assert [moved(explore, by_key)[d] < by_key[d] for d in dims] == [False, True]
    explore.get_by_label(f"z{held + 1}", exact=True).fill("-0.7")
    until(explore, lambda: full(explore) != sheet, "the slice has followed")
    choice.select_option(label="z1 × z2")


def test_slice_along_the_screen_follows_the_camera_and_moves_across_it(explore):
    choice = explore.locator(".slice select")
    choice.select_option(label="the plane facing you")
    sheet = full(explore)
    turned(explore)
    put(explore, [-0.3, 0.4, 0.21])  # the plane is cut anew with the place
    until(explore, lambda: full(explore) != sheet, "the slice has followed")
    before, at = place(settled(explore)), shown(explore, "cursor")
    box = explore.locator(".plot").bounding_box()
    explore.locator(".plot").click(position={"x": box["width"] * 0.6, "y": box["height"] / 2})
    moved(explore, before)
    now = shown(explore, "cursor")
    assert now["x"] > at["x"] + 5 and now["y"] == pytest.approx(at["y"], abs=1)
    choice.select_option(label="z1 × z2")


# Machines


def test_lost_graphics_context_leaves_the_view_working_and_comes_back(explore):
    lose_context(explore)
    drag(explore, cursor(explore), (30, 10))
    there = moved(explore, START)
    give_context_back(explore)
    assert place(settled(explore)) == there
    drag(explore, cursor(explore), (-30, 10))
    moved(explore, there)


def test_without_webgl2_the_page_takes_sliders_by_itself_and_live_by_hand_works(open_page, url):
    page = open_page("about:blank")
    page.set_default_timeout(SLOW)
    page.add_init_script(NO_WEBGL2)
    page.goto(f"{url}/?model={MODEL}&z1=0.3")
    handle = page.locator(".st-key-z1").get_by_role("slider")
    handle.wait_for()
    assert handle.input_value() == "0.3"
    page.wait_for_url(re.compile("mode=Sliders"))
    page.wait_for_selector(IDLE)
    live_by_hand(page)
    opened(page)
    assert page.locator(CANVAS).get_attribute("data-renderer") == "canvas"
    before = place(page)
    assert before[0] == 0.3
    drag(page, cursor(page), (40, 20))
    moved(page, before)
    assert page.locator(DIGIT).count() == 1


def test_narrow_screen_fits_and_a_finger_drags_the_cursor(open_page, url):
    page = open_page(f"{url}/?model={MODEL}", width=360, height=740)
    opened(page)
    wide = page.evaluate(
        "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
        ".map(part => part.scrollWidth - part.clientWidth)"
    )
    assert wide == [0, 0]
    faces = page.locator(".pipeline .face").evaluate_all(
        "faces => faces.map(face => face.getBoundingClientRect()).map(({ x, right }) => [x, right])"
    )
    assert len(faces) == 6 and faces[0][0] >= 0 and faces[-1][1] <= 360
    assert all(a[1] < b[0] for a, b in itertools.pairwise(faces))
    page.locator(CANVAS).evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    before, camera, (x, y) = place(page), shown(page, "camera"), cursor(page)
    touch = fingers(page, x, y)
    touch("touchStart", (0, 0))
    for reach in range(8, 48, 8):
        touch("touchMove", (reach, -reach))
    touch("touchEnd")
    moved(page, before)
    assert cursor(page) == pytest.approx((x + 40, y - 40), abs=1.5)
    assert shown(page, "camera") == camera
    assert class_names.collisions(page.locator(CANVAS)) == []
    assert len(class_names.written(page.locator(CANVAS))) == 10
    box, there = page.locator(CANVAS).bounding_box(), place(settled(page))
    touch = fingers(page, box["x"] + 40, box["y"] + box["height"] - 20)
    touch("touchStart", (0, 0))
    for reach in range(12, 132, 12):
        touch("touchMove", (0, -reach))
    touch("touchEnd")
    until(page, lambda: page.locator(CANVAS).bounding_box()["y"] < box["y"] - 40, "it scrolled")
    assert shown(page, "camera") == camera and place(page) == there
    assert "Two fingers zoom" in page.locator(".hint").inner_text()


# Models


def assert_in_shape(live, model) -> None:
    """The picture is PyTorch's, in its colours and as high as wide, and so is the slice."""
    _, height, width = model.config.image_shape
    shown = np.array(live.locator(DIGIT).evaluate(LEVELS)).reshape(height, width, 4)[..., :3]
    label = torch.zeros(1).long() if model.config.classes else None
    with torch.inference_mode():
        expected = model.model.decode(torch.tensor([place(live)]).float(), label)
    assert np.abs(shown - 255 * expected[0].movedim(0, -1).numpy()).max() < 2
    box = live.locator(DIGIT).bounding_box()
    assert box["width"] / box["height"] == pytest.approx(width / height, rel=0.03)
    if model.config.latent_dim > 1:
        cells = int(live.locator(SHEET).get_attribute("data-cells"))
        size = live.locator(SHEET).evaluate("sheet => [sheet.width, sheet.height]")
        assert size == [cells * width, cells * height]


@pytest.mark.parametrize("kind", OPENED)
def test_model_of_this_kind_is_held_live(live, kind):
    latent_dim = KINDS[kind].get("latent_dim", 3)
    encoded = small_model(**KINDS[kind]).encoded
    middle = encoded.mu.mean(dim=0).tolist() if encoded else [0.0] * latent_dim
    choose_model(live, f"{slug(kind)} (run)")
    until(live, lambda: near(place(live), middle, 0.006), "the place is in the middle")
    settled(live)
    assert live.get_by_role("slider").count() == latent_dim
    assert live.locator(".pipeline .part.missing").count() == (0 if encoded else 2)
    assert live.locator(ERROR).count() == 0
    before, digit = place(live), pixels(live, DIGIT)
    handle = live.get_by_label("z1", exact=True)
    handle.fill(handle.get_attribute("max"))
    assert moved(live, before)[1:] == pytest.approx(before[1:], abs=0.006)
    until(live, lambda: pixels(live, DIGIT) != digit, "the digit is another")
    if latent_dim > 1:
        full(live)
    assert_in_shape(live, small_model(**KINDS[kind]))


def test_class_of_a_conditional_model_changes_the_digit_and_is_linked(live):
    choose_model(live, "conditional (run)")
    choice = live.get_by_label("Class", exact=True)
    choice.wait_for()
    settled(live)
    digit = pixels(live, DIGIT)
    choice.select_option("6")
    live.wait_for_url(re.compile(r"label=class\+6"))
    until(live, lambda: pixels(live, DIGIT) != digit, "the digit is of the class")
    choose_model(live, "conditional-with-few-class-names (run)")
    live.wait_for_url(re.compile("model=conditional-with-few"))
    until(live, lambda: choice.input_value() == "0", "a new model begins with its first class")
    settled(live)


def test_model_with_broken_weights_is_refused_in_one_sentence(open_page, url):
    page = open_page(f"{url}/?model={quote('broken (run)')}")
    page.set_default_timeout(SLOW)
    page.wait_for_selector(ERROR)
    said = set(page.locator(ERROR).all_inner_texts())
    assert len(said) == 1 and "not finite" in said.pop()
    assert page.locator("[data-testid=stException]").count() == 0
    choose_model(page, DEFAULT)
    opened(page)
    assert page.locator(ERROR).count() == 0
