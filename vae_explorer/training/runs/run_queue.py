"""The processes that carry runs out, and the queue of runs that wait for one.

A queue needs no process of its own: whoever ends a run, or looks at a page, starts the next.
"""

import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from vae_explorer.data.datasets import data_root
from vae_explorer.training.runs.run_folder import ALIVE, Run, list_runs, runs_root


def turn_lock(root: Path) -> FileLock:
    """Held by who counts the trainings in a folder and starts one: of all processes that may."""
    return FileLock(root / ".queue.lock")


def launch(run: Run) -> subprocess.Popen:
    """Start the process that carries a run out, from where it stands; it survives its parent.

    It works in this process's folder and finds the modules that this one does, so that it makes no
    difference whether the package is installed or lies in a clone. The caller keeps the
    handle and polls it now and then, or the ended process stays a zombie. RunError if a process
    trains it already, the folder cannot be written or no process started.
    """
    train = ["-m", "vae_explorer", "train", "--resume", str(run.folder.resolve())]
    environment = {
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "VAE_EXPLORER_DATA": str(data_root().resolve()),
        "VAE_EXPLORER_RUNS": str(run.folder.resolve().parent),
    }
    with run.locked(), (run.folder / "log.txt").open("ab") as log:
        (run.folder / "stop").unlink(missing_ok=True)
        run.set_state("starting")
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", *train],  # -P: no module lies in the working folder
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | environment,
            )
        except OSError:
            run.set_state("stopped")
            raise
        with suppress(OSError):  # it needs seconds before it writes its own, or says it cannot
            run.set_state("starting", pid=process.pid)
    return process


def start_next(
    root: Path | None = None, *, turns: tuple[int, int] = (1, 1)
) -> subprocess.Popen | None:
    """Start the run that has waited longest, if fewer are under way than may be; its process.

    `turns` are how many may be, and how many of one owner. RunError where it cannot be started;
    where nobody may start any, nothing happens.
    """
    root = root or runs_root()
    if _next_in_queue(root, *turns) is None:
        return None
    try:
        with turn_lock(root).acquire(timeout=0):
            run = _next_in_queue(root, *turns)  # again: another may have been quicker
            return launch(run) if run else None
    except (Timeout, OSError):  # another process is at it, or the folder may only be read
        return None


def _next_in_queue(root: Path, at_once: int, of_each: int) -> Run | None:
    """The run that may start: of those whose owner has a turn left, that queued first."""
    states = [(run, run.status().state) for run in reversed(list_runs(root))]
    alive = [run for run, state in states if state in ALIVE]
    if len(alive) >= at_once:
        return None
    waiting = [run for run, state in states if state == "queued"]
    if not waiting:
        return None
    busy = Counter(run.owner() for run in alive)
    ready = [run for run in waiting if not run.owner() or busy[run.owner()] < of_each]
    return max(ready, key=Run.seconds_silent, default=None)
