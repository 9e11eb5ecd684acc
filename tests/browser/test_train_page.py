"""Train in a real Chromium: real processes, as people start, watch, leave, stop and replay them."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import accessibility
import launch
import pytest
from devices import IDLE, choose

from vae_explorer.presets import PRESETS
from vae_explorer.training.runs.run_folder import ALIVE, Run, list_runs

pytestmark = pytest.mark.browser
APP = launch.ROOT / "app.py"
SLOW = 60_000  # milliseconds that a busy machine may take
ENDLESS = 5000  # epochs: a run that goes on until it is stopped
ERROR = "[data-testid=stAlertContentError]"
TROUBLE = f"{ERROR}, [data-testid=stException]"
LISTEN = """replay => {
    window.seen = [];
    const note = () => window.seen.push(Number(replay.dataset.epoch));
    new MutationObserver(note).observe(replay, { attributeFilter: ["data-epoch"] });
}"""
FILLED = "epochs => document.querySelector('.st-key-train_epochs input')?.value === epochs"
PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Variables of a server that sees no data set on disk; its runs end with the module."""
    root = tmp_path_factory.mktemp("runs")
    yield {
        "VAE_EXPLORER_DATA": str(tmp_path_factory.mktemp("data")),
        "VAE_EXPLORER_RUNS": str(root),
        "OMP_NUM_THREADS": "1",
    }
    known = list_runs(root)
    for run in known:
        run.stop()
    until(lambda: all(run.status().state not in ALIVE for run in known), "all runs have ended")


@pytest.fixture(scope="module")
def url(serve, folders) -> str:
    """The app."""
    return serve(APP, folders)


@pytest.fixture
def visit(open_page):
    """visit(url, **window) -> the page Train, its form filled for the embedded digits."""

    def visitor(url: str, **window):
        page = open_page(f"{url}/train", **window)
        page.set_default_timeout(SLOW)
        page.get_by_role("heading", name="New run").wait_for()
        return filled(page)

    return visitor


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that no page shows."""
    deadline = time.monotonic() + SLOW / 1000
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.1)


def run_of(folders: dict[str, str], name: str) -> Run:
    """A run folder."""
    return Run(Path(folders["VAE_EXPLORER_RUNS"]) / name)


def put(page, key: str, value: object) -> None:
    """Type into a field of the form."""
    field = page.locator(f".st-key-{key} input")
    until(lambda: field.fill(str(value)) or field.input_value() == str(value), f"{key} is filled")
    field.press("Enter")


def setting(page, name: str) -> str:
    """What a field of the form shows."""
    return page.locator(f".st-key-train_{name} input").input_value()


def filled(page):
    """Wait until the form has the values of the preset for the embedded digits."""
    page.wait_for_function(FILLED, arg=str(PRESETS["digits-3d"].epochs))
    page.wait_for_selector(IDLE)
    return page


def open_settings(page, group: str) -> None:
    """Show all settings of a group."""
    group = page.get_by_role("radio", name=group, exact=True)
    if not group.is_visible():
        page.get_by_text("All settings", exact=True).click()
    group.click()


def begin(page, name: str, epochs: int, button: str = "Start training") -> None:
    """Fill the form for a model so small that an epoch takes no time, and press the button."""
    fields = {"train_encoder": "24, 16", "train_decoder": "16", "train_fourier": 0}
    open_settings(page, "Model")
    for key, value in fields.items():
        put(page, key, value)
    open_settings(page, "Run")
    for key, value in {"train_threads": 1, "train_epochs": epochs, "run_name": name}.items():
        put(page, key, value)
    page.wait_for_selector(IDLE)
    assert setting(page, "epochs") == str(epochs), "what was typed is lost"
    page.get_by_role("button", name=button, exact=True).click()
    watching(page, name)


def watching(page, name: str) -> None:
    """Wait until the page shows this run."""
    page.wait_for_selector(f".st-key-watched input[value='{name}']")


def told(page, epochs: int, least: int = 1) -> int:
    """Wait until the page tells of at least so many epochs done; returns their number."""
    progress = page.wait_for_function(
        r"""([epochs, least]) => {
            const text = document.querySelector("[data-testid=stProgress]")?.innerText ?? "";
            const [, done, all] = text.match(/epoch (\d+) of (\d+)/) ?? [];
            return +all === epochs && +done >= least && +done;
        }""",
        arg=[epochs, least],
    )
    return progress.json_value()


def badge(page, state: str, patience: int = SLOW) -> None:
    """Wait until the watched run is said to be in this state, by the lowest badge on the page."""
    badges = page.locator(".stMarkdownBadge")
    badges.last.filter(has_text=re.compile(rf"\b{state}$")).wait_for(timeout=patience)


def press(page, name: str) -> None:
    """Press the button of this name, once the script has come to it: before, it may be replaced."""
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name=name, exact=True).click()


def shown(page, epoch: int) -> str:
    """Wait until this epoch is in the picture; returns the first reconstruction."""
    page.wait_for_selector(f".replay[data-epoch='{epoch}']")
    return page.locator(".replay .pair canvas").nth(1).evaluate(PIXELS)


def test_runs_are_started_queued_watched_from_two_tabs_stopped_and_resumed(visit, url, folders):
    page = visit(url)
    begin(page, "first", ENDLESS)
    told(page, ENDLESS)
    begin(page, "second", 60, button="Queue")
    badge(page, "queued")
    assert run_of(folders, "second").status().state == "queued"
    config = run_of(folders, "second").config()
    assert (config.model.encoder, config.model.decoder) == ((24, 16), (16,))
    assert (config.dataset, config.threads, config.epochs) == ("digits", 1, 60)

    page.reload()
    press(page, "first")  # what else is under way is a click away
    watching(page, "first")
    done = told(page, ENDLESS, least=2)
    page.wait_for_selector(".replay[data-epoch]")
    other = visit(url)
    press(other, "first")
    watching(other, "first")
    for tab in (page, other, page):
        done = told(tab, ENDLESS, least=done + 1)
    until(lambda: int(page.locator(".replay").get_attribute("data-epoch")) > done, "it goes on")

    press(other, "Stop")
    for tab in (page, other):
        badge(tab, "stopped")
    assert run_of(folders, "first").status().epoch < ENDLESS
    choose(page, "watched", "second")
    told(page, 60)  # nobody has started it
    press(page, "Stop")
    badge(page, "stopped")
    stopped = run_of(folders, "second").status().epoch
    assert 0 < stopped < 60
    assert len(run_of(folders, "second").metrics()) == stopped
    press(page, "Resume")
    badge(page, "finished", patience=4 * SLOW)  # a process that starts, and the rest of the epochs
    epochs = [line["epoch"] for line in run_of(folders, "second").metrics()]
    assert epochs == list(range(1, 61))
    assert [page.locator(TROUBLE).count(), other.locator(TROUBLE).count()] == [0, 0]


@pytest.fixture
def finished(url, folders, visit):
    """The page on a run of forty epochs that has finished, and its name."""
    page = visit(url)
    begin(page, "done", 40)
    badge(page, "finished")
    page.wait_for_selector(IDLE)  # the replay is put up anew by the run that says so
    yield page
    assert page.locator(TROUBLE).count() == 0


def test_finished_run_is_replayed_used_renamed_and_deleted(finished, folders):
    page = finished
    last = shown(page, 40)
    cloud = page.locator(".replay .stage")
    spread = cloud.screenshot()
    slider = page.get_by_role("slider", name="Epoch")
    slider.press("Home")
    page.get_by_text("epoch 1 of 40", exact=True).wait_for()
    until(lambda: shown(page, 1) != last, "another reconstruction than the last one")
    page.locator(".replay").evaluate(LISTEN)
    until(lambda: cloud.screenshot() != spread, "the points are elsewhere")
    page.get_by_label("Speed of playing").select_option("4×")
    press(page, "Play the training")
    assert shown(page, 40) == last
    page.get_by_role("button", name="Play the training").wait_for()
    seen = page.evaluate("window.seen")
    assert len(seen) > 5 and seen == sorted(seen) and seen[-1] == 40
    assert page.get_by_text("epoch 40 of 40", exact=True).count() == 2
    accessibility.check(page)

    press(page, "Use this model")
    page.wait_for_selector(".st-key-model input[value='done (run)']")
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector("canvas.digit[data-z]")
    page.wait_for_selector(".st-key-model input[value='done (run)']")
    page.get_by_role("link", name="Train").click()
    page.get_by_role("heading", name="New run").wait_for()
    watching(page, "done")

    press(page, "Rename")
    put(page, "rename_done", "kept")
    page.locator(".st-key-rename_run button").click()
    watching(page, "kept")
    page.wait_for_selector(".st-key-model input[value='kept (run)']")
    assert not run_of(folders, "done").folder.exists()
    press(page, "Delete")
    press(page, "Delete it")
    page.wait_for_selector(".st-key-watched input[value='kept']", state="detached")
    page.wait_for_selector(".st-key-model input[value='kept (run)']", state="detached")
    assert not run_of(folders, "kept").folder.exists()


@pytest.mark.parametrize(
    ("name", "nonsense", "sense"), [("learning_rate", "0", "0.01"), ("encoder", "abc", "32")]
)
def test_nonsense_in_the_form_is_one_sentence_and_no_button(visit, url, name, nonsense, sense):
    page = visit(url)
    page.get_by_role("button", name="Start training").wait_for()
    open_settings(page, "Model")
    put(page, f"train_{name}", nonsense)
    page.locator(ERROR).filter(
        has_text=re.compile(name.replace("_", " "), re.IGNORECASE)
    ).wait_for()
    page.locator(".st-key-start").wait_for(state="detached")
    assert page.locator(TROUBLE).count() == 1
    assert page.locator(".st-key-queue").count() == 0
    put(page, f"train_{name}", sense)
    page.get_by_role("button", name="Start training").wait_for()
    assert page.locator(TROUBLE).count() == 0


def test_form_of_one_visitor_is_not_that_of_another(visit, url):
    mine, theirs = visit(url), visit(url)
    before = setting(theirs, "epochs")
    put(mine, "train_epochs", 77)
    choose(mine, "train_dataset", "Use your own data")
    mine.locator(".st-key-data_files").wait_for()
    put(theirs, "train_seed", 5)
    open_settings(theirs, "Run")
    assert [setting(theirs, "epochs"), setting(theirs, "seed")] == [before, "5"]
    assert [setting(mine, "epochs"), setting(mine, "seed")] == ["77", "0"]
    theirs.reload()
    filled(theirs)
    assert theirs.locator(".st-key-data_files").count() == 0


def test_run_goes_on_without_its_server_and_the_next_one_shows_it(visit, folders, tmp_path):
    own = folders | {"VAE_EXPLORER_RUNS": str(tmp_path / "runs")}
    run = run_of(own, "alone")
    port = launch.free_port()
    try:
        with launch.serving(APP, own, port=port) as server:
            page = visit(server.url)
            begin(page, "alone", ENDLESS)
            told(page, ENDLESS)
            page.goto("about:blank")
        alone = run.status()
        assert alone.state == "running"
        until(lambda: run.status().epoch > alone.epoch, "it trains on")
        with launch.serving(APP, own, port=port) as server:
            page = visit(server.url)
            watching(page, "alone")
            done = told(page, ENDLESS, least=alone.epoch + 1)
            told(page, ENDLESS, least=done + 1)
            press(page, "Stop")
            badge(page, "stopped")
            assert page.locator(TROUBLE).count() == 0
            page.goto("about:blank")
    finally:
        if run.folder.exists():
            run.stop()
    assert json.loads((run.folder / "status.json").read_text())["state"] == "stopped"
