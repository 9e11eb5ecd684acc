"""Processes this server has started: training runs, and downloads of data sets.

Runs belong to the machine, not to a visitor: any visitor sees them, and they outlive the server.
"""

import threading
import time
from contextlib import suppress

import streamlit as st

from vae_explorer.config import TrainConfig
from vae_explorer.data import datasets
from vae_explorer.errors import ExplorerError, RunError
from vae_explorer.training.runs import run_folder, run_queue
from vae_explorer.training.runs.run_folder import Run

NEWS_SECONDS = 60  # for which a download that failed says so, to whoever looks


@st.cache_resource(show_spinner=False)
def _processes() -> list:
    return []


def start(name: str, config: TrainConfig) -> Run:
    """Make a run folder and start its process; RunError if the name is bad or taken.

    Where the process cannot be started, the folder goes again.
    """
    run = run_folder.create_run(name, config)
    try:
        resume(run)
    except RunError:
        with suppress(RunError, OSError):
            run.delete()
        raise
    return run


def resume(run: Run) -> None:
    """Start the process that carries a run on; RunError if there is one, or nowhere to write."""
    _processes().append(run_queue.launch(run))


def queue(name: str, config: TrainConfig) -> Run:
    """Make a run folder that waits for the others; RunError if the name is bad or taken."""
    run = run_folder.create_run(name, config, state="queued")
    tend()
    return run


def tend() -> None:
    """Let ended processes go, which would stay zombies, and start what waits if its turn is now.

    RunError where that cannot be started.
    """
    processes = _processes()
    processes[:] = [process for process in processes if process.poll() is None]
    started = run_queue.start_next()
    if started is not None:
        processes.append(started)


class Download:
    """A data set on its way, shared by all visitors."""

    def __init__(self, name: str):
        self.name, self.share, self.error = name, 0.0, ""
        self.done, self.ended = False, 0.0
        threading.Thread(target=self._fetch, daemon=True).start()

    def _fetch(self) -> None:
        try:
            datasets.download(self.name, progress=self._progress)
        except ExplorerError as error:
            self.error = str(error)
        finally:
            self.ended = time.monotonic()
            self.done = True

    @property
    def failure(self) -> str:
        """What went wrong, for as long as it is news; "" where nothing did."""
        return self.error if time.monotonic() - self.ended < NEWS_SECONDS else ""

    def _progress(self, share: float) -> None:
        self.share = share


@st.cache_resource(show_spinner=False)
def _downloads() -> dict[str, Download]:
    return {}


def download(name: str) -> None:
    """Begin to fetch a data set, unless that is under way."""
    if name not in _downloads() or _downloads()[name].done:
        _downloads()[name] = Download(name)


def downloading(name: str) -> Download | None:
    """The fetch of a data set begun last, or None."""
    return _downloads().get(name)
