"""Molecules of a training run, which keeps them as token numbers, as pictures."""

import numpy as np
from numpy import ndarray
from torch import Tensor

from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import chemistry, drawings, molecule_sets
from vae_explorer.ui.session.work.kept import kept

SIZE = (160, 120)  # pixels: width, height
MOST_DRAWN = 1_000  # drawings of 58 kB


def drawn(stored: Tensor, config: MoleculeConfig) -> ndarray:
    """Strings as a `Split` stores them, uint8 (n, 1, T) -> uint8 (n, 120, 160, 3).

    A cross stands for what is no molecule.
    """
    return np.stack([_drawn(text) for text in molecule_sets.strings_of(stored, config)])


@kept(MOST_DRAWN)
def _drawn(text: str) -> ndarray:
    smiles = chemistry.canonical(text)
    return drawings.blank(*SIZE) if smiles is None else drawings.pixels(smiles, *SIZE)
