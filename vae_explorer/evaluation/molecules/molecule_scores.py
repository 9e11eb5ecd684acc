"""Scores of a model of molecules, each with its protocol; needs RDKit for most of them.

A molecule counts as reconstructed if what is decoded from its posterior mean is the same one, as
RDKit writes it. Samples are decoded from N(0, I), each token the likeliest: nothing is repaired.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator

from vae_explorer.data.datasets import Dataset, Split
from vae_explorer.evaluation import metrics
from vae_explorer.evaluation.metrics import Score, active_units, kl_per_dimension, to_json
from vae_explorer.evaluation.molecules import sample_scores
from vae_explorer.evaluation.molecules.encoded_molecules import (
    ENCODED,
    encode,
    encoded_set,
    first,
    mean_score,
    share_score,
    smiles_of,
)
from vae_explorer.latent.path_kinds import straight_path
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.molecules import in_smiles, property_head
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.models.molecules.property_head import PropertyHead
from vae_explorer.molecules import chemistry, list_scores, molecule_sets
from vae_explorer.training.engine import measure

SAMPLES = 30_000  # from the prior, as MOSES asks for
RECONSTRUCTED = 5_000  # test molecules
WALKS, WALK_STEPS = 100, 11  # between random pairs of test molecules, both ends included
HEAD_MOLECULES = 20_000  # that a property head is fitted to

Progress = Callable[[str, float], None]  # what is being measured, share done


def with_quick_scores(checkpoint: Checkpoint, dataset: Dataset) -> Checkpoint:
    """A model with the scores that take seconds, and with the encoded set that it keeps."""
    model = _of_molecules(checkpoint)
    scores = bound_scores(model, first(dataset.test, RECONSTRUCTED), "test", 0)
    if chemistry.available():
        few = first(dataset.test, ENCODED)
        scores |= reconstruction_scores(model, few, "test")
        scores |= sample_scores.sample_scores(
            model, dataset, "test", samples=ENCODED, seed=0, frechet=False
        )
    encoded, smiles = encoded_set(model, dataset.test)
    return dataclasses.replace(checkpoint, scores=to_json(scores), encoded=encoded, smiles=smiles)


def evaluate(
    model: MoleculeVAE,
    dataset: Dataset,
    *,
    split: str = "test",
    seed: int = 0,
    samples: int,
    reconstructed: int = RECONSTRUCTED,
    progress: Progress = lambda what, share: None,
) -> dict[str, Score]:
    """All scores, on a split of a set of molecules."""
    chemistry.require()
    held_out = first(dataset.split(split), reconstructed)
    scores = bound_scores(model, held_out, split, seed)
    scores |= reconstruction_scores(model, held_out, split, progress)
    scores |= walk_scores(model, held_out, split, seed, progress)
    return scores | sample_scores.sample_scores(model, dataset, split, samples, seed, progress)


def bound_scores(model: MoleculeVAE, held_out: Split, split: str, seed: int) -> dict[str, Score]:
    """-ELBO with its two parts, and how many coordinates carry something."""
    reconstruction, kl = measure(model, held_out, Generator().manual_seed(seed))
    how = f"{len(held_out):,} {split} molecules, "
    drawn = f"{how}one posterior sample, seed {seed}"
    total = kl.sum(dim=1)
    coded = encode(model, held_out, split)
    return {
        "neg_elbo": mean_score(reconstruction + total, drawn),
        "reconstruction": mean_score(reconstruction, drawn),
        "kl": mean_score(total, f"{how}analytic, to N(0, I)"),
        "active_units": _about_molecules(active_units(coded)),
        "kl_per_dimension": _about_molecules(kl_per_dimension(coded)),
    }


def reconstruction_scores(
    model: MoleculeVAE,
    held_out: Split,
    split: str,
    progress: Progress = lambda what, share: None,
) -> dict[str, Score]:
    """How many molecules come back, and how similar those are that do not."""
    mu = encode(model, held_out, split).mu
    written = in_smiles.decode(model, mu, lambda share: progress("reconstruction", share))
    decoded = list_scores.canonical_all(written)
    originals = molecule_sets.strings_of(held_out.images, model.config)
    wanted = list_scores.canonical_all(originals)
    pairs = list(zip(decoded, wanted, strict=True))
    exact = [ours is not None and ours == theirs for ours, theirs in pairs]
    how = f"{len(held_out):,} {split} molecules, decoded from the posterior mean, likeliest tokens"
    similar = [
        chemistry.similarity(ours, theirs) if ours and theirs else 0.0 for ours, theirs in pairs
    ]
    return {
        "exact_reconstruction": share_score(exact, f"{how}, the same molecule as RDKit writes it"),
        "reconstruction_validity": share_score([ours is not None for ours in decoded], how),
        "reconstruction_similarity": mean_score(
            torch.tensor(similar),
            f"{how}, Tanimoto of Morgan fingerprints ({chemistry.FINGERPRINT_BITS} bits, radius "
            f"{chemistry.FINGERPRINT_RADIUS}), 0 where none is decoded",
        ),
    }


def walk_scores(
    model: MoleculeVAE,
    held_out: Split,
    split: str,
    seed: int,
    progress: Progress = lambda what, share: None,
) -> dict[str, Score]:
    """Validity along straight paths between random pairs."""
    chosen = torch.randperm(len(held_out), generator=Generator().manual_seed(seed))[: 2 * WALKS]
    mu = encode(model, Split(held_out.images[chosen], held_out.labels[chosen]), split).mu
    pairs = zip(mu[::2], mu[1::2], strict=False)
    points = torch.cat([straight_path(first, last, WALK_STEPS) for first, last in pairs])
    written = in_smiles.decode(model, points, lambda share: progress("walks", share))
    canonical = list_scores.canonical_all(written)
    how = (
        f"straight paths of {WALK_STEPS} points between {len(chosen) // 2} random pairs of {split} "
        f"molecules, seed {seed}"
    )
    return {"walk_validity": share_score([text is not None for text in canonical], how)}


def property_head_of(
    model: MoleculeVAE, dataset: Dataset, seed: int, progress: Progress = lambda what, share: None
) -> tuple[PropertyHead, dict[str, Score]]:
    """A head fitted to the first training molecules, and what it explains of test molecules."""
    progress("property head", 0.0)
    sets = (
        first(dataset.train, HEAD_MOLECULES),
        first(dataset.test, ENCODED),
    )
    (mu, values), (held_out, expected) = (
        (
            encode(model, part, "").mu,
            torch.from_numpy(chemistry.properties(smiles_of(part, model.config))).float(),
        )
        for part in sets
    )
    head = property_head.fit(mu, values, seed)
    shares = property_head.explained(head, held_out, expected)
    how = (
        f"R² of a network fitted to the codes of {len(mu):,} training molecules, on "
        f"{len(held_out):,} test molecules"
    )
    names = chemistry.PROPERTIES
    return head, {
        f"explained_{name}": Score(share, None, how)
        for name, share in zip(names, shares, strict=True)
    }


def _of_molecules(checkpoint: Checkpoint) -> MoleculeVAE:
    model = checkpoint.model
    assert isinstance(model, MoleculeVAE), "a model of pictures has scores of its own"
    return model


def _about_molecules(score: Score) -> Score:
    """A score of codes, which are of pictures elsewhere."""
    return score._replace(protocol=score.protocol.replace("images", "molecules"))


def figure_text(name: str, score: dict[str, Any]) -> str:
    """A score, as a checkpoint keeps it, as people read it: "0.977 ± 0.001"."""
    value, error = score["value"], score["standard_error"]
    if isinstance(value, list) or name in ("neg_elbo", "reconstruction", "kl", "active_units"):
        return metrics.figure_text(name, score)
    return f"{value:.3f}" + (f" ± {error:.3f}" if error else "")
