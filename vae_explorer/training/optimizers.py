"""What turns gradients into better weights: optimisers, and the running average of the weights."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from vae_explorer.config import TrainConfig

AVERAGE_EVERY = 4  # updates between two of the average: it costs as much as an update
SQUARE_DECAYS = {"adam": 0.999, "adamw": 0.99}  # adamw's shorter than usual: runs are short
Tensors = tuple[Tensor, ...] | list[Tensor]


def moving_average(decay: float):
    """Exponential, but young averages forget faster, or they would remember the random start."""

    def update(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
        updates = int(count) * AVERAGE_EVERY
        weight = 1 - min(decay, (1 + updates) / (10 + updates)) ** AVERAGE_EVERY
        torch.ops.aten._foreach_lerp_.Scalar(list(averaged), list(current), weight)

    return update


def new_optimizer(config: TrainConfig, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Over these weights; with adamw matrices decay, biases do not.

    It sees them as two long tensors, of which they and their .grad become parts: a step of one long
    tensor takes a quarter less time than one of the many.
    """
    parameters = list(parameters)
    matrices = _as_one([p for p in parameters if p.ndim > 1])
    vectors = _as_one([p for p in parameters if p.ndim <= 1])
    if config.optimizer == "sgd":
        return torch.optim.SGD([matrices, vectors], momentum=config.momentum, fused=True)
    betas = config.momentum, config.square_decay or SQUARE_DECAYS[config.optimizer]
    if config.optimizer == "adam":
        return torch.optim.Adam([matrices, vectors], betas=betas, fused=True)
    groups = [
        {"params": [matrices], "weight_decay": config.weight_decay},
        {"params": [vectors], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, betas=betas, fused=True)


def _as_one(parameters: list[nn.Parameter]) -> nn.Parameter:
    """One long parameter, of which these become parts, with gradients of zero."""
    whole = nn.Parameter(torch.cat([p.detach().flatten() for p in parameters]))
    whole.grad = torch.zeros_like(whole)
    sizes = [p.numel() for p in parameters]
    parts = zip(parameters, whole.detach().split(sizes), whole.grad.split(sizes), strict=True)
    for parameter, values, gradient in parts:
        parameter.data, parameter.grad = values.view_as(parameter), gradient.view_as(parameter)
    return whole


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What an optimiser remembers of each weight, by "index.name"."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": v for index, values in state.items() for name, v in values.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    """Put back what `optimizer_state` gave."""
    values: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        index, key = name.split(".", 1)
        values.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": values})
