"""What a model has written, text by text: which are molecules, their properties, what they share.

N texts in their order, valid or not: none is dropped but by `kept`. Knows no models. Needs RDKit.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.molecules import chemistry, list_scores
from vae_explorer.molecules.chemistry import PROPERTIES

Range = tuple[float, float]


class MoleculeTable(NamedTuple):
    """Texts as they were written, with what is known of each."""

    texts: tuple[str, ...]
    smiles: tuple[str | None, ...]  # the molecule, as RDKit writes it; None: it is none
    properties: ndarray  # (N, 4), in the order of PROPERTIES; NaN where there is no molecule

    def part(self, rows: Sequence[int]) -> "MoleculeTable":
        """Some of its rows."""
        texts = tuple(self.texts[i] for i in rows)
        smiles = tuple(self.smiles[i] for i in rows)
        return MoleculeTable(texts, smiles, self.properties[list(rows)])

    def column(self, name: str) -> ndarray:
        """One property of all, (N,)."""
        return self.properties[:, PROPERTIES.index(name)]


class Tally(NamedTuple):
    """How many of some texts are molecules, and how many of those differ."""

    total: int
    valid: int
    different: int  # of the valid ones
    new: int  # of the different ones, not among those that were named


def table(texts: Sequence[str]) -> MoleculeTable:
    """The properties of all texts that are molecules."""
    smiles = list_scores.canonical_all(texts)
    values = np.full((len(texts), len(PROPERTIES)), math.nan)
    valid = [i for i, text in enumerate(smiles) if text is not None]
    values[valid] = chemistry.properties(list_scores.valid_only(smiles))
    return MoleculeTable(tuple(texts), tuple(smiles), values)


def tally(smiles: Sequence[str | None], known: Collection[str] = ()) -> Tally:
    """Counts of molecules; `known` as RDKit writes them."""
    valid = list_scores.valid_only(smiles)
    different = set(valid)
    return Tally(len(smiles), len(valid), len(different), len(different.difference(known)))


def repeats(rows: MoleculeTable) -> list[bool]:
    """Of each text, whether it is the same molecule as the one before, or as little one."""
    written = [smiles or text for text, smiles in zip(rows.texts, rows.smiles, strict=True)]
    return [i > 0 and written[i] == written[i - 1] for i in range(len(written))]


def similarities(smiles: Sequence[str | None], other: str | None) -> ndarray:
    """Tanimoto similarity of each to another molecule, (N,); NaN where one of both is none."""
    values = np.full(len(smiles), math.nan)
    valid = [i for i, text in enumerate(smiles) if text]
    if other and valid:
        prints = chemistry.fingerprints(list_scores.valid_only(smiles))
        values[valid] = chemistry.tanimoto(prints, chemistry.fingerprints([other]))[:, 0]
    return values


def mean_difference(first: Sequence[float], second: Sequence[float]) -> float:
    """How far two columns are from each other, in the mean of what both have; NaN of nothing."""
    differences = np.abs(np.asarray(first, float) - np.asarray(second, float))
    known = differences[np.isfinite(differences)]
    return float(known.mean()) if len(known) else math.nan


def spans(properties: ndarray, digits: Mapping[str, int]) -> dict[str, Range]:
    """The range of each property of molecules (N, 4), rounded outwards to so many digits."""
    found = {}
    for name, values in zip(PROPERTIES, properties.T, strict=True):
        unit = 10.0 ** digits[name]
        low, high = math.floor(values.min() * unit), math.ceil(values.max() * unit)
        found[name] = (low / unit, max(high, low + 1) / unit)
    return found


def limits(chosen: Mapping[str, Range], whole: Mapping[str, Range]) -> dict[str, Range]:
    """Ranges that were narrowed; what is still at the end of the whole range has no limit there."""
    narrowed = {}
    for name, (low, high) in chosen.items():
        least, most = whole[name]
        bounds = (-math.inf if low <= least else low, math.inf if high >= most else high)
        if bounds != (-math.inf, math.inf):
            narrowed[name] = bounds
    return narrowed


def kept(
    rows: MoleculeTable,
    ranges: Mapping[str, Range],
    valid_only: bool = False,
    different_only: bool = False,
) -> list[int]:
    """Numbers of the rows within all ranges, in order.

    What is no molecule has no properties and lies in no range. Of several that are the same
    molecule `different_only` keeps the first.
    """
    seen: set[str] = set()
    chosen = []
    for i, (text, smiles) in enumerate(zip(rows.texts, rows.smiles, strict=True)):
        within = all(low <= rows.column(name)[i] <= high for name, (low, high) in ranges.items())
        again = different_only and (smiles or text) in seen
        if within and not again and (smiles is not None or not valid_only):
            chosen.append(i)
            seen.add(smiles or text)
    return chosen
