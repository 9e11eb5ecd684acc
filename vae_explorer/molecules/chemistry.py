"""What RDKit says of molecules; the only room that asks it, and it may not be installed.

A molecule is a SMILES here, whatever notation a model writes. Knows no models and no files.
"""

import importlib
import importlib.util
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from vae_explorer.errors import DataError, ExplorerError

MAX_ATOMS = 100  # of a molecule, hydrogen not counted
MAX_CHARACTERS = 5_000  # of a text that is looked at
NO_SMILES = "is not a SMILES that RDKit can read"
DAMAGED = "damaged record"  # begins the text of one of a file of structures
INSTALL = "molecules need RDKit: pip install 'vae-explorer[molecules]'."
NOTHING = ("", "nan", "na", "n/a", "none", "null", "-", "?")  # what a table has for no molecule
SELFIES = re.compile(r"(\[[^\[\]]+\]){3,}")
REACTION = re.compile(r"[^<>]*>[^<>]*>[^<>]*")
QUERY = re.compile(r"~|\[[^\]]*[,;!&]|\[#\d")  # what only patterns have, of RDKit's SMILES too
PROPERTIES = ("logP", "QED", "SA", "weight")
FINGERPRINT_RADIUS, FINGERPRINT_BITS = 2, 1024  # of Morgan's: ECFP4


class Problem(NamedTuple):
    """Why a text is no molecule that can be used."""

    kind: str  # "no SMILES", "empty", "reaction", "salt", "too large", …
    about: str  # what follows the text in a sentence


def available() -> bool:
    """Whether RDKit is installed."""
    return importlib.util.find_spec("rdkit") is not None


def require() -> None:
    """ExplorerError, saying how to get it, where RDKit is not installed."""
    if not available():
        raise ExplorerError(INSTALL)


def canonical(smiles: str) -> str | None:
    """RDKit's own way to write the molecule; None where the text is none."""
    molecule = parsed(smiles)
    return None if molecule is None else _rdkit().MolToSmiles(molecule)


def parsed(smiles: str) -> Any:
    """RDKit's molecule of a SMILES, or None: of what cannot be one, and of nothing at all."""
    return _rdkit().MolFromSmiles(smiles) if smiles.strip() else None


def problem(smiles: str) -> Problem | None:
    """What stands against a text as a molecule to learn from or to encode; None: nothing."""
    return checked(smiles)[1]


def checked(smiles: str) -> tuple[str, Problem | None]:
    """A text as RDKit writes it, and None; or "" and what stands against it."""
    if len(smiles) > MAX_CHARACTERS:
        about = f"… has {len(smiles):,} characters: that is no one molecule"
        return "", Problem("too large", about)
    if known := _known_kind(smiles.strip()):
        return "", known
    molecule = parsed(smiles)
    if molecule is None:
        return "", Problem("no SMILES", NO_SMILES)
    if (atoms := molecule.GetNumAtoms()) > MAX_ATOMS:
        return "", Problem("too large", f"has {atoms} atoms: at most {MAX_ATOMS} are taken")
    written = str(_rdkit().MolToSmiles(molecule))
    if "." in written:
        about = "is a salt or a mixture: give one molecule, without the dot"
        return "", Problem("salt", about)
    return written, None


def _known_kind(text: str) -> Problem | None:
    """What a text is instead of a SMILES, as its letters show; RDKit reads some of these."""
    if text.lower() in NOTHING:
        return Problem("empty", NO_SMILES)
    if text.startswith("InChI="):
        return Problem("InChI", "is an InChI: give its SMILES")
    if text.startswith(DAMAGED):
        return Problem(DAMAGED, "cannot be read by RDKit")
    if len(text.split()) > 1:
        return Problem("no SMILES", f"{NO_SMILES}: it has a blank in it")
    if REACTION.fullmatch(text.replace("->", "")):
        return Problem("reaction", "is a reaction: give one molecule")
    if SELFIES.fullmatch(text) and "[C]" in text:
        return Problem("SELFIES", "is written as SELFIES: give SMILES")
    if QUERY.search(text):
        return Problem("pattern", "is a pattern of molecules (SMARTS): give one molecule")
    return None


def usable(smiles: str) -> str:
    """A SMILES as RDKit writes it; DataError where it cannot be used."""
    smiles = smiles.strip()
    written, found = checked(smiles)
    if found:
        raise DataError(f"{smiles[:60] or 'an empty text'} {found.about}.")
    return written


def smiles_of_structure(block: str) -> str:
    """A structure (.mol, V2000 or V3000) as RDKit writes it; "" where it cannot read it.

    Hydrogen loses its atoms, and coordinates say how the molecule lies in space.
    """
    chem = _rdkit()
    try:
        molecule = chem.MolFromMolBlock(block)
    except RuntimeError:  # of what stands in no standard
        return ""
    return "" if molecule is None else str(chem.MolToSmiles(molecule))


def without_stereo(smiles: str) -> str:
    """A valid molecule as RDKit writes it, less what is said of how it lies in space."""
    return _rdkit().MolToSmiles(parsed(smiles), isomericSmiles=False)


def heavy_atoms(smiles: str) -> int:
    """How many atoms a valid molecule has, hydrogen not counted."""
    return parsed(smiles).GetNumHeavyAtoms()


def properties(smiles: Sequence[str]) -> ndarray:
    """PROPERTIES of valid molecules, float64 (N, 4); the weight in daltons.

    logP is Crippen's (Wildman & Crippen 1999), QED Bickerton et al. 2012, SA the synthetic
    accessibility of Ertl & Schuffenhauer 2009: 1 easy, 10 hard.
    """
    names = ("Chem.Crippen", "Chem.QED", "Contrib.SA_Score.sascorer", "Chem.Descriptors")
    crippen, qed, sascorer, descriptors = map(part, names)
    rows = []
    for text in smiles:
        molecule = _rdkit().MolFromSmiles(text)
        of_one = (
            crippen.MolLogP(molecule),
            qed.qed(molecule),
            sascorer.calculateScore(molecule),
            descriptors.MolWt(molecule),
        )
        rows.append(of_one)
    return np.array(rows, dtype=float).reshape(-1, len(PROPERTIES))


def fingerprints(smiles: Sequence[str]) -> ndarray:
    """Morgan fingerprints of valid molecules, bool (N, FINGERPRINT_BITS)."""
    rdkit = _rdkit()
    generators = part("Chem.rdFingerprintGenerator")
    generator = generators.GetMorganGenerator(radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS)
    rows = [generator.GetFingerprintAsNumPy(rdkit.MolFromSmiles(text)) for text in smiles]
    return np.array(rows, dtype=bool).reshape(-1, FINGERPRINT_BITS)


def tanimoto(first: ndarray, second: ndarray) -> ndarray:
    """Similarity of each of N fingerprints with each of M, bool (N, B), (M, B) -> (N, M) in [0, 1].

    What both have over what either has; 1 of two that have nothing.
    """
    a, b = first.astype(np.float32), second.astype(np.float32)
    both = a @ b.T
    either = a.sum(axis=1)[:, None] + b.sum(axis=1)[None] - both
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def similarity(first: str, second: str) -> float:
    """Tanimoto similarity of two valid molecules; 0 where one is the empty text."""
    if not first or not second:
        return math.nan
    return float(tanimoto(fingerprints([first]), fingerprints([second]))[0, 0])


def part(name: str) -> Any:
    """A module of RDKit by its name; ExplorerError where it is not installed."""
    require()
    return importlib.import_module(f"rdkit.{name}")


@cache
def _rdkit() -> Any:
    """RDKit's Chem, silent: what it prints of an unreadable text is nothing to act on."""
    part("RDLogger").DisableLog("rdApp.*")
    return part("Chem")
