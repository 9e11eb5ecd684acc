"""What the first visitor of a cold server waits for, against a hello-world app.

    python benchmarks/cold_start.py [--rounds 3]

In turns, a new server process of each app and one fresh Chromium page: how long from the navigation
until the digit that the browser decodes (or the text "hello") is visible, and how long from
launching the process.
"""

import time

import tyro
from _harness import APP, HELLO, LIVE_DIGIT, chromium, new_page, ratio, report, server

GOAL = 2.0  # times hello-world, from the navigation on
APPS = {"hello world, text": (HELLO, "text=hello"), "Explore, decoded digit": (APP, LIVE_DIGIT)}


def main(rounds: int = 3) -> None:
    """Measure and print."""
    navigations = {name: [] for name in APPS}
    launches = {name: [] for name in APPS}
    with chromium() as browser:
        _visit(browser, HELLO, "text=hello")  # the browser's own first start is not measured
        for _ in range(rounds):
            for name, (app, shown) in APPS.items():
                navigation, launch = _visit(browser, app, shown)
                navigations[name].append(navigation)
                launches[name].append(launch)
    report("navigation to visible", navigations)
    report("launch of the server to visible", launches)
    hello, ours = navigations.values()
    print(f"\nratio of medians, from the navigation on: {ratio(ours, hello):.2f} (goal {GOAL})")
    hello, ours = launches.values()
    print(f"ratio of medians, from the launch on:     {ratio(ours, hello):.2f}")


def _visit(browser, app, shown: str) -> tuple[float, float]:
    """Milliseconds from the navigation, and from the launch of a new server, until all is there."""
    with server(app) as process:
        page = new_page(browser)
        start = time.perf_counter()
        page.goto(process.url, wait_until="commit")
        page.wait_for_selector(shown)
        end = time.perf_counter()
        page.context.close()
    return 1000 * (end - start), 1000 * (end - process.launched)


if __name__ == "__main__":
    tyro.cli(main)
