"""Scores of molecules drawn from the prior, each with its protocol; needs RDKit.

Decoded from N(0, I), each token the likeliest: nothing is repaired.
"""

from collections.abc import Callable

import torch
from torch import Generator

from vae_explorer.data.splits import Dataset
from vae_explorer.evaluation.metrics import Score
from vae_explorer.evaluation.molecules.encoded_molecules import first, share_score, smiles_of
from vae_explorer.models.molecules import in_smiles
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import chemistry, list_scores, moses

COMPARED = 10_000  # molecules whose properties and fingerprints are compared

Progress = Callable[[str, float], None]  # what is being measured, share done


def sample_scores(
    model: MoleculeVAE,
    dataset: Dataset,
    split: str,
    samples: int,
    seed: int,
    progress: Progress = lambda what, share: None,
    frechet: bool = True,
) -> dict[str, Score]:
    """Of molecules drawn from the prior: validity, uniqueness, novelty, diversity, distances."""
    z = torch.randn(samples, model.latent_dim, generator=Generator().manual_seed(seed))
    written = in_smiles.decode(model, z, lambda share: progress("samples", share))
    canonical = list_scores.canonical_all(written)
    valid = list_scores.valid_only(canonical)
    how = f"{samples:,} prior samples, seed {seed}, likeliest tokens"
    scores = {"validity": share_score([text is not None for text in canonical], how)}
    for name, most in (("1k", 1_000), ("10k", 10_000)):
        if len(valid) >= most:
            value = list_scores.uniqueness(canonical, most)
            scores[f"uniqueness_{name}"] = Score(value, None, f"{how}, the first {most:,} valid")
    training = training_smiles(dataset, model.config)
    about = f"{how}, the different valid ones against {len(training):,} training molecules"
    scores["novelty"] = Score(list_scores.novelty(canonical, training), None, about)
    if valid:
        reference = smiles_of(first(dataset.split(split), COMPARED), model.config)
        scores |= _likeness(valid[:COMPARED], reference, split, how, progress, frechet)
    return scores


def _likeness(
    few: list[str], reference: list[str], split: str, how: str, progress: Progress, frechet: bool
) -> dict[str, Score]:
    """How diverse valid samples are, and how like the molecules of a split."""
    about = f"{how}, the first {len(few):,} valid"
    against = f"{about} to {len(reference):,} {split} molecules"
    progress("properties", 0.0)
    diversity = list_scores.internal_diversity(chemistry.fingerprints(few))
    scores = {"internal_diversity": Score(diversity, None, about)}
    if frechet and list_scores.has_frechet_distance():
        progress("Fréchet distance", 0.0)
        value = list_scores.frechet_distance(few, reference)
        scores["frechet_distance"] = Score(value, None, f"of ChemNet's features, {against}")
    distances = list_scores.distances(chemistry.properties(few), chemistry.properties(reference))
    return scores | {
        f"distance_{name}": Score(value, None, f"Wasserstein distance, {against}")
        for name, value in distances.items()
    }


def training_smiles(dataset: Dataset, config: MoleculeConfig) -> set[str]:
    """Of all training molecules, those for validation included, as they were published."""
    if dataset.name == moses.NAME:
        return set(moses.read_split("train"))
    parts = (dataset.train, dataset.validation)
    return {text for part in parts for text in smiles_of(part, config)}
