"""A hand that drags in the live view, and what the page itself notes of it."""

import math
import time
from typing import NamedTuple

MOVES = 60  # of one drag
PERIOD_SECONDS = 0.02  # no multiple of a frame, so that moves come at all of its moments
REST_MS = 1500  # after which all that follows from a drag has followed
CLOUD = "canvas[data-cursor]"

# Notes each move's moments, among them when the digit's pixels, read back, are others than before;
# and each new sheet of the slice
WATCH = """() => {
    const find = (selector, root = document) => {
        const inner = [...root.querySelectorAll("*")].map((element) => element.shadowRoot);
        const within = (hit, shadow) => hit ?? (shadow && find(selector, shadow));
        return inner.reduce(within, root.querySelector(selector));
    };
    const digit = find("canvas.digit");
    const sheet = find("canvas.sheet");
    const seen = (window.seen = { moves: [], sheets: [] });
    let [move, frame] = [null, 0];
    const { port1, port2 } = new MessageChannel();
    const done = []; // moves whose scripts have run
    port1.onmessage = () => seen.moves.push({ ...done.shift(), submitted: performance.now() });
    const read = () => {
        const { width, height } = digit;
        const context = digit.getContext("2d", { willReadFrequently: true });
        return context.getImageData(0, 0, width, height).data;
    };
    const look = () => { // whether the digit is another one by now
        if (!move || move.changed || read().every((value, i) => value === move.pixels[i])) return;
        move.changed = performance.now();
    };
    const last = () => {
        look();
        if (move && move.z !== digit.dataset.z) {
            const { pixels, ...moments } = move;
            done.push({ ...moments, scripts: performance.now() });
            port2.postMessage(null); // heard once this frame is through
        }
        move = null;
    };
    const first = ({ timeStamp }) => {
        const start = performance.now();
        move ??= { stamp: timeStamp, start, z: digit.dataset.z, pixels: read(), changed: 0 };
    };
    addEventListener("pointermove", first, { capture: true });
    for (const type of ["pointermove", "input"]) {
        addEventListener(type, () => { // by now the page has asked for its frame: ours comes last
            look();
            cancelAnimationFrame(frame);
            frame = requestAnimationFrame(last);
        });
    }
    if (!sheet) return;
    const note = () => seen.sheets.push({ at: performance.now(), cells: +sheet.dataset.cells });
    new MutationObserver(note).observe(sheet, { attributeFilter: ["data-drawn"] });
}"""
TAKE = """() => {
    const { moves, sheets } = window.seen;
    Object.assign(window.seen, { moves: [], sheets: [] });
    return { moves, sheets: sheets.map(({ at, cells }) => [at, cells]) };
}"""


class Drag(NamedTuple):
    """What one drag has shown, times in milliseconds of the page's clock."""

    moves: list[dict[str, float]]  # stamp, start, changed or 0, scripts, submitted
    sheets: list[tuple[float, int]]  # when, and cells along a side
    during: list[int]  # bytes of each message sent while the button was down
    after: list[int]  # and after it was let go


def along_slider(page, index: int) -> list[tuple[float, float]]:
    """To and fro over most of a slider, to end elsewhere than it began."""
    slider = page.locator("input.slider").nth(index)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    side = slider.evaluate("slider => (slider.value > 0 ? -1 : 1)")
    reach = 0.35 * box["width"] * side
    return [(x + reach * math.sin(1.25 * math.tau * k / MOVES), y) for k in range(1 + MOVES)]


def around_cursor(page) -> list[tuple[float, float]]:
    """From the cursor's centre over its surroundings, and back."""
    cloud = page.locator(CLOUD)
    cloud.scroll_into_view_if_needed()
    at = cloud.evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            const { x, y } = JSON.parse(canvas.dataset.cursor);
            return [box.x + x, box.y + y];
        }"""
    )
    turns = [math.tau * k / MOVES for k in range(1 + MOVES)]
    return [(at[0] + 60 * math.sin(a), at[1] + 30 * math.sin(2 * a)) for a in turns]


def drag(page, path: list[tuple[float, float]], sent: list[int]) -> Drag:
    """Drag along a path, stay until all has been drawn, let go, and see what follows."""
    page.mouse.move(*path[0])
    page.mouse.down()
    page.wait_for_timeout(300)  # the press itself is over
    page.evaluate(TAKE)
    sent.clear()
    due = time.perf_counter()
    for at in path[1:]:
        due = max(due + PERIOD_SECONDS, time.perf_counter())
        time.sleep(max(0, due - time.perf_counter()))
        page.mouse.move(*at)
    page.wait_for_timeout(600)
    seen, during = page.evaluate(TAKE), sent.copy()
    sent.clear()
    page.mouse.up()
    page.wait_for_timeout(REST_MS)
    return Drag(seen["moves"], seen["sheets"], during, sent.copy())
