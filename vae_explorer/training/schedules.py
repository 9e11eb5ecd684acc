"""What changes over a run: its stages, and in them learning rate, KL weight and lattice points.

First all is learned from noisy pictures; the polish lets the weights settle on real ones; in the
end the encoder alone may learn, of a decoder that stays as it is. Each stage begins with a fresh
optimiser. Knows nothing of tensors.
"""

import math
from dataclasses import replace
from typing import NamedTuple

from vae_explorer.config import TrainConfig
from vae_explorer.objectives import OBJECTIVES

WARM_UP = 0.1  # share of a stage's updates over which the learning rate rises
FINAL_RATE = 0.01  # share of the peak learning rate at the end of a cosine or a line


class Stage(NamedTuple):
    """Epochs that have one objective, one kind of pictures and one schedule."""

    name: str  # "main", "polish" or "encoder"
    first: int  # epoch, from 0
    epochs: int
    objective: str
    learning_rate: float  # the peak
    encoder_only: bool = False
    encoder_trained: bool = False  # by another objective, in the stage before


def stages(config: TrainConfig) -> tuple[Stage, ...]:
    """All stages of a run, those without epochs left out."""
    first = config.epochs
    every = (
        Stage("main", 0, first, config.objective, config.learning_rate),
        Stage(
            "polish",
            first,
            config.polish_epochs,
            config.objective_of_polish,
            config.polish_learning_rate,
            encoder_trained=config.objective_of_polish != config.objective,
        ),
        Stage(
            "encoder",
            first + config.polish_epochs,
            config.encoder_epochs,
            "elbo",
            config.encoder_learning_rate,
            encoder_only=True,
        ),
    )
    return tuple(stage for stage in every if stage.epochs)


def stage_at(config: TrainConfig, epoch: int) -> Stage:
    """The stage that an epoch (from 0) belongs to; behind the last one, that."""
    return [stage for stage in stages(config) if stage.first <= epoch][-1]


def objectives(config: TrainConfig) -> tuple[str, ...]:
    """Those that the decoder learns by, in order; keys of OBJECTIVES."""
    learning = [stage.objective for stage in stages(config) if not stage.encoder_only]
    return tuple(dict.fromkeys(learning))


def over_lattice(config: TrainConfig) -> bool:
    """Whether the objective of any stage sums over a lattice of the prior."""
    return any(OBJECTIVES[name].points == "lattice" for name in objectives(config))


def with_pictures_of(config: TrainConfig, stage: Stage) -> TrainConfig:
    """The settings that say how pictures are shown in a stage.

    In the polish nearly as they are; to the encoder alone grey ones, as it will be asked about.
    """
    if stage.name == "main":
        return config
    augment = config.encoder_augment if stage.encoder_only else config.polish_augment
    return replace(config, binarize="never", input_dropout=0.0, augment=augment)


def learning_rate(config: TrainConfig, epoch: int, share: float) -> float:
    """The rate for `share` in [0, 1) of an epoch (from 0): each stage warms up and decays anew."""
    stage = stage_at(config, epoch)
    peak = stage.learning_rate
    done = (epoch - stage.first + share) / stage.epochs
    match config.schedule:
        case "constant":
            return peak
        case "step":
            return peak * (1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01)
    if done < WARM_UP:
        return peak * max(done / WARM_UP, FINAL_RATE)
    left = 1 - (done - WARM_UP) / (1 - WARM_UP)
    if config.schedule == "cosine":
        left = 0.5 * (1 - math.cos(math.pi * left))
    return peak * (FINAL_RATE + (1 - FINAL_RATE) * left)


def kl_weight(config: TrainConfig, epoch: int, share: float) -> float:
    """What the KL term is multiplied by: beta, or on the way to it from 0.

    Linear annealing is that of Bowman et al. 2016, section 3.1, with a straight rise; cyclical that
    of Fu et al. 2019, eq. 6 and 7. A polish has the full weight throughout.
    """
    done = (epoch + share) / config.epochs
    if config.kl_annealing == "none" or done >= 1:
        return config.beta
    if config.kl_annealing == "cyclical":
        done = done * config.kl_cycles % 1
    return config.beta * (min(done / config.kl_warmup, 1.0) if config.kl_warmup else 1.0)


def lattice_points(config: TrainConfig, epoch: int, share: float) -> int:
    """From few to many: coarse lattices are quick, and all that a coarse decoder can use.

    The number of points doubles after equal parts of the epochs in which there are any; a power of
    two.
    """
    stage = stage_at(config, epoch)
    first, length = stage.first, stage.epochs
    if stage.name == "polish" and stage.objective == config.objective:
        first, length = 0, config.epochs  # it goes on with as many as there were
    done = min(1.0, (epoch - first + share) / length)
    start = min(config.lattice_start, config.lattice_points)
    doublings = (config.lattice_points // start).bit_length() - 1
    return start << min(doublings, int(done * (doublings + 1)))
