"""Figures of lists of molecules, as MOSES defines them (Polykovskiy et al. 2020, section 3).

Texts that are no molecule count as invalid, and for nothing else. Knows no models.
"""

import importlib
import importlib.util
import warnings
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from vae_explorer.molecules import chemistry

PAIRS_BATCH = 1_000  # molecules that are compared with all others at once


def canonical_all(texts: Sequence[str]) -> list[str | None]:
    """Each as RDKit writes it, or None."""
    return [chemistry.canonical(text) for text in texts]


def valid_only(canonical: Sequence[str | None]) -> list[str]:
    """Those that are molecules, in order."""
    return [text for text in canonical if text is not None]


def validity(canonical: Sequence[str | None]) -> float:
    """Share of texts that are molecules."""
    return len(valid_only(canonical)) / len(canonical)


def uniqueness(canonical: Sequence[str | None], most: int) -> float:
    """Share of different ones among the first `most` valid ones, or all where there are fewer."""
    valid = valid_only(canonical)[:most]
    return len(set(valid)) / len(valid) if valid else 0.0


def novelty(canonical: Sequence[str | None], training: Collection[str]) -> float:
    """Share of the different valid ones that no training molecule is; `training` a set of SMILES.

    Both have to be written in one way: that of RDKit.
    """
    different = set(valid_only(canonical))
    return len(different.difference(training)) / len(different) if different else 0.0


def internal_diversity(fingerprints: ndarray) -> float:
    """1 less the mean Tanimoto similarity of all pairs, each with itself included; (N, B) -> ."""
    total = 0.0
    for start in range(0, len(fingerprints), PAIRS_BATCH):
        part = fingerprints[start : start + PAIRS_BATCH]
        total += float(chemistry.tanimoto(part, fingerprints).sum(dtype=np.float64))
    return 1 - total / len(fingerprints) ** 2


def distances(properties: ndarray, reference: ndarray) -> dict[str, float]:
    """Wasserstein distance of each of `chemistry.PROPERTIES` from a reference's; (N, 4), (M, 4)."""
    from scipy.stats import wasserstein_distance

    columns = zip(properties.T, reference.T, strict=True)
    values = [float(wasserstein_distance(ours, theirs)) for ours, theirs in columns]
    return dict(zip(chemistry.PROPERTIES, values, strict=True))


def has_frechet_distance() -> bool:
    """Whether the package `fcd` is installed, which brings the network that it measures by."""
    return importlib.util.find_spec("fcd") is not None


def frechet_distance(smiles: Sequence[str], reference: Sequence[str]) -> float:
    """Fréchet ChemNet distance of two lists of valid molecules: Preuer et al. 2018."""
    fcd: Any = importlib.import_module("fcd")
    with warnings.catch_warnings():  # it was written for an older NumPy
        warnings.simplefilter("ignore")
        return float(fcd.get_fcd(list(smiles), list(reference), device="cpu"))
