"""VAE Explorer: hold, measure and train variational autoencoders with small latent spaces.

The public names below are loaded when first used, so that nobody waits for what they do not use.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "PRESETS": "presets",
    "VAE": "models.vae",
    "Checkpoint": "models.checkpoints",
    "CheckpointError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "EncodedSet": "models.checkpoints",
    "ExplorerError": "errors",
    "ModelConfig": "config",
    "RunError": "errors",
    "TrainConfig": "config",
    "TrainingError": "errors",
    "UploadError": "errors",
    "load_checkpoint": "models.checkpoints",
    "load_dataset": "data.datasets",
    "preprocess_image": "data.handwriting.preprocessing",
    "save_checkpoint": "models.checkpoints",
    "train": "training.engine",
}
__all__ = list(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
