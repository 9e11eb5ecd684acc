"""A model made elsewhere, explored: what a drag costs from the pointer to the changed picture.

    python benchmarks/onnx_drag.py [--drags 4] [--steps 40]

A convolutional VAE of 64 x 64 colour pictures (10 coordinates; its decoder goes from 256 channels
of 4 x 4 pixels by four transposed convolutions to the picture) is trained for some steps, exported
as two ONNX files, and added on the page "Your model" in a real Chromium with software GL. Then a
slider, and the cursor in the cloud, are dragged with a move of the mouse every 20 ms, as in
live_view.py.

For each move after which another place was decoded the page itself measures, from the event's time
stamp, until the picture has been decoded and drawn (drawn), and until the browser has passed the
frame on (painted), which is what the goal is held against. Nothing may be sent to the server
meanwhile.
"""

import statistics
import time

import tyro
from _drags import REST_MS, WATCH, Drag, along_slider, around_cursor, drag
from _harness import APP, LIVE_DIGIT, chromium, new_page, percentile, report, server

# isort: split
import colour_pair  # of tests/support, which the harness has put on the path
import your_model

GOAL_MS = 50.0  # median, from the pointer to the changed picture
PICTURE = "canvas => canvas.toDataURL()"


def main(drags: int = 4, steps: int = 40) -> None:
    """Measure and print."""
    pictures = colour_pair.gradients()
    start = time.perf_counter()
    pair = colour_pair.onnx_pair(pictures, colour_pair.REALISTIC, steps)
    sizes = ", ".join(f"{name} {len(data) / 1e6:.2f} MB" for name, data in pair.items())
    print(f"{sizes}, trained for {time.perf_counter() - start:.0f} s")
    data = {"gradients.npz": colour_pair.array_file(pictures)}
    with server(APP) as app, chromium() as browser:
        page, sent = new_page(browser), []
        page.on("websocket", lambda socket: socket.on("framesent", lambda f: sent.append(len(f))))
        your_model.visit(page, app.url)
        page.set_default_timeout(300_000)
        your_model.read(page, pair, data)
        your_model.explore(page)
        page.wait_for_timeout(2 * REST_MS)
        page.evaluate(WATCH)
        taken = {"first slider": [], "cursor in the cloud": []}
        paths = (lambda: along_slider(page, 0), lambda: around_cursor(page))
        for turn in range(1 + drags):
            for name, path in zip(taken, paths, strict=True):
                one = watched(page, path(), sent)
                taken[name] += [one] if turn else []
        tell(taken)


def watched(page, path: list[tuple[float, float]], sent: list[int]) -> Drag:
    """A drag, which has to change the picture."""
    before = page.locator(LIVE_DIGIT).evaluate(PICTURE)
    one = drag(page, path, sent)
    if not one.moves or page.locator(LIVE_DIGIT).evaluate(PICTURE) == before:
        raise SystemExit("a drag has changed nothing")
    return one


def tell(taken: dict[str, list[Drag]]) -> None:
    """What moves of the mouse took."""
    spans = {"drawn": "scripts", "painted": "submitted"}
    samples = {
        f"{name}: {span}": [m[end] - m["stamp"] for one in drags for m in one.moves]
        for name, drags in taken.items()
        for span, end in spans.items()
    }
    report("a move while dragging, from its event", samples)
    for name in taken:
        times = samples[f"{name}: painted"]
        print(
            f"\n{name}, pointer to changed picture: median {statistics.median(times):.1f} ms "
            f"(wanted: at most {GOAL_MS:g}), p95 {percentile(times, 0.95):.1f} ms, "
            f"{len(times)} pictures"
        )
    messages = sum(len(one.during) for drags in taken.values() for one in drags)
    print(f"messages sent while dragging: {messages} (wanted: 0)")


if __name__ == "__main__":
    tyro.cli(main)
