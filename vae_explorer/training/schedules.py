"""How the learning rate, the weight of the KL term and a lattice's points change over a run."""

import math

from vae_explorer.config import TrainConfig
from vae_explorer.training.stages import stage_at

WARM_UP = 0.1  # share of a stage's updates over which the learning rate rises
FINAL_RATE = 0.01  # share of the peak learning rate at the end of a cosine or a line


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
