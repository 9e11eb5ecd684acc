"""How much faster the engine makes the updates of the tutorial's loop, and how soon it is as good.

    python benchmarks/training_speed.py [--seeds 3] [--epochs 10] [--threads 2] [--recipe PRESET]

The plain loop is that of the tutorial: 784-392-392-3, LeakyReLU 0.3, Adam, batches of 128 from a
DataLoader with ToTensor, and torch's own binary cross-entropy. The engine trains the same model by
the same updates (in bfloat16 unless --precision says otherwise). They take turns, an epoch each,
and every pair of epochs gives a ratio; -ELBO is measured on the test set, on grey pixels. Then a
recipe is trained until it is as good as the plain loop at its end: its time against the loop's.
Evaluation and start are in no time. MNIST has to be at hand (VAE_EXPLORER_DATA).
"""

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
import tyro
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.config import TrainConfig
from vae_explorer.data.datasets import Dataset, data_root, load_dataset
from vae_explorer.models.vae import VAE, new_model
from vae_explorer.presets import PRESETS
from vae_explorer.training.engine import measure, train

TUTORIAL = PRESETS["mnist-3d-tutorial"]
QUALITY = 137.45  # -ELBO of the plain loop after ten epochs of all 60,000 training pictures
GOALS = {"an epoch": 3.5, "time to quality": 20.0, "nats apart": 0.5}


class Epoch(NamedTuple):
    """One epoch of training: how long it took, and what came of it."""

    seconds: float
    model: VAE  # live: measure it at once


class PlainVae(nn.Module):
    """The tutorial's module, which ends in probabilities."""

    def __init__(self):
        super().__init__()
        act = nn.LeakyReLU(0.3)
        self.encoder = nn.Sequential(nn.Linear(784, 392), act, nn.Linear(392, 392), act)
        self.mean_layer = nn.Linear(392, 3)
        self.log_variance_layer = nn.Linear(392, 3)
        wide = [nn.Linear(3, 392), act, nn.Linear(392, 392), act, nn.Linear(392, 784)]
        self.decoder = nn.Sequential(*wide, nn.Sigmoid())

    def forward(self, x):
        hidden = self.encoder(x.view(-1, 784))
        mean, log_variance = self.mean_layer(hidden), self.log_variance_layer(hidden)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


def plain_loss(x, reconstructed, mean, log_variance):
    """As the tutorial writes it: the sum over the batch."""
    bce = F.binary_cross_entropy(reconstructed, x.view(-1, 784), reduction="sum")
    return bce - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())


def plain_loop(pictures: int, seed: int) -> Iterator[Epoch]:
    """The tutorial's loop over the first so many training pictures, without an end."""
    torch.manual_seed(seed)
    mnist = datasets.MNIST(data_root(), train=True, transform=transforms.ToTensor())
    loader = DataLoader(Subset(mnist, range(pictures)), batch_size=128, shuffle=True)
    model, same = PlainVae(), new_model(TUTORIAL.model, seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        started, total = time.perf_counter(), 0.0
        for x, _ in loader:
            optimizer.zero_grad()
            loss = plain_loss(x, *model(x))
            loss.backward()
            total += loss.item()
            optimizer.step()
        seconds = time.perf_counter() - started
        same.load_state_dict(model.state_dict())  # our module, for one way of measuring
        yield Epoch(seconds, same)


def engine(config: TrainConfig, data: Dataset) -> Iterator[Epoch]:
    """The epochs of the engine."""
    for report in train(config, data.train, data.validation, device="cpu"):
        yield Epoch(report.seconds, report.model)


def neg_elbo(model: VAE, data: Dataset) -> float:
    """Nats a test picture, one posterior sample."""
    reconstruction, kl = measure(model, data.test, torch.Generator().manual_seed(0))
    return (reconstruction.mean() + kl.sum(dim=1).mean()).item()


def race(config: TrainConfig, data: Dataset) -> tuple[list[float], list[float], float, float]:
    """Both in turns: seconds of the plain epochs and of the engine's, then both -ELBOs."""
    plain, ours = plain_loop(len(data.train), config.seed), engine(config, data)
    seconds, epochs = ([], []), None
    for _ in range(config.epochs):
        epochs = next(plain), next(ours)
        for taken, epoch in zip(seconds, epochs, strict=True):
            taken.append(epoch.seconds)
    return *seconds, *(neg_elbo(epoch.model, data) for epoch in epochs)


def time_to(quality: float, config: TrainConfig, data: Dataset) -> tuple[float, float]:
    """Seconds of training until the test -ELBO is that low, or of all epochs; and the -ELBO."""
    seconds = 0.0
    for epoch in engine(config, data):
        seconds += epoch.seconds
        if (reached := neg_elbo(epoch.model, data)) <= quality:
            break
    return seconds, reached


def main(
    seeds: int = 3,
    epochs: int = 10,
    threads: int = 2,
    recipe: Literal[*PRESETS] = "mnist-3d-sprint",
    precision: Literal["float32", "bfloat16"] = "bfloat16",
) -> None:
    """Measure and print; fewer seeds and epochs for a first look."""
    torch.set_num_threads(threads)
    data = load_dataset("mnist")
    same = replace(TUTORIAL, precision=precision, epochs=epochs, threads=threads)
    print(f"{threads} threads, {len(data.train):,} training pictures, {epochs} epochs a seed\n")
    print("seed  plain [s]   ours [s]   ratio an epoch (range)   plain -ELBO   ours   difference")
    ratios, differences, loops, waits, reached = [], [], [], [], []
    for seed in range(seeds):
        plain, ours, plain_elbo, our_elbo = race(replace(same, seed=seed), data)
        pairs = [a / b for a, b in zip(plain, ours, strict=True)]
        middle, low, high = statistics.median(pairs), min(pairs), max(pairs)
        print(
            f"{seed:4}{sum(plain):11.1f}{sum(ours):11.1f}"
            f"{middle:12.2f} ({low:.2f} to {high:.2f})"
            f"{plain_elbo:16.2f}{our_elbo:9.2f}{our_elbo - plain_elbo:+11.2f}"
        )
        ratios += pairs
        differences.append(our_elbo - plain_elbo)
        loops.append(sum(plain))
        seconds, elbo = time_to(QUALITY, replace(PRESETS[recipe], seed=seed, threads=threads), data)
        waits.append(seconds)
        reached.append(elbo)
    print(
        f"\nan epoch: {statistics.median(ratios):.2f} times faster, median of {len(ratios)} pairs"
    )
    print(f"  {min(ratios):.2f} to {max(ratios):.2f} (goal: at least {GOALS['an epoch']})")
    print(f"-ELBO: {statistics.mean(differences):+.2f} nats, mean of {seeds} seeds", end=" ")
    print(f"(goal: within {GOALS['nats apart']})")
    print(f"\n{recipe} to {QUALITY}:")
    for loop, wait, elbo in zip(loops, waits, reached, strict=True):
        short = "" if elbo <= QUALITY else "  NOT reached"
        print(f"  {wait:6.1f} s, at {elbo:.2f}; the plain loop {loop / wait:.1f} times that{short}")
    print(
        f"  the loop's time is that of its {epochs} epochs (goal: {GOALS['time to quality']:.0f})"
    )


if __name__ == "__main__":
    tyro.cli(main)
