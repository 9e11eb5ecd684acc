"""Every lesson in a real Chromium, done by a learner's own acts: a step is done by nothing else."""

import contextlib
import re
from collections.abc import Callable

import accessibility
import pytest
from devices import IDLE, until
from playwright.sync_api import TimeoutError

from vae_explorer.training.runs.model_library import DEFAULT
from vae_explorer.ui.pages.learn.lesson import Lesson, Step, lessons

pytestmark = pytest.mark.browser
SLOW = 120_000  # milliseconds that a busy machine may take
EXPLAINED = "[data-testid=stAlertContentSuccess], [data-testid=stAlertContentWarning]"
OPTIONS = "[data-testid=stRadio] label:has(input)"
RANGE = "input[type=range]"
PATIENCE = 3_000  # milliseconds until an act is tried again
TRIES = 40  # of an act that has to be done several times


def press(selector: str, *keys: str, nth: int = 0) -> Callable:
    """Keys on an element."""

    def act(page) -> None:
        page.locator(selector).nth(nth).focus()
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_selector(IDLE)

    return act


def click(name: str) -> Callable:
    """A click on a button, unless what it does is under way or done."""

    def act(page) -> None:
        with contextlib.suppress(TimeoutError):  # a run of the page may disable it meanwhile
            page.get_by_role("button", name=name).first.click(timeout=PATIENCE)

    return act


def option(name: str) -> Callable:
    """A click on one of a row of options, which a role of its own or a button may be."""
    return lambda page: (
        page.locator("[data-testid=stMain] [data-testid=stButtonGroup]")
        .get_by_text(name, exact=True)
        .click()
    )


def tile(row: str, number: int) -> Callable:
    """A click on a picture of a row, which is then the chosen one."""

    def act(page) -> None:
        chosen = page.get_by_role("group", name=row).get_by_role("button").nth(number)
        chosen.click()
        until(page, lambda: chosen.get_attribute("aria-pressed") == "true", "it is chosen")
        page.wait_for_selector(IDLE)

    return act


def measured(number: int) -> list[Callable]:
    """A picture chosen and measured."""
    button = "Measure this digit"

    def done(page) -> None:
        until(page, lambda: page.get_by_role("button", name=button).is_disabled(), "measured")

    return [tile("Digits to choose from", number), click(button), done]


SLIDER = "[data-testid=stSlider] input[type=range]"
EXAMPLES = "Digits to choose from"
ACTS: dict[str, list[Callable]] = {  # the last one is repeated until the step is done
    "one-axis": [press(RANGE, "Home"), press(RANGE, "End")],
    "another-axis": [option("z2"), option("z3")],
    "empty-places": [press(RANGE, "End", nth=n) for n in range(3)],
    "walks": [tile("Walk from", 2), tile("Walk from", 3), tile("Walk from", 4)],
    "samples": [click("Draw 12 points")],
    "hold-the-noise": [press(RANGE, "End")],
    "two-gradients": [click("Draw 40 estimates")],
    "two-terms": [tile(EXAMPLES, n) for n in (1, 2, 3)],
    "move-the-code": [press(SLIDER, "End")],
    "sum-or-mean": [click("Train: sum"), click("Train: mean")],
    "trade": [click(f"Train: β = {beta}") for beta in ("0.1", "1", "4")],
    "collapse": [click("Train: β = 20"), click("Train: β = 20, one"), click("Train: β = 1")],
    "while-training": [press(RANGE, "Home"), press(RANGE, *["ArrowRight"] * 10)],
    "two-sources": [click("Draw 100 points")],
    "a-mean": [press(SLIDER, "ArrowRight")],
    "more-coordinates": [option(f"mnist-{size}d") for size in (2, 10, 32)],
    "fading": [press(SLIDER, "Home")],
    "amortisation": [act for number in (0, 1, 2) for act in measured(number)],
}


NARROW = {"width": 390, "height": 844, "dark": True}
MODELS = {"wide": "mnist-3d", "narrow": "mnist-plain-3d"}  # another one, whose figures differ
OF_NO_MODEL = {"sizes", "training"}  # stages that measure other models, or train one
figures: dict[tuple[str, str], list[str]] = {}  # (step, model) -> what its text said


def said(page) -> list[str]:
    """The numbers of the explanation that is shown."""
    text = page.locator("[data-testid=stMain]").inner_text()
    explanation = re.split(r"Your prediction came true|It came otherwise", text)[-1]
    return re.findall(r"\d+[.,]?\d*", re.split("Next step|The lesson is done", explanation)[0])


def explained(page) -> bool:
    return page.locator(EXPLAINED).count() > 0


def predict(page, step: Step) -> None:
    """Take the first option: without a prediction nothing counts."""
    page.locator(OPTIONS).first.click()
    button = page.get_by_role("button", name="That is my prediction")
    until(page, button.is_enabled, "a prediction can be made")
    button.click()
    page.get_by_text("You predict:").wait_for(timeout=SLOW)
    page.wait_for_selector(IDLE)
    assert not explained(page), f"{step.id} was done by no act of the learner"


def act(page, step: Step) -> None:
    """Do what the step asks for, as often as it takes."""
    acts = ACTS[step.id]
    for number in range(TRIES):
        if explained(page):
            return
        acts[min(number, len(acts) - 1)](page)
        page.wait_for_selector(IDLE, timeout=SLOW)
    page.wait_for_selector(EXPLAINED, timeout=SLOW)


@pytest.fixture(scope="module")
def learners(app_url, open_tab) -> dict:  # the server goes last
    """For each window a page that tests share, with all lessons."""
    windows = {"wide": {"width": 1280}, "narrow": NARROW}
    return {
        window: open_tab(f"{app_url}/learn?model={MODELS[window]}", **size)
        for window, size in windows.items()
    }


def begin(page, lesson: Lesson):
    """Go from all lessons, or from another one, to a lesson."""
    page.set_default_timeout(SLOW)
    page.wait_for_selector(IDLE)
    if (button := page.get_by_role("button", name="All lessons")).is_visible():
        button.click()
    page.get_by_role("button", name=f"Begin: {lesson.title}", exact=True).click()
    page.wait_for_url(re.compile(f"lesson={lesson.id}&?"))
    page.wait_for_selector(IDLE)


@pytest.mark.parametrize("window", ["wide", "narrow"])
@pytest.mark.parametrize("lesson", lessons().values(), ids=lessons())
def test_lesson_is_done_by_its_own_acts(learners, lesson: Lesson, window):
    page = learners[window]
    begin(page, lesson)
    assert f"model={MODELS[window]}" in page.url or MODELS[window] == DEFAULT
    for number, step in enumerate(lesson.steps, start=1):
        page.get_by_text(step.question).wait_for()
        page.wait_for_url(re.compile(rf"step={number}\b"))
        predict(page, step)
        act(page, step)
        figures[step.id, MODELS[window]] = said(page)
        text = page.locator("[data-testid=stMain]").inner_text()
        assert "{" not in text and "nan" not in text.lower().split()
        if number < len(lesson.steps):
            page.get_by_role("button", name="Next step").click()
    page.get_by_text("The lesson is done.").wait_for()
    accessibility.check(page)
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide), "the page is wider than the window"
    first, second = (
        [figures.get((step.id, name)) for step in lesson.steps if step.stage not in OF_NO_MODEL]
        for name in MODELS.values()
    )
    assert first != second or not first, "the lesson says the same figures of two models"


def test_progress_stays_in_the_browser(open_page, app_url):
    page = open_page(f"{app_url}/learn?lesson=elbo&step=2")
    page.set_default_timeout(SLOW)
    page.wait_for_selector(IDLE)
    step = lessons()["elbo"].steps[1]
    predict(page, step)
    act(page, step)
    kept = "JSON.parse(localStorage['vae-explorer:learn'] ?? '{}').elbo?.['move-the-code']?.done"
    until(page, lambda: page.evaluate(kept), "the browser has kept it")
    page.goto(f"{app_url}/learn")  # another session of the same browser
    page.get_by_text("1 of 3 steps done").wait_for()
