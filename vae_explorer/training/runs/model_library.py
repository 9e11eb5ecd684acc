"""The models at hand: those shipped in `checkpoints/` and those that runs have made."""

from pathlib import Path
from typing import NamedTuple

from vae_explorer.models.checkpoints import SUFFIX
from vae_explorer.shipped import CHECKPOINTS as SHIPPED
from vae_explorer.training.runs.run_folder import list_runs

DEFAULT = "mnist-3d"


class ModelEntry(NamedTuple):
    """A model that can be chosen."""

    key: str  # "mnist-3d", or "run:my-run"
    title: str
    path: Path


def _dataset(name: str) -> str:
    """What the name of a shipped model begins with."""
    return name.split("-")[0]


def list_models() -> list[ModelEntry]:
    """All models, the default first, then the other shipped ones, then runs, newest first.

    Shipped models of one data set stand together, those of the default's first.
    """
    shipped = [ModelEntry(p.stem, p.stem, p) for p in sorted(SHIPPED.glob(f"*{SUFFIX}"))]
    shipped.sort(key=lambda entry: (entry.key != DEFAULT, _dataset(entry.key) != _dataset(DEFAULT)))
    trained = [
        ModelEntry(f"run:{run.name}", f"{run.name} (run)", run.checkpoint)
        for run in list_runs()
        if run.checkpoint.exists()
    ]
    return shipped + trained
