"""Molecules of a split as a model encodes them, and figures over molecules."""

import math

from torch import Tensor

from vae_explorer.data.splits import Split
from vae_explorer.evaluation.metrics import Score
from vae_explorer.models.checkpoints import EncodedSet
from vae_explorer.models.molecules import in_smiles
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import chemistry, molecule_sets

ENCODED = 2_000  # test molecules that a checkpoint keeps


def encode(model: MoleculeVAE, part: Split, split: str) -> EncodedSet:
    """All molecules of a split as the encoder sees them."""
    return EncodedSet(*in_smiles.encode_stored(model, part.images), part.labels, split)


def encoded_set(model: MoleculeVAE, test: Split) -> tuple[EncodedSet, tuple[str, ...]]:
    """What a checkpoint keeps: the first test molecules, as codes and as SMILES."""
    few = first(test, ENCODED)
    return encode(model, few, "test"), tuple(smiles_of(few, model.config))


def smiles_of(part: Split, config: MoleculeConfig) -> list[str]:
    """Of a split: as RDKit writes them, where it is at hand; else as they are stored."""
    texts = molecule_sets.strings_of(part.images, config)
    if config.notation == "smiles":
        return texts
    return [chemistry.canonical(text) or text for text in texts]


def first(part: Split, count: int) -> Split:
    """The first so many of a split."""
    return Split(part.images[:count], part.labels[:count])


def share_score(those: list[bool], protocol: str) -> Score:
    """How many of these are true, with its standard error."""
    share = sum(those) / len(those)
    return Score(share, math.sqrt(share * (1 - share) / len(those)), protocol)


def mean_score(values: Tensor, protocol: str) -> Score:
    """The mean of values (N,), with its standard error."""
    error = values.std().item() / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Score(values.mean().item(), error, protocol)
