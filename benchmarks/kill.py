"""Nothing is lost by kill -9: runs are killed at random moments, read, and carried on.

    python benchmarks/kill.py [--kills 100] [--commands 6] [--seconds 600] [--seed 0]

A run of the embedded digits is begun, killed by SIGKILL, read as a user reads it, begun again from
where it stands, and so on; a run that lives to its end is compared with an unbroken one, and the
next is begun. Of the kills, `--commands` meet the whole command (`run_queue.launch`, its process
group) and the others a process forked from a server that has imported PyTorch already
(multiprocessing's forkserver): it calls `run_execution.execute_run` as the command does, some
seconds sooner. A third of the kills are aimed at the start, a third at any moment, and a third
strike when a temporary file is seen. Where they fell is told from what they left. This is about
processes that die; nothing is said about machines that lose power. Exit status 1 if
anything was unreadable, lost or different.
"""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import torch
import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import Run, create_run, list_runs
from vae_explorer.training.runs.run_queue import launch

ROOT = Path(__file__).resolve().parents[1]
AIMS = ("start", "any", "write")
TARGETS = ("", "checkpoint.safetensors", "resume.safetensors")  # written when it strikes; "": any
REACH = 0.2  # of the time of an unbroken run: how long a process may live before it is killed
POLL_SECONDS = 1e-4
PATIENCE_SECONDS = 300.0  # for a process to end by itself
PRELOADED = [
    "vae_explorer.training.run_execution",
    "torch._dynamo",
    "sklearn.datasets",
    "sklearn.neighbors",
]
CLOCK = {"seconds", "images_per_second"}  # of a line of the metrics: differ between equal runs
FORKS = multiprocessing.get_context("forkserver")


def settings(epochs: int) -> TrainConfig:
    """Epochs of four updates, but files of 3 and 10 MB: much of the time is spent writing."""
    model = ModelConfig(encoder=(512,), decoder=(512,), fourier=8)
    return TrainConfig(
        model=model,
        dataset="digits",
        epochs=epochs,
        polish_epochs=max(1, epochs // 5),
        batch_size=64,
        limit=256,
        average=0.9,
        binarize="alternate",
        input_dropout=0.1,
        augment=0.5,
        threads=1,
    )


@dataclass
class Reader:
    """Reads a run folder as a person or a page would, and notes what is not as it should be."""

    files: int = 0
    failures: list[str] = field(default_factory=list)

    def expect(self, true: bool, otherwise: str) -> None:
        """Note a failure unless all is well."""
        if not true:
            self.failures.append(otherwise)

    def read(self, what: str, call: Callable[[], Any]) -> Any:
        """What a file holds; an exception or None is a failure."""
        self.files += 1
        try:
            value = call()
        except Exception as error:  # whatever it is, a person could not read the file
            value = None
            self.failures.append(f"{what} is not readable: {error!r}")
        else:
            self.expect(value is not None, f"{what} is not readable")
        return value

    def folder(self, run: Run, config: TrainConfig, before: int) -> int:
        """Read everything; returns the epoch that can be resumed, at least `before` or it fails."""
        self.expect(self.read("config.json", run.config) == config, "the settings have changed")
        self.expect(run.name in [r.name for r in list_runs(run.folder.parent)], "run not listed")
        done, checkpoint = 0, None
        if (run.folder / "resume.safetensors").exists():
            state = self.read("resume.safetensors", run.resume_state) or {}
            done = int(state.get("epoch", 0))
            self.expect(run.checkpoint.exists(), "checkpoint.safetensors is missing")
        self.expect(done >= before, f"epoch {before} could be resumed, now only {done}")
        if run.checkpoint.exists():
            checkpoint = self.read(
                "checkpoint.safetensors", lambda: load_checkpoint(run.checkpoint)
            )
        if checkpoint:
            ahead = checkpoint.training["epochs_done"] - done
            self.expect(ahead in {0, 1}, f"checkpoint is {ahead} epochs ahead of {done}")
        self._metrics(run, done)
        self._latents(run, done)
        self._status(run, config, done, checkpoint)
        return done

    def _metrics(self, run: Run, done: int) -> None:
        path = run.folder / "metrics.jsonl"
        finished = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        lines = [self.read("a line of metrics.jsonl", lambda s=s: json.loads(s)) for s in finished]
        self.expect(self.read("metrics.jsonl", run.metrics) == lines, "metrics lack a line")
        epochs = [line["epoch"] for line in lines if line]
        self.expect(epochs == list(range(1, len(lines) + 1)), f"metrics are of epochs {epochs}")
        self.expect(len(lines) - done in {0, 1}, f"{len(lines)} lines of metrics at epoch {done}")

    def _latents(self, run: Run, done: int) -> None:
        epochs = run.snapshot_epochs()
        self.expect(set(epochs) >= set(range(1, done + 1)), f"latents only of epochs {epochs}")
        for epoch in epochs:
            self.read(f"latents/{epoch:04d}.safetensors", lambda e=epoch: run.snapshot(e))
        if epochs or (run.folder / "latents" / "fixed.safetensors").exists():
            self.read("latents/fixed.safetensors", run.snapshot_pictures)

    def _status(self, run: Run, config: TrainConfig, done: int, model: Checkpoint | None) -> None:
        with mock.patch.object(run_folder, "STARTING_SECONDS", -1.0):  # as it will read in a minute
            status = self.read("status.json", run.status)
        whole = done == config.total_epochs and model is not None and bool(model.scores)
        true = {"lost"} | ({"finished"} if whole else set()) | (set() if done else {"stopped"})
        self.expect(status.state in true, f"status is {status.state} at epoch {done}")
        self.expect(status.epochs == config.total_epochs, f"status: {status.epochs} in all")
        known = {done - 1, done}
        self.expect(status.epoch in known, f"status: epoch {status.epoch}, not {done}")


def differences(run: Run, unbroken: Run) -> list[str]:
    """What is not bit for bit alike in two finished runs, clocks and names apart."""
    one, other = load_checkpoint(run.checkpoint), load_checkpoint(unbroken.checkpoint)
    lines = [
        [{k: v for k, v in line.items() if k not in CLOCK} for line in r.metrics()]
        for r in (run, unbroken)
    ]
    alike = {
        "weights": _equal(one.model.state_dict(), other.model.state_dict()),
        "state to resume": _equal(run.resume_state(), unbroken.resume_state()),
        "encoded test set": all(map(_same, one.encoded or (), other.encoded or ())),
        "scores": bool(one.scores) and one.scores == other.scores,
        "metrics": lines[0] == lines[1],
        "status": run.status() == unbroken.status() and run.status().state == "finished",
        "latents": run.snapshot_epochs() == unbroken.snapshot_epochs()
        and all(
            all(map(torch.equal, run.snapshot(e), unbroken.snapshot(e)))
            for e in unbroken.snapshot_epochs()
        ),
    }
    return [f"{what} differ from the unbroken run's" for what, same in alike.items() if not same]


def _same(one: Any, other: Any) -> bool:
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


def _equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def carry_on(folder: str) -> None:
    """What a forked process does."""
    for _ in execute_run(Run(Path(folder)), with_quick_scores):
        pass


def start_server_of_forks() -> None:
    """Have it import all that is slow, so that forks are quick from the first one on."""
    FORKS.set_forkserver_preload(PRELOADED)
    first = FORKS.Process(target=int)
    first.start()
    first.join()


class Life(NamedTuple):
    """A process that carries a run out, whichever way it was started."""

    pid: int
    wait: Callable[[float], int | None]  # seconds -> exit status (minus a signal), None: lives
    kill: Callable[[], None]


def begin(run: Run, command: bool) -> Life:
    """Start the process, by the whole command or from the server of forks."""
    if not command:
        forked = FORKS.Process(target=carry_on, args=(str(run.folder),))
        forked.start()

        def wait_forked(seconds: float) -> int | None:
            forked.join(seconds)
            return forked.exitcode

        return Life(forked.pid, wait_forked, forked.kill)
    process = launch(run)

    def wait(seconds: float) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return process.returncode

    return Life(process.pid, wait, lambda: os.killpg(process.pid, signal.SIGKILL))


class Pace(NamedTuple):
    """Seconds that an unbroken run takes, from the start of its process."""

    first: float  # until an epoch is written
    whole: float


def unbroken(name: str, config: TrainConfig, root: Path, command: bool) -> tuple[Run, Pace]:
    """A run that nobody disturbs."""
    run, started = create_run(name, config, root), time.monotonic()
    life = begin(run, command)
    while not run.metrics() and life.wait(0.01) is None:
        pass
    first = time.monotonic() - started
    if status := life.wait(PATIENCE_SECONDS):
        raise SystemExit(f"the unbroken run ended with status {status}")
    return run, Pace(first, time.monotonic() - started)


def temporaries(run: Run, of: str = "") -> set[Path]:
    """Files that are being written, and those of processes that were killed."""
    folders = (run.folder, run.folder / "latents")
    return {path for folder in folders for path in folder.glob(f".{of}*.tmp")}


def strike(life: Life, run: Run, aim: str, pace: Pace, rng: random.Random) -> int:
    """Wait for the moment aimed at and kill; returns the exit status, 0 if it was too late."""
    longest = pace.first + REACH * (pace.whole - pace.first)
    delay = rng.uniform(0, pace.first if aim == "start" else longest)
    target, before = rng.choice(TARGETS), temporaries(run)
    status = life.wait(delay)
    while aim == "write" and status is None and temporaries(run, target) <= before:
        time.sleep(POLL_SECONDS)
        status = life.wait(0)
    with suppress(ProcessLookupError):
        life.kill()
    return life.wait(PATIENCE_SECONDS)


def place(run: Run, life: Life, done: int, left: set[Path]) -> str:
    """Where the process was when it died, by what it left; `left` are its temporary files."""
    if left:
        name = min(left).name[1:].rsplit(".", 2)[0]
        return f"writing {'latents' if name[:4].isdigit() else name}"
    if json.loads((run.folder / "status.json").read_bytes())["pid"] != life.pid:
        return "starting, nothing written yet"
    metrics = run.folder / "metrics.jsonl"
    if metrics.exists() and metrics.read_bytes()[-1:] not in {b"\n", b""}:
        return "writing metrics.jsonl"
    if len(run.metrics()) > done:
        return "between two files of an epoch"
    if done == run.config().total_epochs:
        return "scoring, after the last epoch"
    return "within an epoch" if done else "before the first epoch's end"


@dataclass
class Campaign:
    """Kills, one after the other, on as many runs as they take."""

    root: Path
    config: TrainConfig
    rng: random.Random
    model: Run  # unbroken
    paces: dict[bool, Pace]  # of the forked process, and of the command (True)
    reader: Reader = field(default_factory=Reader)
    fell: Counter = field(default_factory=Counter)  # place -> kills
    commands: int = 0  # of the kills, those that met the whole command
    wholes: int = 0  # runs carried to their end

    def advance(self, run: Run, done: int, command: bool) -> int | None:
        """Carry a run on and kill it; returns the epoch to resume, None if the run has ended.

        For a minute after a command was killed before it began, `launch` refuses: a fork it is.
        """
        command = command and run.status().state != "starting"
        before, aim = temporaries(run), AIMS[self.fell.total() % len(AIMS)]
        life = begin(run, command)
        if strike(life, run, aim, self.paces[command], self.rng) != -signal.SIGKILL:
            self.end(run, life, done)
            return None
        done = self.reader.folder(run, self.config, done)
        self.commands += command
        self.fell[place(run, life, done, temporaries(run) - before)] += 1
        return done

    def end(self, run: Run, life: Life, done: int) -> None:
        """Wait for a run to end, and compare it with the unbroken one."""
        status = life.wait(PATIENCE_SECONDS)
        self.reader.expect(status == 0, f"carrying on from epoch {done} ended with {status}")
        if status == 0:
            self.reader.failures += differences(run, self.model)
            self.wholes += 1

    def go(self, kills: int, by_command: set[int], deadline: float) -> None:
        """Kill so often, or until it is late; the last run is carried to its end by itself."""
        run, done = create_run("killed-1", self.config, self.root), 0
        while self.fell.total() < kills and time.monotonic() < deadline:
            done = self.advance(run, done, self.fell.total() in by_command)
            if done is None:
                run, done = create_run(f"killed-{self.wholes + 1}", self.config, self.root), 0
        command = bool(by_command) and run.status().state != "starting"
        self.end(run, begin(run, command), done)


def main(
    kills: int = 100, commands: int = 6, seconds: float = 600, seed: int = 0, epochs: int = 30
) -> None:
    """Kill, read, carry on, compare and print; after so many seconds no more are killed."""
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}  # of every process begun here
    start_server_of_forks()
    config, rng = settings(epochs), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        root, deadline = Path(folder), time.monotonic() + seconds
        model, forked = unbroken("unbroken", config, root, command=False)
        campaign = Campaign(root, config, rng, model, {False: forked})
        if commands:
            other, campaign.paces[True] = unbroken("by-command", config, root, command=True)
            campaign.reader.failures += differences(other, model)
        campaign.go(kills, set(rng.sample(range(kills), min(commands, kills))), deadline)
    raise SystemExit(report(campaign, kills))


def report(campaign: Campaign, kills: int) -> int:
    """Print what happened; returns the exit status."""
    done, reader = campaign.fell.total(), campaign.reader
    print(f"{'killed while':36}{'times':>6}")
    for name, count in sorted(campaign.fell.items()):
        print(f"{name:36}{count:6}")
    print(f"{'all':36}{done:6}{'' if done == kills else f' of {kills}: the time was up'}")
    print(f"\n{campaign.commands} of them the whole command; read {reader.files:,} files and lines")
    print(
        f"{campaign.wholes} runs carried to their end and compared bit for bit with an unbroken one"
    )
    print(f"failures: {len(reader.failures)}")
    for failure in reader.failures:
        print(f"  {failure}")
    return 1 if reader.failures else 0


if __name__ == "__main__":
    tyro.cli(main)
