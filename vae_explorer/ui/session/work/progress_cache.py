"""What takes long to find, found once for all visitors, with progress shown.

Whoever asks first does the work; whoever asks for the same meanwhile waits and sees how far it is.
"""

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work import kept, turns, workers
from vae_explorer.ui.session.work.pool import Job
from vae_explorer.ui.session.work.result_cache import Flight, ResultCache
from vae_explorer.ui.session.work.wire import Task

MOST_RESULTS = 48  # results of a kind


def _results(kind: str) -> ResultCache[Any]:
    return kept.store().of(kind, MOST_RESULTS)


class Bar:
    """A bar of progress on the page, which tells nothing twice."""

    def __init__(self) -> None:
        self._place, self._shown = st.empty(), (-1, "")

    def show(self, share: float, text: str) -> None:
        """How far it is, 0 to 1. The run ends here once its visitor has left or gone on."""
        percent = min(100, int(100 * share))
        if (percent, text) == self._shown:
            registry.WORK_CANCELLED.get()  # any look at the session ends a run that is not wanted
        else:
            self._shown = percent, text
            self._place.progress(percent, text)

    def empty(self) -> None:
        """It has ended."""
        self._place.empty()


def once(kind: str, key: Hashable, title: str, make: Callable[[Callable], Any]) -> Any:
    """What `make(progress)` gives, made when it is first asked for; of each kind some are kept.

    Not `st.cache_resource`, which cannot show how far it is. Where there are workers, one of them
    does what is a `Task`, until all who wait have left. Else a visitor who leaves ends the work,
    and one of those who wait for it takes it up.
    """
    results = _results(kind)
    bar = Bar()  # in any case, or what follows would lose its place on the page
    result = results.get(key)
    if result is None and isinstance(make, Task) and (pool := workers.pool()) is not None:
        result = _by_worker(results, key, title, lambda: pool.submit(make), bar)
    while result is None and (result := results.get(key)) is None:
        with results.flight(key) as (flight, first):
            if first:
                result = _made(results, key, title, make, flight, bar)
                break
            bar.show(flight.share, _text(title, flight.what))
            with turns.RUNS.aside():
                flight.ended.wait(workers.LOOK_SECONDS)
    bar.empty()
    return result


def once_unless_cancelled(
    kind: str, key: Hashable, title: str, make: Callable[[Callable], Any]
) -> Any | None:
    """The same with a way to cancel it; None once this visitor has, until they begin it again."""
    if registry.WORK_CANCELLED.get() == key:
        with st.container(horizontal=True, vertical_alignment="center"):
            messages.note("Cancelled.")
            st.button(
                "Begin again",
                icon=":material/replay:",
                key=f"begin_{kind}",
                on_click=registry.WORK_CANCELLED.take,
            )
        return None
    place = st.empty()
    if _results(kind).get(key) is None:
        place.button(
            "Cancel",
            icon=":material/close:",
            key=f"cancel_{kind}",
            on_click=registry.WORK_CANCELLED.put,
            args=(key,),
        )
    result = once(kind, key, title, make)
    place.empty()
    return result


def _by_worker(
    results: ResultCache[Any],
    key: Hashable,
    title: str,
    begin: Callable[[], Job | None],
    bar: Bar,
) -> Any:
    """What a worker makes of it; None where none can."""
    with results.job(key, begin) as job:
        if job is None:
            return None
        with turns.RUNS.aside():
            while not job.ended.wait(workers.LOOK_SECONDS):
                bar.show(job.share, _text(title, workers.stage(job)))
        result = job.result()
        results.put(key, result)
        return result


def _made(
    results: ResultCache[Any],
    key: Hashable,
    title: str,
    make: Callable[[Callable], Any],
    flight: Flight,
    bar: Bar,
) -> Any:
    if (result := results.get(key)) is not None:  # made between the two looks
        return result

    def progress(what: str, share: float) -> None:
        flight.what, flight.share = what, share
        bar.show(share, _text(title, what))

    bar.show(0.0, _text(title, ""))
    result = make(progress)
    results.put(key, result)
    return result


def _text(title: str, what: str) -> str:
    return f"{title}: {what} …" if what else f"{title} …"
