"""A few processes that do heavy work for all sessions, so that the server's own threads stay quick.

They are started when there is work, and end after a while without. One that dies is named in a
sentence to who waited for it, and replaced. Knows no Streamlit.
"""

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from vae_explorer import logs
from vae_explorer.errors import ExplorerError
from vae_explorer.ui.session.work import wire
from vae_explorer.ui.session.work.wire import Task

IDLE_SECONDS = 300.0  # without work, after which a worker ends
CANCEL_SECONDS = 3.0  # for a cancelled worker to come to its next report
HEAD_START_SECONDS = 0.1  # of workers with a process before those without
MAX_MODELS = 6  # that a worker holds
DIED = "The process that computed this was ended{}: try again, or take less at once."


class WorkFailedError(Exception):
    """A bug in a worker, with its traceback."""


class Job:
    """A task on its way, as those see it who wait for it."""

    def __init__(self, number: int, call: bytes, models: wire.Models, name: str = ""):
        self.number, self.call, self.models, self.name = number, call, models, name
        self.came, self.begun = time.monotonic(), math.inf
        self.waiting = 1  # how many visitors wait for it
        self.what, self.share = "", 0.0
        self.ended, self.cancelled = threading.Event(), False
        self._value: Any = None
        self._error: Exception | None = None
        self._notices: list[Callable[[], None]] = []
        self.waits_for: Callable[[], int] = lambda: 0  # how many are done before it

    def result(self) -> Any:
        """What came of it, once it has ended; raises what went wrong."""
        if self._error is not None:
            raise self._error
        return self._value

    def end(self, value: Any = None, error: Exception | None = None) -> None:
        """Let those who wait have it."""
        self._value, self._error = value, error
        self.ended.set()

    def cancel(self) -> None:
        """Nobody waits any more: it ends with its next report, or with its worker."""
        if self.ended.is_set():
            return
        self.cancelled = True
        for tell in self._notices:
            tell()

    @property
    def waited(self) -> float:
        """Seconds that all who wait for it have waited together, as if each had come first."""
        return self.waiting * (time.monotonic() - self.came)

    def on_cancel(self, tell: Callable[[], None]) -> None:
        """Have a worker told."""
        self._notices.append(tell)
        if self.cancelled:
            tell()


class Pool:
    """Workers and what waits for them."""

    def __init__(
        self, most: int, megabytes: int, idle_seconds: float = IDLE_SECONDS, least: int = 0
    ):
        self.most, self.megabytes, self.idle_seconds = most, megabytes, idle_seconds
        self._least = least  # that stay without work
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._idle = self._count = self._number = 0
        self._threads: list[threading.Thread] = []
        self._packable: set[str] = set()  # models that workers can have

    @property
    def busy(self) -> int:
        """How many workers have work."""
        with self._changed:
            return self._count - self._idle

    @property
    def count(self) -> int:
        """How many workers there are."""
        with self._changed:
            return self._count

    def start(self) -> None:
        """Have a worker at hand, which begins to import what it needs."""
        with self._changed:
            if not self._count:
                self._add_worker(ready=True)

    def _add_worker(self, *, ready: bool = False) -> None:
        self._count += 1
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._work, args=(ready,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def submit(self, task: Task) -> Job | None:
        """Have a task done; None where it holds what no other process can have."""
        models: wire.Models = {}
        try:
            call = wire.pack(task.ready(), models)
            for sha256 in set(models) - self._packable:
                wire.pack_model(models[sha256])
                self._packable.add(sha256)
        except wire.UNPACKABLE:
            return None
        with self._changed:
            self._number += 1
            job = Job(self._number, call, models, task.name)
            job.waits_for = lambda: self._before(job)
            self._waiting.append(job)
            if self._idle < len(self._waiting) and self._count < self.most:
                self._add_worker()
            self._changed.notify_all()
        return job

    def close(self) -> None:
        """End all workers once they are idle, and wait for it; new work starts others."""
        with self._changed:
            self._least, self.idle_seconds = 0, 0.0
            self._changed.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _before(self, job: Job) -> int:
        with self._changed:
            if job not in self._waiting:
                return 0
            return self.busy + sum(other.waited > job.waited for other in self._waiting)

    def _next(self, has_process: bool) -> Job | None:
        """The job that has been waited for most; None after a while without one.

        Who has no process yet lets those go first that have one, and may just be done.
        """
        with self._changed:
            if not has_process and self._count > 1:
                self._changed.wait_for(lambda: not self._waiting, HEAD_START_SECONDS)
            self._idle += 1
            try:
                begun = time.monotonic()
                while True:
                    while self._waiting:
                        job = max(self._waiting, key=lambda job: job.waited)
                        self._waiting.remove(job)
                        if not job.cancelled:
                            return job
                        _tell(job, "cancelled")
                        job.end(error=ExplorerError("cancelled."))
                    ends = self._count > self._least
                    left = begun + self.idle_seconds - time.monotonic() if ends else None
                    if not self._changed.wait(left) and not self._waiting:
                        self._count -= 1
                        return None
            finally:
                self._idle -= 1

    def _work(self, ready: bool) -> None:
        """A worker's life, in a thread of the server; its process begins with it, or its work."""
        worker: Worker | None = None
        try:
            if ready:
                worker = Worker(self.megabytes)
            while (job := self._next(worker is not None)) is not None:
                try:
                    if worker is not None and not worker.lives():
                        worker.close()
                        worker = None
                    worker = worker or Worker(self.megabytes)
                    worker.do(job)
                except Exception as error:
                    if not job.ended.is_set():
                        job.end(error=error)
        finally:
            if worker is not None:
                worker.close()


class Worker:
    """One process, as the server sees it."""

    def __init__(self, megabytes: int):
        path = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        own = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker", str(megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | own,
        )
        assert self._process.stdin and self._process.stdout
        self._to, self._from = self._process.stdin, self._process.stdout
        self._sending, self._models = threading.Lock(), {}  # hash -> None, those used last behind

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def lives(self) -> bool:
        """Whether it can be given work."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with suppress(OSError):
                pipe.close()

    def do(self, job: Job) -> None:
        """Have a job done, and wait until it has ended."""
        new = {s: wire.pack_model(c) for s, c in job.models.items() if s not in self._models}
        for sha256 in job.models:
            self._models.pop(sha256, None)
            self._models[sha256] = None
        kept = list(self._models)[-max(MAX_MODELS, len(job.models)) :]
        self._models = dict.fromkeys(kept)
        job.begun = time.monotonic()
        with suppress(OSError):  # that it has died is seen by its silence
            self._send("do", job.number, job.call, new, kept)
        job.on_cancel(lambda: self._cancel(job))
        while (answer := wire.receive(self._from)) is not None and answer[0] == "progress":
            _, job.what, job.share = answer
        self._end(job, answer)

    def _end(self, job: Job, answer: tuple | None) -> None:
        if answer is None:
            status = self._process.wait()
            _tell(job, "cancelled" if job.cancelled else "died", exit_status=status)
            why = " by the system, perhaps for its memory" if status < 0 else ""
            job.end(error=ExplorerError(DIED.format(why)))
            return
        _tell(job, "done" if answer[0] == "value" else answer[0])
        if answer[0] == "value":
            job.end(wire.unpack(answer[1], job.models))
        elif answer[0] == "refused":
            job.end(error=answer[1])
        elif answer[0] == "cancelled":
            job.end(error=ExplorerError("cancelled."))
        else:
            job.end(error=WorkFailedError(answer[1]))

    def _cancel(self, job: Job) -> None:
        """Ask it to leave a job; if it does not report soon, it is ended."""
        with suppress(OSError):
            self._send("cancel", job.number)

        def insist() -> None:
            if not job.ended.wait(CANCEL_SECONDS):
                self._process.kill()

        threading.Thread(target=insist, daemon=True).start()

    def _send(self, *values: Any) -> None:
        with self._sending:
            wire.send(self._to, *values)


def _tell(job: Job, outcome: str, **more: logs.Field) -> None:
    """Of a job that is done, refused, cancelled or failed, or whose worker died."""
    now = time.monotonic()
    seconds, waited = max(0.0, now - job.begun), min(job.begun, now) - job.came
    logs.tell(
        "computation",
        f"{job.name}: {outcome} after {seconds:.1f} s, having waited {waited:.1f} s.",
        level=logs.WARNING if outcome in ("died", "failed") else logs.INFO,
        task=job.name,
        outcome=outcome,
        seconds=seconds,
        waited_seconds=waited,
        **more,
    )
