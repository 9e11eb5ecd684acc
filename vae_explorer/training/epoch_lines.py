"""Figures of epochs, as a run folder keeps them: lines of `metrics.jsonl`. Knows no files."""

from collections.abc import Sequence
from typing import Any

Line = dict[str, Any]


def comparable(lines: Sequence[Line]) -> Sequence[Line]:
    """The epochs whose losses go on from each other: an encoder alone begins a curve of its own."""
    alone = [line.get("phase") == "encoder" for line in lines]
    return lines[alone.index(True) :] if any(alone) else lines


def bound(means: dict[str, float]) -> float:
    """What a loss would be at beta 1: comparable between epochs however the KL term is weighed."""
    return means["reconstruction"] + means["kl"]


def held_out_loss(line: Line) -> float:
    """What an epoch is judged by on validation data: while a decoder learns over a lattice, that.

    Its encoder only follows then, and has epochs of its own in the end.
    """
    nll = line.get("lattice_nll")
    return line["validation"]["loss"] if nll is None or line["phase"] == "encoder" else nll
