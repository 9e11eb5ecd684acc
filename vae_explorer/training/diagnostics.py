"""What goes wrong while a VAE is trained, as the epochs so far show: the evidence, the remedy.

The pitfalls are those that every tutorial lists; the thresholds are ours. Reads the lines that a
run folder keeps for its epochs, knows nothing of models or files.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from vae_explorer.config import TrainConfig
from vae_explorer.objectives import OBJECTIVES

IDLE_NATS = 0.05  # a coordinate that carries less than this of a picture is not used
SETTLED = 3  # epochs before anything is said: the first ones are all upheaval
RISE_NATS, RISE_SHARE = 2.0, 0.02  # a training loss that rises by more between epochs has jumped
RECENT = 10  # epochs in which a jump is worth a word
WORSE_NATS = 0.5  # by which a validation loss has to have risen again
STILL_FALLING = 0.004  # share of its loss that a run still wins by an epoch when it ends
Line = dict[str, Any]  # of metrics.jsonl


class Diagnosis(NamedTuple):
    """One thing to know about a run."""

    name: str  # the field's word for it
    evidence: str  # one sentence, with the figure behind it
    remedy: str  # one sentence
    settings: dict[str, Any]  # of TrainConfig, or of its model: what a next run could try


def diagnose(config: TrainConfig, lines: Sequence[Line]) -> list[Diagnosis]:
    """Everything to say about a run after these epochs, the gravest first."""
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
    weighs_kl = OBJECTIVES[config.objective].weighs_kl
    return Diagnosis(
        "Posterior collapse" if idle == count else "Posterior collapse in part",
        f"{which} {count} coordinates carry less than {IDLE_NATS:g} nats each ({spent}).",
        "Free bits or a KL weight that rises from 0 keep them in use; a smaller beta asks for less,"
        " and a model with fewer coordinates loses nothing.",
        {"free_bits": 0.1, "kl_annealing": "linear"} if weighs_kl else {},
    )


def _instability(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    if config.kl_annealing == "cyclical":  # rises by design
        return None
    losses = [_bound(line["train"]) for line in lines]
    recent = range(max(1, len(losses) - RECENT), len(losses))
    step = max(recent, key=lambda i: losses[i] - losses[i - 1])
    rise = losses[step] - losses[step - 1]
    if rise < max(RISE_NATS, RISE_SHARE * abs(losses[step - 1])):
        return None
    return Diagnosis(
        "Unstable training",
        f"the training loss rose by {rise:.1f} nats in epoch {lines[step]['epoch']}.",
        "Cut long gradients, or learn more slowly.",
        {"clip_norm": 1.0, "learning_rate": config.learning_rate / 3},
    )


def _overfitting(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    best = min(range(len(lines)), key=lambda i: lines[i]["validation"]["loss"])
    worse = lines[-1]["validation"]["loss"] - lines[best]["validation"]["loss"]
    gained = _bound(lines[best]["train"]) - _bound(lines[-1]["train"])
    if len(lines) - 1 - best < SETTLED or worse < WORSE_NATS or gained <= 0:
        return None
    return Diagnosis(
        "Over-fitting",
        f"since epoch {lines[best]['epoch']} the validation loss has risen by {worse:.1f} nats, "
        f"while the training loss fell by {gained:.1f}.",
        "Stop when validation stops improving, deform part of each batch, or use dropout.",
        {"patience": 5, "polish_epochs": 0, "augment": 0.5, "dropout": 0.2},
    )


def _not_learning(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    first, last = (line["validation"]["loss"] for line in (lines[0], lines[-1]))
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
        "Learn faster, with Adam.",
        {"learning_rate": max(1e-3, 10 * config.learning_rate), "optimizer": "adamw"},
    )


def _slow(config: TrainConfig, lines: Sequence[Line]) -> Diagnosis | None:
    if lines[-1]["epoch"] < config.total_epochs:
        return None
    before, last = (line["validation"]["loss"] for line in (lines[-SETTLED], lines[-1]))
    gain = (before - last) / (SETTLED - 1)
    if gain < STILL_FALLING * abs(last):
        return None
    return Diagnosis(
        "Slow convergence",
        f"the last epochs still improved by {gain:.1f} nats an epoch.",
        "Train longer, or learn faster.",
        {"epochs": 2 * config.epochs},
    )


def _bound(means: dict[str, float]) -> float:
    """What a loss would be at beta 1: comparable between epochs however the KL term is weighed."""
    return means["reconstruction"] + means["kl"]
