"""The run folder: what a training process writes and everybody else reads.

    runs/<name>/
        config.json              the TrainConfig
        metrics.jsonl            a line an epoch
        latents/fixed.safetensors    labels of the encoded pictures, and the pictures reconstructed
        latents/0001.safetensors     their codes and the reconstructions after epoch 1, and so on
        checkpoint.safetensors   the model as of the last epoch
        resume.safetensors       weights, averages and optimiser, to go on from
        status.json              state, pid and host, heartbeat
        owner.json               who started it on a public server; absent: the operator
        stop                     present when somebody asked the run to stop
        lock                     held by the process that trains, for as long as it lives

A process writes it (`run_writer`), which others start (`run_queue`); pages read and watch it.
What may have been spoilt is read through one door (`run_records`).
"""

import dataclasses
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
from filelock import FileLock, Timeout
from torch import Tensor

from vae_explorer.config import TrainConfig, to_dict
from vae_explorer.data.datasets import Split
from vae_explorer.errors import ConfigError, RunError
from vae_explorer.files import read_json, safe_name, write_atomically, write_json
from vae_explorer.molecule_config import train_config
from vae_explorer.training.runs import run_records
from vae_explorer.training.runs.run_records import RawStatus, Snapshot

STARTING_SECONDS = 60.0  # after which a process that has not taken its lock will not come
LOST_SECONDS = 20.0  # without a heartbeat, where no lock can tell whether a process lives
OWNER = "owner.json"
ALIVE = frozenset({"starting", "running", "stopping"})
_EPOCH = re.compile(r"[0-9]{4,9}")  # the name of a file of codes


def runs_root() -> Path:
    """Where run folders lie: `VAE_EXPLORER_RUNS`, else `runs/` in the working directory."""
    return Path(os.environ.get("VAE_EXPLORER_RUNS") or "runs")


class Status(NamedTuple):
    """The truth about a run as far as it can be known from outside."""

    state: str  # queued, starting, running, stopping, stopped, finished, failed or lost
    message: str  # of a failure; else ""
    epoch: int  # epochs done
    epochs: int  # of the whole run


@dataclasses.dataclass(frozen=True)
class Run:
    """A run folder, for reading and for asking its process to stop."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def checkpoint(self) -> Path:
        """The model's file; absent before the first epoch ends."""
        return self.folder / "checkpoint.safetensors"

    def config(self) -> TrainConfig:
        """The run's settings; RunError where they cannot be read."""
        try:
            return train_config(read_json(self.folder / "config.json"))
        except ConfigError as error:
            raise RunError(f"the settings of run {self.name} are not readable: {error}") from error

    def owner(self) -> str:
        """Who started it, as `access.owners` writes it; "" where nobody is noted."""
        kept = read_json(self.folder / OWNER)
        owner = kept.get("hash") if isinstance(kept, dict) else None
        return owner if isinstance(owner, str) else ""

    def metrics(self) -> list[dict[str, Any]]:
        """One dictionary an epoch, in order; RunError for a line that is no epoch's."""
        try:
            return run_records.read_epochs(self.folder / "metrics.jsonl")
        except RunError as error:
            raise RunError(f"run {self.name} cannot be read: {error}") from error

    def seconds_left(self) -> float | None:
        """What the remaining epochs will take at the pace of the last ten; None at first."""
        lines = self.metrics()
        recent = [line["seconds"] for line in lines[-10:]]
        if not recent:
            return None
        return (lines[-1]["epochs"] - lines[-1]["epoch"]) * sum(recent) / len(recent)

    def status(self) -> Status:
        """State and progress. A run whose process is gone is lost, whatever the file says.

        A process that lives holds the lock, so a killed one is known at once, and one on a machine
        that has slept is not taken for dead. Of one on another machine, whose locks a shared folder
        may not show, the heartbeat tells.
        """
        raw = self._raw_status()
        if raw.state == "running" and not self._is_alive(raw):
            raw = self._raw_status()  # it may have ended, in order, between the two looks
            if raw.state == "running":
                return Status("lost", "its process ended without a word.", raw.epoch, raw.epochs)
        state = raw.state
        late = _seconds_silent(raw) > STARTING_SECONDS
        if state == "starting" and (late or not _may_start(raw)):
            return Status("lost", "its process did not start.", raw.epoch, raw.epochs)
        if state in ALIVE and (self.folder / "stop").exists():
            state = "stopping"
        return Status(state, raw.message, raw.epoch, raw.epochs)

    def is_starting(self) -> bool:
        """Whether a process has been started for it that has not taken the lock yet."""
        raw = self._raw_status()
        return raw.state == "starting" and _may_start(raw)

    def seconds_silent(self) -> float:
        """Seconds since the last heartbeat: since it was queued, where it waits."""
        return _seconds_silent(self._raw_status())

    def stop(self) -> None:
        """Ask the process to stop; it does within a second, keeping the last finished epoch.

        A run that waits in the queue leaves it.
        """
        try:
            if self.status().state == "queued":
                self.set_state("stopped")
            else:
                (self.folder / "stop").touch()
        except OSError as error:
            raise RunError(f"run {self.name} cannot be stopped: {error.strerror}.") from error

    def queue(self) -> None:
        """Let a run that has ended go on when no other is under way; RunError if it is."""
        with self.locked():
            (self.folder / "stop").unlink(missing_ok=True)
            self.set_state("queued")

    def rename(self, name: str) -> "Run":
        """Give the folder another name; RunError if that is taken or the run is under way."""
        target = self.folder.with_name(safe_name(name, RunError))
        with self.locked():
            if target.exists():
                raise RunError(f"a run called {name} exists already: choose another name.")
            self.folder.rename(target)
        return Run(target)

    def delete(self) -> None:
        """Remove the folder with all that is in it; RunError if the run is under way."""
        grave = self.folder.with_name(f".deleted-{self.name}-{time.time_ns()}")
        with self.locked():
            self.folder.rename(grave)  # at once and as a whole, however long the rest takes
        shutil.rmtree(grave, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Take the run's lock, so that no process trains it; RunError if one does or is to."""
        if not self.folder.is_dir():
            raise RunError(f"there is no run called {self.name} any more.")
        if self.status().state in ALIVE:
            raise RunError(f"run {self.name} is under way: stop it first.")
        try:
            with self.lock().acquire(timeout=0):
                yield
        except Timeout as error:
            raise RunError(f"run {self.name} is under way: stop it first.") from error
        except OSError as error:
            raise RunError(f"run {self.name} cannot be changed: {error.strerror}.") from error

    def lock(self) -> FileLock:
        """The lock that a process holds while it trains; the system releases a dead one's."""
        return FileLock(self.folder / "lock")

    def _raw_status(self) -> RawStatus:
        return run_records.read_status(self.folder / "status.json")

    def set_state(self, state: str, **more: Any) -> None:
        """Write into `status.json` where a run stands that no process trains."""
        raw = self._raw_status()
        line = status_line(state, raw.epoch, raw.epochs)
        write_json(self.folder / "status.json", line | more)

    def _is_alive(self, raw: RawStatus) -> bool:
        try:
            with self.lock().acquire(timeout=0):
                if _is_here(raw):
                    return False
        except Timeout:
            return True
        except OSError:  # a folder that may only be read
            pass
        return _seconds_silent(raw) <= LOST_SECONDS

    def snapshot_epochs(self) -> list[int]:
        """Epochs of which codes were written."""
        names = (p.stem for p in (self.folder / "latents").glob("*.safetensors"))
        return sorted(int(name) for name in names if _EPOCH.fullmatch(name))

    def snapshot(self, epoch: int) -> Snapshot | None:
        """Codes and reconstructions after an epoch, or None where they cannot be read."""
        return run_records.read_snapshot(self.folder / "latents" / f"{epoch:04d}.safetensors")

    def snapshot_pictures(self) -> Split | None:
        """What snapshots are of: pictures as they are stored, and the labels (N,) of the codes.

        None where they cannot be read.
        """
        return run_records.read_pictures(self.folder / "latents" / "fixed.safetensors")

    def resume_state(self) -> dict[str, Tensor]:
        """What `engine.train(resume=...)` needs; RunError where no epoch was finished."""
        tensors = run_records.load_tensors(self.folder / "resume.safetensors")
        if tensors is None:
            raise RunError(f"run {self.name} cannot be resumed: it has not finished an epoch.")
        return tensors


def list_runs(root: Path | None = None) -> list[Run]:
    """All run folders, the newest first."""
    try:
        visible = (p for p in (root or runs_root()).iterdir() if not p.name.startswith("."))
        folders = [p for p in visible if (p / "config.json").is_file()]
        folders.sort(key=lambda p: (p / "config.json").stat().st_mtime, reverse=True)
    except OSError:
        return []
    return [Run(p) for p in folders]


def create_run(
    name: str,
    config: TrainConfig,
    root: Path | None = None,
    *,
    state: str = "stopped",
    owner: Mapping[str, Any] | None = None,
) -> Run:
    """Make a run folder; RunError if the name is taken or the place cannot be written.

    It stands as if stopped before its first epoch; "queued", `run_queue.start_next` will start it
    in its turn. `owner` is who starts it, of `access.owners.note`; None: the operator.
    """
    folder = (root or runs_root()) / safe_name(name, RunError)
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise RunError(f"a run called {name} exists already: choose another name.") from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        (folder / "latents").mkdir()
        write_json(folder / "status.json", status_line(state, 0, config.total_epochs))
        if owner is not None:
            write_json(folder / OWNER, owner)
        write_json(folder / "config.json", to_dict(config))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # half a run would hold its name
        raise _unwritable(folder, error) from error
    return Run(folder)


def _unwritable(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"run folder {folder} cannot be written ({error.strerror}): set VAE_EXPLORER_RUNS to a "
        "folder that is writable."
    )


def free_name(stem: str, root: Path | None = None) -> str:
    """The stem, with a number behind it if there is a folder of that name."""
    root = root or runs_root()
    taken = {path.name for path in root.iterdir()} if root.is_dir() else set()
    numbered = (f"{stem}-{number}" for number in range(2, 100_000))
    return stem if stem not in taken else next(name for name in numbered if name not in taken)


def status_line(state: str, epoch: int, epochs: int, message: str = "") -> dict[str, Any]:
    """What `status.json` holds: written by a run's own process, and once before it starts."""
    return {
        "state": state,
        "message": message,
        "pid": os.getpid(),
        "host": platform.node(),
        "heartbeat": time.time(),
        "epoch": epoch,
        "epochs": epochs,
    }


def _is_here(raw: RawStatus) -> bool:
    """Whether the process of a run is, or was, on this machine: in this container."""
    return raw.host in ("", platform.node())


def _may_start(raw: RawStatus) -> bool:
    """Whether the process of a run that is starting may still take its lock."""
    return _exists(raw.pid) if _is_here(raw) else True


def _exists(pid: int) -> bool:
    """Whether a process of this number lives on this machine."""
    try:
        if pid > 0:  # others stand for groups of processes
            os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return pid > 0


def _seconds_silent(raw: RawStatus) -> float:
    return time.time() - raw.heartbeat


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors of any device as one safetensors file, atomically."""
    tensors = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    write_atomically(path, safetensors.torch.save(tensors))
