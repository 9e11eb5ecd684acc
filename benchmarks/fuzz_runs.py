"""Run folders spoilt at random: what reading them makes of 10,000.

    python benchmarks/fuzz_runs.py [--cases 10000] [--seed 0]

A small run is trained. Of copies of its folder one thing each is changed: a field of a JSON file,
a tensor, bytes, a name (`tests/support/hostile_runs.py`). All that pages and commands read of a run
is read then; a value or one sentence (ExplorerError) comes out, and all else is a failure. Exit
status 1 if anything failed.
"""

import collections
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import hostile_runs

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation.metrics import with_quick_scores
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.diagnostics import diagnose
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs.run_folder import Run, create_run, list_runs


def trained(root: Path) -> Run:
    """A run of two short epochs on the embedded digits."""
    model = ModelConfig(latent_dim=2, encoder=(8,), decoder=(8,))
    config = TrainConfig(dataset="digits", model=model, epochs=2, batch_size=256)
    run = create_run("whole", config, root)
    for _ in execute_run(run, with_quick_scores):
        pass
    return run


def outcome(run: Run) -> str:
    """What reading all of a run's folder makes: "read", "refused", or the name of an error."""
    refused = False
    readers = (
        Run.status,
        Run.seconds_silent,
        lambda r: [r.snapshot(epoch) for epoch in r.snapshot_epochs()],
        Run.snapshot_pictures,
        lambda r: [run.status() for run in list_runs(r.folder.parent)],
        lambda r: diagnose(r.config(), lines) if (lines := r.metrics()) else None,
        Run.seconds_left,
        Run.resume_state,
        lambda r: load_checkpoint(r.checkpoint),
    )
    for read in readers:
        try:
            read(run)
        except ExplorerError:
            refused = True
    return "refused" if refused else "read"


def main(cases: int = 10_000, seed: int = 0) -> int:
    """Spoil, read and count."""
    found = collections.Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        whole = trained(root / "source")
        for case in range(cases):
            copy = root / "runs" / "spoilt"
            shutil.copytree(whole.folder, copy)
            what = hostile_runs.spoil(copy, random.Random(seed * 1_000_003 + case))
            started = time.perf_counter()
            try:
                found[outcome(Run(copy))] += 1
            except Exception:
                found["failed"] += 1
                print(f"case {case}: {what}\n{traceback.format_exc(limit=-3)}")
            slowest = max(slowest, time.perf_counter() - started)
            shutil.rmtree(copy)
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(found.items()))
    print(f"{cases:,} spoilt run folders: {counts}; slowest {slowest:.2f} s")
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
