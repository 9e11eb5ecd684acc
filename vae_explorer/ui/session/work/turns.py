"""Long runs of scripts take turns, so that a slider step does not wait for all of them.

The threads of a process share one interpreter lock. A step changes threads many times on its way
from the socket and back, and each time all pages that are being made would come before it. Now few
are made at once, and those give way to steps. Pages made one after the other are ready no later on
average. Knows no Streamlit.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

SHORT_SECONDS = 0.05  # of processor time, which a run may take and go at once
LEASE_SECONDS = 1.0  # that a turn lasts: who takes longer, or waits for something, holds nobody up
MOMENT_SECONDS = 0.02  # for which a long run lets short ones go first, at most
MOST_KINDS = 1_000


class Turns:
    """So many long runs at once, in the order in which they come."""

    def __init__(self, most: int, lease_seconds: float = LEASE_SECONDS):
        self._most, self._lease = most, lease_seconds
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._begun: dict[int, float] = {}  # thread -> when its turn began
        self._short: dict[int, float] = {}  # likewise of short runs
        self._took: dict[Hashable, float] = {}  # kind of run -> processor time of the last

    @property
    def waiting(self) -> int:
        """How many runs wait for their turn."""
        with self._changed:
            return len(self._queue)

    @property
    def has_turn(self) -> bool:
        """Whether this thread has a turn."""
        return threading.get_ident() in self._begun

    @contextmanager
    def run(self, kind: Hashable, *, long: bool) -> Iterator[None]:
        """Have the block done when it is its turn; `long`: what to expect of a kind's first run."""
        thread = threading.get_ident()
        if self._took.get(kind, math.inf if long else 0.0) > SHORT_SECONDS:
            self._take()
        else:
            with self._changed:
                self._short[thread] = time.monotonic()
        begun = time.thread_time()
        try:
            yield
        finally:
            self._give_up()
            if kind in self._took or len(self._took) < MOST_KINDS:
                self._took[kind] = time.thread_time() - begun

    def give_way(self) -> None:
        """In a long run, now and then: let short ones under way end first, for a moment."""
        if self._short and self.has_turn:
            with self._changed:
                self._changed.wait_for(lambda: not self._in_hurry(), MOMENT_SECONDS)

    def _in_hurry(self) -> bool:
        """Whether a short run is under way, and not longer than a turn lasts."""
        return any(time.monotonic() < begun + self._lease for begun in self._short.values())

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others have this thread's turn for the block, as it only waits in it."""
        had = self._give_up()
        try:
            yield
        finally:
            if had:
                self._take()

    def _take(self) -> None:
        """Wait for those who came before, and for a free turn."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            while self._queue[0] is not ticket:
                self._changed.wait()
            while (left := self._until_free()) > 0:
                self._changed.wait(left)
            self._queue.popleft()
            self._begun[threading.get_ident()] = time.monotonic()
            self._changed.notify_all()

    def _until_free(self) -> float:
        """Seconds until there is a turn to be had, at the latest."""
        ends = sorted(begun + self._lease for begun in self._begun.values())[-self._most :]
        return ends[0] - time.monotonic() if len(ends) == self._most else 0.0

    def _give_up(self) -> bool:
        """Let go of the turn that this thread has, if it has one; whether it had."""
        thread = threading.get_ident()
        with self._changed:
            had = self._begun.pop(thread, None) is not None
            if self._short.pop(thread, None) is not None or had:
                self._changed.notify_all()
        return had


RUNS = Turns(2)  # of this server
