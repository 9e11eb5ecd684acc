"""Training as a generator of epoch reports. It does not print, draw or write: callers act.

Everything random in an epoch comes from generators seeded with (seed, epoch), so that a run resumed
after epoch e draws exactly what an unbroken one would have drawn. Under torchrun each process takes
its share of every batch, and DistributedDataParallel averages the gradients.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

import torch
from torch import Generator, Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

from vae_explorer.config import LatentConfig, TrainConfig, shape_text
from vae_explorer.data.augmentation import deform
from vae_explorer.data.datasets import Split, binarize
from vae_explorer.errors import ConfigError, TrainingError
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE, new_molecule_model
from vae_explorer.models.vae import VAE, new_model
from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecules.tokens import similar_batches
from vae_explorer.training import distributed
from vae_explorer.training.objective.batch_module import BatchLoss
from vae_explorer.training.objective.gradients import ElboGradients, fits
from vae_explorer.training.objective.lattice import Points, lattice_nll
from vae_explorer.training.objective.losses import Loss, batch_loss
from vae_explorer.training.optimizers import (
    AVERAGE_EVERY,
    moving_average,
    new_optimizer,
    optimizer_state,
    restore_optimizer,
)
from vae_explorer.training.schedules import (
    kl_weight,
    lattice_points,
    learning_rate,
    over_lattice,
    stage_at,
    with_pictures_of,
)
from vae_explorer.training.threads import Threads

EVALUATION_BATCH = 2_000
EPOCH_STRIDE = 1_000_003  # keeps the generators of (seed, epoch) apart
RANK_STRIDE = 7_368_787  # and those of the processes that share an epoch
MEMORY_FORMAT = torch.channels_last  # twice as fast for convolutions; of no account for others
OF_DECODER = ("decoder.", "log_pixel_scale")  # begin the names of weights that make pictures
DIVERGED = 10.0  # times the loss of a decoder that knows nothing


class Means(NamedTuple):
    """Averages over pictures, in nats."""

    loss: float
    reconstruction: float
    kl: float


class EpochReport(NamedTuple):
    """What is known after an epoch. `model` and `state` are live: copy or save them at once."""

    epoch: int  # from 1
    epochs: int  # of the whole run
    phase: str  # the stage: "main", "polish" or "encoder"
    train: Means  # running mean over the epoch, as optimised
    validation: Means  # -ELBO of grey pixels at beta 1, averaged weights
    best: bool  # no earlier epoch had a lower validation loss
    kl_per_dimension: list[float]  # on validation data, nats
    lattice_nll: float | None  # of validation data, where an objective sums over a lattice
    learning_rate: float  # of the last update
    beta: float  # of the last update
    seconds: float
    images_per_second: float
    threads: int  # that most of its updates were made with
    model: VAE | MoleculeVAE  # the weights that count: averaged if the config says so, eval mode
    state: dict[str, Tensor]  # all that `train(resume=...)` needs


def train(
    config: TrainConfig,
    images: Split,
    validation: Split,
    *,
    resume: dict[str, Tensor] | None = None,
    stop: Callable[[], bool] = lambda: False,
    device: str | None = None,
    threads: Threads | None = None,
) -> Iterator[EpochReport]:
    """Train a model, yielding a report after each epoch; TrainingError when it diverges.

    ConfigError where it cannot begin: pictures that do not fit, or fewer in a batch than processes.
    Ends before `config.total_epochs` where `config.patience` says so: the last report that is
    `best` is then the one that counts.

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
    threads
        What chooses their number while training; without it PyTorch's own number stays.
    """
    check_fit(config.model, images)
    device = device or distributed.local_device()
    if config.limit:
        images = Split(images.images[: config.limit], images.labels[: config.limit])
    largest, processes = min(config.batch_size, len(images)), distributed.group().size
    if largest < processes:
        raise ConfigError(
            f"a batch has {largest} pictures at most, too few for {processes} processes: raise "
            "batch_size, or start fewer."
        )
    images, validation = (Split(*(t.to(device) for t in split)) for split in (images, validation))
    trainer = _Trainer(config, images, validation, resume, threads)
    for epoch in range(trainer.done, config.total_epochs):
        if config.patience and trainer.waited >= config.patience:
            return
        report = trainer.run_epoch(epoch, stop)
        if report is None:
            return
        yield report


def check_fit(config: LatentConfig, split: Split) -> None:
    """ConfigError where a model of these settings cannot take the pictures or the labels."""
    if config.image_shape != split.image_shape:
        raise ConfigError(
            f"the model takes {shape_text(config.image_shape)}, but the pictures are "
            f"{shape_text(split.image_shape)}."
        )
    if config.classes and int(split.labels.max()) >= config.classes:
        raise ConfigError(f"classes is {config.classes}, but the data set has more.")


def measure(
    model: LatentModel, split: Split, generator: Generator, samples: int = 1
) -> tuple[Tensor, Tensor]:
    """Reconstruction (N,) and KL (N, D) of every picture of a split, in nats, grey pixels."""
    losses = []
    with torch.inference_mode():
        for images, labels in zip(
            split.images.split(EVALUATION_BATCH), split.labels.split(EVALUATION_BATCH), strict=True
        ):
            y = labels if model.config.classes else None
            x = model.prepared(images)
            losses.append(batch_loss(model, x, y, generator=generator, samples=samples))
    return torch.cat([loss.reconstruction for loss in losses]), torch.cat(
        [loss.kl for loss in losses]
    )


class _Trainer:
    """Everything that changes while a model is trained, and one epoch of changing it."""

    def __init__(
        self,
        config: TrainConfig,
        images: Split,
        validation: Split,
        resume: dict[str, Tensor] | None,
        threads: Threads | None = None,
    ):
        self.config, self.images, self.validation = config, images, validation
        self.group = distributed.group()
        self.threads = threads or Threads((torch.get_num_threads(),))
        device = images.images.device
        self.model = _new_model(config).to(device)
        self.model.to(memory_format=MEMORY_FORMAT)
        averaged = moving_average(config.average)
        self.average = AveragedModel(self.model, multi_avg_fn=averaged, device=device)
        self.done, self.waited, self.lowest = 0, 0, math.inf
        self.lattice_nll: float | None = None
        if resume:
            self._restore(resume)
        self.batch_loss = BatchLoss(self.model, config.objective)
        self.objective: nn.Module = self.batch_loss
        if self.group.size > 1:  # a decoder may learn nothing from a batch
            idle = config.encoder_epochs > 0 or config.augment_for == "encoder"
            self.objective = DistributedDataParallel(self.objective, find_unused_parameters=idle)
        self.stage = stage_at(config, self.done)
        self._begin_stage()
        if resume and self.done != self.stage.first:  # else with a fresh one
            restore_optimizer(self.optimizer, _below("optimizer.", resume))

    def run_epoch(self, epoch: int, stop: Callable[[], bool]) -> EpochReport | None:
        """One pass over the training images; None if it was stopped on the way."""
        if epoch and epoch == stage_at(self.config, epoch).first:
            self.stage = stage_at(self.config, epoch)
            self._begin_stage()
        self.threads.begin_epoch()
        started = time.perf_counter()
        trained = self._learn(epoch, stop)
        if trained is None:
            return None
        seconds = time.perf_counter() - started
        config, model = self.config, self.evaluated_model.eval()
        generator = Generator(self.images.images.device).manual_seed(config.seed)
        reconstruction, kl = measure(model, self.validation, generator)
        validated = self.group.from_first(_means(reconstruction, kl))  # all stop at once, or none
        self._check_finite(epoch, trained, validated)
        if over_lattice(config) and not self.stage.encoder_only:  # which the decoder alone decides
            self.lattice_nll = lattice_nll(model, self.validation)
        better = self._note_progress(validated.loss)
        self.done = epoch + 1
        return EpochReport(
            epoch=epoch + 1,
            epochs=config.total_epochs,
            phase=self.stage.name,
            train=trained,
            validation=validated,
            best=better,
            kl_per_dimension=kl.mean(dim=0).tolist(),
            lattice_nll=self.lattice_nll,
            learning_rate=self.optimizer.param_groups[0]["lr"],
            beta=self.beta,
            seconds=seconds,
            images_per_second=self.learned / seconds,
            threads=self.threads.usual,
            model=model,
            state=self._state(),
        )

    @property
    def evaluated_model(self) -> VAE | MoleculeVAE:
        """The model that is measured and reported: the running average if the config has one."""
        averaged = cast(VAE | MoleculeVAE, self.average.module)
        return averaged if self.config.average else self.model

    def _learn(self, epoch: int, stop: Callable[[], bool]) -> Means | None:
        config, device = self.config, self.images.images.device
        shown = with_pictures_of(config, self.stage)
        seed = config.seed * EPOCH_STRIDE + epoch
        shuffle = Generator(device).manual_seed(seed)
        noise = Generator(device).manual_seed(seed + RANK_STRIDE * (1 + self.group.rank))
        batches = [b for b in self._batches(epoch, shuffle) if len(b) >= self.group.size]
        losses, sizes = [], []
        self.model.train()
        self.model.decoder.train(not self.stage.encoder_only)
        with torch.random.fork_rng(devices=[], enabled=config.model.dropout > 0):
            if config.model.dropout:  # nn.Dropout knows no generator but the global one
                torch.manual_seed(noise.initial_seed())
            for step, batch in enumerate(batches):
                if self.group.any(stop()):
                    return None
                share = step / len(batches)
                self.beta = kl_weight(config, epoch, share)
                count = lattice_points(config, epoch, share)
                self.points = Points(count, config.proposals, self.stage.encoder_trained)
                indices = batch[self.group.rank :: self.group.size]
                loss = self._add_gradients(shown, indices, epoch + step, noise)
                self._update(learning_rate(config, epoch, share))
                self.threads.after_update()
                if config.average and step % AVERAGE_EVERY == 0:
                    self.average.update_parameters(self.model)
                losses.append(Loss(*(part.detach() for part in loss)))
                sizes.append(len(indices))
        self.learned = sum(sizes) * self.group.size
        return self._means_of_all(losses, sizes)

    def _batches(self, epoch: int, shuffle: Generator) -> Sequence[Tensor]:
        """What an epoch learns from, in order: indices of items, drawn anew for each pass."""
        config, images = self.config, self.images.images
        if not isinstance(config, MoleculeTrainConfig):
            order = torch.randperm(len(images), generator=shuffle, device=images.device)
            return order.split(config.batch_size)
        size = min(config.epoch_size or len(images), len(images))
        epochs = -(-len(images) // size)  # of a pass
        of_pass = Generator(images.device).manual_seed(config.seed * EPOCH_STRIDE + epoch // epochs)
        order = torch.randperm(len(images), generator=of_pass, device=images.device)
        part = order.split(size)[epoch % epochs]
        return similar_batches(part, images, config.batch_size, shuffle)

    def _means_of_all(self, losses: list[Loss], sizes: list[int]) -> Means:
        """Averages over the pictures of batches of these sizes, and over all processes."""
        loss, reconstruction, kl = zip(*losses, strict=True)
        weights = torch.tensor(sizes, device=loss[0].device)
        nll = torch.cat(reconstruction)
        sums = (torch.stack(loss) * weights).sum(), weights.sum(), nll.sum(), torch.cat(kl).sum()
        together = torch.stack([*sums, nll.new_tensor(len(nll))])
        total, pictures, reconstruction, kl, count = self.group.total(together).tolist()
        return Means(total / pictures, reconstruction / count, kl / count)

    def _add_gradients(
        self, config: TrainConfig, indices: Tensor, number: int, generator: Generator
    ) -> Loss:
        """The objective on one batch, deformed, binarised and hidden in part as the config says."""
        x = self.model.prepared(self.images.images.index_select(0, indices))
        if x.ndim == 4:
            x = x.contiguous(memory_format=MEMORY_FORMAT)
        if deformed := round(config.augment * len(x)):
            x[:deformed] = deform(x[:deformed], generator, config.deformation)
        if config.binarize == "always" or (config.binarize == "alternate" and number % 2):
            x = binarize(x, generator)
        encoder_input = None
        if config.input_dropout:
            keep = torch.empty_like(x).uniform_(generator=generator).ge(config.input_dropout)
            encoder_input = x * keep / (1 - config.input_dropout)
        y = self.images.labels[indices] if config.model.classes else None
        settings = {
            "generator": generator,
            "encoder_input": encoder_input,
            "beta": self.beta,
            "free_bits": config.free_bits,
            "frozen": deformed if config.augment_for == "encoder" else 0,
        }
        if self.stage.encoder_only:
            settings["frozen"] = len(x)
        if self.by_hand:
            return self.by_hand(x, y, **settings)
        self.optimizer.zero_grad(set_to_none=False)
        bfloat16 = config.precision == "bfloat16"
        with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            loss = self.objective(x, y, samples=config.samples, points=self.points, **settings)
        loss.loss.backward()
        return loss

    def _update(self, rate: float) -> None:
        if self.config.clip_norm:
            groups = self.optimizer.param_groups
            learning = [p for group in groups for p in group["params"]]
            nn.utils.clip_grad_norm_(learning, self.config.clip_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()

    def _begin_stage(self) -> None:
        """Go on from the weights that count, with an optimiser that remembers nothing."""
        config, stage = self.config, self.stage
        if config.average and stage.first and self.done == stage.first:
            self.model.load_state_dict(self.average.module.state_dict())
        named = self.model.named_parameters()
        fixed = OF_DECODER if stage.encoder_only else ()
        learning = [p for name, p in named if not name.startswith(fixed)]
        self.optimizer = new_optimizer(config, learning)
        self.batch_loss.objective = stage.objective
        alone = self.images.images.device.type == "cpu" and self.group.size == 1
        fitting = alone and fits(config, stage.objective)
        self.by_hand = ElboGradients(self.model) if fitting and type(self.model) is VAE else None

    def _check_finite(self, epoch: int, trained: Means, validated: Means) -> None:
        limit = DIVERGED * self.model.blank_loss()
        figures = *trained, *validated
        if all(map(math.isfinite, figures)) and trained.reconstruction < limit:
            return
        state = f"the weights of epoch {epoch} are kept" if epoch else "no epoch was finished"
        raise TrainingError(
            f"training diverged in epoch {epoch + 1} (loss {trained.loss:.3g} nats): {state}; "
            f"start again with a learning rate below {self.config.learning_rate:g}, or with "
            "clip_norm 1."
        )

    def _note_progress(self, loss: float) -> bool:
        better = loss < self.lowest
        self.lowest, self.waited = (loss, 0) if better else (self.lowest, self.waited + 1)
        return better

    def _state(self) -> dict[str, Tensor]:
        progress = {"epoch": self.done, "waited": self.waited}
        state = {name: torch.tensor(value) for name, value in progress.items()}
        state["lowest"] = torch.tensor(self.lowest, dtype=torch.float64)
        if self.lattice_nll is not None:
            state["lattice_nll"] = torch.tensor(self.lattice_nll, dtype=torch.float64)
        state |= {f"model.{name}": value for name, value in self.model.state_dict().items()}
        state |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        of_optimizer = optimizer_state(self.optimizer)
        state |= {f"optimizer.{name}": value for name, value in of_optimizer.items()}
        return {name: value.contiguous() for name, value in state.items()}  # as files hold them

    def _restore(self, state: dict[str, Tensor]) -> None:
        try:
            self.model.load_state_dict(_below("model.", state))
            self.average.load_state_dict(_below("average.", state))
            self.done, self.waited = int(state["epoch"]), int(state["waited"])
            self.lowest = float(state["lowest"])
            self.lattice_nll = float(state["lattice_nll"]) if "lattice_nll" in state else None
        except (KeyError, RuntimeError) as error:
            raise TrainingError(
                "what the run folder holds does not fit its settings, or is of another version: "
                "start it again."
            ) from error


def _new_model(config: TrainConfig) -> VAE | MoleculeVAE:
    if isinstance(config, MoleculeTrainConfig):
        return new_molecule_model(config.model, config.seed)
    return new_model(config.model, config.seed)


def _means(reconstruction: Tensor, kl: Tensor) -> Means:
    parts = reconstruction.mean().item(), kl.sum(dim=1).mean().item()
    return Means(sum(parts), *parts)


def _below(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
