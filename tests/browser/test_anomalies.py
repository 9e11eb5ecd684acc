"""The anomaly lab in a real Chromium: choices by mouse, and what the charts draw."""

import accessibility
import pytest
from devices import IDLE, until

pytestmark = pytest.mark.browser
SLOW = 120_000  # milliseconds that a busy machine may take to score pictures
HISTOGRAM = "[data-testid=stVegaLiteChart][aria-label^=Histograms]"
RULE = f"{HISTOGRAM} .mark-rule.role-mark line"
BARS = f"{HISTOGRAM} .mark-rect.role-mark"
DIFFERENT = """([selector, before]) => {
    const found = document.querySelector(selector);
    return found && found.outerHTML !== before;
}"""


@pytest.fixture
def lab(open_page, app_url):
    """lab(link="", **window) -> the page with its charts drawn."""

    def opened(link: str = "", **window):
        page = open_page(f"{app_url}/anomalies?model=digits-3d&{link}", **window)
        page.set_default_timeout(SLOW)
        page.wait_for_selector(RULE, state="attached")
        page.wait_for_selector(IDLE)
        return page

    return opened


def html(page, selector: str) -> str:
    """An element as it is now."""
    return page.locator(selector).first.evaluate("element => element.outerHTML")


def changed(page, selector: str, before: str) -> str:
    """Wait until an element is another one than before."""
    page.wait_for_function(DIFFERENT, arg=[selector, before], timeout=SLOW)
    return html(page, selector)


def test_another_corruption_changes_preview_figures_and_charts(lab):
    page = lab()
    watched = ("img[alt^='Anomalies: the first']", ".lab-summary", ".lab-scores", BARS)
    before = {selector: html(page, selector) for selector in watched}
    page.get_by_role("radio", name="occluded").or_(
        page.get_by_role("button", name="occluded")
    ).first.click()
    for selector, was in before.items():
        changed(page, selector, was)
    page.wait_for_url(lambda address: "corruption=occluded" in address)


def test_threshold_moves_its_line_and_the_shares(lab):
    page = lab("corruption=mirrored")
    line, shares, table = (html(page, s) for s in (RULE, ".lab-summary", ".lab-scores"))
    handle = page.locator(".st-key-quantile").get_by_role("slider")
    handle.focus()
    for _ in range(3):
        page.keyboard.press("PageDown")
    changed(page, RULE, line)
    changed(page, ".lab-summary", shares)
    assert html(page, ".lab-scores") == table


def test_famous_failure_is_shown_by_a_click(lab):
    page = lab()
    page.wait_for_selector(IDLE)
    page.get_by_text("Teach me").click()
    page.wait_for_selector(IDLE)

    def chosen() -> bool:
        if "anomalies=" not in page.url:  # a button that is drawn anew loses its click
            page.locator(".st-key-teach_class button").click()
            page.wait_for_selector(IDLE)
        return "anomalies=" in page.url

    until(page, chosen, "the case is in the address")
    page.wait_for_selector("[aria-label*='ROC'][aria-label*='−ELBO in bold']")
    assert "95 %" in page.locator(".lab-summary").inner_text()
    auroc = page.locator(".lab-summary > div").first
    until(page, lambda: float(auroc.inner_text().split()[1]) < 0.5, "likelihood is inverted")
    accessibility.check(page)


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_screen_needs_no_sideways_scrolling(lab, dark):
    page = lab(width=400, height=800, dark=dark)
    wide = page.evaluate(
        "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
        ".map(part => part.scrollWidth - part.clientWidth)"
    )
    assert wide == [0, 0]
