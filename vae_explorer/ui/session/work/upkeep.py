"""Memory of a public server given back: results that nobody asks for, and what the C library keeps.

What is held is told in the log now and then, in one line.
"""

import contextlib
import ctypes
import threading
import time
from pathlib import Path

from vae_explorer import logs
from vae_explorer.ui.session.work import attendance, kept, worker

LOOK_SECONDS = 15.0
QUIET_SECONDS = 120.0  # without a visitor asking for anything, after which nothing is kept
UNUSED_SECONDS = 1800.0  # for which a single result is kept that nobody asks for
TELL_SECONDS = 600.0
TOLD_MB = 10  # kinds of results that hold less are told together
ARENAS = 2  # of the C library: each thread would have its own, and keep in it what it has freed
M_ARENA_MAX = -8


def begin() -> None:
    """Keep house in a thread, as long as the server lives."""
    with contextlib.suppress(OSError, AttributeError):  # another C library, or another system
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    threading.Thread(target=_run, args=(kept.store(),), daemon=True).start()


def _run(store: kept.Store) -> None:
    told, quiet = 0.0, False
    while True:
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        was_quiet, quiet = quiet, now - store.used > QUIET_SECONDS
        tidy(store, now, quiet)
        if (quiet and not was_quiet) or (now - told > TELL_SECONDS and not quiet):
            tell(store)
            told = now


def tidy(store: kept.Store, now: float, quiet: bool) -> None:
    """Let go of what is not asked for, of all where nobody is there; and give it back."""
    before = sum(store.bytes_by_kind().values())
    store.drop(now if quiet else now - UNUSED_SECONDS)
    if quiet:
        for other in kept.OTHERS.values():
            other.drop()
    if sum(store.bytes_by_kind().values()) < before or quiet:
        worker.give_back()


def tell(store: kept.Store) -> None:
    """Write into the log what is held, and how many pages are open."""
    here, held = attendance.SERVER.take(), _megabytes(store)
    logs.tell(
        "memory",
        f"{line(store)}; pages open: {here.open}; since the last line opened: {here.opened}, "
        f"visitors: {here.visitors}",
        memory_mb=_resident_mb(),
        kept_mb=sum(held.values()),
        most_kept_mb=kept.most_bytes() // 1_000_000,
        kept={kind: size for kind, size in held.items() if size >= TOLD_MB},
        pages_open=here.open,
        pages_opened=here.opened,
        visitors=here.visitors,
    )


def line(store: kept.Store) -> str:
    """What is held, for the log."""
    held = _megabytes(store)
    large = [f"{kind} {size:,}" for kind, size in held.items() if size >= TOLD_MB]
    rest = sum(size for size in held.values() if size < TOLD_MB)
    most = kept.most_bytes() // 1_000_000
    parts = ", ".join([*large, f"all others {rest:,}"])
    return (
        f"memory: {_resident_mb():,} MB; kept for all {sum(held.values()):,} of {most:,}: {parts}"
    )


def _megabytes(store: kept.Store) -> dict[str, int]:
    return {kind: size // 1_000_000 for kind, size in store.bytes_by_kind().items()}


def _resident_mb() -> int:
    """Of this process, on Linux; elsewhere 0."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return int(status.read_text().split("VmRSS:")[1].split()[0]) // 1000
