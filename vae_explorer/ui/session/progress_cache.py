"""What takes long to find, found once for all visitors, with progress shown."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import streamlit as st

MOST_RESULTS = 48  # results of a kind
Value = TypeVar("Value")


class ProgressCache(Generic[Value]):
    """The last results of one kind; those that nobody has asked for longest give way."""

    def __init__(self, most: int):
        self._most, self._values, self._lock = most, OrderedDict(), threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """The result, or None where there is none any more."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a result; not None."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _results(kind: str) -> ProgressCache[Any]:
    return ProgressCache(MOST_RESULTS)


def once(kind: str, key: Hashable, title: str, make: Callable[[Callable], Any]) -> Any:
    """What `make(progress)` gives, made when it is first asked for; of each kind some are kept.

    Not `st.cache_resource`, which cannot show how far it is; a visitor who leaves ends the work.
    """
    results = _results(kind)
    bar = st.empty()  # in any case, or what follows would lose its place on the page
    result = results.get(key)
    if result is None:
        bar.progress(0.0, f"{title} …")
        result = make(lambda what, share: bar.progress(min(share, 1.0), f"{title}: {what} …"))
        bar.empty()
        results.put(key, result)
    return result
