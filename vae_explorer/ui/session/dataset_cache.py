"""Data sets, shared by all sessions: each is held in memory once.

What is handed out is shared between visitors and threads: never change it.
"""

from pathlib import Path

from torch import Tensor

from vae_explorer.config import LatentConfig, ReadingChoice
from vae_explorer.data import datasets, given
from vae_explorer.data.datasets import FOUND, Dataset
from vae_explorer.data.reading import Reading
from vae_explorer.errors import DataError
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import visitor
from vae_explorer.ui.session.work.kept import kept


def load(name: str, choice: ReadingChoice | Reading = FOUND) -> Dataset:
    """A data set that is at hand, read as it was found to be or as chosen; DataError.

    Names come from files of strangers as well: what the visitor may not read is not at hand.
    """
    if not visitor.may_read(name):
        raise DataError("this server reads data sets by name and what you upload, nothing else.")
    return _of_name(name, choice)


def at_hand(name: str, choice: ReadingChoice | Reading = FOUND) -> Dataset | None:
    """A data set, or None where it is missing or damaged: a model can be shown without it."""
    return handed_out(name, choice) if visitor.may_read(name) else None


def handed_out(name: str, choice: ReadingChoice | Reading = FOUND) -> Dataset | None:
    """The same of one that a visitor has been shown, whoever asks now: for addresses of it."""
    try:
        return _of_name(name, choice) if datasets.available(name) else None
    except DataError:
        return None


def is_available(name: str) -> bool:
    """Whether a data set is on this machine and may be read for this visitor."""
    return visitor.may_read(name) and datasets.available(name)


def _of_name(name: str, choice: ReadingChoice | Reading) -> Dataset:
    if name in datasets.SOURCES and choice == datasets.SOURCES[name].reading:
        choice = FOUND  # the same, so that it is held once
    return _load(name, str(datasets.data_root().resolve()), repr(choice), _changed(name), choice)


def of_model(checkpoint: Checkpoint) -> Dataset | None:
    """The data set that a model was trained on, read as it was then, where it is at hand."""
    return at_hand(checkpoint.dataset, checkpoint.picture_reading)


def _changed(name: str) -> float:
    """When the file or folder of a data set was changed last: what is held is then another."""
    if kept := given.get(name):
        return kept.number
    try:
        return 0.0 if name in datasets.NAMES else Path(name).expanduser().stat().st_mtime
    except (OSError, RuntimeError, ValueError):
        return 0.0


def fits(images: Tensor, config: LatentConfig) -> bool:
    """Whether the pictures of a `Split` are of the size and colour that a model sees."""
    channels, *sides = config.image_shape
    return list(images.shape[1:]) == ([channels, *sides] if channels > 1 else sides)


@kept(3)
def _load(
    name: str, root: str, reading: str, changed: float, _choice: ReadingChoice | Reading
) -> Dataset:
    return datasets.load_dataset(name, choice=_choice)
