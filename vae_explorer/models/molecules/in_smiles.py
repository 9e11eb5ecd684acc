"""SMILES in, SMILES out: a model of molecules as people use it. N molecules, D coordinates.

What goes in is checked and written as RDKit writes it, which has to be installed for that; what
comes out is as the model wrote it, valid or not.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.errors import DataError
from vae_explorer.models.molecules.molecule_vae import WRITING_BATCH, MoleculeVAE
from vae_explorer.molecules import chemistry, molecule_sets, notations, tokens


class Decoded(NamedTuple):
    """What a model wrote at a point."""

    text: str  # as it was written
    smiles: str | None  # the molecule, as RDKit writes it; None: it is none


def stored_numbers(model: MoleculeVAE, smiles: Sequence[str]) -> Tensor:
    """Molecules as a `Split` stores them, uint8 (N, 1, T); DataError names what cannot be read."""
    config = model.config
    written = [notations.from_smiles(chemistry.usable(s), config.notation) for s in smiles]
    return tokens.to_numbers(written, config.tokens, config.length, config.notation)


def objection(model: MoleculeVAE, smiles: str) -> str:
    """Why a text cannot be encoded, in a sentence; "" where it can."""
    config = model.config
    try:
        usable = chemistry.usable(smiles)
        written = notations.from_smiles(usable, config.notation)
    except DataError as error:
        return str(error)
    about = tokens.objection(written, config.tokens, config.length, config.notation) or ""
    return about.replace(written[:60], usable[:60], 1)  # as people know it


def encode(model: MoleculeVAE, smiles: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Posterior of molecules, mu (N, D) and logvar (N, D); DataError as `stored_numbers`."""
    return encode_stored(model, stored_numbers(model, smiles))


def encode_stored(model: MoleculeVAE, stored: Tensor) -> tuple[Tensor, Tensor]:
    """Posterior of molecules as a `Split` stores them, uint8 (N, 1, T) -> (N, D), (N, D)."""
    with torch.inference_mode():
        parts = [model.encode(model.prepared(part)) for part in stored.split(WRITING_BATCH)]
    mu, logvar = (torch.cat(column) for column in zip(*parts, strict=True))
    return mu, logvar


def decode(
    model: MoleculeVAE, z: Tensor, progress: Callable[[float], None] = lambda share: None
) -> list[str]:
    """Points (N, D) -> SMILES as they were written, each token the likeliest."""
    texts: list[str] = []
    with torch.inference_mode():
        for part in z.split(WRITING_BATCH):
            texts += molecule_sets.strings_of(model.decode(part), model.config)
            progress(len(texts) / len(z))
    return texts


def decoded(model: MoleculeVAE, z: Tensor) -> list[Decoded]:
    """The same, with the molecule that each text is."""
    return [Decoded(text, chemistry.canonical(text)) for text in decode(model, z)]
