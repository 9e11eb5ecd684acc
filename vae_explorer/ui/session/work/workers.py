"""The workers of this server: on a public one a few processes, on a personal one none.

One person alone is served soonest by the server's own process, which has all at hand.
"""

import os
from collections.abc import Callable
from typing import Any

import streamlit as st

from vae_explorer.access import limits, mode
from vae_explorer.ui.session.work import turns
from vae_explorer.ui.session.work.pool import Job, Pool
from vae_explorer.ui.session.work.wire import Task

LOOK_SECONDS = 0.2  # between two looks at what a worker does


def pool() -> Pool | None:
    """Those that do heavy work; None where the server does it itself."""
    return _pool() if mode.is_public() else None


@st.cache_resource(show_spinner=False)
def _pool() -> Pool | None:
    allowed = limits.current()
    most = min(allowed.workers, os.cpu_count() or 1)
    return Pool(most, allowed.worker_mb, least=1) if most else None


def start() -> None:
    """Have one at hand before the first visitor needs it; it starts beside the server."""
    if (processes := pool()) is not None:
        processes.start()


def done(task: Task, report: Callable[[str, float], None], processes: Pool | None) -> Any:
    """What a task gives, by a worker where there are any; `report` may raise, which ends it."""
    job = None if processes is None else processes.submit(task)
    if job is None:
        return task(report)
    try:
        with turns.RUNS.aside():
            while not job.ended.wait(LOOK_SECONDS):
                report(stage(job), job.share)
        return job.result()
    finally:
        job.cancel()


def stage(job: Job) -> str:
    """How far a job is, in words."""
    before = job.waits_for()
    if not before:
        return job.what
    return f"waiting for {before} others" if before > 1 else "waiting for another one"
