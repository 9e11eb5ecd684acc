"""What people, fingers and drivers do to a page, where Playwright has no word of its own for it."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError

IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"  # the script has run to its end
NO_WEBGL2 = """
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind === "webgl2" ? null : getContext.call(this, kind, ...rest);
    };
"""
LOSE_CONTEXT = """canvas => {
    const lost = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
    window.giveBack = () => lost.restoreContext();
    lost.loseContext();
}"""
# Paste a file of (base64, type) where the focus is; whether somebody took it
PASTE = """([base64, type]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "picture", { type }));
    const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    return !document.activeElement.dispatchEvent(paste);
}"""
CLOUD = ".stage canvas[tabindex]"  # the uppermost of the pile, which says how all are drawn
POINTS = 1  # the canvas of the pile that WebGL2 draws


def lose_context(page) -> None:
    """Take the graphics context away, as a driver would: the cloud is drawn without it."""
    page.locator(".stage canvas").nth(POINTS).evaluate(LOSE_CONTEXT)
    page.wait_for_selector(f"{CLOUD}[data-renderer=canvas]")


def give_context_back(page) -> None:
    """Return what `lose_context` took: the cloud is drawn with it again."""
    page.evaluate("window.giveBack()")
    page.wait_for_selector(f"{CLOUD}[data-renderer=webgl2]")


def fingers(page, x: float, y: float) -> Callable[..., None]:
    """touch(kind, *places): a touch event of so many fingers, each (dx, dy) away from x, y."""
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x + dx, "y": y + dy, "id": n} for n, (dx, dy) in enumerate(places)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


def until(page, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for a condition; the page goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain until {what}")
        page.wait_for_timeout(20)


def downloaded(page, key: str) -> bytes:
    """The file behind a download button.

    A run of the page that begins with the click puts another file there, and Streamlit then has
    none to give: as a person would, it is clicked again.
    """
    for patience in (10_000, 90_000):
        page.wait_for_selector(IDLE)
        with contextlib.suppress(TimeoutError):
            with page.expect_download(timeout=patience) as waiting:
                page.locator(f".st-key-{key} button").click()
            return Path(waiting.value.path()).read_bytes()
    pytest.fail(f"{key} has no file to give")


def choose(page, key: str, option: str) -> None:
    """Choose an option of a select box by mouse."""
    page.locator(f".st-key-{key} [data-baseweb=select], .st-key-{key} input").first.click()
    page.get_by_role("option", name=option, exact=True).click()
