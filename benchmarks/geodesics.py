"""How long ways between test digits are, as decoded: straight, spherical, and geodesic.

    python benchmarks/geodesics.py [--model mnist-3d] [--pairs 40] [--seed 0]

Random pairs of the model's encoded test pictures; lengths are Euclidean over pixels in [0, 1], each
measured on at least 512 stretches, in the same way for all. Beside them the density along the way:
of test items, so many lie in emptier places than the emptiest of 16 steps does. Exit status 1
unless each geodesic is at most as long as the straight line.
"""

import statistics
import sys
import time
from pathlib import Path

import torch
import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.latent import walks
from vae_explorer.latent.geodesics import length
from vae_explorer.latent.path_kinds import GEODESIC, PATHS
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

STEPS = 16


def main(model: str = "mnist-3d", pairs: int = 40, seed: int = 0) -> None:
    """Search, measure, and print the medians."""
    torch.set_num_threads(1)
    checkpoint = load_checkpoint(SHIPPED / f"{model}.safetensors")
    encoded = checkpoint.encoded
    usual = walks.code_densities(checkpoint, encoded)
    draw = torch.Generator().manual_seed(seed)
    picks = torch.randint(len(encoded.mu), (pairs, 2), generator=draw).tolist()
    ratios, emptiest = ({kind: [] for kind in PATHS} for _ in range(2))
    longer, seconds = 0, []
    for first, last in picks:
        ends, label = (encoded.mu[first], encoded.mu[last]), int(encoded.labels[first])
        decode = walks.decoder(checkpoint, label)
        begun = time.perf_counter()
        path = walks.final_path(walks.search(checkpoint, *ends, label, encoded.mu))
        seconds.append(time.perf_counter() - begun)
        straight = length(decode, torch.stack(ends))
        longer += length(decode, path) > straight
        for kind in PATHS:
            walk = walks.walk(checkpoint, kind, *ends, STEPS, label, path)
            around = walks.surroundings(checkpoint, encoded, usual, walk.path, [first, last])
            ratios[kind].append(walk.travelled[-1].item() / straight)
            emptiest[kind].append(around.percent.min().item())
    print(f"{model}, {pairs} pairs of test items, seed {seed}")
    print(f"{'':12}{'length to straight':>20}{'range':>16}{'emptiest step':>16}")
    for kind in PATHS:
        values = ratios[kind]
        extent = f"{min(values):.2f} - {max(values):.2f}"
        rank = f"{statistics.median(emptiest[kind]):.1f} %"
        print(f"{kind:12}{statistics.median(values):20.3f}{extent:>16}{rank:>16}")
    slow = max(seconds)
    print(f"seconds a search: median {statistics.median(seconds):.2f}, most {slow:.2f}")
    print(f"{GEODESIC} at most as long as straight: {pairs - longer} of {pairs}")
    raise SystemExit(1 if longer else 0)


if __name__ == "__main__":
    tyro.cli(main)
