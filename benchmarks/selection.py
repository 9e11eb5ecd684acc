"""How long a selection of 100,000 points takes: from the pointer's release until they stand out.

    python benchmarks/selection.py [--points 100000] [--rounds 12]

In a real Chromium with software GL, Explore shows an untrained 3-D model with so many synthetic
codes in ten classes. A lasso of some 120 corners is drawn around most of them, again and again, and
cleared between. Measured in the browser from the moment that the pointer is let go:

- found: until the points inside are known, and the drawing of the cloud in which they stand out has
  been asked of the device;
- shown: until the browser has presented that picture, by its own Event Timing (to 8 ms, from the
  time stamp of the event). It has a fair sample of all points. The goal is held against this;
- complete: until the device has drawn every one of them, in as many pieces as it takes.

A lasso around no point, in turns with the others, says what of "shown" no selection can avoid: its
release removes the outline and changes nothing else.
"""

import math
import os
import statistics
import tempfile
from urllib.parse import quote

import tyro
from _harness import APP, chromium, new_page, report
from launch import serving
from model_kinds import install_model, small_model

GOAL_MS = 100
CORNERS = 120
CANVAS = ".stage canvas[tabindex]"
WATCH = """canvas => {
    const seen = (window.seen = { rounds: [] });
    addEventListener("pointerup", () => {
        const round = { start: performance.now() };
        seen.rounds.push(round);
        const observer = new MutationObserver(() => {
            const { highlighted, resting } = canvas.dataset;
            if (highlighted === "0") return;
            round.count = +highlighted;
            round.found ??= performance.now();
            if (resting !== "true") return;
            round.complete = performance.now();
            observer.disconnect();
        });
        const attributeFilter = ["data-highlighted", "data-resting"];
        observer.observe(canvas, { attributeFilter });
    }, { capture: true });
    new PerformanceObserver((list) => {
        const last = list.getEntriesByName("pointerup").at(-1);
        const round = seen.rounds.at(-1);
        if (last && round) round.shown ??= round.start + last.duration;
    }).observe({ type: "event", durationThreshold: 16 });
}"""
DONE = (
    "count => window.seen.rounds.filter((round) => round.shown && round.complete).length === count"
)


def main(points: int = 100_000, rounds: int = 12) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as runs:
        os.environ["VAE_EXPLORER_RUNS"] = runs
        install_model(small_model(count=points, latent_dim=3))
        env = {"VAE_EXPLORER_RUNS": runs, "VAE_EXPLORER_DATA": f"{runs}/none"}
        with serving(APP, env) as server, chromium() as browser:
            page = new_page(browser)
            page.goto(f"{server.url}/?model={quote('small (run)')}")
            page.wait_for_selector(f"{CANVAS}[data-drawn='{points}'][data-resting=true]")
            measure(page, points, rounds)


def measure(page, points: int, rounds: int) -> None:
    """Select and clear `rounds` times, after one that is not counted; print a table."""
    page.locator(CANVAS).evaluate(WATCH)
    page.get_by_role("button", name="Lasso").click()
    page.evaluate("() => (window.seen.rounds = [])")
    bare = []
    for turn in range(1 + rounds):
        lasso(page, 20, 0.1, 0.08)
        page.wait_for_function("() => window.seen.rounds.at(-1)?.shown")
        bare.append(
            page.evaluate("() => window.seen.rounds.at(-1).shown - window.seen.rounds.at(-1).start")
        )
        page.evaluate("() => window.seen.rounds.pop()")
        lasso(page, 165, 0.5, 0.47)
        page.wait_for_function(DONE, arg=turn + 1)
        page.locator("section.selected .gallery[data-whole=true]").wait_for()
        clear(page, turn + 1)
    taken = page.evaluate("() => window.seen.rounds")[1:]
    since = {
        name: [one[name] - one["start"] for one in taken] for name in ("found", "shown", "complete")
    }
    counts = statistics.median(one["count"] for one in taken)
    report(
        f"a lasso around {counts:,.0f} of {points:,} points",
        {
            "found, drawing asked for": since["found"],
            f"shown (goal: {GOAL_MS})": since["shown"],
            "the same around nothing": bare[1:],
            "complete: all points drawn": since["complete"],
        },
    )
    reached = statistics.median(since["shown"]) <= GOAL_MS
    print(f"goal {'reached' if reached else 'MISSED'}")


def lasso(page, radius: float, across: float, down: float) -> None:
    """Draw an ellipse around a place of the cloud, in shares of its picture."""
    box = page.locator(CANVAS).bounding_box()
    x, y = box["x"] + box["width"] * across, box["y"] + box["height"] * down
    for corner in range(CORNERS):
        angle = math.tau * corner / CORNERS
        page.mouse.move(x + radius * math.cos(angle), y + 0.9 * radius * math.sin(angle))
        if corner == 0:
            page.mouse.down()
    page.mouse.up()


def clear(page, rounds: int) -> None:
    """Select nothing, and wait until the cloud is drawn as before; that release does not count."""
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector(f"{CANVAS}[data-highlighted='0'][data-resting=true]")
    page.evaluate("rounds => window.seen.rounds.splice(rounds)", rounds)


if __name__ == "__main__":
    tyro.cli(main)
