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

A process writes (`RunWriter`), pages read (`Run`); a page starts a process and watches the folder.
"""

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from .checkpoints import Checkpoint, save_checkpoint
from .config import TrainConfig, from_dict, to_dict
from .data import Split, data_root, to_unit
from .engine import EpochReport
from .errors import ConfigError, RunError
from .files import (
    append_json_line,
    read_json,
    read_json_lines,
    safe_name,
    write_atomically,
    write_json,
)

HEARTBEAT_SECONDS = 1.0
LOST_SECONDS = 20.0  # without a heartbeat for so long, the process is gone
WATCHED_POINTS = 2_000  # validation pictures whose codes are kept at each epoch
WATCHED_PICTURES = 10  # of them, those whose reconstructions are kept as well


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
        tensors = _load_tensors(self.folder / "latents" / f"{epoch:04d}.safetensors")
        if tensors is None:
            return None
        return Watched(tensors["mu"].float(), tensors["reconstructions"])

    def fixed(self) -> Split | None:
        """The watched pictures (n, S, S) uint8, and the labels (N,) of the watched points."""
        tensors = _load_tensors(self.folder / "latents" / "fixed.safetensors")
        return None if tensors is None else Split(tensors["images"], tensors["labels"].long())

    def resume_state(self) -> dict[str, Tensor]:
        """What `engine.train(resume=...)` needs; RunError where nothing was kept."""
        tensors = _load_tensors(self.folder / "resume.safetensors")
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
        write_json(folder / "status.json", _status("starting", 0, config.total_epochs))
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


class RunWriter:
    """The writing side, used by the one process that trains.

    A context manager: inside, a heartbeat tells readers that the process lives, and
    `stop_asked` turns true when somebody wants it to end. Leaving it by an exception records why.
    """

    def __init__(self, run: Run, config: TrainConfig):
        self.run, self.config = run, config
        self.stop_asked = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._state, self._epoch = "running", 0

    def __enter__(self) -> "RunWriter":
        (self.run.folder / "stop").unlink(missing_ok=True)
        self._write_status()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._over.set()
        self._heart.join()
        if error is None:
            self._write_status("stopped" if self.stop_asked.is_set() else "finished")
        elif isinstance(error, KeyboardInterrupt | GeneratorExit):  # or nobody reads on
            self._write_status("stopped")
        else:
            self._write_status("failed", str(error) or kind.__name__)

    def watch(self, images: Split) -> None:
        """Keep what the codes of later epochs belong to; cuts what a resumed run does again."""
        tensors = {
            "labels": images.labels[:WATCHED_POINTS].to(torch.int16),
            "images": images.images[:WATCHED_PICTURES].contiguous(),
        }
        _save_tensors(self.run.folder / "latents" / "fixed.safetensors", tensors)
        self._watched = images

    def rewind(self, epoch: int) -> None:
        """Forget lines of epochs after this one: a resumed run will write them again."""
        lines = [line for line in self.run.metrics() if line["epoch"] <= epoch]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        write_atomically(self.run.folder / "metrics.jsonl", text.encode())
        self._epoch = epoch

    def record(self, report: EpochReport, checkpoint: Checkpoint) -> None:
        """Write all that an epoch leaves behind; the order makes any crash harmless."""
        line = {k: v for k, v in report._asdict().items() if k not in {"model", "state"}}
        line |= {"train": report.train._asdict(), "validation": report.validation._asdict()}
        append_json_line(self.run.folder / "metrics.jsonl", line)
        self._record_watched(report)
        save_checkpoint(checkpoint, self.run.checkpoint)
        _save_tensors(self.run.folder / "resume.safetensors", report.state)
        self._epoch = report.epoch
        self._write_status()

    def _record_watched(self, report: EpochReport) -> None:
        device = report.model.mean_layer.weight.device
        watched = Split(*(t[:WATCHED_POINTS].to(device) for t in self._watched))
        x, y = to_unit(watched.images), watched.labels if report.model.config.classes else None
        few = slice(WATCHED_PICTURES)
        with torch.inference_mode():
            mu, _ = report.model.encode(x, y)
            seen = report.model.decode(mu[few], None if y is None else y[few]).squeeze(1)
        tensors = {"mu": mu.half(), "reconstructions": (seen * 255).round().byte()}
        path = self.run.folder / "latents" / f"{report.epoch:04d}.safetensors"
        _save_tensors(path, tensors)

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT_SECONDS):
            if (self.run.folder / "stop").exists():
                self.stop_asked.set()
            self._write_status()

    def _write_status(self, state: str | None = None, message: str = "") -> None:
        with self._lock:
            self._state = state or self._state
            value = _status(self._state, self._epoch, self.config.total_epochs, message)
            write_json(self.run.folder / "status.json", value)


def _status(state: str, epoch: int, epochs: int, message: str = "") -> dict[str, Any]:
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


def _save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    tensors = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    write_atomically(path, safetensors.torch.save(tensors))


def _load_tensors(path: Path) -> dict[str, Tensor] | None:
    try:
        return safetensors.torch.load(path.read_bytes())
    except (OSError, SafetensorError, RuntimeError):
        return None
