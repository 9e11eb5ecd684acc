"""Whether values are read as they are meant: ranges of input and output, the heads, the order.

Each reading of a table is tried; one that reconstructs far better than the model's own is found.
N pictures, P values a picture, D latent coordinates.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.evaluation.doctor.kl_weight import effective_weight
from vae_explorer.evaluation.doctor.patient import Patient, Reading
from vae_explorer.models.foreign.conformance.value_questions import MNIST
from vae_explorer.models.likelihoods import bernoulli_nll, kl_divergence

OUTSIDE = 0.1  # beyond [0, 1], by which a value is out of range
OUTSIDE_SHARE = 0.02  # of all values, that may be
TWICE = (0.495, 0.735)  # sigmoid of 0 and of 1, and a little
FLAT = 1e-3  # standard deviation of pictures that are all one grey
ONE_WIDTH = 1e-3  # standard deviation of logvar over pictures, of a head that is a constant
MILDER, MUCH_LESS = 3, 0.8  # logits so many times smaller may not cost so much less
EDGE = 1e-6  # of probabilities
BETTER = 0.15  # of the variance, that another reading explains more
GOOD = 0.2  # of the variance, that it explains at least
WEIGHTS = (1 / 15, 15.0)  # outside of these estimated KL weights a posterior's width is in doubt
LIKELY = (0.2, 8.0)  # within these it is right
GAIN_NATS, GAIN_SHARE = 2.0, 0.02  # of -ELBO, that another reading of the second head wins

(MEAN,), (DEVIATION,) = MNIST.mean, MNIST.std
INPUTS: dict[str, tuple[Reading, str]] = {
    "[-1, 1]": (lambda x: 2 * x - 1, "Give the encoder 2 x - 1."),
    "0 to 255": (lambda x: 255 * x, "Give the encoder 255 x."),
    "0 to 1/255": (lambda x: x / 255, "Divide no pixels by 255 that lie in [0, 1] already."),
    "inverted pixels": (lambda x: 1 - x, "Give the encoder 1 - x."),
    "MNIST's mean 0 and variance 1": (
        lambda x: (x - MEAN) / DEVIATION,
        f"Give the encoder (x - {MEAN}) / {DEVIATION}.",
    ),
}
OUTPUTS: dict[str, tuple[Reading, str]] = {
    "inverted": (lambda m: 1 - m, "Show 1 - x."),
    "in [-1, 1]": (lambda m: (m + 1) / 2, "Show (x + 1) / 2."),
    "in 0 to 255": (lambda m: m / 255, "Show x / 255."),
    "logits": (torch.sigmoid, "Apply the sigmoid to what the decoder puts out."),
    "for mean 0 and variance 1": (
        lambda m: DEVIATION * m + MEAN,
        f"Show {DEVIATION} x + {MEAN}.",
    ),
}
HEADS: dict[str, Reading] = {  # what the second head may be -> its logarithm of the variance
    "the variance": lambda v: v.clamp(min=1e-6).log(),
    "the standard deviation": lambda v: 2 * v.clamp(min=1e-3).log(),
    "the logarithm of the precision": lambda v: -v,
    "the logarithm of the standard deviation": lambda v: 2 * v,
    "the standard deviation before a softplus": lambda v: 2 * F.softplus(v).clamp(min=1e-3).log(),
}


def wrong_output(patient: Patient) -> Finding | None:
    """Pixels outside [0, 1], squeezed by a second sigmoid, all one grey, or black and white."""
    decoded = patient.decoded
    low, high = decoded.min().item(), decoded.max().item()
    beyond = (decoded < -OUTSIDE) | (decoded > 1 + OUTSIDE)
    if (share := beyond.float().mean().item()) > OUTSIDE_SHARE:
        return _outside(patient, share, low, high)
    if decoded.std().item() < FLAT:
        return Finding(
            "Output is constant",
            f"all pixels of all pictures are {decoded.mean().item():.2f}.",
            "See that the decoder's last layer has its weights, and that it learned at all.",
            decoded.mean().item(),
        )
    targets = patient.targets
    wider = targets.min().item() < TWICE[0] - 0.2 or targets.max().item() > TWICE[1] + 0.1
    if TWICE[0] <= low and high <= TWICE[1] and wider and high - low > 0.1:
        return Finding(
            "Sigmoid applied twice",
            f"decoded pixels lie between {low:.2f} and {high:.2f}, those of pictures between "
            f"{targets.min().item():.2f} and {targets.max().item():.2f}.",
            "Leave one sigmoid out: the decoder's last one, or that of the loss (a "
            "cross-entropy with logits).",
            high,
        )
    return None


def _outside(patient: Patient, share: float, low: float, high: float) -> Finding:
    fits = {name: patient.fit(read(patient.decoded)) for name, (read, _) in OUTPUTS.items()}
    best = max(fits, key=lambda name: fits[name])
    cure = "End the decoder with a sigmoid, or say which range its values have."
    if low > -1 - OUTSIDE and high < 1 + OUTSIDE:
        cure = f"{OUTPUTS['in [-1, 1]'][1][:-1]}, and give the encoder 2 x - 1 if it learned so."
    if fits[best] > GOOD:
        cure = f"{OUTPUTS[best][1][:-1]}: read so, it explains {fits[best]:.0%} of the variance."
    return Finding(
        "Output outside [0, 1]",
        f"{share:.0%} of the decoded values are no pixels: they lie between {low:.3g} and "
        f"{high:.3g}.",
        cure,
        share,
    )


def saturated(patient: Patient) -> Finding | None:
    """A Bernoulli decoder far too sure of black and white."""
    if patient.config.likelihood != "bernoulli":
        return None
    logits = patient.decoded.clamp(EDGE, 1 - EDGE).logit()
    own = bernoulli_nll(logits, patient.targets).mean().item()
    milder = bernoulli_nll(logits / MILDER, patient.targets).mean().item()
    if milder > MUCH_LESS * own:
        return None
    extreme = (patient.decoded - 0.5).abs().gt(0.49).float().mean().item()
    return Finding(
        "Output is saturated",
        f"{extreme:.0%} of the decoded pixels are within 0.01 of black or white, and cost "
        f"{own:.0f} nats a picture, but {milder:.0f} with logits a third as large.",
        "See how logits are scaled before the sigmoid; a lower learning rate or weight decay "
        "keeps them small.",
        extreme,
    )


def wrong_reading(patient: Patient) -> Finding | None:
    """Another range of input or output, order of pixels or of heads, that reconstructs better."""
    own = patient.fit(patient.decoded)
    if own > 1 - BETTER:
        return None
    found = max(_readings(patient), key=lambda reading: reading[0])
    fit, name, meant, cure = found
    if fit < max(GOOD, own + BETTER):
        return None
    share = f"{own:.0%}" if own > 0 else "nothing"
    return Finding(
        name,
        f"reconstructions explain {share} of the variance, but {fit:.0%} {meant}.",
        cure,
        fit,
    )


def _readings(patient: Patient) -> list[tuple[float, str, str, str]]:
    """Variance explained, name of the fault, condition and cure of everything that is tried."""
    y, x = patient.few_labels, patient.x[patient.few]
    found = []
    for name, (read, cure) in INPUTS.items():
        decoded = patient.decode(patient.encode(read(x), y)[0], y)
        ways = {"": decoded, " and output": 1 - decoded} if name[0] == "i" else {"": decoded}
        for both, pictures in ways.items():
            meant = f"if the input{both} {'are' if both else 'is'} {name}"
            found.append((patient.fit(pictures), "Input range", meant, cure))
    for name, (read, cure) in OUTPUTS.items():
        meant = f"if the output is {name}"
        found.append((patient.fit(read(patient.decoded)), "Output range", meant, cure))
    for name, pictures in _reordered(patient):
        cure = f"Put the decoded values in order: {name}."
        found.append((patient.fit(pictures), "Order of pixels", f"if {name}", cure))
    swapped = patient.decode(patient.logvar[patient.few], y)
    cure = "Swap the two heads of the encoder: the second one is mu."
    found.append((patient.fit(swapped), "Heads swapped", "if decoded at the second head", cure))
    return found


def _reordered(patient: Patient) -> list[tuple[str, Tensor]]:
    """Decoded pictures (n, P) in other orders of their values."""
    channels, height, width = patient.config.image_shape
    flat = patient.decoded
    pictures = flat.view(-1, channels, height, width)
    orders = [
        ("rows are columns", flat.view(-1, channels, width, height).transpose(2, 3)),
        ("rows run from the bottom", pictures.flip(2)),
        ("columns run from the right", pictures.flip(3)),
    ]
    if channels > 1:
        last = flat.view(-1, height, width, channels).permute(0, 3, 1, 2)
        orders += [("channels come last", last), ("blue comes first", pictures.flip(1))]
    return [(name, values.flatten(1)) for name, values in orders]


def wrong_second_head(patient: Patient) -> Finding | None:
    """A second head that is read as log variance and is something else."""
    if not patient.config.variational:
        return None
    mu, logvar = patient.mu[patient.few], patient.logvar[patient.few]
    if logvar.std(dim=0).max().item() < ONE_WIDTH:
        return None
    weight = effective_weight(patient)
    wide = logvar.exp().mean().item() > 1.02  # a posterior is never wider than the prior
    if not wide and (weight is None or WEIGHTS[0] < weight.nats < WEIGHTS[1]):
        return None
    own = _neg_elbo(patient, mu, logvar)
    readings = {name: read(logvar) for name, read in HEADS.items()}
    costs = {name: _neg_elbo(patient, mu, read) for name, read in readings.items()}
    best = min(costs, key=lambda name: costs[name])
    gain = own - costs[best]
    if math.isnan(gain) or gain < max(GAIN_NATS, GAIN_SHARE * abs(costs[best])):
        return None
    weight = effective_weight(patient, readings[best])
    if weight is None or not LIKELY[0] < weight.nats < LIKELY[1]:
        return None
    return Finding(
        "Second head is not the log variance",
        f"−ELBO is {own:.1f} nats, but {costs[best]:.1f} if the second head is {best}.",
        f"Read the second head as {best}.",
        gain,
    )


def _neg_elbo(patient: Patient, mu: Tensor, logvar: Tensor) -> float:
    eps = torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))
    raw = patient.raw(mu + (0.5 * logvar).exp() * eps, patient.few_labels)
    nll = patient.model.pixel_nll(raw, patient.targets)
    return (nll + kl_divergence(mu, logvar).sum(dim=1)).mean().item()
