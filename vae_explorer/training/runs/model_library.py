"""The models at hand: those held live, those shipped in `checkpoints/`, and those of runs."""

from pathlib import Path
from typing import NamedTuple

from vae_explorer.models.checkpoints import SUFFIX
from vae_explorer.shipped import CHECKPOINTS as SHIPPED
from vae_explorer.training.runs import live_models
from vae_explorer.training.runs.run_folder import list_runs

DEFAULT = "mnist-3d"


class ModelEntry(NamedTuple):
    """A model that can be chosen."""

    key: str  # "mnist-3d", "run:my-run", or "live:my-model"
    title: str
    path: Path | None  # None: no file, but an object of this process, in `live_models`

    @property
    def live_name(self) -> str:
        """What `live_models` calls it."""
        return self.key.removeprefix(live_models.PREFIX)


def _dataset(name: str) -> str:
    """What the name of a shipped model begins with."""
    return name.split("-")[0]


def list_models() -> list[ModelEntry]:
    """All models: live ones, then the default, the other shipped ones, and runs, newest first.

    Shipped models of one data set stand together, those of the default's first.
    """
    live = [
        ModelEntry(f"{live_models.PREFIX}{name}", f"{name} (live)", None)
        for name in live_models.names()
    ]
    shipped = [ModelEntry(p.stem, p.stem, p) for p in sorted(SHIPPED.glob(f"*{SUFFIX}"))]
    shipped.sort(key=lambda entry: (entry.key != DEFAULT, _dataset(entry.key) != _dataset(DEFAULT)))
    trained = [
        ModelEntry(f"run:{run.name}", f"{run.name} (run)", run.checkpoint)
        for run in list_runs()
        if run.checkpoint.exists()
    ]
    return live + shipped + trained
