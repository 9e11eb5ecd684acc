"""Whether encoder and decoder were trained for each other.

Codes that are decoded and encoded again come back, coordinate by coordinate, where they were.
N pictures, D latent coordinates.
"""

from typing import NamedTuple

from torch import Tensor

from vae_explorer.evaluation.doctor.collapse import LITTLE_NATS, dead
from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.patient import Patient

WRONG = 0.1  # of the variance, by which reconstructions are worse than the mean picture
LOST = 0.3  # correlation of a coordinate with itself, below which it does not come back
RESCALED = 0.1  # of the variance, that codes of the right scale explain more
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


def mismatch(patient: Patient) -> Finding | None:
    """Halves of different models, coordinates that were exchanged, codes of another scale."""
    if patient.information.sum().item() < LITTLE_NATS:
        return None
    fit, back = patient.fit(patient.decoded), _returned(patient)
    if fit > -WRONG and not back.lost.any():
        return None
    rescaled = _rescaled(patient)
    if rescaled > fit + 2 * RESCALED and rescaled > RESCALED:
        scale = patient.mu.std(dim=0).mean().item()
        return Finding(
            "Prior and aggregate posterior apart",
            f"codes have a standard deviation of {scale:.3g} on average, and reconstructions "
            f"explain {rescaled:.2f} of the pictures' variance once it is 1, else {fit:.2f}.",
            "Divide mu by that, or see that the encoder's weights are those that were trained.",
            scale,
        )
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


def _returned(patient: Patient) -> Return:
    """Correlations of codes with the codes of what is decoded from them."""
    pictures = patient.decoded.clamp(0, 1).view(-1, *patient.config.image_shape)
    again, _ = patient.encode(pictures, patient.few_labels)
    told = patient.information > min(TOLD_NATS, patient.information.max().item() / 2)
    used = (told & ~dead(patient)).nonzero().flatten()
    before, after = (_standardised(mu[:, used]) for mu in (patient.mu[patient.few], again))
    correlations = before.T @ after / len(before)
    others = correlations.abs().fill_diagonal_(0)
    highest, which = others.max(dim=1)
    return Return(used, correlations.diagonal(), highest, used[which])


def _standardised(mu: Tensor) -> Tensor:
    return (mu - mu.mean(dim=0)) / mu.std(dim=0).clamp(min=1e-6)


def _rescaled(patient: Patient) -> float:
    """Variance explained when each coordinate is given mean 0 and variance 1."""
    z = _standardised(patient.mu)[patient.few]
    return patient.fit(patient.decode(z, patient.few_labels))
