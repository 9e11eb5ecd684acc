"""Damaged and hostile picture files: what the door and the preprocessing make of 10,000 of them.

    python benchmarks/fuzz_pictures.py [--files 10000] [--seed 0] [--workers 2] [--seconds 2.0]
        [--megabytes 1000] [--no-bombs] [--no-photographs]

Small valid files of ten formats are made and damaged in a dozen ways; one in fifty is a bomb, made
to cost time or memory. Each passes `pictures.decode` and `on_paper` and, again from its bytes,
`preprocess.preprocess_image`, in processes of limited address space. A picture of 28x28 comes out,
or an UploadError; all else is a failure, as is more than `--seconds` of processor time in either of
the two, or more than `--megabytes` of resident memory, PyTorch included. Photographs of 12 to 40
megapixels follow, which must be opened. Exit status 1 if anything failed. It reads /proc: Linux.
"""

import multiprocessing
import os
import random
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from multiprocessing import connection
from pathlib import Path
from typing import NamedTuple

import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import hostile_files

SPARE_BYTES = 3_000_000_000  # of address space beyond what the libraries take
PATIENCE_SECONDS = 120  # for one file: then its process is killed
PROCESSES = multiprocessing.get_context("spawn")


class Result(NamedTuple):
    """What became of a file; seconds of the processor and of the clock, and resident memory."""

    form: str
    how: str
    outcome: str  # "accepted", "refused", or what else happened
    opened: bool  # by the door
    door: float = 0.0
    whole: float = 0.0
    clock: float = 0.0  # of the slower of the two
    megabytes: float = 0.0


def resident(line: str) -> float:
    """VmHWM or VmRSS of this process, in MB."""
    text = Path("/proc/self/status").read_text()
    return int(text.split(f"{line}:")[1].split()[0]) / 1024


def examine(form: str, how: str, data: bytes) -> Result:
    """Both ways of reading a file, measured."""
    import numpy as np

    from vae_explorer.data import image_decoding
    from vae_explorer.data.handwriting import preprocessing
    from vae_explorer.errors import UploadError

    def door() -> None:
        picture = image_decoding.decode(data)
        assert picture.mode in ("RGBA", "I", "F") and max(picture.size) <= image_decoding.MAX_SIDE
        assert image_decoding.on_paper(picture).mode in ("L", "RGB")

    def whole() -> None:
        image = preprocessing.preprocess_image(data).image.numpy()
        assert image.shape == (1, 28, 28) and np.isfinite(image).all()
        assert image.min() >= 0 and image.max() <= 1

    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    outcomes, seconds, clocks = [], [], []
    for work in (door, whole):
        spent, started = time.process_time(), time.perf_counter()
        try:
            work()
            outcomes.append("accepted")
        except UploadError as error:
            starved = isinstance(error.__cause__, MemoryError)
            outcomes.append("out of memory" if starved else "refused")
        except BaseException as error:
            outcomes.append(f"{work.__name__}: {error!r}")
        seconds.append(time.process_time() - spent)
        clocks.append(time.perf_counter() - started)
    others = [o for o in outcomes if o not in ("accepted", "refused")]
    outcome = others[0] if others else outcomes[-1]
    opened = outcomes[0] == "accepted"
    return Result(form, how, outcome, opened, *seconds, max(clocks), resident("VmHWM"))


def serve(inbox: connection.Connection) -> None:
    """What a worker does: files in, results out."""
    import vae_explorer.data.handwriting.preprocessing  # noqa: F401

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff complains there
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", module="PIL")  # as in use: a warning of Pillow's is no end
    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + SPARE_BYTES,) * 2)
    inbox.send(resident("VmRSS"))
    while job := inbox.recv():
        inbox.send(examine(*job))


class Worker:
    """A process that examines one file after the other."""

    def __init__(self) -> None:
        self.pipe, end = PROCESSES.Pipe()
        self.process = PROCESSES.Process(target=serve, args=(end,), daemon=True)
        self.process.start()
        end.close()
        self.base = self.pipe.recv()  # MB, before the first file
        self.job, self.since = None, 0.0

    def give(self, job: tuple[str, str, bytes]) -> None:
        self.job, self.since = job, time.monotonic()
        self.pipe.send(job)

    def take(self) -> Result | None:
        """The result; None if the process died, or had to be killed."""
        try:
            return self.pipe.recv() if self.pipe.poll() else None
        except EOFError:
            return None

    def end(self) -> None:
        self.process.kill()
        self.process.join()


def run(jobs: Iterator[tuple[str, str, bytes]], count: int) -> Iterator[Result]:
    """The results of all files, in the order in which they are done."""
    workers, base = [Worker() for _ in range(count)], 0.0
    while True:
        for place, worker in enumerate(workers):
            if worker.job is None and (job := next(jobs, None)):
                worker.give(job)
            if not worker.process.is_alive():
                workers[place] = Worker()
        busy = {w.pipe: w for w in workers if w.job}
        if not busy:
            break
        ready = connection.wait(list(busy), timeout=1)
        late = [p for p, w in busy.items() if time.monotonic() - w.since > PATIENCE_SECONDS]
        for pipe in {*ready, *late}:
            worker = busy[pipe]
            result = worker.take()
            if result is None:
                worker.end()
                result = Result(*worker.job[:2], f"died with {worker.process.exitcode}", False)
            base, worker.job = max(base, worker.base), None
            yield result
    for worker in workers:
        worker.end()
    print(f"a process without a picture takes {base:.0f} MB", file=sys.stderr)


def table(title: str, results: list[Result]) -> None:
    """Print a line a form: counts, slowest, largest."""
    columns = ("files", "opened", "accepted", "refused", "others", "door s", "whole s", "clock s")
    print(f"\n{title:12}" + "".join(f"{name:>10}" for name in (*columns, "peak MB")))
    for form in [*dict.fromkeys(r.form for r in results), "all"]:
        rows = [r for r in results if form in (r.form, "all")]
        counts = [sum(r.outcome == o for r in rows) for o in ("accepted", "refused")]
        counts = [len(rows), sum(r.opened for r in rows), *counts, len(rows) - sum(counts)]
        worst = [max(getattr(r, name) for r in rows) for name in ("door", "whole", "clock")]
        print(
            f"{form:12}"
            + "".join(f"{n:10,}" for n in counts)
            + "".join(f"{n:10.2f}" for n in worst)
            + f"{max(r.megabytes for r in rows):10.0f}"
        )


def failures(results: list[Result], seconds: float, megabytes: float) -> list[str]:
    """One line for each file that was not read or refused as it should be."""
    found = []
    for form, how, outcome, _, door, whole, _, peak in results:
        if outcome not in ("accepted", "refused"):
            found.append(f"{form}, {how}: {outcome}")
        if max(door, whole) > seconds:
            found.append(f"{form}, {how}: {door:.1f} s for the door, {whole:.1f} s in all")
        if peak > megabytes:
            found.append(f"{form}, {how}: {peak:.0f} MB")
    return found


def jobs(files: int, seed: int, bombs: bool) -> Iterator[tuple[str, str, bytes]]:
    """The mutants; the forms take turns."""
    known, made = hostile_files.seeds(), hostile_files.bombs() if bombs else {}
    for index in range(files):
        form = hostile_files.FORMS[index % len(hostile_files.FORMS)]
        yield form, *hostile_files.mutant(random.Random(f"{seed} {index}"), form, known, made)


def main(
    files: int = 10_000,
    seed: int = 0,
    workers: int = 2,
    seconds: float = 2.0,
    megabytes: float = 1000,
    bombs: bool = True,
    photographs: bool = True,
) -> None:
    """Make the files, have them read, and print what happened."""
    os.environ |= {"OMP_NUM_THREADS": "1"}
    results = list(run(jobs(files, seed, bombs), workers))
    table("damaged", results)
    found = failures(results, seconds, megabytes)
    if photographs:
        benign = list(run(hostile_files.photographs(), 1))
        table("photographs", benign)
        found += failures(benign, seconds, megabytes)
        found += [f"{r.form}, {r.how}: not opened" for r in benign if not r.opened]
    print(f"\nfailures: {len(found)}")
    for line in found:
        print(f"  {line}")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    tyro.cli(main)
