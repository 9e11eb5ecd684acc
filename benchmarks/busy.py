"""Training on a busy machine: the number of threads chosen while training, against fixed numbers.

    python benchmarks/busy.py [--seconds 8] [--rounds 3] [--loads 0 1 2 4] [--fixed 1 2]

A recipe is trained for so many seconds by each choice in turn, beside so many programs that compute
without end, and then two runs of it at once; the choice begins anew each time, knowing nothing.
What counts is how many pictures were learned from, validation between epochs included. Of the fixed
numbers the one that was best beside that load is compared with the choice of the same round. MNIST
has to be at hand (VAE_EXPLORER_DATA). Nothing else should run: all defaults take seven minutes.
"""

import math
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal, NamedTuple

import torch
import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.config import TrainConfig
from vae_explorer.data.datasets import Dataset, load_dataset
from vae_explorer.presets import PRESETS
from vae_explorer.training.engine import train
from vae_explorer.training.threads import chosen_threads

CHOSEN = 0  # as the setting says it
GOAL = 1.2
LOOP = "while True: pass"
PROCESSORS = torch.get_num_threads()
PROCESSES = multiprocessing.get_context("spawn")


class Rate(NamedTuple):
    """What a run has done in its seconds."""

    pictures: float  # a second
    several: float  # share of the updates that were made with more than one thread


def rate(number: int, seconds: float, config: TrainConfig, data: Dataset) -> Rate:
    """Train for so long; the clock starts with the first update, the last one is made to its end.

    `number` is what the setting would be: 0 to choose.
    """
    torch.set_num_threads(PROCESSORS)
    threads, made = chosen_threads(number), []
    clock = [math.inf, math.inf]  # first update begun, last one ended

    def late() -> bool:
        now = time.perf_counter()
        clock[:] = min(clock[0], now), now
        made.append(threads.number)
        return now > clock[0] + seconds

    for _ in train(config, data.train, data.validation, stop=late, threads=threads):
        pass
    updates = made[:-1]  # before the last one it was late
    pictures = len(updates) * config.batch_size / (clock[1] - clock[0])
    return Rate(pictures, statistics.mean(number > 1 for number in updates))


def serve(recipe: str, orders: Connection) -> None:
    """Train as often as asked, for (number of threads, seconds); in a process of its own."""
    data, config = load_dataset("mnist"), replace(PRESETS[recipe], epochs=100_000)
    rate(1, 0.5, config, data)  # what is slow once
    orders.send(None)
    while order := orders.recv():
        number, seconds = order
        orders.send(rate(number, seconds, config, data))


@contextmanager
def trainer(recipe: str) -> Iterator[Connection]:
    """A process that trains when asked to, ready to begin."""
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(recipe, there))
    process.start()
    here.recv()
    try:
        yield here
    finally:
        here.send(None)
        process.join()


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """So many programs that compute without end."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def together(trainers: list[Connection], number: int, seconds: float) -> Rate:
    """What runs at the same time do: pictures of all, mean share of several threads."""
    for orders in trainers:
        orders.send((number, seconds))
    rates = [orders.recv() for orders in trainers]
    return Rate(sum(r.pictures for r in rates), statistics.mean(r.several for r in rates))


def measure(
    trainers: list[Connection], fixed: tuple[int, ...], rounds: int, seconds: float
) -> dict[int, list[Rate]]:
    """The rates of every choice, in turns, by number of threads."""
    order = [CHOSEN, *fixed]
    rates: dict[int, list[Rate]] = {number: [] for number in order}
    for _ in range(rounds):
        for number in order:
            rates[number].append(together(trainers, number, seconds))
        order = order[1:] + order[:1]
    return rates


def show(title: str, rates: dict[int, list[Rate]], fixed: tuple[int, ...]) -> float:
    """Print a line; returns how many times slower the choice was than the best fixed number."""
    medians = {n: statistics.median(r.pictures for r in rates[n]) for n in rates}
    best = max(fixed, key=lambda n: medians[n])
    pairs = zip(rates[best], rates[CHOSEN], strict=True)
    ratios = [one.pictures / other.pictures for one, other in pairs]
    middle = statistics.median(ratios)
    several = statistics.mean(r.several for r in rates[CHOSEN])
    figures = "".join(f"{medians[n]:11,.0f}" for n in (*fixed, CHOSEN))
    print(
        f"{title:18}{figures}{several:14.0%}{best:8}"
        f"{middle:9.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        flush=True,
    )
    return middle


def main(
    seconds: float = 8.0,
    rounds: int = 3,
    loads: tuple[int, ...] = (0, 1, 2, 4),
    fixed: tuple[int, ...] = (1, 2),
    two_runs: bool = True,
    recipe: Literal[*PRESETS] = "mnist-3d-sprint",
) -> None:
    """Measure and print; fewer seconds and rounds for a first look."""
    names = "".join(f"{f'{number} fixed':>11}" for number in fixed)
    print(f"{recipe}, pictures a second: medians of {rounds} turns of {seconds:g} s\n")
    print(f"{'beside':18}{names}{'chosen':>11}{'several used':>14}{'best':>8}    slower than best")
    worst = []
    with ExitStack() as stack:
        trainers = [stack.enter_context(trainer(recipe))]
        for load in loads:
            with busy_loops(load):
                rates = measure(trainers, fixed, rounds, seconds)
            worst.append(show(f"{load} busy loops", rates, fixed))
        if two_runs:
            trainers.append(stack.enter_context(trainer(recipe)))
            rates = measure(trainers, fixed, rounds, seconds)
            worst.append(show("another such run", rates, fixed))
    print(f"\nat worst {max(worst):.2f} times slower than the best fixed number (goal: {GOAL})")


if __name__ == "__main__":
    tyro.cli(main)
