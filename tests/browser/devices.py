"""What people, fingers and drivers do to a page, where Playwright has no word of its own for it."""

from collections.abc import Callable

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


def choose(page, key: str, option: str) -> None:
    """Choose an option of a select box by mouse."""
    page.locator(f".st-key-{key} [data-baseweb=select], .st-key-{key} input").first.click()
    page.get_by_role("option", name=option, exact=True).click()
