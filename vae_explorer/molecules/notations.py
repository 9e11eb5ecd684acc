"""SMILES <-> the notation that a model writes. SELFIES come from the package of that name.

Krenn et al. 2020, "Self-referencing embedded strings": whatever tokens follow each other, a
molecule comes out.
"""

import importlib
import importlib.util
from typing import Any

from vae_explorer.errors import DataError, ExplorerError

INSTALL_SELFIES = "SELFIES need a package of their own: pip install 'vae-explorer[molecules]'."


def from_smiles(smiles: str, notation: str) -> str:
    """A SMILES as the model's notation writes it; DataError where it cannot."""
    if notation == "smiles":
        return smiles
    selfies = _selfies()
    try:
        return selfies.encoder(smiles)
    except selfies.EncoderError as error:
        raise DataError(f"{smiles[:60]} cannot be written as SELFIES.") from error


def to_smiles(text: str, notation: str) -> str:
    """What a model wrote, as SMILES: of SMILES just that, valid or not."""
    return text if notation == "smiles" else _selfies().decoder(text)


def _selfies() -> Any:
    if importlib.util.find_spec("selfies") is None:
        raise ExplorerError(INSTALL_SELFIES)
    return importlib.import_module("selfies")
