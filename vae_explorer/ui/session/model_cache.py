"""Models shared by all sessions: live ones, and from files, read again when a file has changed.

What is handed out is shared between visitors and threads: never change it.
"""

from pathlib import Path
from typing import NamedTuple

from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.models import checkpoint_reader, checkpoints
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.training.runs import live_models, model_matching
from vae_explorer.training.runs.model_library import ModelEntry
from vae_explorer.training.runs.model_matching import Facts
from vae_explorer.ui.session.work.kept import kept


class Summary(NamedTuple):
    """What is said of a model among others."""

    facts: Facts
    row: Row


def load(entry: ModelEntry) -> Checkpoint:
    """A live model itself, or a checkpoint, read again only when its file has changed."""
    if entry.path is None:
        return _live(entry)
    return _load(*_stamp(entry))


@kept(12)
def _load(path: str, modified: int, size: int) -> Checkpoint:
    return checkpoints.load_checkpoint(path)


def summary(entry: ModelEntry) -> Summary:
    """What others are told of a model, read once a file; the model itself is let go of again."""
    if entry.path is None:
        return _summarized(entry.key, entry.title, _live(entry))
    return _summary(entry.key, entry.title, *_stamp(entry))


@kept(1_000)
def _summary(key: str, title: str, path: str, modified: int, size: int) -> Summary:
    return _summarized(key, title, checkpoints.load_checkpoint(path))


def _summarized(key: str, title: str, checkpoint: Checkpoint) -> Summary:
    return Summary(model_matching.facts(key, checkpoint), model_comparison.row(title, checkpoint))


def of_molecules(entry: ModelEntry) -> bool:
    """Whether it is a model of molecules, by the beginning of its file; False where it is gone."""
    try:
        if entry.path is None:
            return isinstance(_live(entry).config, MoleculeConfig)
        return _of_molecules(*_stamp(entry))
    except CheckpointError:
        return False


@kept(1_000)
def _of_molecules(path: str, modified: int, size: int) -> bool:
    return checkpoint_reader.is_of_molecules(Path(path))


def _live(entry: ModelEntry) -> Checkpoint:
    checkpoint = live_models.get(entry.live_name)
    if checkpoint is None:
        raise _gone(entry)
    return checkpoint


def _gone(entry: ModelEntry) -> CheckpointError:
    return CheckpointError(f"the model {entry.title} is gone: choose another.")


def _stamp(entry: ModelEntry) -> tuple[str, int, int]:
    """What tells one state of a model's file from another."""
    assert entry.path is not None, "a live model has no file"
    try:
        stat = entry.path.stat()
    except OSError as error:
        raise _gone(entry) from error
    return str(entry.path), stat.st_mtime_ns, stat.st_size
