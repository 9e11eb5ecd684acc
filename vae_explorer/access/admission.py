"""What a public server lets in: a training is looked at, and room made for it, before it exists.

Each refusal is one sentence: what the limit is, and what to do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from filelock import Timeout

from vae_explorer.access import disk_room, owners, refusals, training_costs
from vae_explorer.access.limits import Limits
from vae_explorer.access.visitors import Visitor
from vae_explorer.config import TrainConfig
from vae_explorer.errors import RunError
from vae_explorer.training.runs import run_folder, run_queue
from vae_explorer.training.runs.run_folder import ALIVE, Run

LOCK_SECONDS = 10.0
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@contextmanager
def admitted(
    visitor: Visitor,
    config: TrainConfig,
    limits: Limits,
    *,
    queued: bool,
    resumed: Run | None = None,
) -> Iterator[list[str]]:
    """Let a run be made or go on within the block; RunError before anything is done if it may not.

    Yields the names of the runs that were removed to make room. One at a time comes in, of all
    servers of the folder, and none starts from the queue meanwhile: two at once would both find the
    last place free. `resumed` is a run that is there already.
    """
    root = run_folder.runs_root()
    size = check_settings(visitor, config, limits)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = run_queue.turn_lock(root)
        lock.acquire(timeout=LOCK_SECONDS)
    except (Timeout, OSError) as error:
        raise RunError("the folder of runs is busy, or cannot be written: try again.") from error
    try:
        runs = run_folder.list_runs(root)
        check_turn(visitor, runs, limits, queued=queued)
        yield disk_room.for_run(size, [run for run in runs if run != resumed], limits)
    finally:
        lock.release()


def check_settings(visitor: Visitor, config: TrainConfig, limits: Limits) -> float:
    """The MB that a training may take on disk; RunError where it is too large for a visitor."""
    if not owners.may_read(visitor, config.dataset):
        raise refusals.of_training(
            "dataset",
            "this server trains on data sets by name and on what you upload yourself: it reads no "
            "other file or folder.",
        )
    try:
        count = training_costs.parameters(config.model)
    except RuntimeError as error:  # of sizes that no tensor can have
        raise refusals.of_training(
            "parameters_millions", "this model is too large to be made: choose smaller layers."
        ) from error
    size = training_costs.megabytes_on_disk(config, count)
    if visitor.role == "visitor":
        _check_cost(config, count, limits)
    if size > limits.runs_mb:
        raise refusals.of_training(
            "runs_mb",
            f"this run would write {size:,.0f} MB, and all runs here have {limits.runs_mb:,} MB: "
            "choose fewer epochs, coordinates or parameters.",
        )
    return size


def _check_cost(config: TrainConfig, count: int, limits: Limits) -> None:
    if not limits.training:
        raise refusals.of_training(
            "training",
            "this server trains no models for visitors: install VAE Explorer on your own machine "
            "to train.",
        )
    most = limits.parameters_millions
    if count > most * 1e6:
        raise refusals.of_training(
            "parameters_millions",
            f"this model has {_millions(count)} parameters, and this server trains at most "
            f"{most:,} M: choose smaller layers.",
        )
    if config.batch_size > limits.batch_size:
        raise refusals.of_training(
            "batch_size",
            f"a batch has {config.batch_size:,} pictures, and this server takes at most "
            f"{limits.batch_size:,}: choose a smaller one.",
        )
    work = training_costs.work(config, count)
    if work > limits.work_millions * 1e6:
        raise refusals.of_training(
            "work_millions",
            f"{config.total_epochs:,} epochs of {_millions(count)} parameters are "
            f"{_millions(work)} together with the points decoded for each picture, and this server "
            f"allows {limits.work_millions:,} M: choose fewer epochs or smaller layers.",
        )


def check_turn(visitor: Visitor, runs: Sequence[Run], limits: Limits, *, queued: bool) -> None:
    """RunError where a visitor has enough under way or waiting already, or the server has."""
    if not visitor.secret:
        raise refusals.of_training(
            "cookie",
            "your browser keeps no cookie of this site, so no run could be yours: allow cookies "
            "and load the page again.",
        )
    states = {"queued"} if queued else ALIVE
    there = [run for run in runs if run.status().state in states]
    own = sum(owners.owns(visitor, run) for run in there)
    each = limits.queue_per_visitor if queued else limits.trainings_per_visitor
    all_of_them = limits.queue_length if queued else limits.trainings_at_once
    if visitor.role == "visitor" and own >= each:
        name = "queue_per_visitor" if queued else "trainings_per_visitor"
        raise refusals.of_training(name, _enough_of_yours(own, queued=queued))
    if len(there) >= all_of_them:
        name = "queue_length" if queued else "trainings_at_once"
        raise refusals.of_training(name, _enough(len(there), queued=queued))


def _enough_of_yours(count: int, *, queued: bool) -> str:
    if not count:
        return f"this server lets no visitor {'queue' if queued else 'start'} a training."
    several, number = count > 1, _number(count)
    trainings = f"{number} training{'s' if several else ''} of yours {'are' if several else 'is'}"
    if queued:
        return f"{trainings} waiting: let {'one' if several else 'it'} begin before the next."
    return f"{trainings} under way: wait for {'one' if several else 'it'}, or queue this one."


def _enough(count: int, *, queued: bool) -> str:
    are = "is" if count == 1 else "are"
    if queued:
        runs = "run" if count == 1 else "runs"
        return f"{_number(count)} {runs} {are} waiting here, and no more may: try again later."
    trainings = "training" if count == 1 else "trainings"
    return f"{_number(count)} {trainings} {are} under way here, and no more may be: queue yours."


def _millions(count: float) -> str:
    if count < 1e5:
        return f"{count:,.0f}"
    return f"{count / 1e6:,.1f} M" if count < 1e8 else f"{count / 1e6:,.0f} M"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def sentences(limits: Limits) -> list[str]:
    """The limits as the page states them."""
    if not limits.training:
        return ["Visitors of this server look at models; only teachers train."]
    return [
        f"Trainings at a time: {limits.trainings_at_once}, of them yours: "
        f"{limits.trainings_per_visitor}. Runs of yours that may wait: {limits.queue_per_visitor}.",
        f"A model has at most {limits.parameters_millions:,} M parameters, and epochs × parameters "
        f"× points decoded a picture are at most {limits.work_millions:,} M.",
        f"Runs have {limits.runs_mb:,} MB together: the oldest ended runs of visitors are removed "
        "for new ones.",
        "Others can watch your runs and use your models, but not change them.",
    ]
