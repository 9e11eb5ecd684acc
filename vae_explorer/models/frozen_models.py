"""Models of weights that were read: checked, frozen, on the CPU and in float32."""

import torch
from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.network import NetworkConfig, NetworkModel
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.models.vae import VAE
from vae_explorer.molecule_config import MoleculeConfig

# In single precision: as much as the largest file takes in half. One of eight bits may ask for more
MAX_WEIGHTS = 2**28
SLICE = 2**22  # values


def halved(values: Tensor) -> Tensor:
    """In float16 where every value is finite in it, else as they are."""
    half = values.half() if values.is_floating_point() else values
    return half if half.isfinite().all() else values  # beyond 65,504 there is no half


def all_finite(values: Tensor) -> bool:
    """Whether all are finite numbers, looked at in slices: of few bits each, copies are large."""
    flat = values.flatten()
    return (
        all(bool(part.float().isfinite().all()) for part in flat.split(SLICE))
        if len(flat)
        else True
    )


Rebuildable = ModelConfig | NetworkConfig | MoleculeConfig  # what files hold the models of


def frozen_model(
    config: Rebuildable, weights: dict[str, Tensor]
) -> VAE | NetworkModel | MoleculeVAE:
    """A frozen model of these weights, after their names, shapes and values have been checked."""
    with torch.device("meta"):
        model = _untrained(config)
    expected = model.state_dict()
    if wrong := sorted(set(expected) ^ set(weights)):
        raise CheckpointError(
            f"the weights do not fit the settings: {wrong[0][:100]} is out of place."
        )
    if (count := sum(value.numel() for value in expected.values())) > MAX_WEIGHTS:
        raise CheckpointError(f"the model has {count:,} weights: {MAX_WEIGHTS:,} are the most.")
    for name, value in expected.items():
        if weights[name].shape != value.shape:
            raise CheckpointError(
                f"{name} has shape {tuple(weights[name].shape)}, "
                f"but the settings ask for {tuple(value.shape)}."
            )
        numbers = weights[name].is_floating_point() or not value.is_floating_point()
        if not numbers or not all_finite(weights[name]):
            raise CheckpointError(f"{name} holds values that are not finite numbers.")
    typed = {name: weights[name].to(value.dtype) for name, value in expected.items()}
    model.load_state_dict(typed, assign=True)
    return model.eval().requires_grad_(False)


def _untrained(config: Rebuildable) -> VAE | NetworkModel | MoleculeVAE:
    if isinstance(config, MoleculeConfig):
        return MoleculeVAE(config)
    return VAE(config) if isinstance(config, ModelConfig) else NetworkModel(config)
