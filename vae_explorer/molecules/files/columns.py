"""Which column of a table holds SMILES, names or splits: by its heading, else by what is in it."""

import re
from collections.abc import Sequence

from vae_explorer.molecules import chemistry

SAMPLED = 50  # rows that are looked at
MOST = 0.5  # share of cells from which a column is one of SMILES
SMILES = ("smiles", "canonicalsmiles", "isomericsmiles")  # exactly so, the best first
PERHAPS = ("isosmiles", "smi", "structure", "molecule", "mol", "drug", "compound", "ligand")
NAMES = ("name", "names", "id", "title", "compound", "label", "idx", "index")
SPLITS = ("split", "splits", "set", "subset", "fold", "partition")


def _plain(heading: str) -> str:
    return re.sub("[^a-z0-9]", "", heading.lower())


def by_heading(first: Sequence[str]) -> int | None:
    """The column that its heading says to hold SMILES, in this word; None: none does."""
    return next(iter(_named(first)), None)


def _named(first: Sequence[str]) -> list[int]:
    plain = [_plain(cell) for cell in first]
    exact = [plain.index(known) for known in SMILES if known in plain]
    others = [i for i, cell in enumerate(plain) if "smiles" in cell]
    return list(dict.fromkeys([*exact, *others]))


def candidates(first: Sequence[str]) -> list[int]:
    """Every column that may hold SMILES by its heading, the likeliest first."""
    plain = [_plain(cell) for cell in first]
    perhaps = [plain.index(known) for known in PERHAPS if known in plain]
    return list(dict.fromkeys([*_named(first), *perhaps]))


def of_names(first: Sequence[str], but: int) -> int | None:
    """The column with names, by its heading."""
    plain = {i: _plain(cell) for i, cell in enumerate(first) if i != but}
    exact = [i for known in NAMES for i, cell in plain.items() if cell == known]
    ending = [i for word in ("name", "id") for i, cell in plain.items() if cell.endswith(word)]
    return next(iter([*exact, *ending]), None)


def of_splits(first: Sequence[str], but: int) -> int | None:
    """The column that deals the rows out, by its heading."""
    found = [i for i, cell in enumerate(first) if _plain(cell) in SPLITS and i != but]
    return found[0] if found else None


def readable(cells: Sequence[str]) -> bool | None:
    """Whether most cells that hold something are SMILES; None: RDKit is not there to be asked."""
    if not chemistry.available():
        return None
    filled = [cell.strip() for cell in cells if cell.strip()]
    good = sum(chemistry.problem(cell) is None for cell in filled)
    return bool(filled) and good > MOST * len(filled)


def by_content(table: Sequence[Sequence[str]]) -> int | None:
    """The column in which most cells are SMILES, of several the one with the longest texts."""
    columns = [[line[i] for line in table] for i in range(min(map(len, table)))]
    lengths = {i: sum(map(len, cells)) for i, cells in enumerate(columns) if readable(cells)}
    return max(lengths, key=lambda i: lengths[i]) if lengths else None


def other_notation(table: Sequence[Sequence[str]]) -> tuple[int, str] | None:
    """A column that holds molecules in another way, and in which; None: none does."""
    for i in range(min(map(len, table))):
        found = [chemistry.problem(line[i]) for line in table]
        for kind in ("InChI", "SELFIES", "reaction", "pattern"):
            if sum(each is not None and each.kind == kind for each in found) > MOST * len(table):
                return i, kind
    return None
