"""A model of molecules, explored: what a drag costs from the pointer to the drawn structure.

    python benchmarks/molecule_drag.py [--model moses-64d] [--drags 4]

The first slider of Explore, and the cursor in the cloud, are dragged in a real Chromium with a move
of the mouse every 20 ms. The browser asks the server for the molecule at the newest place, one
question at a time; the server decodes, reads and draws it. For each place that was drawn the page
measures from the time stamp of the event that led there until its structure stands in the page
(drawn), and for each move until that place or a later one is drawn (caught up), which is what a
hand notices. The server's own part is measured in this process. Needs RDKit.
"""

import statistics
import time

import torch
import tyro
from _drags import REST_MS, along_slider, around_cursor, drag
from _harness import APP, chromium, new_page, percentile, report, server

from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.molecules import chemistry
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.ui.molecules import molecule_space, served_structures

GOAL_MS = 50.0  # median
WATCH = """() => {
  const taken = { moves: [], asked: new Map(), drawn: [], caught: [] };
  window.taken = taken;
  window.seen = { moves: [], sheets: [] }; // as drag asks for
  const note = (event) => taken.moves.push((taken.last = event.timeStamp));
  for (const kind of ["input", "pointermove"]) addEventListener(kind, note, true);
  const find = (selector, root = document) => {
    const inner = [...root.querySelectorAll("*")].map((element) => element.shadowRoot);
    const within = (hit, shadow) => hit ?? (shadow && find(selector, shadow));
    return inner.reduce(within, root.querySelector(selector));
  };
  const [digit, structure] = [find("canvas.digit"), find(".structure")];
  const key = (values) => values.map(Number).join();
  new MutationObserver(() => {
    taken.asked.set(key(JSON.parse(digit.dataset.z)), taken.last); // revisited: the later one
  }).observe(digit, { attributeFilter: ["data-z"] });
  new MutationObserver(() => {
    const place = key(structure.dataset.asked.split("=")[1].split(","));
    const stamp = taken.asked.get(place);
    const now = performance.now();
    if (stamp === undefined) return;
    taken.drawn.push(now - stamp);
    taken.caught.push(...taken.moves.filter((move) => move <= stamp).map((move) => now - move));
    taken.moves = taken.moves.filter((move) => move > stamp);
  }).observe(structure, { attributeFilter: ["data-asked"] });
}"""
TAKE = """() => {
  const { drawn, caught } = window.taken;
  Object.assign(window.taken, { moves: [], drawn: [], caught: [] });
  window.taken.asked.clear();
  return { drawn, caught };
}"""


def main(model: str = "moses-64d", drags: int = 4) -> None:
    """Measure and print."""
    chemistry.require()
    core(model)
    taken: dict[str, list[float]] = {}
    with server(APP) as app, chromium() as browser:
        page = new_page(browser)
        page.goto(f"{app.url}/?model={model}")
        page.locator(".structure svg").wait_for(timeout=120_000)
        page.wait_for_timeout(3 * REST_MS)
        page.evaluate(WATCH)
        paths = {
            "first slider": lambda: along_slider(page, 0),
            "cursor in the cloud": lambda: around_cursor(page),
        }
        for turn in range(1 + drags):
            for name, path in paths.items():
                drag(page, path(), [])
                one = page.evaluate(TAKE)
                if not one["drawn"]:
                    raise SystemExit(f"a drag of the {name} has drawn nothing")
                for kind, word in (("drawn", "a drawn place"), ("caught", "any move")):
                    if turn:  # the first one warms up
                        taken.setdefault(f"{name}: {word}", []).extend(one[kind])
    report("from the pointer's event to the drawn structure", taken)
    for name, times in taken.items():
        print(
            f"{name}: median {statistics.median(times):.1f} ms (wanted: at most {GOAL_MS:g}), "
            f"p95 {percentile(times, 0.95):.1f} ms"
        )


def core(model: str, points: int = 100) -> None:
    """What the server does for one place: decode, read, draw, measure."""
    entry = next(entry for entry in list_models() if entry.key == model)
    assert entry.path is not None
    molecules = molecule_space.of(load_checkpoint(entry.path))
    z = torch.randn(points, len(molecules.space.ranges), generator=torch.Generator().manual_seed(0))
    times = []
    for place in z:
        start = time.perf_counter()
        served_structures.told(molecules, place)
        times.append((time.perf_counter() - start) * 1000)
    report("the server's own part", {"decode, read, draw": times[5:]})


if __name__ == "__main__":
    tyro.cli(main)
