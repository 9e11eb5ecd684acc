"""What goes over the wire when the point moves: not the cloud, and the camera stays.

    python benchmarks/cloud_traffic.py [--steps 20]

Counts the bytes that a real Chromium receives on Streamlit's websocket: for Explore's first view
while the server decodes, and for each step of a slider. Before the steps the cloud is turned with
the mouse; afterwards its camera must be where it was left.
"""

import statistics

import tyro
from _harness import APP, DECODED, SLIDERS, chromium, new_page, server

CLOUD = "canvas[data-camera]"
PAUSE_MS = 700  # after which a step has been answered in full


def main(steps: int = 20) -> None:
    """Measure and print."""
    with server(APP) as process, chromium() as browser:
        page, received = new_page(browser), []
        hear = lambda frame: received.append(len(frame))  # noqa: E731
        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.goto(f"{process.url}/?{SLIDERS}")
        page.wait_for_selector(DECODED)
        page.wait_for_selector("canvas[data-marker*='point']")
        page.wait_for_timeout(3000)
        first = sum(received)
        before = page.get_attribute(CLOUD, "data-camera")
        turn(page)
        turned = page.get_attribute(CLOUD, "data-camera")
        sliders = page.get_by_role("slider")
        print(f"first view            {first:10,} bytes")
        for index in range(sliders.count()):
            costs = [step(page, sliders.nth(index), received) for _ in range(steps)]
            middle = statistics.median(costs)
            name = f"a step of z{index + 1}"
            print(f"{name:22}{middle:10,.0f} bytes, at most {max(costs):,}", end="")
            print(f"; {middle / first:.3f} of the first view")
        after = page.get_attribute(CLOUD, "data-camera")
        print(f"camera turned by mouse: {turned != before}; kept while moving: {after == turned}")


def turn(page) -> None:
    """Drag across the cloud, and wait until it has come to rest."""
    box = page.locator(CLOUD).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y - 30, steps=6)
    page.mouse.up()
    page.wait_for_timeout(1500)


def step(page, slider, received: list[int]) -> int:
    """One press of a key on a slider; the bytes that it brought."""
    received.clear()
    slider.press("ArrowRight")
    page.wait_for_timeout(PAUSE_MS)
    return sum(received)


if __name__ == "__main__":
    tyro.cli(main)
