"""The last results of one kind, and the work on those that are on their way. Knows no Streamlit."""

import dataclasses
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np
from torch import Tensor, nn

from vae_explorer import logs
from vae_explorer.ui.session.work.pool import Job

MOST_BYTES = 256 * 2**20  # of a kind, as far as tensors, arrays and text take them
Value = TypeVar("Value")


class Flight:
    """Work under way, as those see it who wait for it."""

    def __init__(self) -> None:
        self.what, self.share = "", 0.0
        self.ended = threading.Event()


class ResultCache(Generic[Value]):
    """The last results of one kind; those that nobody has asked for longest give way."""

    def __init__(
        self,
        most: int,
        most_bytes: int = MOST_BYTES,
        *,
        keep_last: bool = False,
        grown: Callable[[], None] = lambda: None,
    ):
        self._most, self._most_bytes, self._grown = most, most_bytes, grown
        self._keep_last = keep_last  # however large: it would be made anew at each look
        self._values, self._sizes, self._lock = OrderedDict(), {}, threading.Lock()
        self._used: dict[Hashable, float] = {}
        self._flights: dict[Hashable, Flight] = {}
        self._jobs: dict[Hashable, Job] = {}

    def get(self, key: Hashable) -> Value | None:
        """The result, or None where there is none any more."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                self._used[key] = time.monotonic()
            return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a result; not None. One that is larger than all of them may be is not kept."""
        size = held_bytes(value, networks=self._keep_last)
        if size > self._most_bytes and not self._keep_last:
            sentence = f"A result of {size // 10**6:,} MB is too large to be kept."
            logs.tell("result_not_kept", sentence, level=logs.WARNING, megabytes=size // 10**6)
            return
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            self._sizes[key], self._used[key] = size, time.monotonic()
            while len(self._values) > self._most or (
                sum(self._sizes.values()) > self._most_bytes and len(self._values) > 1
            ):
                self._forget(next(iter(self._values)))
        self._grown()

    def _forget(self, key: Hashable) -> None:
        del self._values[key], self._sizes[key], self._used[key]

    def drop(self, before: float) -> None:
        """Let go of what was not asked for since a moment of `time.monotonic`."""
        with self._lock:
            for key in [key for key, used in self._used.items() if used < before]:
                self._forget(key)

    @property
    def can_give_way(self) -> bool:
        """Whether there is a result that need not be kept."""
        with self._lock:
            return len(self._values) > (1 if self._keep_last else 0)

    def give_way(self) -> None:
        """Let the result go that nobody has asked for longest."""
        with self._lock:
            if self._values:
                self._forget(next(iter(self._values)))

    @property
    def oldest(self) -> float:
        """When that was asked for."""
        with self._lock:
            return self._used[next(iter(self._values))] if self._values else time.monotonic()

    @property
    def used(self) -> float:
        """When anything was asked for last."""
        with self._lock:
            return max(self._used.values(), default=0.0)

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
            if (job := self._jobs.get(key)) is not None:
                job.waiting += 1
            elif (job := begin()) is not None:
                self._jobs[key] = job
        try:
            yield job
        finally:
            if job is not None:
                with self._lock:
                    job.waiting -= 1
                    if not job.waiting:
                        self._jobs.pop(key, None)
                        job.cancel()


def held_bytes(value: Any, *, networks: bool = False) -> int:
    """Bytes of the tensors, arrays and texts in a value; each is counted once, networks if asked.

    Results name networks that are held as models.
    """
    return _held(value, set(), networks)


def _held(value: Any, counted: set[int], networks: bool) -> int:
    if id(value) in counted:
        return 0
    counted.add(id(value))
    if isinstance(value, nn.Module):
        tensors = value.state_dict().values() if networks else ()
        return sum(_held(tensor, counted, networks) for tensor in tensors)
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
        return sum(_held(part, counted, networks) for part in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return sum(_held(part, counted, networks) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return sum(
            _held(getattr(value, f.name), counted, networks) for f in dataclasses.fields(value)
        )
    return 0
