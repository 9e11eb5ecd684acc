"""A page that is left while a part of it asks to run again."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
APP = Path(__file__).parent / "apps" / "switch_app.py"
SLOW = 60_000  # milliseconds a cold start may take on a busy machine
REMEMBER = """() => {
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (message) {
        window.again = () => send.call(this, message);
        send.call(this, message);
    };
}"""


def test_run_of_a_page_that_was_left_does_not_empty_the_next_one(serve, open_page):
    page = open_page(serve(APP))
    page.get_by_role("button", name="Leave").wait_for(timeout=SLOW)
    page.evaluate(REMEMBER)
    page.get_by_role("button", name="Report").click()
    page.get_by_text("reports: 1", exact=True).wait_for()
    page.evaluate("() => { window.late = window.again; }")
    page.get_by_role("button", name="Leave").click()
    page.get_by_text("arriving", exact=True).wait_for()
    page.evaluate("window.late()")
    page.get_by_text("arrived", exact=True).wait_for()
    page.wait_for_timeout(1_000)  # what should not come cannot be waited for
    assert page.get_by_text("arrived", exact=True).is_visible()
    page.get_by_role("button", name="Rerun").click()
    page.get_by_text("runs: 2", exact=True).wait_for()
