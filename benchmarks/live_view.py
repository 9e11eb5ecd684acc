"""Explore as it is at first, decoding in the browser: what a drag costs, and what a page load.

    python benchmarks/live_view.py [--drags 5] [--loads 5]

In a real Chromium with software GL, on the default model (D = 3, 10,000 points), some 50 moves of
the mouse a second drag the first slider and the cursor in the cloud. The page itself measures,
for each move after which another place was decoded:

- waiting: from the event's time stamp until the first handler hears of it. Chromium hands moves to
  a page at the begin of its next frame: up to 16.7 ms later whatever the page does, and longer
  where the pictures of earlier frames are still being put together;
- working: from that first handler until the digit is decoded and all of the page's drawing calls
  for this frame have been made (drawn), which is what the goal is held against; and until the
  browser, too, has done its styles, layout and paint and has passed the frame on (painted). What
  the compositor and the device do then, or a worker does meanwhile, is not counted;
- changed: from that first handler until the pixels of the digit's canvas, read back after each of
  the page's handlers and callbacks, are others than before it. And, what is held against the goal,
  until the frame in which they are has been passed on as above: a script cannot see the screen
  itself, and nobody sees a canvas that has changed before;
- event to frame: both together. A bare page with one slider, dragged in turns with the others, says
  how much of that no page can avoid;
- frame to frame: how often one sees something new. Moves come every 20 ms at most.

Then the third slider is dragged, for which each move needs another slice: how often a new one
appears, and how long after the last move all of its cells are there. Counted during the drags, and
after each, are the messages that the browser sends on Streamlit's websocket. At last fresh visitors
of a warm server load the page, in turns with a hello-world app on a warm server of its own.
"""

import itertools
import statistics
import time
from collections.abc import Callable

import tyro
from _drags import REST_MS, WATCH, Drag, along_slider, around_cursor, drag
from _harness import APP, HELLO, LIVE_DIGIT, chromium, new_page, percentile, report, server

GOALS = {
    "median": 4.0,
    "p95": 16.7,
}  # milliseconds, from the event's handler to the last drawing call
CHANGED_GOALS = {"median": 8.0, "p95": 16.7}  # and to a frame with another digit
SHEETS_GOAL, CELLS_GOAL, FULL_GOAL_MS = 20, 7, 250  # of the living slice
FULL = 15  # cells along a side at rest
LOAD_GOAL_SECONDS, BLOB_GOAL_BYTES = 1.3, 4_000_000

# What `WATCH` needs of a page: a slider, and a canvas that says which place it shows
BARE = """<canvas class="digit" data-z="" width="28" height="28"></canvas>
<input class="slider" type="range" min="-3" max="3" step="0.01" style="width: 300px">
<script>
    const [digit, slider] = document.body.children;
    const pixels = digit.getContext("2d", { willReadFrequently: true });
    const show = () => {
        digit.dataset.z = slider.value;
        pixels.fillStyle = `hsl(${60 * slider.value}deg 80% 50%)`;
        pixels.fillRect(0, 0, 28, 28);
    };
    slider.addEventListener("input", () => requestAnimationFrame(show));
</script>"""


def main(drags: int = 5, loads: int = 5) -> None:
    """Measure and print."""
    with server(APP) as ours, server(HELLO) as hello, chromium() as browser:
        bare, page, sent = new_page(browser), new_page(browser), []
        bare.set_content(BARE)
        page.on("websocket", lambda socket: socket.on("framesent", lambda f: sent.append(len(f))))
        page.goto(ours.url)
        page.wait_for_selector(LIVE_DIGIT)
        page.wait_for_timeout(2 * REST_MS)
        hands = {
            "first slider": lambda: drag(page, along_slider(page, 0), sent),
            "cursor in the cloud": lambda: drag(page, around_cursor(page), sent),
            "third slider": lambda: drag(page, along_slider(page, 2), sent),
            "bare page": lambda: drag(bare, along_slider(bare, 0), []),
        }
        for each in (page, bare):
            each.evaluate(WATCH)
        taken = take_turns(hands, drags)
        bare.context.close()
        page.context.close()
        tell_moves(taken)
        tell_slice(taken["third slider"])
        tell_messages([one for name in list(hands)[:3] for one in taken[name]])
        tell_loads(browser, ours.url, hello.url, loads)


def take_turns(hands: dict[str, Callable[[], Drag]], drags: int) -> dict[str, list[Drag]]:
    """So many drags of each kind, after one of each that is not counted."""
    taken = {name: [] for name in hands}
    for turn in range(1 + drags):
        for name, hand in hands.items():
            one = hand()
            if turn:
                taken[name].append(one)
    return taken


def tell_moves(taken: dict[str, list[Drag]]) -> None:
    """What moves of the mouse took."""
    spans = {
        "waiting": ("stamp", "start"),
        "changed, read back": ("start", "changed"),
        "working, drawn": ("start", "scripts"),
        "working, painted": ("start", "submitted"),
        "event to frame": ("stamp", "submitted"),
    }
    samples = {}
    for name in ("first slider", "cursor in the cloud", "bare page"):
        moves = [move for one in taken[name] for move in one.moves if move["changed"]]
        if not moves:
            raise SystemExit(f"{name}: no move has changed the digit")
        samples |= {
            f"{name}: {span}": [move[end] - move[begin] for move in moves]
            for span, (begin, end) in spans.items()
        }
        ends = [[move["submitted"] for move in one.moves] for one in taken[name]]
        samples[f"{name}: frame to frame"] = [
            later - sooner for end in ends for sooner, later in itertools.pairwise(end)
        ]
    report("a move while dragging", samples)
    print()
    floor = statistics.median(samples["bare page: event to frame"])
    for name in ("first slider", "cursor in the cloud"):
        whole = statistics.median(samples[f"{name}: event to frame"])
        tell_goals(f"{name}, working", samples[f"{name}: working, drawn"], GOALS)
        tell_goals(f"{name}, changed", samples[f"{name}: working, painted"], CHANGED_GOALS)
        print(f"{name}, event to frame: median {whole - floor:+.1f} ms against the bare page")


def tell_goals(name: str, times: list[float], goals: dict[str, float]) -> None:
    """A line for milliseconds and what was wanted of them."""
    print(
        f"{name}: median {statistics.median(times):.1f} ms (wanted: at most {goals['median']}), "
        f"p95 {percentile(times, 0.95):.1f} ms (wanted: at most {goals['p95']})"
    )


def tell_slice(taken: list[Drag]) -> None:
    """How the living slice has followed."""
    gaps, cells, rests, seconds, count = [], [], [], 0.0, 0
    for one in taken:
        begin, end = one.moves[0]["stamp"], one.moves[-1]["stamp"]
        moving = answers(one, begin, end)
        gaps += [b - a for (a, _), (b, _) in itertools.pairwise(moving)]
        cells += [n for _, n in moving]
        seconds += (end - begin) / 1000
        count += len(moving)
        rests += [at - end for at, n in one.sheets if at > end and n == FULL][:1]
    if len(rests) < len(taken):
        print(f"\nafter {len(taken) - len(rests)} drags the full slice did not appear")
    least, usual = min(cells), statistics.median(cells)
    report(
        "the living slice",
        {"from one to the next, dragging": gaps, f"last move to {FULL} x {FULL}": rests},
    )
    print(
        f"\nslices a second: {count / seconds:.1f} (wanted: at least {SHEETS_GOAL}), "
        f"{usual:g} cells a side, at least {least} (wanted: at least {CELLS_GOAL})"
    )
    print(
        f"last move to {FULL} x {FULL}: median {statistics.median(rests):.0f} ms, "
        f"at most {max(rests):.0f} ms (wanted: at most {FULL_GOAL_MS})"
    )


def answers(one: Drag, begin: float, end: float) -> list[tuple[float, int]]:
    """The first new slice after each move: a slow browser has time for a second, fuller one."""
    first = {}
    for at, cells in one.sheets:
        if begin <= at <= end:
            move = sum(move["start"] <= at for move in one.moves)
            first.setdefault(move, (at, cells))
    return list(first.values())


def tell_messages(taken: list[Drag]) -> None:
    """What was sent to the server."""
    during = sum(len(one.during) for one in taken)
    counts = [len(one.after) for one in taken]
    bytes_after = [size for one in taken for size in one.after]
    largest = f", at most {max(bytes_after):,} bytes each" if bytes_after else ""
    print(f"\nmessages sent while dragging, {len(taken)} drags: {during} (wanted: 0)")
    print(f"messages sent after each: {min(counts)} to {max(counts)} (wanted: 1, small){largest}")


def tell_loads(browser, ours: str, hello: str, loads: int) -> None:
    """What fresh visitors of warm servers wait for, and what they are sent."""
    apps = {
        "hello world, text": (hello, "text=hello"),
        "Explore, decoded digit": (ours, LIVE_DIGIT),
    }
    times, received = {name: [] for name in apps}, []
    for turn in range(1 + loads):
        for name, (url, shown) in apps.items():
            milliseconds, largest = visit(browser, url, shown)
            if turn:
                times[name].append(milliseconds)
                received.append(largest)
    report("page load, warm server, fresh visitor", times)
    empty, explore = map(statistics.median, times.values())
    print(
        f"\ndifference of medians: {(explore - empty) / 1000:.2f} s "
        f"(wanted: at most {LOAD_GOAL_SECONDS})"
    )
    print(
        f"largest message, which holds model and cloud: {max(received) / 1e6:.2f} MB "
        f"(wanted: at most {BLOB_GOAL_BYTES / 1e6:g})"
    )


def visit(browser, url: str, shown: str) -> tuple[float, int]:
    """Milliseconds from the navigation on, and the bytes of the largest message received."""
    page, received = new_page(browser), [0]
    hear = lambda frame: received.append(len(frame))  # noqa: E731
    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(shown)
    end = time.perf_counter()
    page.context.close()
    return 1000 * (end - start), max(received)


if __name__ == "__main__":
    tyro.cli(main)
