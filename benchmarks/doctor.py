"""What the doctor says of models broken on purpose, and of healthy ones.

    python benchmarks/doctor.py

The models are those of the tests: shipped ones with one thing changed, and small ones trained here,
in a minute or two. Exit status 1 where a gravest finding is not the fault that was made, or a
healthy model is found ill.
"""

import sys
import time
from pathlib import Path

import torch
import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from doctor_cases import BROKEN, Case, healthy

from vae_explorer.evaluation import doctor

GOAL = 0.9  # of the broken models, named rightly


def main() -> None:
    """Print a line a model, and the counts."""
    torch.set_num_threads(1)
    right = 0
    print(f"{'broken model':38}{'seconds':>8}  findings")
    for name, (make, expected) in BROKEN.items():
        findings, seconds = _examined(make())
        named = bool(findings) and findings[0].name in expected
        right += named
        mark = "" if named else "  <- WRONG"
        print(f"{name:38}{seconds:8.2f}  {_listed(findings)}{mark}", flush=True)
    ill = 0
    models = healthy()
    print(f"\n{'healthy model':38}{'seconds':>8}  findings")
    for name, make in models.items():
        findings, seconds = _examined(make())
        ill += bool(findings)
        print(f"{name:38}{seconds:8.2f}  {_listed(findings)}", flush=True)
    print(f"\nnamed rightly: {right} of {len(BROKEN)} broken models")
    print(f"false alarms: {ill} of {len(models)} healthy models")
    raise SystemExit(0 if right >= GOAL * len(BROKEN) and not ill else 1)


def _examined(case: Case) -> tuple[list[doctor.Finding], float]:
    start = time.perf_counter()
    findings = doctor.examine(
        case.model,
        case.images,
        case.labels,
        generator=torch.Generator().manual_seed(0),
        held_out=case.held_out,
    )
    return findings, time.perf_counter() - start


def _listed(findings: list[doctor.Finding]) -> str:
    return "; ".join(f"{one.name} [{one.figure:.3g}]" for one in findings) or "-"


if __name__ == "__main__":
    tyro.cli(main)
