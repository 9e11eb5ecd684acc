"""Room on a public server's disk: what is old and done goes when something new comes."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from vae_explorer import logs
from vae_explorer.access import owners, refusals, training_costs
from vae_explorer.access.limits import Limits
from vae_explorer.errors import RunError
from vae_explorer.training.runs.run_folder import ALIVE, Run


def for_run(needed: float, runs: Sequence[Run], limits: Limits) -> list[str]:
    """Remove the oldest ended runs of visitors until `needed` MB fit; the names of those removed.

    What is under way or waits is counted as large as it will be. RunError where it does not fit.
    """
    sizes = {run: _megabytes(run) for run in runs}
    removable = [run for run in runs if _is_removable(run)]
    removable.sort(key=lambda run: _modified(run.folder / "status.json"))
    surplus = sum(sizes.values()) + needed - limits.runs_mb
    if surplus > sum(sizes[run] for run in removable):
        raise refusals.of_training(
            "runs_mb",
            "there is no room for this run: what is kept, under way or waiting takes the "
            f"{limits.runs_mb:,} MB for runs. Try again later, or choose fewer epochs.",
        )
    removed = []
    for run in removable:
        if surplus <= 0:
            break
        run.delete()
        surplus -= sizes[run]
        removed.append(run.name)
    _tell("runs", [sizes[run] for run in removable[: len(removed)]])
    return removed


def _tell(what: str, sizes: Sequence[float]) -> None:
    """Of what was removed, in MB each."""
    if sizes:
        sentence = f"Room was made: {len(sizes)} of the oldest {what} went, {sum(sizes):,.0f} MB."
        logs.tell("room_made", sentence, kind=what, removed=len(sizes), megabytes=sum(sizes))


def _is_removable(run: Run) -> bool:
    return run.status().state not in ALIVE | {"queued"} and not owners.is_protected(run)


def _megabytes(run: Run) -> float:
    """Of a run's folder, or of what it will be."""
    size = folder_megabytes(run.folder)
    if run.status().state not in ALIVE | {"queued"}:
        return size
    try:
        config = run.config()
        count = training_costs.parameters(config.model)
        return max(size, training_costs.megabytes_on_disk(config, count))
    except (RunError, RuntimeError):
        return size


def folder_megabytes(folder: Path) -> float:
    """Of all files in a folder, or of one file."""
    size = 0
    for path in (folder, *folder.rglob("*")):
        try:
            size += path.lstat().st_size if not path.is_dir() else 0
        except OSError:  # gone meanwhile
            continue
    return size / 1e6


def for_upload(needed: float, root: Path, limits: Limits) -> None:
    """Remove the oldest data that visitors uploaded below `root` until `needed` MB fit.

    DataError where they never will.
    """
    if needed > limits.uploads_mb:
        sentence = f"all uploads here have {limits.uploads_mb:,} MB together: send less."
        raise refusals.of_upload("uploads_mb", sentence, needed)
    sizes = {upload: folder_megabytes(upload) for upload in root.glob(f"{owners.OF}*/*")}
    surplus = sum(sizes.values()) + needed - limits.uploads_mb
    removed = []
    for upload in sorted(sizes, key=_modified):
        if surplus <= 0:
            break
        surplus -= sizes[upload]
        removed.append(sizes[upload])
        shutil.rmtree(upload, ignore_errors=True)
    _tell("uploads", removed)


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0
