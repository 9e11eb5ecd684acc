"""The writing side of a run folder, used by the one process that trains. See `run_folder`."""

import contextlib
import json
import threading
from collections.abc import Iterator

import torch
from filelock import Timeout

from vae_explorer.config import TrainConfig, to_dict
from vae_explorer.data.datasets import Split
from vae_explorer.errors import RunError
from vae_explorer.files import append_json_line, write_atomically, write_json
from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.training.engine import EpochReport
from vae_explorer.training.runs.run_folder import Run, save_tensors, status_line

HEARTBEAT_SECONDS = 1.0
LOCK_SECONDS = 5.0  # readers take the lock for a moment, to see whether somebody has it
SNAPSHOT_POINTS = 2_000  # validation pictures whose codes are written at each epoch
SNAPSHOT_PICTURES = 10  # of them, those whose reconstructions are written as well


class RunWriter:
    """A context manager: inside, a heartbeat tells readers that the process lives.

    `stop_requested` turns true when somebody wants it to end. Leaving it by an exception records
    why.
    """

    def __init__(self, run: Run, config: TrainConfig):
        self.run, self.config = run, config
        self.stop_requested = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._state, self._epoch = "running", run.status().epoch

    def __enter__(self) -> "RunWriter":
        self._lock_file = self.run.lock()
        try:
            self._lock_file.acquire(timeout=LOCK_SECONDS)
            if not self.run.is_starting():  # else the request is younger than this process
                (self.run.folder / "stop").unlink(missing_ok=True)
            for unfinished in self.run.folder.rglob("*.tmp"):  # by a process that was killed
                unfinished.unlink(missing_ok=True)
            self._write_status()
        except Timeout as error:
            raise RunError(f"run {self.run.name} is being trained by another process.") from error
        except OSError as error:
            raise self._cannot_write(error) from error
        self._heartbeat = threading.Thread(target=self._write_heartbeats, daemon=True)
        self._heartbeat.start()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._ended.set()
        self._heartbeat.join()
        with contextlib.suppress(OSError):  # of a full disk, or of a folder that is gone
            if error is None:
                self._write_status("stopped" if self.stop_requested.is_set() else "finished")
            elif isinstance(error, KeyboardInterrupt | GeneratorExit):  # or nobody reads on
                self._write_status("stopped")
            else:
                self._write_status("failed", str(error) or kind.__name__)
        self._lock_file.release()

    def save_pictures(self, images: Split) -> None:
        """Write what the codes of later epochs belong to; RunError where it cannot be written."""
        self._pictures = images
        tensors = {
            "labels": images.labels[:SNAPSHOT_POINTS].to(torch.int16),
            "images": images.images[:SNAPSHOT_PICTURES].contiguous(),
        }
        with self._writing():
            save_tensors(self.run.folder / "latents" / "fixed.safetensors", tensors)

    def settle(self, config: TrainConfig) -> None:
        """Write settings of which the data has said what they left open."""
        with self._writing():
            write_json(self.run.folder / "config.json", to_dict(config))
        self.config = config

    def rewind(self, epoch: int) -> None:
        """Forget lines of epochs after this one: a resumed run will write them again."""
        lines = [line for line in self.run.metrics() if line["epoch"] <= epoch]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        with self._writing():
            write_atomically(self.run.folder / "metrics.jsonl", text.encode())
        self._epoch = epoch

    def record(self, report: EpochReport, checkpoint: Checkpoint) -> None:
        """Write all that an epoch leaves behind; the order makes any crash harmless.

        Where training may stop early, the checkpoint stays that of the best epoch.
        """
        line = {k: v for k, v in report._asdict().items() if k not in {"model", "state"}}
        line |= {"train": report.train._asdict(), "validation": report.validation._asdict()}
        with self._writing():
            append_json_line(self.run.folder / "metrics.jsonl", line)
            self._record_snapshot(report)
            if report.best or not self.config.patience:
                save_checkpoint(checkpoint, self.run.checkpoint)
            save_tensors(self.run.folder / "resume.safetensors", report.state)
            self._epoch = report.epoch
            self._write_status()

    def _record_snapshot(self, report: EpochReport) -> None:
        model, device = report.model, report.model.mean_layer.weight.device
        pictures = Split(*(t[:SNAPSHOT_POINTS].to(device) for t in self._pictures))
        x, y = model.prepared(pictures.images), pictures.labels if model.config.classes else None
        few = slice(SNAPSHOT_PICTURES)
        with torch.inference_mode():
            mu, _ = model.encode(x, y)
            decoded = model.decode(mu[few], None if y is None else y[few])
        tensors = {"mu": mu.half(), "reconstructions": model.stored(decoded)}
        path = self.run.folder / "latents" / f"{report.epoch:04d}.safetensors"
        save_tensors(path, tensors)

    def _write_heartbeats(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            if (self.run.folder / "stop").exists():
                self.stop_requested.set()
            with contextlib.suppress(OSError):  # the epoch's end will say what is wrong
                self._write_status()

    def _write_status(self, state: str | None = None, message: str = "") -> None:
        with self._lock:
            self._state = state or self._state
            value = status_line(self._state, self._epoch, self.config.total_epochs, message)
            write_json(self.run.folder / "status.json", value)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> RunError:
        return RunError(
            f"run folder {self.run.folder} cannot be written ({error.strerror or error}): make "
            f"room or give rights, and resume it after epoch {self._epoch}."
        )
