"""VAE Explorer: hold, measure and train variational autoencoders with small latent spaces.

The public names below are loaded when first used, so that nobody waits for what they do not use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "PRESETS": "presets",
    "VAE": "models.vae",
    "Checkpoint": "models.checkpoints",
    "CheckpointError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "EncodedSet": "models.checkpoints",
    "ExplorerError": "errors",
    "LiveView": "notebook.live_view",
    "ModelConfig": "config",
    "RunError": "errors",
    "TrainConfig": "config",
    "TrainingError": "errors",
    "UploadError": "errors",
    "adapt": "notebook.adapting",
    "explore": "notebook.explore",
    "load_checkpoint": "models.checkpoints",
    "load_dataset": "data.datasets",
    "preprocess_image": "data.handwriting.preprocessing",
    "save_checkpoint": "models.checkpoints",
    "train": "training.engine",
}
__version__ = "0.2.0"

if TYPE_CHECKING:  # the same names, for editors and type checkers
    from vae_explorer.config import ModelConfig as ModelConfig
    from vae_explorer.config import TrainConfig as TrainConfig
    from vae_explorer.data.datasets import load_dataset as load_dataset
    from vae_explorer.data.handwriting.preprocessing import preprocess_image as preprocess_image
    from vae_explorer.errors import CheckpointError as CheckpointError
    from vae_explorer.errors import ConfigError as ConfigError
    from vae_explorer.errors import DataError as DataError
    from vae_explorer.errors import ExplorerError as ExplorerError
    from vae_explorer.errors import RunError as RunError
    from vae_explorer.errors import TrainingError as TrainingError
    from vae_explorer.errors import UploadError as UploadError
    from vae_explorer.models.checkpoints import Checkpoint as Checkpoint
    from vae_explorer.models.checkpoints import EncodedSet as EncodedSet
    from vae_explorer.models.checkpoints import load_checkpoint as load_checkpoint
    from vae_explorer.models.checkpoints import save_checkpoint as save_checkpoint
    from vae_explorer.models.vae import VAE as VAE
    from vae_explorer.notebook.adapting import adapt as adapt
    from vae_explorer.notebook.explore import explore as explore
    from vae_explorer.notebook.live_view import LiveView as LiveView
    from vae_explorer.presets import PRESETS as PRESETS
    from vae_explorer.training.engine import train as train
else:  # an editor would take any name for one that is there
    __all__ = list(_HOME)

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
