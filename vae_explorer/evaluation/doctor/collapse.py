"""Whether codes carry something of pictures, and the decoder listens: as a whole, by coordinate.

N pictures, P values a picture, D latent coordinates.
"""

import torch
from torch import Tensor

from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.kl_weight import (
    AVERAGED,
    HEAVY,
    averaging_cure,
    effective_weight,
    nats_won,
    payoff,
)
from vae_explorer.evaluation.doctor.patient import Patient

DEAD_NATS = 0.01  # that a dead coordinate tells of a picture at most
LITTLE_NATS = 1.0  # that all together tell, of a model that has not learned or unlearned to
USED_NATS = 0.1  # that one tells at least which a decoder has to look at
RESPONSE = 1e-4  # of the pictures' variance: below it a decoder looks away
STRONG_RESPONSE = 0.01  # a decoder surely looks
WEAK_RESPONSE = 0.1  # one that was never trained, or has given up, looks no more
FAR = 0.5  # of the way from the mean picture to grey: a decoder that has not learned even that
WRONG = 0.1  # of the variance, by which reconstructions are worse than the mean picture
PAYS = 3.0  # KL weight at which one more coordinate would still pay, of a model that lacks it
SAME = 0.98  # correlation of coordinates that say the same


def dead(patient: Patient) -> Tensor:
    """Which coordinates tell nothing of a picture, (D,) of truth values."""
    return patient.information < DEAD_NATS


def untrained(patient: Patient) -> Finding | None:
    """A model as it was made, or nearly."""
    nats = patient.information.sum().item()
    if nats > LITTLE_NATS or prior_response(patient) > WEAK_RESPONSE:
        return None
    mean = patient.targets.mean(dim=0)
    distance = (patient.decoded.mean(dim=0) - mean).square().mean()
    share = (distance / (0.5 - mean).square().mean().clamp(min=1e-6)).sqrt().item()
    fit = patient.fit(patient.decoded)
    if share < FAR or fit > -WRONG:
        return None
    return Finding(
        "Not trained",
        f"the encoder tells {nats:.2f} nats of a picture, and the mean of what is decoded is "
        f"{share:.0%} as far from that of pictures as plain grey is (R² {fit:.2f}).",
        "Train it, or load the weights that were trained.",
        fit,
    )


def collapse(patient: Patient) -> Finding | None:
    """Codes that say nothing of pictures: all reconstructions are alike."""
    nats, looks = patient.information.sum().item(), prior_response(patient)
    if not bool(dead(patient).all()) and (nats > LITTLE_NATS or looks > WEAK_RESPONSE):
        return None
    alike = patient.decoded.var(dim=0).mean().item() < patient.spread / 100
    if alike and looks > WEAK_RESPONSE:
        return Finding(
            "Posterior collapse",
            f"the encoder tells {nats:.3f} nats of a picture, though decoded samples of the prior "
            f"differ by {looks:.0%} of the pictures' variance: the decoder would listen.",
            "See that gradients reach the encoder and that its heads were loaded.",
            nats,
        )
    pays = payoff(patient)
    if pays > HEAVY / 2 and patient.kl.sum().item() < LITTLE_NATS:
        return _outweighed(patient, pays)
    return Finding(
        "Posterior collapse",
        f"all {patient.config.latent_dim} coordinates together tell {nats:.3f} nats of a picture.",
        "Train longer, with a KL weight that rises from 0 or with free bits.",
        nats,
    )


def _outweighed(patient: Patient, pays: float) -> Finding:
    """A collapse that a KL weight near 1 does not explain."""
    weight = effective_weight(patient)
    moderate = weight is not None and weight.nats < patient.config.pixels / AVERAGED
    return Finding(
        "Posterior collapse: "
        + ("KL weight too large" if moderate else "reconstruction averaged over pixels"),
        f"every picture is reconstructed as the mean one (KL {patient.kl.sum().item():.2f} nats), "
        f"although a first coordinate pays at any KL weight below {pays:.0f}.",
        f"{averaging_cure(patient)}; if it was summed, raise the KL weight from 0 and learn more "
        "slowly.",
        pays,
    )


def prior_response(patient: Patient) -> float:
    """How much decoded samples of the prior differ, as a share of the pictures' variance."""
    shape = patient.mu[patient.few].shape
    label = None if patient.y is None else patient.y[:1].expand(shape[0])
    decoded = patient.decode(torch.randn(shape, generator=patient.generator), label)
    return decoded.var(dim=0).mean().item() / patient.spread


def responses(patient: Patient) -> Tensor:
    """How much pictures change with each coordinate of another one, (D,): shares of variance.

    Dead coordinates are drawn from the prior instead, as that is what a decoder gets of them.
    """
    dims = patient.config.latent_dim
    count = patient.few_a_coordinate()
    z, y = patient.mu[:count], None if patient.y is None else patient.y[:count]
    before, shares = patient.decoded[:count], []
    lifeless = dead(patient)
    for dim in range(dims):
        moved = z.clone()
        drawn = torch.randn(count, generator=patient.generator)
        moved[:, dim] = drawn if lifeless[dim] else z[:, dim].roll(1)
        shares.append((patient.decode(moved, y) - before).square().mean() / patient.spread)
    return torch.stack(shares)


def ignored_codes(patient: Patient) -> Finding | None:
    """A decoder that puts out the same whatever the code."""
    looks = patient.decoded.var(dim=0).mean().item()
    if patient.y is not None:  # what differs may be the label's doing
        looks = (
            (
                patient.decoded
                - patient.decode(patient.mu[patient.few].roll(1, 0), patient.few_labels)
            )
            .square()
            .mean()
            .item()
        )
    share = looks / patient.spread
    if share > STRONG_RESPONSE:
        return None
    return Finding(
        "Decoder ignores the code",
        f"the encoder tells {patient.information.sum().item():.1f} nats of a picture, but decoded "
        f"pictures differ by {share:.2%} of the pictures' variance.",
        "See that the decoder's first layer was loaded and reads z; train the decoder on its own "
        "for a while.",
        share,
    )


def lost_coordinates(patient: Patient) -> list[Finding]:
    """Coordinates that the encoder leaves empty, or that the decoder does not look at."""
    empty, looks = dead(patient), responses(patient)
    unheard = ~empty & (patient.information > USED_NATS) & (looks < RESPONSE)
    unfilled = empty & (looks > STRONG_RESPONSE)
    findings = []
    if unfilled.any():
        findings.append(_unfilled(unfilled, looks[unfilled].max().item()))
    if unheard.any():
        findings.append(_unheard(unheard, patient.information[unheard].sum().item()))
    pruned = empty & ~unfilled
    if pruned.any() and not findings and (pays := payoff(patient)) > PAYS:
        findings.append(_pruned(pruned, nats_won(pays)))
    return findings


def _unfilled(which: Tensor, looks: float) -> Finding:
    return Finding(
        "Dead coordinates",
        f"{_named(which)} tell less than {DEAD_NATS:g} nats of a picture, though decoded pictures "
        f"differ with them by {looks:.0%} of the variance.",
        "See that the encoder's heads were loaded and learn; what the decoder makes of these "
        "coordinates is noise.",
        float(which.sum()),
    )


def _unheard(which: Tensor, nats: float) -> Finding:
    return Finding(
        "Decoder ignores coordinates",
        f"{_named(which)} carry {nats:.1f} nats of a picture, but decoded pictures differ with "
        f"them by less than {RESPONSE:.2%} of the variance.",
        "See that the decoder's first layer was loaded and reads all coordinates.",
        float(which.sum()),
    )


def _pruned(which: Tensor, nats: float) -> Finding:
    return Finding(
        "Posterior collapse in part",
        f"{_named(which)} tell less than {DEAD_NATS:g} nats of a picture, though one more "
        f"coordinate would win {nats:.1f} nats.",
        "Raise the KL weight from 0 while training, or use free bits.",
        float(which.sum()),
    )


def doubled_coordinates(patient: Patient) -> Finding | None:
    """Two coordinates that say the same of a picture."""
    alive = (~dead(patient)).nonzero().flatten()
    if len(alive) < 2:
        return None
    same = torch.corrcoef(patient.mu[:, alive].T).abs().fill_diagonal_(0)
    highest = same.max().item()
    if highest < SAME:
        return None
    a, b = divmod(int(same.argmax()), len(alive))
    return Finding(
        "Coordinates say the same",
        f"the posterior means of coordinates {alive[a] + 1} and {alive[b] + 1} have a correlation "
        f"of {highest:.3f}.",
        "Give the model a coordinate less, or see that no weights of its heads are shared.",
        highest,
    )


def _named(which: Tensor) -> str:
    """Coordinates (D,) as people count them: "coordinates 1, 3 and 4 of 10"."""
    numbers = [str(int(i) + 1) for i in which.nonzero().flatten()]
    shown = numbers if len(numbers) <= 6 else [*numbers[:5], f"{len(numbers) - 5} others"]
    listed = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    return f"coordinate{'s' if len(numbers) > 1 else ''} {listed} of {len(which)}"
