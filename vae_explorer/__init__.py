"""VAE Explorer: hold, measure and train variational autoencoders with small latent spaces."""

from .checkpoints import Checkpoint, EncodedSet, load_checkpoint, save_checkpoint
from .config import PRESETS, ModelConfig, TrainConfig
from .data import load_dataset
from .engine import train
from .errors import (
    CheckpointError,
    ConfigError,
    DataError,
    ExplorerError,
    RunError,
    TrainingError,
    UploadError,
)
from .model import VAE
from .preprocess import preprocess_image

__all__ = [
    "PRESETS",
    "VAE",
    "Checkpoint",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "EncodedSet",
    "ExplorerError",
    "ModelConfig",
    "RunError",
    "TrainConfig",
    "TrainingError",
    "UploadError",
    "load_checkpoint",
    "load_dataset",
    "preprocess_image",
    "save_checkpoint",
    "train",
]
__version__ = "0.1.0"
