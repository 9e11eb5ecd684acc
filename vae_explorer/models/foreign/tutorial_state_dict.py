"""Weights that are read without pictures: the tutorial author's own file, and exports of ours.

Any other file of weights is measured on pictures: see `weights`.
"""

import hashlib
from pathlib import Path

from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.models.checkpoint_reader import read_bytes
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.weights.own_record import recorded_checkpoint
from vae_explorer.models.foreign.weights.weight_files import read_weights
from vae_explorer.models.frozen_models import frozen_model


def import_state_dict(source: Path | str | bytes, name: str | None = None) -> Checkpoint:
    """The tutorial author's `variational_autoencoder.pt` of any MLP widths, or an export of ours.

    Of the tutorial's, its shapes say what the model is; its slope (LeakyReLU 0.3) and sigmoid
    output are the tutorial's. CheckpointError on anything else, pickled objects included.
    """
    data, name = read_bytes(source, name)
    weights, _ = read_weights(data)
    sha256 = hashlib.sha256(data).hexdigest()
    if weights.record:
        return recorded_checkpoint(weights.record, weights.tensors, name, sha256)
    state = weights.tensors
    config = _tutorial_config(state)
    return Checkpoint(
        model=frozen_model(config, state),
        config=config,
        name=name,
        classes=tuple("0123456789") if config.pixels == 784 else (),
        sha256=sha256,
    )


def _tutorial_config(state: dict[str, Tensor]) -> ModelConfig:
    """Read widths off a state_dict laid out as the tutorial's module."""
    try:
        encoder = _widths("encoder", state)
        decoder = _widths("decoder", state)
        latent_dim = len(state["mean_layer.weight"])
        side = round(state["encoder.0.weight"].shape[1] ** 0.5)
        return ModelConfig(
            latent_dim=latent_dim,
            encoder=encoder,
            decoder=decoder[:-1],
            activation="leaky_relu",
            fourier=0,
            image_size=side,
        )
    except (KeyError, IndexError, TypeError, ValueError, ConfigError) as error:
        raise CheckpointError(
            "the state_dict is not laid out as the tutorial's VariationalAutoencoder "
            "(encoder.0.weight, mean_layer.weight, log_variance_layer.weight, decoder.0.weight …)."
        ) from error


def _widths(part: str, state: dict[str, Tensor]) -> tuple[int, ...]:
    names = [n for n in state if n.startswith(f"{part}.") and n.endswith(".weight")]
    return tuple(len(state[n]) for n in sorted(names, key=lambda n: int(n.split(".")[1])))
