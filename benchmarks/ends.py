"""How runs end that nobody kills: by signals, a full disk, a folder without rights, two servers.

    python benchmarks/ends.py [--epochs 12]

Each run of the embedded digits is met by one of these after its first epoch; its folder is read as
a user reads it (`kill.py`), it is carried on to its end, and compared bit for bit with an unbroken
one. A disk is full to a process that may write no file of more than 100 kB. A folder is made
read-only to a process that has given its rights away, where it had those of root. Two servers begin
the same run, and work off the same queue, at the same time. Linux. Exit status 1 if anything was
unreadable, lost or different.
"""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import kill
import tyro

from vae_explorer.config import TrainConfig
from vae_explorer.data.datasets import load_dataset
from vae_explorer.errors import ExplorerError
from vae_explorer.training.runs import run_queue
from vae_explorer.training.runs.run_folder import Run, create_run
from vae_explorer.training.runs.run_queue import launch

NOBODY = 65_534
FULL_BYTES = 100_000
FORKS = multiprocessing.get_context("fork")
SPAWNED = multiprocessing.get_context("spawn")  # PyTorch does not train in a fork of one that has


class End(NamedTuple):
    """What came of it."""

    what: str
    says: str  # state and message of the run
    failures: list[str]


def first_epoch(run: Run, process: subprocess.Popen) -> None:
    """Wait until one can be resumed."""
    while not (run.folder / "resume.safetensors").exists() and process.poll() is None:
        time.sleep(0.005)


def carried_on(run: Run, model: Run, config: TrainConfig) -> list[str]:
    """Failures of reading a run that has ended, of carrying it on, and of what it then is."""
    reader = kill.Reader()
    status = reader.read("status.json", run.status)
    done = int((reader.read("resume.safetensors", run.resume_state) or {}).get("epoch", 0))
    reader.expect(done >= 1, "no epoch can be resumed")
    reader.expect(len(run.metrics()) - done in {0, 1}, "metrics do not fit what can be resumed")
    reader.expect(status is not None and status.state != "running", "it says that it goes on")
    left = kill.temporaries(run)
    reader.expect(not left, f"{len(left)} temporary files are left")
    reader.expect(launch(run).wait(kill.PATIENCE_SECONDS) == 0, "it could not be carried on")
    return reader.failures + kill.differences(run, model)


def signalled(number: signal.Signals, root: Path, config: TrainConfig, model: Run) -> End:
    """The system asks the command to end."""
    run = create_run(number.name, config, root)
    process = launch(run)
    first_epoch(run, process)
    os.killpg(process.pid, number)
    process.wait(kill.PATIENCE_SECONDS)
    says = said(run)
    wrong = [] if says.startswith("stopped") else [f"it is {says}, not stopped"]
    return End(number.name, says, wrong + carried_on(run, model, config))


def said(run: Run) -> str:
    """State and message, as pages show them."""
    status = run.status()
    return f"{status.state}: {status.message}" if status.message else status.state


def full_disk(root: Path, config: TrainConfig, model: Run) -> End:
    """Nothing of any size can be written any more."""
    run = create_run("full-disk", config, root)
    process = launch(run)
    first_epoch(run, process)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FULL_BYTES, FULL_BYTES))
    process.wait(kill.PATIENCE_SECONDS)
    return End("full disk", said(run), carried_on(run, model, config))


def _train_as_nobody(folder: str) -> None:
    for name in kill.PRELOADED:  # they may lie where nobody may read
        import_module(name)
    load_dataset("digits")
    if os.getuid() == 0:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
    with suppress(ExplorerError):  # that it cannot write
        kill.carry_on(folder)


def read_only(root: Path, config: TrainConfig, model: Run) -> End:
    """The folder of a run can be read, not written, from some moment on."""
    run = create_run("read-only", config, root)
    for path in (run.folder.parent, run.folder, *run.folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    process = SPAWNED.Process(target=_train_as_nobody, args=(str(run.folder),))
    process.start()
    while not (run.folder / "resume.safetensors").exists() and process.is_alive():
        time.sleep(0.005)
    folders = [run.folder, run.folder / "latents"]
    for folder in folders:
        folder.chmod(0o555)
    process.join(kill.PATIENCE_SECONDS)
    for folder in folders:
        folder.chmod(0o755)
    return End("folder turned read-only", said(run), carried_on(run, model, config))


def no_rights(root: Path, config: TrainConfig) -> End:
    """A run is to begin where nothing may be written."""
    locked, answers = root / "locked", FORKS.SimpleQueue()
    locked.mkdir()
    locked.chmod(0o555)

    def begin() -> None:
        if os.getuid() == 0:
            os.seteuid(NOBODY)
        try:
            create_run("never", config, locked)
            answers.put("it was made")
        except ExplorerError as error:
            answers.put(f"refused: {error}")
        except BaseException as error:
            answers.put(f"FAILED: {error!r}")

    process = FORKS.Process(target=begin)
    process.start()
    process.join()
    says = answers.get()
    wrong = [] if says.startswith("refused") else [says]
    if list(locked.iterdir()):
        wrong.append("a folder is left")
    return End("begun in a read-only folder", says.replace(str(root), "…"), wrong)


def at_once(work: Callable[[], str]) -> list[str]:
    """What two servers say that do the same at the same time."""
    answers, start = FORKS.SimpleQueue(), FORKS.Barrier(2)

    def server() -> None:
        start.wait()
        try:
            answers.put(work())
        except ExplorerError:
            answers.put("refused")
        except BaseException as error:
            answers.put(f"FAILED: {error!r}")

    servers = [FORKS.Process(target=server) for _ in range(2)]
    for process in servers:
        process.start()
    for process in servers:
        process.join()
    return sorted(answers.get() for _ in servers)


def ended(run: Run) -> None:
    """Wait for the process of another server."""
    end = time.monotonic() + kill.PATIENCE_SECONDS
    while run.status().state not in {"finished", "failed", "stopped", "lost"}:
        if time.monotonic() > end:
            break
        time.sleep(0.1)


def two_servers(root: Path, config: TrainConfig, model: Run) -> list[End]:
    """One run folder, begun by both; and one queue, worked off by both."""
    run = create_run("begun-by-both", config, root / "both")

    def begin() -> str:
        launch(run)
        return "started"

    both = at_once(begin)
    ended(run)
    wrong = [] if both == ["refused", "started"] else [f"both said {both}"]
    ends = [End("two servers begin a run", ", ".join(both), wrong + kill.differences(run, model))]
    queue = root / "queue"
    waiting = [create_run(f"waits-{n}", config, queue, state="queued") for n in range(2)]

    def next_one() -> str:
        return "started" if run_queue.start_next(queue) is not None else "none"

    both = at_once(next_one)
    states = [run.status().state for run in waiting]
    wrong = [] if both == ["none", "started"] else [f"both said {both}, runs are {states}"]
    ended(waiting[0])
    wrong += kill.differences(waiting[0], model)
    return [*ends, End("two servers, one queue", ", ".join(both), wrong)]


def main(epochs: int = 12) -> int:
    """Meet, read, carry on, compare and print."""
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(kill.ROOT)}
    config, failed = kill.settings(epochs), False
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        model, _ = kill.unbroken("unbroken", config, root, command=True)
        print(f"{'what ended it':30}{'the run says':60}wrong")
        works: list[Callable[[], End | list[End]]] = [
            lambda: signalled(signal.SIGTERM, root / "term", config, model),
            lambda: signalled(signal.SIGHUP, root / "hup", config, model),
            lambda: full_disk(root / "full", config, model),
            lambda: read_only(root / "read", config, model),
            lambda: no_rights(root, config),
            lambda: two_servers(root, config, model),
        ]
        for work in works:
            made = work()
            for end in made if isinstance(made, list) else [made]:
                failed |= bool(end.failures)
                wrong = "; ".join(end.failures) or "nothing"
                says = end.says.replace(folder, "…")[:58]
                print(f"{end.what:30}{says:60}{wrong}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
