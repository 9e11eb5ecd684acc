"""The stages of a run, one after the other: what each learns, from what, and how fast.

First all is learned from noisy pictures; the polish lets the weights settle on real ones; in the
end the encoder alone may learn, of a decoder that stays as it is. Each begins with a fresh
optimiser. Knows nothing of tensors.
"""

from dataclasses import replace
from typing import NamedTuple

from vae_explorer.config import TrainConfig
from vae_explorer.objectives import OBJECTIVES


class Stage(NamedTuple):
    """Epochs that have one objective, one kind of pictures and one schedule."""

    name: str  # "main", "polish" or "encoder"
    first: int  # epoch, from 0
    epochs: int
    objective: str
    learning_rate: float  # the peak
    encoder_only: bool = False


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

    In the polish nearly as they are. To the encoder alone grey ones, as it will be asked about,
    deformed as in the main stage: there is no decoder to learn from what is not real.
    """
    if stage.name == "main":
        return config
    augment = config.augment if stage.encoder_only else config.polish_augment
    return replace(config, binarize="never", input_dropout=0.0, augment=augment)
