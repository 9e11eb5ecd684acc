"""Sets of molecules by name, or by the path of a file -> strings as token numbers, in splits.

A string is stored as a picture of one row would be: uint8 (N, 1, T). Molecules of one's own are
checked and written as RDKit writes them; those that cannot be used are left out, and counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.data.splits import CUT_SHARES, SPLITS, Dataset, Split, shuffled
from vae_explorer.errors import DataError
from vae_explorer.molecule_config import MAX_LENGTH, MoleculeConfig, MoleculeTrainConfig
from vae_explorer.molecules import chemistry, moses, notations, tokens
from vae_explorer.molecules.molecule_files import Row, is_molecule_file, read_file
from vae_explorer.molecules.written import all_written, moses_written

MIN_MOLECULES = 20
VALIDATION_SIZE = 5_000  # of the training molecules of MOSES: the last ones
MAX_REFUSED = 0.5  # share of rows that cannot be used, beyond which it is not a set of molecules
CLASSES = ("molecule",)


class Usable(NamedTuple):
    """What is left of the rows of a file."""

    smiles: list[str]  # as RDKit writes them
    names: list[str]
    notes: tuple[str, ...]  # what was left out, in sentences


def load(config: MoleculeTrainConfig, root: Path | None = None) -> tuple[MoleculeConfig, Dataset]:
    """What settings name, and their model with the tokens that it reads it by. DataError.

    A model without tokens takes those of the training molecules. Of these only the first
    `config.limit` are read, if it is not 0.
    """
    name, model = config.dataset, config.model
    texts, names, notes = smiles_of(name, root)
    if config.limit:
        texts["train"] = texts["train"][: config.limit]
    written = {
        split: moses_written(texts[split], split, model.notation, root)
        if name == moses.NAME
        else all_written(texts[split], model.notation)
        for split in SPLITS
    }
    if not model.tokens:
        found = tokens.found_tokens(written["train"], model.notation, model.pieces)
        model = replace(model, tokens=found)
    numbers = {
        split: tokens.numbers_of(texts, model.tokens, model.notation)
        for split, texts in written.items()
    }
    if not model.length:
        longest = max(int(counts.max(initial=1)) for _, counts in numbers.values())
        model = replace(model, length=min(longest, MAX_LENGTH))
    said, parts = [*notes, _said(model)], {}
    for split, (found, counts) in numbers.items():
        rows, kept = tokens.readable_rows(found, counts, model.length)
        parts[split] = Split(rows, torch.zeros(len(rows), dtype=torch.int64))
        if lost := len(counts) - len(kept):
            said.append(
                f"{lost:,} molecules of {split} were left out: they have tokens that no training "
                "molecule has, or too many."
            )
            names = names and names | {split: [names[split][i] for i in kept]}
    return model, Dataset(name, **parts, classes=CLASSES, notes=tuple(said), names=names)


def smiles_of(
    name: str, root: Path | None = None
) -> tuple[dict[str, list[str]], dict[str, Sequence[str]], tuple[str, ...]]:
    """SMILES by split, the names that some have, and what is to be said. DataError."""
    if name == moses.NAME:
        train, test = (moses.read_split(split, root) for split in ("train", "test"))
        cut = len(train) - min(VALIDATION_SIZE, len(train) // 10)
        return {"train": train[:cut], "validation": train[cut:], "test": test}, {}, ()
    path = Path(name).expanduser()
    if not is_molecule_file(path):
        raise DataError(
            f"no molecules are called {name[:200]}: use moses, or the path of a .csv, .smi or .txt."
        )
    return _cut(usable_rows(read_file(path), path.name), path.name)


def usable_rows(rows: Sequence[Row], name: str) -> Usable:
    """The molecules of a file, each once; DataError where most rows, or too many, are none."""
    chemistry.require()
    kept: dict[str, str] = {}
    refused: list[tuple[Row, chemistry.Problem]] = []
    for row in rows:
        if problem := chemistry.problem(row.text):
            refused.append((row, problem))
        else:
            kept.setdefault(str(chemistry.canonical(row.text)), row.name)
    if len(refused) > MAX_REFUSED * len(rows):
        raise DataError(f"{name} is no set of molecules: {_sentence(*refused[0])}")
    if len(kept) < MIN_MOLECULES:
        raise DataError(
            f"{name} holds {len(kept)} different molecules: at least {MIN_MOLECULES} are needed."
        )
    notes = [_refusal_note(refused, len(rows))] if refused else []
    if twice := len(rows) - len(refused) - len(kept):
        notes.append(f"{twice:,} molecules stand there twice: each is taken once.")
    return Usable(list(kept), list(kept.values()), tuple(notes))


def _refusal_note(refused: list[tuple[Row, chemistry.Problem]], rows: int) -> str:
    kinds = Counter(problem.kind for _, problem in refused)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    return (
        f"{len(refused):,} of {rows:,} rows were left out ({counts}), such as "
        f"{_sentence(*refused[0])}"
    )


def _sentence(row: Row, problem: chemistry.Problem) -> str:
    return f"line {row.line}: {row.text[:60] or 'nothing'} {problem.about}."


def _cut(
    usable: Usable, name: str
) -> tuple[dict[str, list[str]], dict[str, Sequence[str]], tuple[str, ...]]:
    """Molecules dealt out by a fixed shuffle: 20 % for testing, 10 % for validation."""
    order, start = shuffled(len(usable.smiles)).tolist(), 0
    indices: dict[str, list[int]] = {}
    for split, one_of in CUT_SHARES.items():
        count = max(1, len(order) // one_of)
        indices[split] = order[start : start + count]
        start += count
    indices["train"] = order[start:]
    note = f"{name} has no splits: 70 % are to train on, 10 % for validation, 20 % for testing."
    smiles = {split: [usable.smiles[i] for i in indices[split]] for split in SPLITS}
    names: dict[str, Sequence[str]] = {
        split: [usable.names[i] for i in indices[split]] for split in SPLITS
    }
    return smiles, names, (*usable.notes, note)


def _said(model: MoleculeConfig) -> str:
    what = "SMILES" if model.notation == "smiles" else "SELFIES"
    return f"{what} of at most {model.length} tokens of {len(model.tokens)} kinds."


def strings_of(numbers: Tensor, model: MoleculeConfig) -> list[str]:
    """Token numbers (N, ..., T) -> SMILES, whatever the model's notation; not all need be valid."""
    written = tokens.to_texts(numbers, model.tokens)
    return [notations.to_smiles(text, model.notation) for text in written]
