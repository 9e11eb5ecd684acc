"""The model doctor: what is wrong with a model, as pictures show it, the gravest first.

Looks at a finished model from outside: `encode`, what it decodes, what that costs. Thresholds are
set so that healthy models are left in peace, beta-VAEs, IWAEs and autoencoders among them.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.evaluation.doctor import (
    collapse,
    conventions,
    generalization,
    mismatch,
    posterior,
    repeatability,
)
from vae_explorer.evaluation.doctor.finding import Finding as Finding
from vae_explorer.evaluation.doctor.patient import MAX_PICTURES as MAX_PICTURES
from vae_explorer.evaluation.doctor.patient import Patient
from vae_explorer.models.latent_model import LatentModel

MIN_PICTURES = 32  # fewer show nothing
WELL = "No fault found."


def examine(
    model: LatentModel,
    images: Tensor,
    labels: Tensor | None = None,
    *,
    generator: Generator,
    held_out: tuple[Tensor, Tensor | None] | None = None,
) -> list[Finding]:
    """Everything that is wrong with a model, the gravest first; none where it seems healthy.

    A fault that others follow from is told alone. The model is left as it was, its running
    statistics included.

    Parameters
    ----------
    images, labels
        Pictures (N, C, H, W) in [0, 1] such as the model was trained on, of which MAX_PICTURES are
        drawn; class numbers (N,), needed by a conditional model. Fewer than MIN_PICTURES: no
        findings.
    generator
        Of all draws.
    held_out
        Other pictures and labels, where `images` are training pictures: tells over-fitting.
    """
    if len(images) < MIN_PICTURES:
        return []
    with _untouched(model), torch.no_grad():
        patient = Patient(model, images, labels, generator)
        if (broken := repeatability.not_finite(patient)) is not None:
            return [broken]
        if chance := repeatability.not_repeatable(patient):
            return chance
        if (alone := next(filter(None, (check(patient) for check in _ALONE)), None)) is not None:
            return [alone]
        return _coexisting(patient, held_out)


_ALONE = (  # checks for faults that others follow from, in order
    conventions.wrong_output,
    conventions.wrong_reading,
    conventions.wrong_second_head,
    collapse.untrained,
    mismatch.wrong_scale,
    mismatch.other_pictures,
    collapse.collapse,
    collapse.ignored_codes,
)


def _coexisting(patient: Patient, held_out: tuple[Tensor, Tensor | None] | None) -> list[Finding]:
    """Faults that may come together."""
    found = collapse.lost_coordinates(patient)
    if not found and (strangers := mismatch.mismatch(patient)) is not None:
        return [strangers]
    if (saturated := conventions.saturated(patient)) is not None:
        return [*found, saturated]
    if doubled := collapse.doubled_coordinates(patient):
        found.append(doubled)
    if patient.config.variational:
        found += posterior.posterior_findings(patient)
    if held_out is not None:
        others = Patient(patient.model, *held_out, patient.generator)
        if overfitting := generalization.overfitting(patient, others):
            found.append(overfitting)
    return found


@contextlib.contextmanager
def _untouched(model: LatentModel) -> Iterator[None]:
    """Put back what asking a model may change: batch statistics, the global generator."""
    kept = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        for name, buffer in model.named_buffers():
            buffer.copy_(kept[name])


def lines(findings: Sequence[Finding]) -> list[str]:
    """Findings as a terminal shows them, two lines each."""
    if not findings:
        return [WELL]
    return [
        line
        for finding in findings
        for line in (f"{finding.name}: {finding.evidence}", f"  {finding.cure}")
    ]


def to_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON values."""
    return [finding._asdict() for finding in findings]
