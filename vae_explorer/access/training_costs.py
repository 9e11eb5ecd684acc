"""What a training will take, known before anything is built: parameters, work, disk."""

from dataclasses import replace

import torch

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.models.vae import VAE
from vae_explorer.molecule_config import MAX_LENGTH, MAX_TOKENS, SPECIAL, MoleculeConfig
from vae_explorer.training.runs.run_writer import SNAPSHOT_PICTURES, SNAPSHOT_POINTS

FLOAT_BYTES, HALF_BYTES = 4, 2
STATE_COPIES = 4  # of the weights: as they are, averaged, and two means of the optimiser
ENCODED = 10_000  # test pictures whose codes a checkpoint keeps, of the data sets with a name
OF_EPOCH = 2_000  # bytes of the figures of an epoch


def parameters(config: ModelConfig | MoleculeConfig) -> int:
    """How many a model has; nothing is allocated.

    One of molecules whose tokens are still to be found has at most so many.
    """
    with torch.device("meta"):
        if isinstance(config, MoleculeConfig):
            tokens = tuple(map(str, range(MAX_TOKENS - SPECIAL)))
            model = MoleculeVAE(
                replace(config, tokens=config.tokens or tokens, length=config.length or MAX_LENGTH)
            )
        else:
            model = VAE(config)
        return sum(parameter.numel() for parameter in model.parameters())


def work(config: TrainConfig, parameters: int) -> float:
    """Epochs × parameters × points decoded a picture, over all stages of a training."""
    stages = (
        (config.epochs, config.objective),
        (config.polish_epochs, config.objective_of_polish),
        (config.encoder_epochs, "elbo"),
    )
    return parameters * sum(epochs * _points(config, objective) for epochs, objective in stages)


def _points(config: TrainConfig, objective: str) -> float:
    """Points that are decoded for each picture."""
    if objective == "lattice":  # all pictures of a batch share those of the lattice
        return max(1.0, config.lattice_points / config.batch_size + config.proposals)
    return config.samples


def megabytes_on_disk(config: TrainConfig, parameters: int) -> float:
    """What the folder of a run grows to."""
    latent = config.model.latent_dim
    model = parameters * FLOAT_BYTES * (1 + STATE_COPIES) + ENCODED * latent * 2 * FLOAT_BYTES
    pictures = SNAPSHOT_PICTURES * config.model.pixels
    epoch = SNAPSHOT_POINTS * latent * HALF_BYTES + pictures + OF_EPOCH
    return (model + config.total_epochs * epoch) / 1e6
