"""Whether a model says the same twice: of a picture, and of a picture among others.

What fails here makes every other figure a matter of chance.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.patient import Patient

FEW, MANY = 16, 64  # pictures of a batch
TOLERANCE = 1e-3  # of the spread of what is compared: beyond rounding
SAMPLING = (0.5, 2.0)  # squared differences over those of two posterior samples, if they are some


class Repeats(NamedTuple):
    """What a part of a model puts out for the same few inputs, (FEW, ...) each."""

    once: Tensor
    again: Tensor
    among_many: Tensor  # in a larger batch


def not_finite(patient: Patient) -> Finding | None:
    """Codes or pictures that are no numbers."""
    parts = {"mu": patient.mu, "logvar": patient.logvar, "decoded pictures": patient.decoded}
    for name, values in parts.items():
        share = 1 - values.isfinite().float().mean().item()
        if share > 0:
            return Finding(
                "Output is not a number",
                f"{share:.1%} of the values of {name} are NaN or infinite.",
                "Look for NaN among the weights: a training that diverged, cured by a lower "
                "learning rate, cut gradients or a bounded logvar, or a damaged file.",
                share,
            )
    return None


def not_repeatable(patient: Patient) -> list[Finding]:
    """An encoder or decoder that answers differently to the same question."""
    x, y = patient.x[:MANY], None if patient.y is None else patient.y[:MANY]
    few = None if y is None else y[:FEW]
    encode, raw = patient.model.encode, patient.raw
    once, again, among = encode(x[:FEW], few), encode(x[:FEW], few), encode(x, y)
    codes = [Repeats(a, b, c[:FEW]) for a, b, c in zip(once, again, among, strict=True)]
    z = once[0]
    more = z.repeat(MANY // FEW + 1, 1)[: len(x)] * torch.linspace(1, 2, len(x)).unsqueeze(1)
    more[: len(z)] = z
    pictures = Repeats(raw(z, few), raw(z, few), raw(more, y)[: len(z)])
    parts = (("encoder", codes), ("decoder", [pictures]))
    findings = [_random(patient, name, repeats) for name, repeats in parts]
    findings += [_batch_dependent(name, repeats) for name, repeats in parts]
    return [finding for finding in findings if finding is not None]


def _random(patient: Patient, part: str, repeats: list[Repeats]) -> Finding | None:
    share = max(_difference(one.once, one.again) for one in repeats)
    if share < TOLERANCE:
        return None
    cure = "Call eval(), and see that no dropout is applied outside of an nn.Dropout module."
    if part == "encoder" and _is_sample(*repeats):
        cure = "Let the encoder hand out mu itself: its differences are those of posterior samples."
    return Finding(
        f"{part.capitalize()} is not deterministic",
        f"two calls with the same {'pictures' if part == 'encoder' else 'codes'} differ by "
        f"{share:.1%} of their spread.",
        cure,
        share,
    )


def _is_sample(mu: Repeats, logvar: Repeats) -> bool:
    """Whether what is called mu is a posterior sample: the difference of two has variance 2 s²."""
    if _difference(logvar.once, logvar.again) > TOLERANCE:
        return False
    expected = 2 * logvar.once.exp().mean()
    ratio = ((mu.once - mu.again).square().mean() / expected).item()
    return SAMPLING[0] < ratio < SAMPLING[1]


def _batch_dependent(part: str, repeats: list[Repeats]) -> Finding | None:
    chance = max(_difference(one.once, one.again) for one in repeats)
    share = max(_difference(one.once, one.among_many) for one in repeats)
    if share < TOLERANCE or share < 3 * chance:
        return None
    return Finding(
        f"{part.capitalize()} depends on the batch",
        f"the same inputs among {MANY - FEW} others give answers that differ by {share:.1%} of "
        "their spread.",
        "Call eval(): batch normalisation in training mode takes its statistics from the batch.",
        share,
    )


def _difference(a: Tensor, b: Tensor) -> float:
    """Root mean square of a - b, over the standard deviation of a."""
    return ((a - b).square().mean().sqrt() / a.std().clamp(min=1e-3)).item()
