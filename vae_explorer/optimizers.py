"""What turns gradients into better weights: optimisers, and the running average of the weights."""

import torch
from torch import Tensor

from .config import TrainConfig
from .model import VAE

AVERAGE_EVERY = 4  # updates between two of the average: it costs as much as an update
ADAMW_BETAS = (0.9, 0.99)  # shorter memory of squared gradients than usual: runs are short
MOMENTUM = 0.9  # of sgd


def moving_average(decay: float):
    """Exponential, but young averages forget faster, or they would remember the random start."""

    def update(averaged: list[Tensor], current: list[Tensor], count: Tensor) -> None:
        done = count.item() * AVERAGE_EVERY
        weight = 1 - min(decay, (1 + done) / (10 + done)) ** AVERAGE_EVERY
        torch._foreach_lerp_(averaged, current, weight)

    return update


def new_optimizer(config: TrainConfig, model: VAE) -> torch.optim.Optimizer:
    """Over all weights; with adamw matrices decay, biases do not."""
    trained = list(model.parameters())
    if config.optimizer == "adam":
        return torch.optim.Adam(trained, fused=True)
    if config.optimizer == "sgd":
        return torch.optim.SGD(trained, momentum=MOMENTUM, fused=True)
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, betas=ADAMW_BETAS, fused=True)


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What an optimiser remembers of each weight, by "index.name"."""
    kept = optimizer.state_dict()["state"]
    return {f"{index}.{name}": v for index, values in kept.items() for name, v in values.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    """Put back what `optimizer_state` gave."""
    values: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        index, key = name.split(".", 1)
        values.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": values})
