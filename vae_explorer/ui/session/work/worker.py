"""A process that does heavy work for the server: `python -m …session.work.worker MB`.

It reads tasks from its standard input and writes what comes of them to its standard output, one at
a time, until the input ends. MB is the memory that it may take beyond what it has at its start.
Knows no Streamlit and no pages.
"""

import contextlib
import ctypes
import gc
import os
import queue
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO

import torch

from vae_explorer import logs
from vae_explorer.errors import ExplorerError
from vae_explorer.ui.session.work import wire

try:
    import resource
except ImportError:  # Windows
    resource = None

PREPARED = ("vae_explorer.evaluation.anomaly_populations", "sklearn.metrics")
NICENESS = 19  # the server's own threads come first
NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|Cannot allocate|bad_alloc", re.I)


class CancelledError(Exception):
    """Nobody waits for the work any more."""


class Orders:
    """What comes from the server, read in a thread: work, and that it is not wanted any more."""

    def __init__(self, stream: IO):
        self.work: queue.Queue[tuple] = queue.Queue()
        self.cancelled = -1  # number of the task that is not wanted
        self._stream = stream
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while (order := wire.receive(self._stream)) is not None:
            if order[0] == "cancel":
                self.cancelled = order[1]
            else:
                self.work.put(order)
        os._exit(0)  # the server has gone, whatever is under way


def main() -> None:
    """Work until the input ends."""
    logs.begin("warning")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the server's
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what libraries print is no answer
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    torch.set_num_threads(1)
    limit_memory(int(sys.argv[1]))
    orders = Orders(incoming)
    prepare()
    serve(orders, outgoing, int(sys.argv[1]))


def prepare() -> None:
    """Import what most work needs."""
    for name in PREPARED:
        import_module(name)


def give_back() -> None:
    """Have the C library return what is free, where it is one that keeps it."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def limit_memory(megabytes: int) -> None:
    """Let no more be taken beyond what is taken now; where the system has no such limit, nothing.

    0: no limit.
    """
    status = Path("/proc/self/status")
    if megabytes and resource is not None and status.exists():
        taken = int(status.read_text().split("VmData:")[1].split()[0]) * 1024
        most = taken + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def serve(orders: Orders, outgoing: IO, megabytes: int) -> None:
    """Do what is ordered, one after the other."""
    models: wire.Models = {}
    while True:
        _, number, call, new, kept = orders.work.get()
        for sha256, content in new.items():
            models[sha256] = wire.unpack_model(content)
        for sha256 in set(models) - set(kept):
            del models[sha256]

        def progress(what: str, share: float, number: int = number) -> None:
            if orders.cancelled == number:
                raise CancelledError
            wire.send(outgoing, "progress", what, share)

        answer = _outcome(call, models, progress, megabytes)
        wire.send(outgoing, *answer)
        del call, new, answer
        give_back()


def _outcome(
    call: bytes, models: wire.Models, progress: Callable[[str, float], None], megabytes: int
) -> tuple:
    """("value", packed), ("refused", error), ("failed", traceback) or ("cancelled",)."""
    try:
        return "value", wire.pack(wire.unpack(call, models)(progress), dict(models))
    except CancelledError:
        return ("cancelled",)
    except ExplorerError as error:
        return "refused", error
    except Exception as error:
        if isinstance(error, MemoryError) or NO_MEMORY.search(str(error)):
            return "refused", ExplorerError(
                f"This takes more memory than this server gives one computation, {megabytes:,} MB: "
                "take less at once."
            )
        return "failed", traceback.format_exc()


if __name__ == "__main__":
    main()
