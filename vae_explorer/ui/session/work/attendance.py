"""How many pages are open on a server, and how many browsers opened them: counts for its log."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Counts(NamedTuple):
    """Of open pages: each has a connection, and a session behind it."""

    open: int  # now
    opened: int  # since the last time it was asked for
    visitors: int  # browsers that opened those, told apart by their cookie


class Attendance:
    """Who they are is forgotten with each look at the counts, and never written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = self._opened = 0
        self._browsers: set[int] = set()

    @contextmanager
    def page(self, browser: str) -> Iterator[None]:
        """A page of a browser is open for as long as the block."""
        with self._lock:
            self._open += 1
            self._opened += 1
            self._browsers.add(hash(browser))
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1

    def take(self) -> Counts:
        """The counts; those of what was opened begin anew."""
        with self._lock:
            counts = Counts(self._open, self._opened, len(self._browsers))
            self._opened = 0
            self._browsers.clear()
        return counts


SERVER = Attendance()
