"""Whether encoder and decoder were trained for each other.

Codes that are decoded and encoded again come back, coordinate by coordinate, where they were.
N pictures, D latent coordinates.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.evaluation.doctor.collapse import LITTLE_NATS, STRONG_RESPONSE, WRONG, dead
from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.patient import Patient

LOST = 0.3  # correlation of a coordinate with itself, below which it does not come back
RESCALED, MIN_RESCALED = 0.2, 0.1  # of the variance: that codes of the right scale explain more
TOLD_NATS = 0.3  # of a picture, by a coordinate that should come back


class Return(NamedTuple):
    """Where coordinates are found again, of the coordinates in use."""

    coordinates: Tensor  # (d,), which ones
    itself: Tensor  # (d,), correlation with the same coordinate
    other: Tensor  # (d,), highest absolute correlation with another one
    which: Tensor  # (d,), number of that one

    @property
    def lost(self) -> Tensor:
        """Those that do not come back as themselves, (d,) of truth values."""
        return (self.itself < LOST) | (self.other > self.itself + LOST)


def wrong_scale(patient: Patient) -> Finding | None:
    """Codes far wider or narrower than those that the decoder learned from."""
    fit, rescaled = patient.fit(patient.decoded), _rescaled(patient)
    if rescaled < max(fit + RESCALED, MIN_RESCALED):
        return None
    scale = patient.mu.std(dim=0).mean().item()
    return Finding(
        "Prior and aggregate posterior apart",
        f"codes have a standard deviation of {scale:.3g} on average, and reconstructions explain "
        f"{rescaled:.2f} of the pictures' variance once it is 1, else {max(fit, -9.99):.2f}.",
        "Divide mu by that, or see that the encoder's weights are those that were trained.",
        scale,
    )


def other_pictures(patient: Patient) -> Finding | None:
    """A model whose halves agree, shown what it has never seen."""
    fit = patient.fit(patient.decoded)
    if fit > -WRONG:
        return None
    z = torch.randn(patient.mu[patient.few].shape, generator=patient.generator)
    decoded = patient.decode(z, patient.few_labels)
    heard = _heard(patient, z, decoded)
    if not heard.any() or _returned(patient, z, decoded, heard).lost.any():
        return None
    return Finding(
        "Pictures of another kind",
        "samples of the prior, decoded and encoded again, are found where they were, but these "
        f"pictures are reconstructed worse than by the mean picture (R² {max(fit, -9.99):.2f}).",
        "Give it pictures like those that it was trained on, read as they were.",
        fit,
    )


def mismatch(patient: Patient) -> Finding | None:
    """Halves of different models, or coordinates that were exchanged."""
    if patient.information.sum().item() < LITTLE_NATS:
        return None
    fit, told = patient.fit(patient.decoded), patient.information
    used = (told > min(TOLD_NATS, told.max().item() / 2)) & ~dead(patient)
    back = _returned(patient, patient.mu[patient.few], patient.decoded, used)
    if fit > -WRONG and not back.lost.any():
        return None
    return Finding(
        "Encoder and decoder do not belong together",
        _evidence(fit, back),
        "Load both parts from the same training, with coordinates in the same order.",
        fit,
    )


def _evidence(fit: float, back: Return) -> str:
    exchanged = (back.lost & (back.other > 1 - LOST)).nonzero().flatten()
    if len(exchanged):
        first = exchanged[0]
        return (
            f"decoded and encoded again, coordinate {int(back.coordinates[first]) + 1} is found "
            f"in coordinate {int(back.which[first]) + 1} (correlation "
            f"{back.other[first].item():.2f}, with itself {back.itself[first].item():.2f})."
        )
    return (
        f"reconstructions explain {max(fit, -9.99):.2f} of the pictures' variance (the mean "
        f"picture: 0), and {int(back.lost.sum())} of {len(back.lost)} coordinates are not found "
        "again in what is decoded from them."
    )


def _heard(patient: Patient, z: Tensor, decoded: Tensor) -> Tensor:
    """Which coordinates of codes (n, D) the decoder looks at, (D,) of truth values."""
    count = patient.few_a_coordinate()
    z, before = z[:count], decoded[:count]
    y = None if patient.few_labels is None else patient.few_labels[:count]
    changes = []
    for dim in range(z.shape[1]):
        moved = z.clone()
        moved[:, dim] = z[:, dim].roll(1)
        changes.append((patient.decode(moved, y) - before).square().mean())
    return torch.stack(changes) > STRONG_RESPONSE * before.var(dim=0).mean()


def _returned(patient: Patient, z: Tensor, decoded: Tensor, which: Tensor) -> Return:
    """Correlations of codes (n, D) with the codes of what was decoded from them, (n, P)."""
    pictures = decoded.clamp(0, 1).view(-1, *patient.config.image_shape)
    again, _ = patient.encode(pictures, patient.few_labels)
    used = which.nonzero().flatten()
    before, after = (_standardised(mu[:, used]) for mu in (z, again))
    correlations = before.T @ after / len(before)
    others = correlations.abs().fill_diagonal_(0)
    highest, found = others.max(dim=1)
    return Return(used, correlations.diagonal(), highest, used[found])


def _standardised(mu: Tensor) -> Tensor:
    return (mu - mu.mean(dim=0)) / mu.std(dim=0).clamp(min=1e-6)


def _rescaled(patient: Patient) -> float:
    """Variance explained when each coordinate is given mean 0 and variance 1."""
    z = _standardised(patient.mu)[patient.few]
    return patient.fit(patient.decode(z, patient.few_labels))
