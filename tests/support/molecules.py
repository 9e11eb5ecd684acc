"""A few molecules, a small model of them, and what skips a test where RDKit is not installed."""

import importlib.util

import pytest

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE, new_molecule_model
from vae_explorer.molecule_config import MoleculeConfig, MoleculeTrainConfig
from vae_explorer.molecules import tokens

NO_RDKIT = "without RDKit no test of the chemistry runs: pip install 'vae-explorer[molecules]'"
HAS_RDKIT = importlib.util.find_spec("rdkit") is not None
needs_rdkit = pytest.mark.skipif(not HAS_RDKIT, reason=NO_RDKIT)
needs_selfies = pytest.mark.skipif(
    importlib.util.find_spec("selfies") is None, reason="without selfies none is written"
)
CHAINS = [
    f"{'C' * before}{middle}{'C' * after}"
    for before in range(1, 7)
    for after in range(1, 6)
    for middle in ("O", "N", "S", "C(=O)")
]  # 120 different SMILES, as RDKit takes them
RINGS = ["c1ccccc1", "Cc1ccccc1", "Clc1ccccc1", "c1cc[nH]c1", "C1CCCCC1", "BrCC1CC1"]
SMILES = [*CHAINS, *RINGS]
SMALL = MoleculeConfig(latent_dim=3, embedding=4, encoder_width=8, decoder_width=8)


def small_molecule_model(**settings) -> MoleculeVAE:
    """Freshly initialised, of the tokens of SMILES."""
    config = MoleculeConfig(
        **SMALL.settings() | {"tokens": tokens.found_tokens(SMILES), "length": 16} | settings
    )
    return new_molecule_model(config, 0).eval()


def small_molecule_checkpoint() -> Checkpoint:
    """The same, without an encoded set."""
    model = small_molecule_model().requires_grad_(False)
    return Checkpoint(model, model.config, name="small", dataset="molecules.smi")


def quick_training(dataset: str, **settings) -> MoleculeTrainConfig:
    """Two short epochs of the small model."""
    return MoleculeTrainConfig(
        model=SMALL, dataset=dataset, epochs=2, epoch_size=40, batch_size=16, threads=1, **settings
    )
