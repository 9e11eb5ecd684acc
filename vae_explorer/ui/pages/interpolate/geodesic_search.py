"""Searches of geodesics: in a thread of their own, with progress, and ended when asked.

What one finds is shared by all visitors; a search under way belongs to the visitor's session,
which has one at most. A search that is cancelled leaves nothing.
"""

import threading
from collections.abc import Hashable
from weakref import WeakSet

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.latent import walks
from vae_explorer.ui import messages
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work import workers
from vae_explorer.ui.session.work.kept import store
from vae_explorer.ui.session.work.pool import Pool
from vae_explorer.ui.session.work.result_cache import ResultCache
from vae_explorer.ui.session.work.wire import Task

MOST_KEPT = 128
REPORT_SECONDS = 0.4  # between two reports of a search under way


def _results() -> ResultCache[Tensor]:
    return store().of("geodesics", MOST_KEPT)


class Search:
    """A geodesic on its way."""

    def __init__(self, key: Hashable, space: Space, start: Tensor, end: Tensor, label: int):
        self.what, self.share = "", 0.0
        self.error: Exception | None = None  # a bug, to be raised where the visitor looks
        self.key, self.done = key, False
        self._results, self._cancelled = _results(), threading.Event()
        among = None if space.encoded is None else space.encoded.mu
        task = Task(walks.find, (space.checkpoint, start, end, label, among))
        self._thread = threading.Thread(target=self._run, args=(task, workers.pool()))
        self._thread.start()
        _running().add(self)

    def cancel(self) -> None:
        """End it with its present iteration; nothing is kept."""
        self._cancelled.set()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _run(self, task: Task, pool: Pool | None) -> None:
        torch.set_num_threads(1)  # of this thread: the others belong to other visitors
        try:
            self._results.put(self.key, workers.done(task, self._report, pool))
        except InterruptedError:
            pass
        except Exception as error:
            self.error = error
        finally:
            self.done = True

    def _report(self, what: str, share: float) -> None:
        main = threading.main_thread()  # which does not live on once the server is to stop
        if self._cancelled.is_set() or not main.is_alive():
            raise InterruptedError
        self.what, self.share = what, share


@st.cache_resource(show_spinner=False)
def _running() -> WeakSet[Search]:
    return WeakSet()


def end_all() -> None:
    """Cancel the searches of all visitors, and wait until they have ended."""
    for search in list(_running()):
        search.cancel()
        search.join()


def geodesic(space: Space, start: Tensor, end: Tensor, label: int) -> Tensor | None:
    """The geodesic between two places (D,), (n, D), once it is found; until then None.

    The first call begins the search, and ends the one for what this session looked at before.
    """
    key = _key(space, start, end, label)
    path = _results().get(key)
    if registry.GEODESIC_CANCELLED.get() != key:
        registry.GEODESIC_CANCELLED.take()
    running: Search | None = registry.GEODESIC_SEARCH.get()
    if running is not None and running.key != key:
        running.cancel()
        running = None
    if path is not None or registry.GEODESIC_CANCELLED.get() == key:
        registry.GEODESIC_SEARCH.take()
        return path
    if running is not None and running.error is not None:
        raise registry.GEODESIC_SEARCH.take().error
    if running is None or running.done:
        registry.GEODESIC_SEARCH.put(Search(key, space, start, end, label))
    return None


def stop() -> None:
    """No geodesic is wanted any more."""
    running: Search | None = registry.GEODESIC_SEARCH.take()
    if running is not None:
        running.cancel()


def show(space: Space) -> None:
    """How far the search is, with a way to cancel it; or to begin it again once cancelled."""
    if reason := walks.hindrance(space.checkpoint):
        messages.note(reason)
    elif registry.GEODESIC_SEARCH.is_set:
        _progress()
    elif registry.GEODESIC_CANCELLED.get() is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            messages.note("The search for the geodesic was cancelled.")
            st.button(
                "Search again", icon=":material/search:", key="search", on_click=_search_again
            )


@st.fragment(run_every=REPORT_SECONDS)
def _progress() -> None:
    search: Search | None = registry.GEODESIC_SEARCH.get()
    if search is None or search.done:
        st.rerun()
    text = "Searching for the geodesic"
    text += f": {search.what}" if search.what else " …"
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(search.share, text)
    button.button("Cancel", icon=":material/close:", key="cancel", on_click=_cancel)


def _cancel() -> None:
    search: Search | None = registry.GEODESIC_SEARCH.get()
    if search is not None:
        registry.GEODESIC_CANCELLED.put(search.key)
        stop()


def _search_again() -> None:
    registry.GEODESIC_CANCELLED.take()


def _key(space: Space, start: Tensor, end: Tensor, label: int) -> Hashable:
    return space.checkpoint.sha256, tuple(start.tolist()), tuple(end.tolist()), label
