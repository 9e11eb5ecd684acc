"""Model files spoilt at random: what opening 10,000 of them makes.

    python benchmarks/fuzz_checkpoints.py [--cases 10000] [--seed 0]

Of shipped models, of pictures and of molecules in turns, one thing each is changed: a field of the
description or a tensor (`tests/support/hostile_runs.py`), single bytes, or the length. Each is
opened as pages and commands do it. Opened with finite weights, or refused in one sentence
(CheckpointError), is right, and all else a failure. Exit status 1 if anything failed.
"""

import collections
import random
import sys
import time
import traceback
from pathlib import Path

import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import hostile_runs

from vae_explorer import shipped
from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import load_checkpoint

MODELS = ("digits-3d", "moses-3d")
try:
    import resource
except ImportError:  # Windows
    resource = None


def spoilt(data: bytes, dice: random.Random) -> tuple[bytes, str]:
    """A file with one thing changed, and what it was."""
    way = dice.random()
    if way < 0.7:
        return hostile_runs.spoilt_checkpoint(data, dice)
    if way < 0.8:
        length = dice.randrange(len(data))
        return data[:length], f"cut to {length} bytes"
    changed = bytearray(data)
    header = 8 + int.from_bytes(data[:8], "little")
    parts = [dice.choice([8, header, len(data)]) for _ in range(dice.randint(1, 8))]
    places = [dice.randrange(part) for part in parts]
    for place in places:
        changed[place] = dice.randrange(256)
    return bytes(changed), f"bytes {places}"


def outcome(data: bytes) -> str:
    """What opening makes: "opened" or "refused"; any other error is raised."""
    try:
        opened = load_checkpoint(data)
    except CheckpointError:
        return "refused"
    assert all(value.isfinite().all() for value in opened.model.state_dict().values())
    return "opened"


def peak_mb() -> float:
    """The most memory that this process has taken, in MB; 0 where the system does not say."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 if resource else 0.0


def main(cases: int = 10_000, seed: int = 0) -> int:
    """Spoil, open and count."""
    found, slowest = collections.Counter(), 0.0
    files = [(shipped.CHECKPOINTS / f"{name}.safetensors").read_bytes() for name in MODELS]
    for whole in files:
        load_checkpoint(whole)
    before = peak_mb()
    for case in range(cases):
        data, what = spoilt(files[case % len(files)], random.Random(seed * 1_000_003 + case))
        started = time.process_time()
        try:
            found[outcome(data)] += 1
        except Exception:
            found["failed"] += 1
            print(f"case {case}: {what}\n{traceback.format_exc(limit=-3)}")
        slowest = max(slowest, time.process_time() - started)
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(found.items()))
    print(
        f"{cases:,} spoilt model files: {counts}; slowest {slowest:.2f} s of processor time; "
        f"most memory {peak_mb():,.0f} MB, {before:,.0f} before the first"
    )
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
