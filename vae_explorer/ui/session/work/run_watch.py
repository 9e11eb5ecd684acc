"""Tells the log of a public server what becomes of trainings, whoever started them.

A training outlives the server, and one that ends starts the next: so the folder of runs is looked
at. In the log a run is a number, that of its folder on the disk, as visitors chose its name.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from vae_explorer import logs
from vae_explorer.access import training_costs
from vae_explorer.data import datasets
from vae_explorer.errors import RunError
from vae_explorer.molecules import moses
from vae_explorer.training.runs.run_folder import ALIVE, Run, Status, list_runs

LOOK_SECONDS = 10.0
OWN = "own"  # stands for all data sets that a visitor brought


class _Seen(NamedTuple):
    changed: float  # when its status was written
    stage: str  # started, queued or ended


class RunWatch:
    """What was seen of the runs of a folder; what stands there at first is no news."""

    def __init__(self, root: Path | None = None):
        self._root = root
        self._seen: dict[int, _Seen] = {}
        self.look(silent=True)

    def look(self, *, silent: bool = False) -> None:
        """Tell what has changed since the last look."""
        seen: dict[int, _Seen] = {}
        for run in list_runs(self._root):
            try:
                number = run.folder.stat().st_ino
                changed = (run.folder / "status.json").stat().st_mtime
            except OSError:  # gone meanwhile
                continue
            before = self._seen.get(number)
            if before is not None and before.stage == "ended" and before.changed == changed:
                seen[number] = before
                continue
            status = run.status()
            stage = _stage(status)
            if not silent and stage != (before and before.stage) and not _is_new(before, status):
                _tell(run, number, stage, status)
            seen[number] = _Seen(changed, stage)
        self._seen = seen


def begin() -> None:
    """Watch in a thread, as long as the server lives."""
    threading.Thread(target=_run, args=(RunWatch(),), daemon=True).start()


def _run(watch: RunWatch) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        watch.look()


def _stage(status: Status) -> str:
    if status.state in ALIVE:
        return "started"
    return "queued" if status.state == "queued" else "ended"


def _is_new(before: _Seen | None, status: Status) -> bool:
    """Whether a folder has just been made, whose run nobody has let begin yet."""
    return before is None and status.state == "stopped" and not status.epoch


def _tell(run: Run, number: int, stage: str, status: Status) -> None:
    dataset, parameters, seconds = "unknown", None, 0.0
    with suppress(RunError, RuntimeError):
        config = run.config()
        dataset = config.dataset if config.dataset in (*datasets.NAMES, moses.NAME) else OWN
        parameters = training_costs.parameters(config.model)
        seconds = sum(line["seconds"] for line in run.metrics())
    how = f" as {status.state} after {seconds:,.0f} s" if stage == "ended" else ""
    logs.tell(
        f"training_{stage}",
        f"A training {'is' if stage == 'queued' else 'has'} {stage}{how}: data set {dataset}, "
        f"{status.epoch:,} of {status.epochs:,} epochs.",
        run=number,
        state=status.state,
        epochs_done=status.epoch,
        epochs=status.epochs,
        seconds=seconds,
        parameters=parameters,
        dataset=dataset,
    )
