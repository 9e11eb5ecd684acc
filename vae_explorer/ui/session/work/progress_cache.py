"""What takes long to find, found once for all visitors, with progress shown.

Whoever asks first does the work; whoever asks for the same meanwhile waits and sees how far it is.
"""

import dataclasses
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np
import streamlit as st
from torch import Tensor, nn

from vae_explorer.ui.session.work import workers
from vae_explorer.ui.session.work.pool import Job
from vae_explorer.ui.session.work.wire import Task

MOST_RESULTS = 48  # results of a kind
MOST_BYTES = 256 * 2**20  # of a kind, as far as tensors, arrays and text take them
LOG = logging.getLogger("vae_explorer")
Value = TypeVar("Value")


class Flight:
    """Work under way, as those see it who wait for it."""

    def __init__(self) -> None:
        self.what, self.share = "", 0.0
        self.ended = threading.Event()


class SharedJob:
    """A worker's job, and how many wait for it."""

    def __init__(self, job: Job):
        self.job, self.waiting = job, 0


class ProgressCache(Generic[Value]):
    """The last results of one kind; those that nobody has asked for longest give way."""

    def __init__(self, most: int, most_bytes: int = MOST_BYTES):
        self._most, self._most_bytes = most, most_bytes
        self._values, self._sizes, self._lock = OrderedDict(), {}, threading.Lock()
        self._flights: dict[Hashable, Flight] = {}
        self._jobs: dict[Hashable, SharedJob] = {}

    def get(self, key: Hashable) -> Value | None:
        """The result, or None where there is none any more."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a result; not None. One that is larger than all of them may be is not kept."""
        size = held_bytes(value)
        if size > self._most_bytes:
            LOG.warning("a result of %d MB is not kept.", size // 2**20)
            return
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            self._sizes[key] = size
            while len(self._values) > self._most or sum(self._sizes.values()) > self._most_bytes:
                gone, _ = self._values.popitem(last=False)
                del self._sizes[gone]

    @property
    def held(self) -> int:
        """Bytes of all results."""
        with self._lock:
            return sum(self._sizes.values())

    @contextmanager
    def flight(self, key: Hashable) -> Iterator[tuple[Flight, bool]]:
        """The work on a result, and whether it is this caller's to do; it ends with the block."""
        with self._lock:
            first = key not in self._flights
            flight = self._flights.setdefault(key, Flight())
        try:
            yield flight, first
        finally:
            if first:
                with self._lock:
                    del self._flights[key]
                flight.ended.set()

    @contextmanager
    def job(self, key: Hashable, begin: Callable[[], Job | None]) -> Iterator[Job | None]:
        """The job that makes a result, begun by who asks first, cancelled when all have left.

        None where no worker can do it.
        """
        with self._lock:
            if (shared := self._jobs.get(key)) is None and (job := begin()) is not None:
                shared = self._jobs[key] = SharedJob(job)
            if shared is not None:
                shared.waiting += 1
        try:
            yield shared and shared.job
        finally:
            if shared is not None:
                with self._lock:
                    shared.waiting -= 1
                    if not shared.waiting:
                        self._jobs.pop(key, None)
                        shared.job.cancel()


@st.cache_resource(show_spinner=False)
def _results(kind: str) -> ProgressCache[Any]:
    return ProgressCache(MOST_RESULTS)


def once(kind: str, key: Hashable, title: str, make: Callable[[Callable], Any]) -> Any:
    """What `make(progress)` gives, made when it is first asked for; of each kind some are kept.

    Not `st.cache_resource`, which cannot show how far it is. Where there are workers, one of them
    does what is a `Task`, until all who wait have left. Else a visitor who leaves ends the work,
    and one of those who wait for it takes it up.
    """
    results = _results(kind)
    bar = st.empty()  # in any case, or what follows would lose its place on the page
    result = results.get(key)
    if result is None and isinstance(make, Task) and (pool := workers.pool()) is not None:
        result = _by_worker(results, key, title, lambda: pool.submit(make), bar)
    while result is None and (result := results.get(key)) is None:
        with results.flight(key) as (flight, first):
            if first:
                result = _made(results, key, title, make, flight, bar)
                break
            bar.progress(flight.share, _text(title, flight.what))
            flight.ended.wait(workers.LOOK_SECONDS)
    bar.empty()
    return result


def _by_worker(
    results: ProgressCache[Any],
    key: Hashable,
    title: str,
    begin: Callable[[], Job | None],
    bar: Any,
) -> Any:
    """What a worker makes of it; None where none can."""
    with results.job(key, begin) as job:
        if job is None:
            return None
        while not job.ended.wait(workers.LOOK_SECONDS):
            bar.progress(min(job.share, 1.0), _text(title, workers.stage(job)))
        result = job.result()
        results.put(key, result)
        return result


def _made(
    results: ProgressCache[Any],
    key: Hashable,
    title: str,
    make: Callable[[Callable], Any],
    flight: Flight,
    bar: Any,
) -> Any:
    if (result := results.get(key)) is not None:  # made between the two looks
        return result

    def progress(what: str, share: float) -> None:
        flight.what, flight.share = what, min(share, 1.0)
        bar.progress(flight.share, _text(title, what))

    bar.progress(0.0, _text(title, ""))
    result = make(progress)
    results.put(key, result)
    return result


def _text(title: str, what: str) -> str:
    return f"{title}: {what} …" if what else f"{title} …"


def held_bytes(value: Any) -> int:
    """Bytes of the tensors, arrays and texts in a value; each is counted once, networks are not."""
    return _held(value, set())


def _held(value: Any, counted: set[int]) -> int:
    if isinstance(value, nn.Module) or id(value) in counted:  # models are held elsewhere
        return 0
    counted.add(id(value))
    if isinstance(value, Tensor):
        storage = value.untyped_storage()
        known = storage.data_ptr() in counted
        counted.add(storage.data_ptr())
        return 0 if known else storage.nbytes()
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, str | bytes | bytearray):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_held(part, counted) for part in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return sum(_held(part, counted) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return sum(_held(getattr(value, f.name), counted) for f in dataclasses.fields(value))
    return 0
