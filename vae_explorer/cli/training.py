"""Commands that make models: a data set fetched, a run carried out."""

import contextlib
import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import tyro
from tqdm import tqdm
from typing_extensions import Doc

from vae_explorer.access import limits
from vae_explorer.cli.output.progress import EpochBar, StageBars
from vae_explorer.config import TrainConfig, to_dict
from vae_explorer.data import datasets, splits
from vae_explorer.data.splits import Dataset
from vae_explorer.errors import DataError
from vae_explorer.evaluation import metrics
from vae_explorer.evaluation.molecules import molecule_scores
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecule_presets import MOLECULE_PRESET_HELP, MOLECULE_PRESETS
from vae_explorer.molecules import molecule_sets, moses
from vae_explorer.presets import PRESET_HELP, PRESETS
from vae_explorer.training import distributed, run_preparation
from vae_explorer.training.engine import EpochReport
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs import run_folder, run_queue
from vae_explorer.training.tensorboard_events import EventWriter, summary_writer

ALL_PRESETS: dict[str, TrainConfig] = {**PRESETS, **MOLECULE_PRESETS}
DOWNLOADABLE = (*datasets.DOWNLOADABLE, moses.NAME)
if TYPE_CHECKING:
    Preset = TrainConfig
else:
    Preset = tyro.extras.subcommand_type_from_defaults(
        ALL_PRESETS, PRESET_HELP | MOLECULE_PRESET_HELP
    )


def train(
    config: Preset = PRESETS["mnist-3d"],
    *,
    name: Annotated[str | None, Doc("of the run folder; else the preset's")] = None,
    resume: Annotated[Path | None, Doc("carry on this run folder, with its own settings")] = None,
    queue: Annotated[bool, Doc("start in the background, once no other run is under way")] = False,
    tensorboard: Annotated[bool, Doc("write event files into the run folder as well")] = False,
    download: Annotated[bool, Doc("fetch the data set first if it is missing")] = False,
    dry_run: Annotated[bool, Doc("print the settings and stop")] = False,
) -> None:
    """Train a model into a run folder, from a preset with any of its settings replaced.

    Under torchrun, several processes train the one model together.
    """
    if dry_run:
        print(json.dumps(to_dict(config), indent=1))
        return
    if tensorboard:
        summary_writer()  # raises what there is to say, before a folder exists
    with distributed.joined() as group:
        first = group.rank == 0
        run = _run_of(config, name, resume, download, queue) if first else None
        run = group.from_first(run)
        if queue:
            if first:
                run_queue.start_next(turns=limits.turns())
                print(f"{run.status().state}: {run.folder}")
            return
        _execute(run, tensorboard and first, silent=not first)
    if first:
        print(f"{run.status().state}: {run.checkpoint}")
        run_queue.start_next(turns=limits.turns())


def fetch(
    dataset: Annotated[str, tyro.conf.Positional, Doc(", ".join(DOWNLOADABLE))],
) -> None:
    """Download a data set into the data folder."""
    if dataset not in DOWNLOADABLE:
        raise DataError(f"{dataset} cannot be downloaded: use {', '.join(DOWNLOADABLE)}.")
    with tqdm(total=100, unit="%", desc=dataset) as bar:

        def show(share: float) -> None:
            bar.update(round(100 * share) - bar.n)

        if dataset == moses.NAME:
            moses.download(progress=show)
        else:
            datasets.download(dataset, progress=show)


def _run_of(
    config: TrainConfig, name: str | None, resume: Path | None, download: bool, queue: bool
) -> run_folder.Run:
    """The folder to train in: an old one, or a new one made once its data set is at hand."""
    if resume is not None:
        if queue:
            run_folder.Run(resume).queue()
        return run_folder.Run(resume)
    if download and config.dataset in DOWNLOADABLE:
        fetch(config.dataset)
    free = run_folder.free_name(name or _preset_of(config))
    with StageBars() as bars:  # raises what there is to say, before a folder exists
        ready = run_preparation.prepare(config, None, lambda share: bars("reading", share))
    own = config.dataset not in (*datasets.NAMES, moses.NAME)
    describe = (
        molecule_sets.describe if isinstance(config, MoleculeTrainConfig) else splits.describe
    )
    said = describe(ready.dataset) if own else ready.dataset.notes
    for line in (*said, *ready.notes[len(ready.dataset.notes) :]):
        print(line)
    return run_folder.create_run(free, ready.config, state="queued" if queue else "stopped")


def _preset_of(config: TrainConfig) -> str:
    """The preset's name where the config is one unchanged, else the data set and size.

    A folder may be called anything, a run may not.
    """
    for name, preset in ALL_PRESETS.items():
        if preset == config:
            return name
    plain = re.sub("[^A-Za-z0-9._-]+", "-", Path(config.dataset).name)
    return f"{plain[:50].strip('-_.') or 'pictures'}-{config.model.latent_dim}d"


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a run as Ctrl-C does: stopped, its last whole epoch kept."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()  # others may set no handler
    names = [name for name in ("SIGTERM", "SIGHUP") if main and hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _execute(run: run_folder.Run, tensorboard: bool, silent: bool) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(_stopped_by_signals())
        listeners: list[Callable[[EpochReport], None]] = []
        config = run.config()
        examples = "molecules" if isinstance(config, MoleculeTrainConfig) else "images"
        listeners.append(stack.enter_context(EpochBar(config.total_epochs, silent, examples)))
        if tensorboard:
            listeners.append(stack.enter_context(EventWriter(run.folder)))
        for report in execute_run(run, _with_quick_scores):
            for listener in listeners:
                listener(report)


def _with_quick_scores(checkpoint: Checkpoint, dataset: Dataset) -> Checkpoint:
    if isinstance(checkpoint.model, MoleculeVAE):
        return molecule_scores.with_quick_scores(checkpoint, dataset)
    return metrics.with_quick_scores(checkpoint, dataset)
