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
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tyro
import websockets
from _harness import APP, Server, report, serving
from _visitors import Journal, Visitor

LINK_SECONDS = 10.0  # within which a class opens a link
LOOK_SECONDS = 0.5  # between two looks at the memory
PAUSE_SECONDS = (0.5, 3.0)  # between two actions of a session
SETTLE_SECONDS = 150.0  # after which sessions that have left are forgotten and caches dropped
LAB, SLIDER = "lab: another corruption", "Explore: slider step on the server"


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


async def _pause(rng: random.Random) -> None:
    await asyncio.sleep(rng.uniform(*PAUSE_SECONDS))


async def _explore(visitor: Visitor, rng: random.Random, model: str) -> None:
    await visitor.open("Explore: open", "", f"mode=Sliders&model={model}")
    key = rng.choice(["z1", "z2"])
    for _ in range(rng.randint(6, 14)):
        await asyncio.sleep(rng.uniform(0.3, 0.8))
        await visitor.step(SLIDER, key)


async def _learn(visitor: Visitor, rng: random.Random, model: str) -> None:
    await visitor.open("Learn: open", "learn", f"lesson=latent-space&model={model}")
    for step in (2, 3):
        await _pause(rng)
        await visitor.press("Learn: another step", f"to_step_{step}")


async def _generate(visitor: Visitor, rng: random.Random, model: str) -> None:
    await visitor.open("Generate: open", "generate", f"model={model}")
    for _ in range(rng.randint(2, 4)):
        await _pause(rng)
        await visitor.press("Generate: new samples", "new_samples")


async def _interpolate(visitor: Visitor, rng: random.Random, model: str) -> None:
    link = f"model={model}&from={rng.randrange(20)}&to={rng.randrange(20, 40)}"
    await visitor.open("Interpolate: open", "interpolate", link)
    for _ in range(2):
        await _pause(rng)
        await visitor.set(
            "Interpolate: other steps", "steps", "double_array_value", [float(rng.randint(3, 32))]
        )


async def _reconstruct(visitor: Visitor, rng: random.Random, model: str) -> None:
    link = f"model={model}&input=Test+digits&test_digits={rng.randrange(5)}"
    await visitor.open("Reconstruct: open", "reconstruct", link)
    await _pause(rng)
    await visitor.press("Reconstruct: other test digits", "other_test_digits")


async def _anomalies(visitor: Visitor, rng: random.Random, model: str) -> None:
    await visitor.open("lab: open", "anomalies", f"model={model}")
    names = []
    if (chooser := visitor.widgets.get("corruption")) is not None:
        names = [option.content for option in chooser.described.options]
    for _ in range(2):
        await _pause(rng)
        if names:
            await visitor.set(LAB, "corruption", "string_array_value", [rng.choice(names)])
    await _pause(rng)
    await visitor.step("lab: threshold", "quantile")


async def _compare(visitor: Visitor, rng: random.Random, model: str) -> None:
    await visitor.open("Compare: open", "compare", f"model={model}")
    await _pause(rng)


async def _train(visitor: Visitor, rng: random.Random, model: str) -> None:
    await visitor.open("Train: open", "train", f"model={model}")
    await _pause(rng)


Page = Callable[[Visitor, random.Random, str], Awaitable[None]]
PAGES: tuple[Page, ...] = (
    *(_explore, _explore, _learn, _generate, _interpolate),
    *(_reconstruct, _anomalies, _compare, _train),
)


async def _go_about(url: str, journal: Journal, model: str, seconds: float, seed: int) -> None:
    """A session: from page to page, each for a while, until the lesson ends."""
    rng, end = random.Random(seed), time.perf_counter() + seconds
    visitor = Visitor(url, journal)
    try:
        await asyncio.sleep(rng.uniform(0, 5))
        await visitor.connect("")
        while time.perf_counter() < end:
            await rng.choice(PAGES)(visitor, rng, model)
            await _pause(rng)
    except websockets.ConnectionClosed:
        pass  # counted
    finally:
        await visitor.close()


async def _open_link(url: str, journal: Journal, what: str, page: str, link: str, wait: float):
    visitor = Visitor(url, journal)
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
                    _go_about(process.url, journal, model, seconds, seed + number)
                    for number in range(sessions)
                )
                await asyncio.gather(*about)

            title = f"{visitors} visitors at a lesson, {sessions} sessions for {seconds:.0f} s"
            asyncio.run(watched(process, whole, title, settle))
    if lab_visitors:
        with cold_server() as process:
            work = lambda: lab(process.url, journal, lab_visitors, model)  # noqa: E731
            asyncio.run(watched(process, work, f"{lab_visitors} visitors at a cold lab", 0.0))
    report("action to the end of its run", dict(sorted(journal.milliseconds.items())))
    print(f"\nerrors {len(journal.errors)}, broken connections {journal.disconnects}")
    for error in sorted(set(journal.errors))[:20]:
        print(f"  {journal.errors.count(error)} × {error[:200]}")
    return 1 if journal.errors or journal.disconnects else 0


if __name__ == "__main__":
    raise SystemExit(tyro.cli(main))
