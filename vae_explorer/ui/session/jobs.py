"""Processes this server has started: training runs, and downloads of data sets.

Any visitor sees all runs, and they outlive the server. Whoever acts on a run does it here, where it
is asked whether they may: a page that hides a button is no protection.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import streamlit as st

from vae_explorer.access import admission, limits, owners
from vae_explorer.access.visitors import Visitor
from vae_explorer.config import TrainConfig
from vae_explorer.data import datasets
from vae_explorer.errors import ExplorerError, RunError
from vae_explorer.molecules import moses
from vae_explorer.training.runs import run_folder, run_queue
from vae_explorer.training.runs.run_folder import Run
from vae_explorer.ui import visitor

NEWS_SECONDS = 60  # for which a download that failed says so, to whoever looks


@st.cache_resource(show_spinner=False)
def _processes() -> list:
    return []


def start(name: str, config: TrainConfig) -> tuple[Run, list[str]]:
    """Make a run folder and start its process; RunError if the name is bad or taken, or not now.

    Where the process cannot be started, the folder goes again. With the run come the names of those
    that were removed to make room for it.
    """
    who = visitor.current()
    with _admitted(who, config, queued=False) as removed:
        run = run_folder.create_run(name, config, owner=owners.note(who))
        try:
            _launch(run)
        except RunError:
            with suppress(RunError, OSError):
                run.delete()
            raise
    return run, removed


def queue(name: str, config: TrainConfig) -> tuple[Run, list[str]]:
    """Make a run folder that waits for the others; as `start`."""
    who = visitor.current()
    with _admitted(who, config, queued=True) as removed:
        run = run_folder.create_run(name, config, state="queued", owner=owners.note(who))
    tend()
    return run, removed


def resume(run: Run) -> None:
    """Start the process that carries a run on; RunError if there is one, or the visitor may not."""
    with _changing(run, "resumed", queued=False):
        _launch(run)


def queue_again(run: Run) -> None:
    """Let a run that has ended go on in its turn; RunError if it is under way."""
    with _changing(run, "queued", queued=True):
        run.queue()


def stop(run: Run) -> None:
    """Ask a run to stop, or to leave the queue; RunError if the visitor may not."""
    owners.check_change(visitor.current(), run, "stopped")
    run.stop()


def rename(run: Run, name: str) -> Run:
    """Give a run another name; RunError if that is taken, or the visitor may not."""
    owners.check_change(visitor.current(), run, "renamed")
    return run.rename(name)


def delete(run: Run) -> None:
    """Remove a run with its model; RunError if it is under way, or the visitor may not."""
    owners.check_change(visitor.current(), run, "deleted")
    run.delete()


def may_change(run: Run) -> bool:
    """Whether the visitor may do any of this to a run."""
    return owners.may_change(visitor.current(), run)


def tend() -> None:
    """Let ended processes go, which would stay zombies, and start what waits if its turn is now.

    RunError where that cannot be started.
    """
    processes = _processes()
    processes[:] = [process for process in processes if process.poll() is None]
    started = run_queue.start_next(turns=limits.turns())
    if started is not None:
        processes.append(started)


def _launch(run: Run) -> None:
    _processes().append(run_queue.launch(run))


@contextmanager
def _changing(run: Run, done: str, *, queued: bool) -> Iterator[None]:
    """The visitor lets a run go on that is there already."""
    who = visitor.current()
    owners.check_change(who, run, done)
    if who.role == "operator":  # whose run may be of settings that only its process can read
        yield
        return
    with _admitted(who, run.config(), queued=queued, resumed=run):
        yield


def _admitted(
    who: Visitor, config: TrainConfig, *, queued: bool, resumed: Run | None = None
) -> AbstractContextManager[list[str]]:
    if who.role == "operator":
        return nullcontext([])
    return admission.admitted(who, config, limits.current(), queued=queued, resumed=resumed)


class Download:
    """A data set on its way, shared by all visitors."""

    def __init__(self, name: str):
        self.name, self.share, self.error = name, 0.0, ""
        self.done, self.ended = False, 0.0
        threading.Thread(target=self._fetch, daemon=True).start()

    def _fetch(self) -> None:
        try:
            if self.name == moses.NAME:
                moses.download(progress=self._progress)
            else:
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
