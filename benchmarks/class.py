"""A class at one public server: how long it waits, and what it leaves of the server's memory.

    python benchmarks/class.py [--visitors 30] [--sessions 50] [--seconds 480] [--lab-visitors 25]

A cold server in public mode is started. So many visitors open the same link to a lesson, at
moments within ten seconds. Then so many sessions go from page to page and do what a class does
there: move sliders decoded by the server, ask for samples, walks, corruptions, comparisons. At
last, on another cold server, so many visitors open the same anomaly lab at once. Printed are the
time from an action to the end of its run, errors, broken connections, and the memory and open files
of the server and of the processes that it has started. All speak Streamlit's messages over real
websockets. MNIST has to be at hand (VAE_EXPLORER_DATA) for the lab of the default model; else
--model digits-3d. A short run: --sessions 20 --seconds 60 --settle 30.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tyro
import websockets
from _harness import APP, Server, report, serving

from vae_explorer.ui.load.lesson import go_about
from vae_explorer.ui.load.simulated_visitor import Journal, SimulatedVisitor

LINK_SECONDS = 10.0  # within which a class opens a link
LOOK_SECONDS = 0.5  # between two looks at the memory
SETTLE_SECONDS = 150.0  # after which sessions that have left are forgotten and caches dropped


class Usage:
    """Memory and open files of a server and of the processes below it, on Linux."""

    def __init__(self, pid: int):
        self.pid, self.peak_mb, self.peak_all_mb, self.files = pid, 0.0, 0.0, 0

    def now(self) -> tuple[float, float]:
        """MB resident now: of the server, and of it and its children, shared pages once (PSS)."""
        server = _field(self.pid, "status", "VmRSS:")
        shared = sum(_field(pid, "smaps_rollup", "Pss:") for pid in (self.pid, *self._below()))
        return server, shared

    async def watch(self) -> None:
        """Note the highest, until cancelled."""
        while True:
            server, both = self.now()
            self.peak_mb, self.peak_all_mb = max(self.peak_mb, server), max(self.peak_all_mb, both)
            self.files = max(self.files, len(list(Path(f"/proc/{self.pid}/fd").iterdir())))
            await asyncio.sleep(LOOK_SECONDS)

    def _below(self) -> list[int]:
        try:
            tasks = Path(f"/proc/{self.pid}/task").iterdir()
            texts = [(task / "children").read_text() for task in tasks]
        except OSError:
            return []
        return [int(pid) for text in texts for pid in text.split()]


def _field(pid: int, file: str, name: str) -> float:
    """A line of a file of /proc, in MB; 0 where the process has gone."""
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
        return int(text.split(name)[1].split()[0]) / 1024
    except (OSError, IndexError):
        return 0.0


async def _open_link(url: str, journal: Journal, what: str, page: str, link: str, wait: float):
    visitor = SimulatedVisitor(url, journal)
    try:
        await asyncio.sleep(wait)
        await visitor.connect(page)
        await visitor.open(what, page, link)
    except websockets.ConnectionClosed:
        pass  # counted
    return visitor


async def lesson(url: str, journal: Journal, visitors: int, model: str) -> None:
    """A class opens the same link."""
    link = f"lesson=latent-space&model={model}"
    opened = await asyncio.gather(
        *(
            _open_link(
                *(url, journal, "the same lesson, cold", "learn", link),
                wait=LINK_SECONDS * number / max(1, visitors),
            )
            for number in range(visitors)
        )
    )
    await asyncio.gather(*(visitor.close() for visitor in opened))


async def lab(url: str, journal: Journal, visitors: int, model: str) -> None:
    """All open the same anomaly lab at once."""
    what, link = "the same lab, cold", f"model={model}&anomalies=Corruption"
    opened = await asyncio.gather(
        *(_open_link(url, journal, what, "anomalies", link, wait=0.0) for _ in range(visitors))
    )
    await asyncio.gather(*(visitor.close() for visitor in opened))


async def watched(process: Server, work: Callable[[], Awaitable[None]], title: str, settle: float):
    """Do it, and print what it has cost the server."""
    usage = Usage(process.pid)
    start, watching = usage.now(), asyncio.create_task(usage.watch())
    await work()
    ended = usage.now()
    await asyncio.sleep(settle)
    watching.cancel()
    print(f"\n{title}, MB: server alone; with its processes, shared pages once")
    print(f"{'start':24}{start[0]:9,.0f}{start[1]:9,.0f}")
    print(f"{'peak':24}{usage.peak_mb:9,.0f}{usage.peak_all_mb:9,.0f}")
    print(f"{'when all had left':24}{ended[0]:9,.0f}{ended[1]:9,.0f}")
    if settle:
        later = usage.now()
        print(f"{f'{settle:.0f} s later':24}{later[0]:9,.0f}{later[1]:9,.0f}")
        print(f"end to start {later[0] / start[0]:.2f}")
    print(f"open files at most {usage.files}", flush=True)


@contextmanager
def cold_server() -> Iterator[Server]:
    """In public mode, without runs; data sets where this machine has them."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.environ.get("VAE_EXPLORER_DATA", f"{folder}/data")
        env = {
            "VAE_EXPLORER_PUBLIC": "1",
            "VAE_EXPLORER_DATA": data,
            "VAE_EXPLORER_RUNS": f"{folder}/runs",
        }
        with serving(APP, env) as process:
            yield process


def main(
    visitors: int = 30,
    sessions: int = 50,
    seconds: float = 480.0,
    lab_visitors: int = 25,
    settle: float = SETTLE_SECONDS,
    model: str = "mnist-3d",
    seed: int = 0,
) -> int:
    """Let a class in, print; exit status 1 after an error or a broken connection."""
    journal = Journal()
    if visitors or sessions:
        with cold_server() as process:

            async def whole() -> None:
                await lesson(process.url, journal, visitors, model)
                about = (
                    go_about(process.url, journal, model, seconds, seed + number)
                    for number in range(sessions)
                )
                await asyncio.gather(*about)

            title = f"{visitors} visitors at a lesson, {sessions} sessions for {seconds:.0f} s"
            asyncio.run(watched(process, whole, title, settle))
    if lab_visitors:
        with cold_server() as process:
            work = lambda: lab(process.url, journal, lab_visitors, model)  # noqa: E731
            asyncio.run(watched(process, work, f"{lab_visitors} visitors at a cold lab", 0.0))
    milliseconds = {
        what: [1000 * wait for wait in waits] for what, waits in sorted(journal.seconds.items())
    }
    report("action to the end of its run", milliseconds)
    print(f"\nerrors {len(journal.errors)}, broken connections {journal.broken}")
    for error in sorted(set(journal.errors))[:20]:
        print(f"  {journal.errors.count(error)} × {error[:200]}")
    return 1 if journal.errors or journal.broken else 0


if __name__ == "__main__":
    raise SystemExit(tyro.cli(main))
