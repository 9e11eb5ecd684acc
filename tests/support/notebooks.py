"""JupyterLab on this machine alone, with a notebook whose cells a test runs by keyboard."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import launch
from paths import ROOT

TOKEN = "of-the-tests"
FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
SETTINGS, WORKSPACES = "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}
QUIET = [  # it asks no other machine for anything
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]
CELL, OUTPUT = ".jp-Notebook .jp-Cell", ".jp-OutputArea-output"
RAN = re.compile(r"\[\d+\]:")  # before that it is [*]
IDLE = "Python 3 (ipykernel) | Idle"  # in the status bar


@contextmanager
def lab(folder: Path, cells: Sequence[str]) -> Iterator[str]:
    """The address of a notebook of these cells in a JupyterLab whose files lie in a folder."""
    (folder / "work").mkdir()
    write_notebook(folder / "work" / "note.ipynb", cells)
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    env |= {name: str(folder / name.lower()) for name in (*FOLDERS, SETTINGS, WORKSPACES)}
    notices = Path(env[SETTINGS]) / "@jupyterlab" / "apputils-extension"
    notices.mkdir(parents=True)
    (notices / "notification.jupyterlab-settings").write_text(json.dumps(NO_NEWS))
    port = launch.free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *QUIET]
    command += [f"--port={port}", "--ServerApp.ip=127.0.0.1", "--ServerApp.log_level=CRITICAL"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder / 'work'}"]
    with launch.started(command, port, folder, env, answers="/api") as server:
        yield f"{server.url}/lab/tree/note.ipynb?token={TOKEN}"


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """A notebook of Python cells that have not been run."""
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}}
    path.write_text(json.dumps(about | {"cells": written}), "utf-8")


def ready(page):
    """Wait until the notebook is open and its kernel waits for cells."""
    page.wait_for_selector(CELL)
    page.get_by_text(IDLE).wait_for()
    return page


def run(page, number: int):
    """Run a cell by keyboard; the cell, once it has ended."""
    cell = page.locator(CELL).nth(number)
    prompt = cell.locator(".jp-InputPrompt")
    prompt.click()  # the cell is chosen, but the text is not entered
    before = prompt.inner_text()
    page.keyboard.press("Control+Enter")
    prompt.filter(has_text=RAN, has_not_text=before).wait_for()
    return cell
