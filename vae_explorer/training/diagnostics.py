"""What goes wrong while a VAE is trained, as the epochs so far show: the evidence, the remedy.

The pitfalls are those that every tutorial lists; the thresholds are ours. A remedy answers the
cause where the settings show it, and none is given that they show to have been tried. Reads the
lines that a run folder keeps for its epochs, knows nothing of models or files.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from vae_explorer.config import MAX_EPOCHS, TrainConfig
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.epoch_lines import Line, bound, comparable, held_out_loss
from vae_explorer.training.schedules import objectives, over_lattice

IDLE_NATS = 0.05  # a coordinate that carries less than this of a picture is not used
SETTLED = 3  # epochs before anything is said: the first ones are all upheaval
RISE_NATS, RISE_SHARE = 2.0, 0.02  # a training loss that rises by more between epochs has jumped
RECENT = 10  # epochs in which a jump is worth a word
WORSE_NATS = 0.5  # by which a validation loss has to have risen again
STILL_FALLING = 0.004  # share of its loss that a run still wins by an epoch when it ends
USUAL_RATE, HIGH_RATE = 1e-3, 1e-2  # of Adam: what mostly suits, and what mostly is too much
FREE_BITS = 0.1  # nats that are worth a try
FINE_SCALE = 0.5  # of a Gaussian pixel: reconstructions that are told any worse weigh too little


class Remedy(NamedTuple):
    """What a next run could try."""

    sentence: str
    settings: dict[str, Any]


class Diagnosis(NamedTuple):
    """One thing to know about a run."""

    name: str  # the field's word for it
    evidence: str  # one sentence, with the figure behind it
    remedy: str  # one sentence
    settings: dict[str, Any]  # of TrainConfig, or of its model: what a next run could try


def diagnose(config: TrainConfig, lines: Sequence[Line]) -> list[Diagnosis]:
    """Everything to say about a run after these epochs, the gravest first."""
    lines = comparable(lines)
    if len(lines) < SETTLED:
        return []
    if nothing_learned := _not_learning(config, lines):
        return [nothing_learned]  # all else follows from it
    checks = (_collapse, _instability, _overfitting, _slow)
    diagnoses = (check(config, lines) for check in checks)
    return [diagnosis for diagnosis in diagnoses if diagnosis is not None]


def _collapse(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    last = lines[-1]
    if not config.model.variational or last["beta"] < config.beta:  # still annealing
        return None
    idle = sum(nats < IDLE_NATS for nats in last["kl_per_dimension"])
    if not idle:
        return None
    count = config.model.latent_dim
    which = "all" if idle == count else f"{idle} of"
    spent = f"{last['validation']['kl']:.1f} nats of KL in all"
    return Diagnosis(
        "Posterior collapse" if idle == count else "Posterior collapse in part",
        f"{which} {count} coordinates carry less than {IDLE_NATS:g} nats each ({spent}).",
        *_against_collapse(config, count - idle),
    )


def _against_collapse(config: TrainConfig, used: int) -> Remedy:
    """The KL term's weight is the cause where it is large, then what keeps coordinates in use."""
    fewer = {"latent_dim": used} if used else {}
    if names := [n for n in objectives(config) if not OBJECTIVES[n].weighs_kl]:
        return Remedy(
            f"The objective {names[0]} has no KL term to weigh: a model with fewer "
            "coordinates loses nothing.",
            fewer,
        )
    if config.beta > 1:
        return Remedy(
            f"The KL term weighs {config.beta:g} times what it does in the ELBO: beta 1 leaves "
            "coordinates in use.",
            {"beta": 1.0},
        )
    if config.model.likelihood == "gaussian" and config.model.pixel_scale > FINE_SCALE:
        return Remedy(
            f"Pixels with a standard deviation of {config.model.pixel_scale:g} make the "
            "reconstruction weigh little beside the KL: let it be learned.",
            {"pixel_scale": 0.0},
        )
    if untried := _untried_against_collapse(config):
        return Remedy(
            f"{' and '.join(_SOFTENERS[name] for name in untried).capitalize()} may keep them in "
            "use; a model with fewer coordinates loses nothing.",
            untried,
        )
    return Remedy(
        "Free bits and a rising KL weight were tried: a model with fewer coordinates loses "
        "nothing, and one with a weaker decoder may need them.",
        fewer,
    )


_SOFTENERS = {"free_bits": "free bits", "kl_annealing": "a KL weight that rises from 0"}


def _untried_against_collapse(config: TrainConfig) -> dict[str, Any]:
    untried: dict[str, Any] = {}
    if config.free_bits < FREE_BITS:
        untried["free_bits"] = FREE_BITS
    if config.kl_annealing == "none":
        untried["kl_annealing"] = "linear"
    return untried


def _instability(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    if config.kl_annealing == "cyclical":  # rises by design
        return None
    losses = [bound(line["train"]) for line in lines]
    recent = range(max(1, len(losses) - RECENT), len(losses))
    step = max(recent, key=lambda i: losses[i] - losses[i - 1])
    rise = losses[step] - losses[step - 1]
    if rise < max(RISE_NATS, RISE_SHARE * abs(losses[step - 1])):
        return None
    return Diagnosis(
        "Unstable training",
        f"the training loss rose by {rise:.1f} nats in epoch {lines[step]['epoch']}.",
        *_against_instability(config),
    )


def _against_instability(config: TrainConfig) -> Remedy:
    rate = config.learning_rate / 3
    if config.optimizer != "sgd" and config.learning_rate > HIGH_RATE:
        rate = USUAL_RATE
    slower = {"learning_rate": rate}
    if 0 < config.clip_norm <= 1:
        return Remedy("Long gradients are cut already: learn more slowly.", slower)
    return Remedy("Cut long gradients, and learn more slowly.", {"clip_norm": 1.0, **slower})


def _overfitting(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    held_out = [held_out_loss(line) for line in lines]
    best = min(range(len(lines)), key=held_out.__getitem__)
    worse = held_out[-1] - held_out[best]
    gained = bound(lines[best]["train"]) - bound(lines[-1]["train"])
    if len(lines) - 1 - best < SETTLED or worse < WORSE_NATS or gained <= 0:
        return None
    return Diagnosis(
        "Over-fitting",
        f"since epoch {lines[best]['epoch']} the validation loss has risen by {worse:.1f} nats, "
        f"while the training loss fell by {gained:.1f}.",
        *_against_overfitting(config),
    )


def _against_overfitting(config: TrainConfig) -> Remedy:
    if config.limit:
        return Remedy(
            f"Only the first {config.limit:,} training pictures were used: use them all.",
            {"limit": 0},
        )
    ways: list[tuple[str, dict[str, Any]]] = []
    lattice = over_lattice(config)  # which takes neither early stopping nor dropout
    if not (config.patience or config.encoder_epochs or lattice):
        stop = {"patience": 5, "polish_epochs": 0}  # which do not go together
        ways.append(("stop when validation stops improving", stop))
    if not config.augment:
        ways.append(("deform part of each batch", {"augment": 0.5}))
    if not (config.model.dropout or lattice):
        ways.append(("use dropout", {"dropout": 0.2}))
    if not ways:
        tried = "Deformed pictures" if lattice else "Early stopping, deformed pictures and dropout"
        return Remedy(
            f"{tried} are on already: what is left are more pictures, or narrower layers.", {}
        )
    *first, last = [words for words, _ in ways]
    sentence = f"{', '.join(first)} and {last}." if first else f"{last}."
    settings = {name: value for _, way in ways for name, value in way.items()}
    return Remedy(sentence[0].upper() + sentence[1:], settings)


def _not_learning(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    first, last = map(held_out_loss, (lines[0], lines[-1]))
    uninformed = config.model.pixels * math.log(2)
    if (
        config.model.likelihood != "bernoulli"
        or last < 0.6 * uninformed
        or first - last > last / 20
    ):
        return None
    return Diagnosis(
        "Slow convergence",
        f"after {len(lines)} epochs the validation loss is {last:.0f} nats, where a decoder that "
        f"knows nothing has {uninformed:.0f}.",
        *_against_standstill(config),
    )


def _against_standstill(config: TrainConfig) -> Remedy:
    if config.optimizer == "sgd":
        return Remedy(
            "Use Adam, which finds a step for each weight.",
            {"optimizer": "adamw", "learning_rate": USUAL_RATE},
        )
    if config.learning_rate >= HIGH_RATE:
        return Remedy(
            f"A learning rate of {config.learning_rate:g} throws the weights about: learn more "
            "slowly.",
            {"learning_rate": USUAL_RATE},
        )
    rate = max(USUAL_RATE, 10 * config.learning_rate)
    return Remedy("Learn faster, with Adam.", {"learning_rate": rate, "optimizer": "adamw"})


def _slow(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    if lines[-1]["epoch"] < config.total_epochs:
        return None
    before, last = map(held_out_loss, (lines[-SETTLED], lines[-1]))
    gain = (before - last) / (SETTLED - 1)
    if gain < STILL_FALLING * abs(last):
        return None
    return Diagnosis(
        "Slow convergence",
        f"the last epochs still improved by {gain:.1f} nats an epoch.",
        *_against_slowness(config),
    )


def _against_slowness(config: TrainConfig) -> Remedy:
    if config.optimizer != "sgd" and config.learning_rate < USUAL_RATE / 3:
        return Remedy("Learn faster.", {"learning_rate": USUAL_RATE})
    if config.encoder_epochs:
        more = min(2 * config.encoder_epochs, MAX_EPOCHS)
        return Remedy("Train the encoder alone for longer.", {"encoder_epochs": more})
    if config.epochs >= MAX_EPOCHS:
        return Remedy("Learn faster, or with larger layers: it cannot train for longer.", {})
    return Remedy("Train longer.", {"epochs": min(2 * config.epochs, MAX_EPOCHS)})
