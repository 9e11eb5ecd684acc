"""Executing a run: data set, engine and run folder brought together.

What the command line calls, and through it the app. Prints nothing, and measures nothing itself:
the caller says how a finished model is scored.
"""

from collections.abc import Callable, Iterator

from torch import Tensor

from vae_explorer.config import TrainConfig, to_dict
from vae_explorer.data.datasets import Dataset
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.training import distributed
from vae_explorer.training.engine import EpochReport, train
from vae_explorer.training.run_preparation import dataset_of, is_open, prepare
from vae_explorer.training.runs.run_folder import Run
from vae_explorer.training.runs.run_writer import RunWriter
from vae_explorer.training.threads import chosen_threads


def execute_run(
    run: Run, add_scores: Callable[[Checkpoint, Dataset], Checkpoint]
) -> Iterator[EpochReport]:
    """Train what a run folder asks for, from where it stands, yielding each epoch's report.

    Ends early, dropping the epoch under way, when somebody asked the run to stop. At the end,
    whichever epoch that is, the run's checkpoint is written once more as `add_scores` gives it
    back, with its scores and the encoded test set (`evaluation.metrics.with_quick_scores`). Of
    several processes (`distributed`) the first does all the writing; all of them read the folder.
    Raises DataError, RunError and TrainingError, and records why in the folder.
    """
    config, group = run.config(), distributed.group()
    threads = chosen_threads(config.threads, group.size)
    if group.rank:
        dataset = None if is_open(config) else dataset_of(config)
        group.from_first(None)  # only now: the first process may have been refused the folder
        if dataset is None:  # the first one has found what was open
            config = run.config()
            dataset = dataset_of(config)
        yield from train(
            config, dataset.train, dataset.validation, resume=_resume_state(run), threads=threads
        )
        return
    with RunWriter(run, config) as writer:
        if is_open(config):
            config, dataset, _ = prepare(config)
            writer.settle(config)
        else:
            dataset = dataset_of(config)
        resume = _resume_state(run)
        writer.save_pictures(dataset.validation)
        writer.rewind(int(resume["epoch"]) if resume else 0)
        group.from_first(None)
        for report in train(
            config,
            dataset.train,
            dataset.validation,
            resume=resume,
            stop=writer.stop_requested.is_set,
            threads=threads,
        ):
            writer.record(report, _checkpoint(run, config, dataset, report))
            yield report
        if run.checkpoint.exists():  # not so if stopped within the first epoch
            save_checkpoint(add_scores(load_checkpoint(run.checkpoint), dataset), run.checkpoint)


def _resume_state(run: Run) -> dict[str, Tensor] | None:
    """What to go on from, if an epoch was finished."""
    return run.resume_state() if (run.folder / "resume.safetensors").exists() else None


def _checkpoint(run: Run, config: TrainConfig, dataset: Dataset, report: EpochReport) -> Checkpoint:
    seconds = sum(line["seconds"] for line in run.metrics()) + report.seconds
    outcome = {"epochs_done": report.epoch, "seconds": seconds, "run": run.name}
    return Checkpoint(
        model=report.model,
        config=config.model,
        name=run.name,
        dataset=dataset.name,
        classes=dataset.classes,
        reading=None if isinstance(report.model, MoleculeVAE) else dataset.reading,
        training=to_dict(config) | outcome,
    )
