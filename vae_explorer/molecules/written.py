"""Molecules in the notation that a model writes, in numbers that fit the millions.

SELFIES take a fifth of a millisecond each: those of MOSES are kept beside it once they are made.
"""

import contextlib
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from vae_explorer.errors import DataError
from vae_explorer.files import write_atomically
from vae_explorer.molecules import moses, notations


def all_written(smiles: Sequence[str], notation: str) -> list[str]:
    """Each in a notation; DataError where one cannot be written in it."""
    return [notations.from_smiles(text, notation) for text in smiles]


def own_written(smiles: Sequence[str], notation: str) -> tuple[list[str], list[int]]:
    """Those that can be written in a notation, and which they are."""
    texts, kept = [], []
    for index, text in enumerate(smiles):
        with contextlib.suppress(DataError):
            texts.append(notations.from_smiles(text, notation))
            kept.append(index)
    return texts, kept


def moses_written(
    smiles: Sequence[str], split: str, notation: str, root: Path | None = None
) -> list[str]:
    """The same of the first molecules of a split of MOSES, of which some may be kept already."""
    if notation == "smiles" or not smiles:
        return list(smiles)
    path = moses.folder(root) / f"{split}.{notation}.gz"
    kept = _kept(path)
    if kept and kept[0] != notations.from_smiles(smiles[0], notation):
        kept = []  # of other molecules
    if len(kept) < len(smiles):
        kept += all_written(smiles[len(kept) :], notation)
        with contextlib.suppress(OSError):  # then they are made again the next time
            write_atomically(path, gzip.compress("\n".join(kept).encode(), compresslevel=5))
    return kept[: len(smiles)]


def _kept(path: Path) -> list[str]:
    try:
        return gzip.decompress(path.read_bytes()).decode().split("\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        return []
