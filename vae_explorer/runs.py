"""The run folder: what a training process writes and everybody else reads.

    runs/<name>/
        config.json              the TrainConfig
        metrics.jsonl            a line an epoch
        latents/fixed.safetensors    labels of the encoded pictures, and the pictures reconstructed
        latents/0001.safetensors     their codes and the reconstructions after epoch 1, and so on
        checkpoint.safetensors   the model as of the last epoch
        resume.safetensors       weights, averages and optimiser, to go on from
        status.json              state, pid, heartbeat
        stop                     present when somebody asked the run to stop

A process writes it (`run_writer`); pages read it, start a process, and watch the folder.
"""

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from .config import TrainConfig, from_dict, to_dict
from .data import Split, data_root
from .errors import ConfigError, RunError
from .files import read_json, read_json_lines, safe_name, write_atomically, write_json

LOST_SECONDS = 20.0  # without a heartbeat for so long, the process is gone


def runs_root() -> Path:
    """Where run folders lie: `VAE_EXPLORER_RUNS`, else `runs/` in the working directory."""
    return Path(os.environ.get("VAE_EXPLORER_RUNS") or "runs")


class Status(NamedTuple):
    """The truth about a run as far as it can be known from outside."""

    state: str  # starting, running, stopping, stopped, finished, failed or lost
    message: str  # of a failure; else ""
    epoch: int  # epochs done
    epochs: int  # of the whole run


class Watched(NamedTuple):
    """Validation pictures as encoded and reconstructed after one epoch."""

    mu: Tensor  # (N, D)
    reconstructions: Tensor  # (n, S, S) uint8


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
            return from_dict(TrainConfig, read_json(self.folder / "config.json"))
        except ConfigError as error:
            raise RunError(f"the settings of run {self.name} are not readable: {error}") from error

    def metrics(self) -> list[dict[str, Any]]:
        """One dictionary an epoch, in order."""
        return read_json_lines(self.folder / "metrics.jsonl")

    def seconds_left(self) -> float | None:
        """What the remaining epochs will take at the pace of the last ten; None at first."""
        lines = self.metrics()
        recent = [line["seconds"] for line in lines[-10:]]
        if not recent:
            return None
        return (lines[-1]["epochs"] - lines[-1]["epoch"]) * sum(recent) / len(recent)

    def status(self) -> Status:
        """State and progress; a run whose heart has stopped beating is lost, not running."""
        raw = read_json(self.folder / "status.json")
        if not isinstance(raw, dict):
            return Status("lost", "its status cannot be read.", 0, 0)
        state, silent = raw.get("state", "lost"), time.time() - raw.get("heartbeat", 0)
        if state in {"starting", "running"}:
            if silent > LOST_SECONDS:
                return Status("lost", "its process ended without a word.", *_progress(raw))
            if (self.folder / "stop").exists():
                state = "stopping"
        return Status(state, raw.get("message", ""), *_progress(raw))

    def stop(self) -> None:
        """Ask the process to stop; it does within a second, keeping the last finished epoch."""
        try:
            (self.folder / "stop").touch()
        except OSError as error:
            raise RunError(f"run {self.name} cannot be stopped: {error.strerror}.") from error

    def watched_epochs(self) -> list[int]:
        """Epochs of which codes were kept."""
        names = (p.stem for p in (self.folder / "latents").glob("*.safetensors"))
        return sorted(int(name) for name in names if name.isdigit())

    def watched(self, epoch: int) -> Watched | None:
        """Codes and reconstructions after an epoch, or None where they cannot be read."""
        tensors = load_tensors(self.folder / "latents" / f"{epoch:04d}.safetensors")
        if tensors is None:
            return None
        return Watched(tensors["mu"].float(), tensors["reconstructions"])

    def fixed(self) -> Split | None:
        """The watched pictures (n, S, S) uint8, and the labels (N,) of the watched points."""
        tensors = load_tensors(self.folder / "latents" / "fixed.safetensors")
        return None if tensors is None else Split(tensors["images"], tensors["labels"].long())

    def resume_state(self) -> dict[str, Tensor]:
        """What `engine.train(resume=...)` needs; RunError where nothing was kept."""
        tensors = load_tensors(self.folder / "resume.safetensors")
        if tensors is None:
            raise RunError(f"run {self.name} cannot be resumed: it has not finished an epoch.")
        return tensors


def list_runs(root: Path | None = None) -> list[Run]:
    """All run folders, the newest first."""
    try:
        folders = [p for p in (root or runs_root()).iterdir() if (p / "config.json").is_file()]
        folders.sort(key=lambda p: (p / "config.json").stat().st_mtime, reverse=True)
    except OSError:
        return []
    return [Run(p) for p in folders]


def create_run(name: str, config: TrainConfig, root: Path | None = None) -> Run:
    """Make a run folder; RunError if the name is taken or the place cannot be written."""
    folder = (root or runs_root()) / safe_name(name, RunError)
    try:
        folder.mkdir(parents=True)
        (folder / "latents").mkdir()
        write_json(folder / "status.json", status_line("starting", 0, config.total_epochs))
        write_json(folder / "config.json", to_dict(config))
    except FileExistsError as error:
        raise RunError(f"a run called {name} exists already: choose another name.") from error
    except OSError as error:
        raise RunError(f"run folder {folder} cannot be written: {error.strerror}.") from error
    return Run(folder)


def free_name(stem: str, root: Path | None = None) -> str:
    """The stem, with a number behind it if a run of that name exists."""
    taken = {run.name for run in list_runs(root)}
    numbered = (f"{stem}-{number}" for number in range(2, 100_000))
    return stem if stem not in taken else next(name for name in numbered if name not in taken)


def launch(run: Run) -> subprocess.Popen:
    """Start the process that carries a run out, from where it stands; it survives its parent.

    The caller keeps the handle and polls it now and then, or the ended process stays a zombie.
    """
    command = [sys.executable, "-m", "vae_explorer", "train", "--resume", str(run.folder.resolve())]
    with (run.folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=Path(__file__).resolve().parent.parent,
            env=os.environ | {"VAE_EXPLORER_DATA": str(data_root().resolve())},
        )


def status_line(state: str, epoch: int, epochs: int, message: str = "") -> dict[str, Any]:
    """What `status.json` holds: written by a run's own process, and once before it starts."""
    return {
        "state": state,
        "message": message,
        "pid": os.getpid(),
        "heartbeat": time.time(),
        "epoch": epoch,
        "epochs": epochs,
    }


def _progress(raw: dict[str, Any]) -> tuple[int, int]:
    return raw.get("epoch", 0), raw.get("epochs", 0)


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors of any device as one safetensors file, atomically."""
    tensors = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    write_atomically(path, safetensors.torch.save(tensors))


def load_tensors(path: Path) -> dict[str, Tensor] | None:
    """The tensors of a safetensors file, or None where it is missing or damaged."""
    try:
        return safetensors.torch.load(path.read_bytes())
    except (OSError, SafetensorError, RuntimeError):
        return None
