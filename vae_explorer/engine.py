"""Training as a generator of epoch reports. It does not print, draw or write: callers act.

Everything random in an epoch comes from one generator seeded with (seed, epoch), so that a run
resumed after epoch e draws exactly what an unbroken one would have drawn.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.optim.swa_utils import AveragedModel

from .augment import deform
from .config import ModelConfig, TrainConfig
from .data import Split, binarize, to_unit
from .errors import ConfigError, TrainingError
from .losses import OBJECTIVES, Loss, elbo
from .model import VAE, new_model

WARM_UP = 0.1  # share of a phase's updates over which the learning rate rises
FINAL_RATE = 0.01  # share of the peak learning rate at the end of a cosine
AVERAGE_EVERY = 4  # updates between two of the average: it costs as much as an update
ADAMW_BETAS = (0.9, 0.99)  # shorter memory of squared gradients than usual: runs are short
EVALUATION_BATCH = 2_000
EPOCH_STRIDE = 1_000_003  # keeps the generators of (seed, epoch) apart


class Means(NamedTuple):
    """Averages over pictures, in nats."""

    loss: float
    reconstruction: float
    kl: float


class EpochReport(NamedTuple):
    """What is known after an epoch. `model` and `state` are live: copy or save them at once."""

    epoch: int  # from 1
    epochs: int  # of the whole run
    phase: str  # "main" or "polish"
    train: Means  # running mean over the epoch, as optimised
    validation: Means  # -ELBO of grey pixels at beta 1, averaged weights
    kl_per_dimension: list[float]  # on validation data, nats
    learning_rate: float  # of the last update
    beta: float
    seconds: float
    images_per_second: float
    model: VAE  # the weights that count: averaged if the config says so, eval mode
    state: dict[str, Tensor]  # all that `train(resume=...)` needs


def train(
    config: TrainConfig,
    images: Split,
    validation: Split,
    *,
    resume: dict[str, Tensor] | None = None,
    stop: Callable[[], bool] = lambda: False,
    device: str | None = None,
) -> Iterator[EpochReport]:
    """Train a model, yielding a report after each epoch; TrainingError when the loss is not finite.

    Parameters
    ----------
    images, validation
        What is learned from, and what the reported validation figures are measured on.
    resume
        The `state` of an earlier report of the same config: goes on with the next epoch.
    stop
        Asked before each update: once it says yes, the epoch under way is dropped and no more come.
    device
        Where to compute; a GPU where there is one, unless said otherwise.
    """
    check_fit(config.model, images)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if config.limit:
        images = Split(images.images[: config.limit], images.labels[: config.limit])
    images, validation = (Split(*(t.to(device) for t in split)) for split in (images, validation))
    model = new_model(config.model, config.seed).to(device)
    average = AveragedModel(model, multi_avg_fn=_moving_average(config.average), device=device)
    done = _restore_weights(model, average, resume) if resume else 0
    optimizer = None
    for epoch in range(done, config.total_epochs):
        if epoch == config.epochs and config.average:  # polish the weights that count
            model.load_state_dict(average.module.state_dict())
        if optimizer is None or epoch == config.epochs:
            optimizer = _new_optimizer(config, model)
            if resume and epoch == done and epoch != config.epochs:
                _restore_optimizer(optimizer, resume)
        report = _run_epoch(config, images, validation, model, average, optimizer, epoch, stop)
        if report is None:
            return
        yield report


def check_fit(config: ModelConfig, split: Split) -> None:
    """ConfigError where a model of these settings cannot take the pictures or the labels."""
    side = split.images.shape[-1]
    if side != config.image_size:
        raise ConfigError(f"image_size is {config.image_size}, but the pictures have {side} px.")
    if config.classes and int(split.labels.max()) >= config.classes:
        raise ConfigError(f"classes is {config.classes}, but the data set has more.")


def measure(
    model: VAE, split: Split, generator: Generator, samples: int = 1
) -> tuple[Tensor, Tensor]:
    """Reconstruction (N,) and KL (N, D) of every picture of a split, in nats, grey pixels."""
    losses = []
    with torch.inference_mode():
        for images, labels in zip(
            split.images.split(EVALUATION_BATCH), split.labels.split(EVALUATION_BATCH), strict=True
        ):
            y = labels if model.config.classes else None
            losses.append(elbo(model, to_unit(images), y, generator=generator, samples=samples))
    return torch.cat([loss.reconstruction for loss in losses]), torch.cat(
        [loss.kl for loss in losses]
    )


def learning_rate(config: TrainConfig, epoch: int, share: float) -> float:
    """The rate for `share` in [0, 1) of an epoch (from 0): each phase warms up and decays anew."""
    polish = epoch >= config.epochs
    peak = config.polish_learning_rate if polish else config.learning_rate
    if config.schedule == "constant":
        return peak
    first, length = (config.epochs, config.polish_epochs) if polish else (0, config.epochs)
    done = (epoch - first + share) / length
    if done < WARM_UP:
        return peak * max(done / WARM_UP, FINAL_RATE)
    cosine = 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
    return peak * (FINAL_RATE + (1 - FINAL_RATE) * cosine)


def _run_epoch(
    config, images, validation, model, average, optimizer, epoch, stop
) -> EpochReport | None:
    started = time.perf_counter()
    device = images.images.device
    generator = Generator(device).manual_seed(config.seed * EPOCH_STRIDE + epoch)
    polish = epoch >= config.epochs
    shown = _polishing(config) if polish else config
    model.train()
    order = torch.randperm(len(images), generator=generator, device=device)
    sums = torch.zeros(3, device=device)
    batches = order.split(config.batch_size)
    for step, picked in enumerate(batches):
        if stop():
            return None
        rate = learning_rate(config, epoch, step / len(batches))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = _batch_loss(shown, model, images, picked, epoch + step, generator)
        optimizer.zero_grad(set_to_none=True)
        loss.loss.backward()
        optimizer.step()
        if config.average and step % AVERAGE_EVERY == 0:
            average.update_parameters(model)
        with torch.no_grad():
            terms = loss.loss, loss.reconstruction.mean(), loss.kl.sum(dim=1).mean()
            sums += torch.stack(terms) * len(picked)
    trained = Means(*(sums / len(images)).tolist())
    if not math.isfinite(trained.loss):
        raise TrainingError(
            f"the loss is not finite any more in epoch {epoch + 1}: use a lower learning rate."
        )
    seconds = time.perf_counter() - started
    best = average.module if config.average else model
    best.eval()
    reconstruction, kl = measure(best, validation, Generator(device).manual_seed(config.seed))
    return EpochReport(
        epoch=epoch + 1,
        epochs=config.total_epochs,
        phase="polish" if polish else "main",
        train=trained,
        validation=_means(reconstruction, kl),
        kl_per_dimension=kl.mean(dim=0).tolist(),
        learning_rate=rate,
        beta=config.beta,
        seconds=seconds,
        images_per_second=len(images) / seconds,
        model=best,
        state=_state(model, average, optimizer, epoch + 1),
    )


def _polishing(config: TrainConfig) -> TrainConfig:
    """The settings of the polish: pictures nearly as they are, for the weights to settle on."""
    return replace(config, binarize="never", input_dropout=0.0, augment=config.polish_augment)


def _batch_loss(
    config: TrainConfig, model: VAE, images: Split, picked: Tensor, number: int, generator
) -> Loss:
    """The objective on one batch, deformed, binarised and hidden in part as the config says."""
    x = to_unit(images.images[picked])
    if changed := round(config.augment * len(x)):
        x[:changed] = deform(x[:changed], generator)
    if config.binarize == "always" or (config.binarize == "alternate" and number % 2):
        x = binarize(x, generator)
    seen = None
    if config.input_dropout:
        keep = torch.empty_like(x).uniform_(generator=generator).ge(config.input_dropout)
        seen = x * keep / (1 - config.input_dropout)
    y = images.labels[picked] if config.model.classes else None
    bfloat16 = config.precision == "bfloat16"
    with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=bfloat16):
        return OBJECTIVES[config.objective](
            model, x, y, generator=generator, seen=seen, samples=config.samples, beta=config.beta
        )


def _moving_average(decay: float):
    """Exponential, but young averages forget faster, or they would remember the random start."""

    def update(averaged: list[Tensor], current: list[Tensor], count: Tensor) -> None:
        done = count.item() * AVERAGE_EVERY
        weight = 1 - min(decay, (1 + done) / (10 + done)) ** AVERAGE_EVERY
        torch._foreach_lerp_(averaged, current, weight)

    return update


def _means(reconstruction: Tensor, kl: Tensor) -> Means:
    parts = reconstruction.mean().item(), kl.sum(dim=1).mean().item()
    return Means(sum(parts), *parts)


def _new_optimizer(config: TrainConfig, model: VAE) -> torch.optim.Optimizer:
    """Over all weights; with adamw matrices decay, biases do not."""
    trained = list(model.parameters())
    if config.optimizer == "adam":
        return torch.optim.Adam(trained, fused=True)
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, betas=ADAMW_BETAS, fused=True)


def _state(model, average, optimizer, epoch: int) -> dict[str, Tensor]:
    state = {"epoch": torch.tensor(epoch)}
    state |= {f"model.{name}": value for name, value in model.state_dict().items()}
    state |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        state |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
    return state


def _restore_weights(model: VAE, average: AveragedModel, state: dict[str, Tensor]) -> int:
    """Put saved weights back; returns the number of epochs they have seen."""
    model.load_state_dict(_below("model.", state))
    average.load_state_dict(_below("average.", state))
    return int(state["epoch"])


def _restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    values: dict[int, dict[str, Tensor]] = {}
    for name, value in _below("optimizer.", state).items():
        index, key = name.split(".", 1)
        values.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": values})


def _below(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
