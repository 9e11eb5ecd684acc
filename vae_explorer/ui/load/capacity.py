"""The search for how many visitors a server holds: more of them, until it is too slow for them."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from vae_explorer.errors import ExplorerError
from vae_explorer.ui.load import lesson
from vae_explorer.ui.load.simulated_visitor import Journal

Value = TypeVar("Value")
FIRST = 5  # visitors, then twice as many each time
HALVINGS = 2  # of the gap between the most that it held and the fewest that it did not
SHARE = 95  # per cent of the waits that are no longer than what is told


@dataclass(frozen=True)
class Stage:
    """What so many visitors met. Waits are 95th percentiles, in seconds."""

    visitors: int
    actions: int
    slider: float  # a slider step that the server decodes
    page: float  # the opening of a page
    slowest: str  # the action with the longest waits
    slowest_seconds: float
    broken: int  # connections
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """What visitors put up with: waits in seconds that 95 of 100 are not to exceed."""

    slider: float
    page: float

    def holds(self, stage: Stage) -> bool:
        """Whether a stage went well."""
        quick = stage.slider <= self.slider and stage.page <= self.page
        return quick and not stage.errors and not stage.broken


def search(measure: Callable[[int], Stage], bar: Bar, most: int) -> Iterator[Stage]:
    """Stages of 5, 10, 20 … visitors up to `most`; from the first that fails, back by halves."""
    low, count = 0, min(FIRST, most)
    while True:
        stage = measure(count)
        yield stage
        if not bar.holds(stage):
            break
        low = count
        if count == most:
            return
        count = min(2 * count, most)
    high = count
    for _ in range(HALVINGS):
        if (middle := (low + high) // 2) in (low, high):
            return
        stage = measure(middle)
        yield stage
        low, high = (middle, high) if bar.holds(stage) else (low, middle)


def warm_up(url: str, model: str, seed: int) -> float:
    """One visitor goes through all pages, and has computed what is kept for all; seconds it took.

    ExplorerError where the server does not answer as the app does, has no such model, or fails.
    """
    journal, start = Journal(), time.perf_counter()
    models = _ended(lesson.once(url, journal, model, seed))
    if model not in models:
        there = f"it has {', '.join(models)}" if models else "it offers none"
        raise ExplorerError(f"{url} has no model {model}: {there}.")
    if journal.errors:
        raise ExplorerError(f"{url} fails with one visitor already. {journal.errors[0]}")
    if not journal.seconds[lesson.SLIDER]:
        raise ExplorerError(f"{url} shows no slider for {model}: choose one of few coordinates.")
    return time.perf_counter() - start


def measure(url: str, visitors: int, seconds: float, model: str, seed: int) -> Stage:
    """So many visitors for so long; what they met."""
    journal = Journal()
    _ended(_together(url, journal, visitors, seconds, model, seed))
    waits = {what: float(np.percentile(some, SHARE)) for what, some in journal.seconds.items()}
    opened = [
        wait
        for what, some in journal.seconds.items()
        if what.endswith(lesson.OPEN)
        for wait in some
    ]
    slowest = max(waits, key=waits.__getitem__)
    return Stage(
        visitors,
        actions=sum(map(len, journal.seconds.values())),
        slider=waits.get(lesson.SLIDER, 0.0),
        page=float(np.percentile(opened, SHARE)) if opened else 0.0,
        slowest=slowest,
        slowest_seconds=waits[slowest],
        broken=journal.broken,
        errors=tuple(journal.errors),
    )


async def _together(
    url: str, journal: Journal, visitors: int, seconds: float, model: str, seed: int
) -> None:
    await asyncio.gather(
        *(lesson.go_about(url, journal, model, seconds, seed + n) for n in range(visitors))
    )


def _ended(work: Coroutine[Any, Any, Value]) -> Value:
    """What comes of it. In a thread where a loop is under way here, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
