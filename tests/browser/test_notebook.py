"""The app and the widget around a live model, from a script and in JupyterLab, in Chromium."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import notebooks
import numpy as np
import pytest
from devices import IDLE, until
from paths import ROOT

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds that a busy machine may take
DIGIT, CANVAS = "canvas.digit", ".stage canvas[tabindex]"
CELLS = (
    """
import warnings

warnings.filterwarnings("error", module="vae_explorer|streamlit|torch")
import vae_explorer as explorer
from vae_explorer.shipped import CHECKPOINTS
from vae_explorer.ui.components.network import browser_model

digits = explorer.load_dataset("digits").test
model = explorer.load_checkpoint(CHECKPOINTS / "digits-3d.safetensors").model
""",
    "widget = explorer.LiveView(model, digits.images, digits.labels)\nwidget",
    "import json\nprint(json.dumps([widget.z, widget.selection]))",
    "widget.z = [1, 1, 1]\nwidget.selection = [5, 7, 9]",
    "explorer.explore(model, digits.images, digits.labels, name='of a notebook')",
    "browser_model.MOST_WEIGHTS = 0\nremote = explorer.LiveView(model, digits.images)\nremote",
    "figures = model.decode(__import__('torch').tensor([remote.z])).flatten().tolist()\n"
    "print(json.dumps(figures))",
)
MODEL, WIDGET, SHOW, PUT, EXPLORE, REMOTE, DECODED = range(len(CELLS))
LEVELS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
}"""
SCRIPT = """
import pickle
import sys

import torch
import vae_explorer as explorer


class Mine:
    pass


if __name__ == "__main__":
    torch.manual_seed(0)
    model = explorer.VAE(explorer.ModelConfig(encoder=(16,), decoder=(16,), fourier=4))
    digits = explorer.load_dataset("digits").test
    pictures = digits.images[:, None] / 127.5 - 1
    shown = explorer.explore(model, pictures, digits.labels, name="of a script", browser=False)
    pickle.loads(pickle.dumps(Mine()))  # Streamlit has run scripts of its own under that name
    print("went on after", shown, model.training, flush=True)
"""


@contextmanager
def script(folder, text: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """A script that runs in a folder of its own, and the address that it prints."""
    path = folder / "mine.py"
    path.write_text(text, "utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, str(path)]
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        match = re.search(r"http://\S+[^.\s]", line)
        assert match, f"no address: {line}"
        yield process, match[0]
    finally:
        process.kill()
        process.communicate()


def opened(page):
    """Wait until the live view is there and its server has nothing more to say."""
    page.wait_for_selector(f"{DIGIT}[data-z]", timeout=SLOW)
    page.wait_for_selector(f"{CANVAS}[data-resting=true]", timeout=SLOW)
    page.wait_for_selector(IDLE, timeout=SLOW)
    return page


def chosen(page) -> str:
    """The model that the app shows."""
    return page.get_by_test_id("stSidebar").get_by_role("combobox").first.input_value()


def test_script_shows_its_model_until_ctrl_c(open_page, tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[theme]\nprimaryColor = "#00ff00"\n')
    with script(tmp_path, SCRIPT) as (process, url):
        page = opened(open_page(url))
        assert chosen(page) == "of a script (live)"
        primary = "e => getComputedStyle(e).getPropertyValue('--st-primary-color').trim()"
        assert page.locator(".explorer").evaluate(primary) == "#b93c0a"
        page.get_by_role("link", name="Reconstruct").click()
        page.get_by_role("radio", name="Test digits").click()
        page.get_by_alt_text("ten test digits above their").first.wait_for(timeout=SLOW)
        said = process.stdout.readline() + process.stdout.readline()  # behind the address
        assert "The stored value -1 becomes black and 1 white" in said
        page.close()  # it would miss its server
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "went on after VAE Explorer shows of a script" in rest
        assert rest.strip().endswith("True")  # the model is in training mode as before


@pytest.fixture(scope="module")
def notebook(open_tab, tmp_path_factory):
    """A notebook in JupyterLab whose first cell has run; what it has asked for is in `asked`."""
    with notebooks.lab(tmp_path_factory.mktemp("lab"), CELLS) as address:
        page = open_tab("about:blank")
        page.set_default_timeout(SLOW)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        try:
            notebooks.run(notebooks.ready(page), MODEL)
            yield page
        finally:
            page.goto("about:blank")  # so that nobody misses the server


@pytest.fixture(scope="module")
def widget(notebook):
    """The cell with the widget, once all of it is drawn."""
    return drawn(notebooks.run(notebook, WIDGET))


def drawn(cell):
    """Wait until the widget of a cell has decoded and drawn its points."""
    cell.locator(f"{DIGIT}[data-z]").wait_for()
    cell.locator(f"{CANVAS}[data-resting=true]").wait_for()
    return cell


def values(page) -> tuple[list[float], list[int]]:
    """What Python has as the widget's place and selection."""
    place, selection = json.loads(
        notebooks.run(page, SHOW).locator(notebooks.OUTPUT).first.inner_text()
    )
    return place, selection


def place(cell) -> list[float]:
    """Where a widget is."""
    return json.loads(cell.locator(DIGIT).get_attribute("data-z"))


def test_dragging_the_widget_changes_z_in_python(notebook, widget):
    before, _ = values(notebook)
    canvas = widget.locator(CANVAS)
    canvas.scroll_into_view_if_needed()
    widget.locator(f"{CANVAS}[data-cursor*=x]").wait_for()
    box, at = canvas.bounding_box(), json.loads(canvas.get_attribute("data-cursor"))
    x, y = box["x"] + at["x"], box["y"] + at["y"]
    notebook.mouse.move(x, y)
    notebook.mouse.down()
    notebook.mouse.move(x + 40, y - 30, steps=5)
    notebook.mouse.up()
    until(notebook, lambda: place(widget) != pytest.approx(before, abs=1e-3), "it has moved")
    until(
        notebook,
        lambda: values(notebook)[0] == pytest.approx(place(widget), abs=1e-3),
        "Python knows the place",
    )
    assert values(notebook)[0] != pytest.approx(before, abs=0.1)


def test_keys_walk_in_the_widget_and_not_in_the_notebook(notebook, widget):
    before = place(widget)
    widget.locator(CANVAS).focus()
    notebook.keyboard.press("d")
    notebook.keyboard.press("d")  # in JupyterLab these two delete the cell
    notebook.keyboard.press("ArrowUp")  # heard after them
    until(notebook, lambda: place(widget) != before, "it has moved")
    assert notebook.locator(notebooks.CELL).count() >= len(CELLS)
    assert widget.locator(DIGIT).is_visible()


def test_a_selection_is_pythons_as_well(notebook, widget):
    widget.get_by_role("button", name="Nearest").click()
    widget.locator("section.selected").wait_for()
    count = int(widget.locator("section.selected").get_attribute("data-count"))
    until(notebook, lambda: len(values(notebook)[1]) == count, "Python knows the selection")
    assert count > 0


def test_python_moves_the_widget_and_selects(notebook, widget):
    notebooks.run(notebook, PUT)
    widget.locator("section.selected[data-count='3']").wait_for()
    until(notebook, lambda: place(widget) == [1, 1, 1], "it has arrived")
    assert values(notebook) == ([1, 1, 1], [5, 7, 9])


def test_the_widget_follows_the_notebooks_theme(notebook, widget):
    host = widget.locator(".vae-explorer")
    assert host.get_attribute("data-theme") == "light"
    for theme, shade in (("Dark", "dark"), ("Light", "light")):
        notebook.locator(".lm-MenuBar-item", has_text="Settings").click()
        for text in ("Theme", f"JupyterLab {theme}"):
            item = notebook.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{text}$"))
            item.click()
        widget.locator(f".vae-explorer[data-theme={shade}]").wait_for()


def test_explore_in_a_notebook_gives_a_link_that_works(notebook):
    cell = notebooks.run(notebook, EXPLORE)
    with notebook.expect_popup() as popup:
        cell.locator(notebooks.OUTPUT).get_by_role("link").click()
    page = opened(popup.value)
    assert chosen(page) == "of a notebook (live)"
    page.close()
    notebooks.run(notebook, SHOW)  # the kernel is free, and its classes are its own


def test_python_decodes_for_a_widget_that_cannot(notebook):
    cell = drawn(notebooks.run(notebook, REMOTE))
    expected = json.loads(
        notebooks.run(notebook, DECODED).locator(notebooks.OUTPUT).first.inner_text()
    )
    until(
        notebook,
        lambda: np.allclose(cell.locator(DIGIT).evaluate(LEVELS), 255 * np.array(expected), atol=1),
        "the picture has come",
    )
    assert not cell.locator("canvas.sheet").is_visible()


def test_no_other_machine_is_asked_for_anything(notebook, widget):
    base = notebook.evaluate("location.origin")
    strange = [url for url in notebook.asked if not url.startswith((base, f"blob:{base}", "data:"))]
    assert not strange
