"""All that sessions share and that can grow, kept within one bound in bytes, told in one place.

A cache belongs to a kind of result; all are in one store, where what nobody has asked for longest
gives way. What is handed out is shared between visitors and threads: never change it.
"""

import functools
import hashlib
import inspect
import threading
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, ParamSpec, TypeVar

import streamlit as st
from torch import Tensor

from vae_explorer.access import limits, mode
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session.work import turns
from vae_explorer.ui.session.work.result_cache import ResultCache

PERSONAL_MB = 1_500  # of all caches together, where no operator says otherwise
P = ParamSpec("P")
R = TypeVar("R")


class Other(NamedTuple):
    """A cache with a bound of its own."""

    held: Callable[[], int]  # bytes
    drop: Callable[[], None]


OTHERS: dict[str, Other] = {}


class Store:
    """All caches of this server, by kind."""

    def __init__(self, most_bytes: Callable[[], int]):
        self._most_bytes, self._lock = most_bytes, threading.Lock()
        self._caches: dict[str, ResultCache[Any]] = {}

    def of(self, kind: str, most: int, *, keep_last: bool = False) -> ResultCache[Any]:
        """The cache of a kind of result, of so many entries at most."""
        with self._lock:
            if kind not in self._caches:
                cache = ResultCache(most, keep_last=keep_last, grown=self._make_room)
                self._caches[kind] = cache
            return self._caches[kind]

    def bytes_by_kind(self) -> dict[str, int]:
        """What is held, of the caches with bounds of their own too; the largest first."""
        with self._lock:
            held = {kind: cache.held for kind, cache in self._caches.items()}
        held |= {kind: other.held() for kind, other in OTHERS.items()}
        return dict(sorted(held.items(), key=lambda pair: -pair[1]))

    @property
    def held(self) -> int:
        """Bytes of all results."""
        with self._lock:
            return sum(cache.held for cache in self._caches.values())

    @property
    def used(self) -> float:
        """When anything was asked for last, by `time.monotonic`."""
        with self._lock:
            return max((cache.used for cache in self._caches.values()), default=0.0)

    def drop(self, before: float) -> None:
        """Let go of what was not asked for since a moment of `time.monotonic`."""
        with self._lock:
            caches = list(self._caches.values())
        for cache in caches:
            cache.drop(before)

    def _make_room(self) -> None:
        """Let the oldest results go while all together are too large."""
        most = self._most_bytes()
        while self.held > most:
            with self._lock:
                caches = [cache for cache in self._caches.values() if cache.can_give_way]
            if not caches:
                return
            min(caches, key=lambda cache: cache.oldest).give_way()


def most_bytes() -> int:
    """The bound of all caches together."""
    megabytes = limits.current().cache_mb if mode.is_public() else PERSONAL_MB
    return megabytes * 1_000_000


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """That of this server."""
    return Store(most_bytes)


def kept(most: int, title: str = "", kind: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have what a function gives kept for all, of so many arguments, those asked for last.

    Models count as their content; parameters that begin with an underscore do not tell results
    apart. Who asks for what is on its way waits for it; `title` is what they see meanwhile.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        name = kind or f"{function.__module__.removeprefix('vae_explorer.ui.')}.{function.__name__}"

        @functools.wraps(function)
        def asked(*args: P.args, **settings: P.kwargs) -> R:
            bound = signature.bind(*args, **settings).arguments
            key = tuple(identity(v) for k, v in bound.items() if not k.startswith("_"))
            cache = store().of(name, most, keep_last=True)
            if (found := cache.get(key)) is not None:
                return found[0]
            if title:
                with st.spinner(title):
                    return _made(cache, key, function, *args, **settings)
            return _made(cache, key, function, *args, **settings)

        return asked

    return decorate


def _made(
    cache: ResultCache[Any], key: Hashable, function: Callable[P, R], *args: P.args, **how: P.kwargs
) -> R:
    while True:
        with cache.flight(key) as (flight, first):
            if (found := cache.get(key)) is not None:
                return found[0]
            if first:
                value = function(*args, **how)
                cache.put(key, (value,))
                return value
        with turns.RUNS.aside():
            flight.ended.wait()


def identity(value: Any) -> Hashable:
    """What tells a value from others, of models and large ones their content."""
    if isinstance(value, Checkpoint):
        return "model", value.sha256
    if isinstance(value, Tensor):
        return str(value.dtype), tuple(value.shape), identity(value.numpy().tobytes())
    if isinstance(value, bytes):
        return hashlib.sha256(value).digest()
    if isinstance(value, tuple | list):
        return type(value).__name__, *map(identity, value)
    return value
