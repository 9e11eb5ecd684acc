"""How the cloud keeps up with 10,000, 70,000 and 1,000,000 points.

    python benchmarks/cloud_scale.py [--rounds 8]

In a real Chromium the cloud of tests/browser/apps/cloud_app.py is turned, a little before every
frame; then let go, until all points are drawn; then clicked. Measured in the browser: from one
drawn frame to the next while turning, and how long the device works on such a frame of perhaps
fewer points; the device's work on the full picture at rest, in one or many pieces; and what the
page does for a click, which is to find the point under it.
"""

import os
import statistics

import tyro
from _harness import ROOT, chromium, new_page, report, server

APP = ROOT / "tests" / "browser" / "apps" / "cloud_app.py"
CLOUD = "canvas[data-camera]"
COUNTS = (10_000, 70_000, 1_000_000)
WATCH = """canvas => {
    const seen = window.seen = { frames: [], device: [], drawn: [], clicks: [], camera: "" };
    new MutationObserver(() => {
        const { camera, finished, drawn } = canvas.dataset;
        if (camera === seen.camera) return;
        seen.camera = camera;
        seen.frames.push(performance.now());
        seen.device.push(+finished);
        seen.drawn.push(+drawn);
    }).observe(canvas, { attributes: true, attributeFilter: ["data-camera"] });
    canvas.addEventListener("pointerdown", (event) => (seen.pointer = event.pointerId));
    let pressed;
    addEventListener("pointerup", () => (pressed = performance.now()), { capture: true });
    addEventListener("pointerup", () => seen.clicks.push(performance.now() - pressed));
}"""
TURN = """async (canvas, steps) => {
    const box = canvas.getBoundingClientRect();
    for (let step = 1; step <= steps; step++) {
        await new Promise(requestAnimationFrame);
        const angle = (2 * Math.PI * step) / steps;
        const clientX = box.x + box.width / 2 + 80 * Math.sin(angle);
        const clientY = box.y + box.height / 2 + 40 * (1 - Math.cos(angle));
        const pointerId = window.seen.pointer;
        canvas.dispatchEvent(new PointerEvent("pointermove", { pointerId, clientX, clientY }));
    }
}"""
TAKE = """() => {
    const { frames, device, drawn } = window.seen;
    window.seen.frames = []; window.seen.device = []; window.seen.drawn = [];
    return { gaps: frames.slice(1).map((time, i) => time - frames[i]), device, drawn };
}"""
RENDERER = """() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    const info = gl?.getExtension("WEBGL_debug_renderer_info");
    return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "none";
}"""


def main(rounds: int = 8) -> None:
    """Measure and print."""
    with chromium() as browser:
        for count in COUNTS:
            os.environ["CLOUD_POINTS"] = str(count)
            with server(APP) as process:
                measure(browser, process.url, count, rounds)


def measure(browser, url: str, count: int, rounds: int) -> None:
    """Turn, rest and click `rounds` times; print a table."""
    page = new_page(browser)
    page.goto(url)
    page.wait_for_selector("canvas[data-marker*='point']")
    wait_for_rest(page, count)
    canvas = page.locator(CLOUD)
    canvas.evaluate(WATCH)
    gaps, device, drawn, full = [], [], [], []
    for turn in range(rounds):
        orbit(page)
        moving = page.evaluate(TAKE)
        if turn:  # the first teaches the page what it can afford
            gaps += moving["gaps"]
            device += moving["device"][1:]
            drawn += moving["drawn"]
        wait_for_rest(page, count)
        full.append(float(canvas.get_attribute("data-finished")))
        click(page)
    clicks = page.evaluate("() => window.seen.clicks")[1::2]  # the others ended a drag
    title = f"{count:,} points, {canvas.get_attribute('data-renderer')}: "
    report(
        title + page.evaluate(RENDERER),
        {
            "turning: frame to frame": gaps,
            f"turning: device, {statistics.median(drawn):,.0f} points": device,
            "at rest: device, all points": full,
            "click: finding the point": clicks,
        },
    )
    page.context.close()


def orbit(page, steps: int = 120) -> None:
    """Drag along a circle over the cloud."""
    box = page.locator(CLOUD).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.locator(CLOUD).evaluate(TURN, steps)
    page.mouse.up()


def click(page) -> None:
    """Click on the middle of the cloud, and wait until the page has answered."""
    box = page.locator(CLOUD).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(1500)


def wait_for_rest(page, count: int) -> None:
    """Wait until all points are drawn, and the device has done so."""
    page.wait_for_timeout(300)
    page.wait_for_selector(f"{CLOUD}[data-drawn='{count}'][data-resting='true']")


if __name__ == "__main__":
    tyro.cli(main)
