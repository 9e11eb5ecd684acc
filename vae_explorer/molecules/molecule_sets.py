"""Sets of molecules by name, or by the path of a file -> strings as token numbers, in splits.

A string is stored as a picture of one row would be: uint8 (N, 1, T). Molecules of one's own are
checked and written as RDKit writes them; those that cannot be used are left out, and counted.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.data.splits import CUT_SHARES, SPLITS, Dataset, Split, shuffled
from vae_explorer.errors import DataError
from vae_explorer.molecule_config import MAX_LENGTH, MoleculeConfig, MoleculeTrainConfig
from vae_explorer.molecules import chemistry, moses, notations, tokens
from vae_explorer.molecules.files.molecule_files import WANTED, is_molecule_file, read_file, refusal
from vae_explorer.molecules.files.rows import MoleculeFile, Row, counted
from vae_explorer.molecules.written import moses_written, own_written

MIN_MOLECULES = 20
VALIDATION_SIZE = 5_000  # of the training molecules of MOSES: the last ones
MAX_REFUSED = 0.5  # share of rows that cannot be used, beyond which it is not a set of molecules
CLASSES = ("molecule",)


class Usable(NamedTuple):
    """What is left of the rows of a file."""

    smiles: list[str]  # as RDKit writes them
    names: list[str]
    splits: list[str]  # as `Row` has them
    notes: tuple[str, ...]  # what was found out, converted and left out, in sentences


class Dealt(NamedTuple):
    """SMILES by split, the names that some have, and what is to be said."""

    smiles: dict[str, list[str]]
    names: dict[str, list[str]]  # none of MOSES
    notes: tuple[str, ...]


def load(config: MoleculeTrainConfig, root: Path | None = None) -> tuple[MoleculeConfig, Dataset]:
    """What settings name, and their model with the tokens that it reads it by. DataError.

    A model without tokens takes those of the training molecules. Of these only the first
    `config.limit` are read, if it is not 0.
    """
    name, model = config.dataset, config.model
    dealt = smiles_of(name, root, config.column)
    if config.limit:
        dealt.smiles["train"] = dealt.smiles["train"][: config.limit]
    written, names, notes = _written(dealt, name, model.notation, root)
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
            said.append(_lost_note(lost, split))
            names = names and names | {split: [names[split][i] for i in kept]}
        if not kept and name != moses.NAME:
            raise DataError(
                f"{Path(name).name} leaves no molecule {PURPOSES[split]}: {said[-1]} Bring more "
                "molecules, of like kinds."
            )
    return model, Dataset(name, **parts, classes=CLASSES, notes=tuple(said), names=names)


PURPOSES = {"train": "to train on", "validation": "for validation", "test": "for testing"}


def _lost_note(lost: int, split: str) -> str:
    are = "was left out: it has" if lost == 1 else "were left out: they have"
    return (
        f"{counted(lost, 'molecule')} {PURPOSES[split]} {are} tokens that no training molecule "
        "has or that are too rare, or too many."
    )


def _written(
    dealt: Dealt, name: str, notation: str, root: Path | None
) -> tuple[dict[str, list[str]], dict[str, list[str]], tuple[str, ...]]:
    """Molecules in a notation with their names; those that cannot be written in it are left out."""
    if name == moses.NAME:
        made = {s: moses_written(dealt.smiles[s], s, notation, root) for s in SPLITS}
        return made, dealt.names, dealt.notes
    written, names = {}, {}
    lost: list[str] = []
    for split in SPLITS:
        texts, kept = own_written(dealt.smiles[split], notation)
        written[split] = texts
        names[split] = [dealt.names[split][i] for i in kept]
        lost += [
            dealt.smiles[split][i] for i in sorted({*range(len(dealt.smiles[split]))} - {*kept})
        ]
    if not lost:
        return written, names, dealt.notes
    note = (
        f"{counted(len(lost), 'molecule')} left out, which cannot be written as SELFIES, such as "
        f"{lost[0][:60]}: with the notation smiles they can be learned."
    )
    if not all(written.values()):
        raise DataError(f"{Path(name).name} leaves too few molecules: {note}")
    return written, names, (*dealt.notes, note)


def smiles_of(name: str, root: Path | None = None, column: str = "") -> Dealt:
    """The molecules of MOSES or of a file, in splits. DataError."""
    if name == moses.NAME:
        train, test = (moses.read_split(split, root) for split in ("train", "test"))
        cut = len(train) - min(VALIDATION_SIZE, len(train) // 10)
        return Dealt({"train": train[:cut], "validation": train[cut:], "test": test}, {}, ())
    path = Path(name).expanduser()
    if not is_molecule_file(path):
        if path.is_file():
            raise DataError(refusal(path.name))
        raise DataError(
            f"no molecules are called {name[:200]}: use moses, or the path of a file; {WANTED}."
        )
    return _dealt(usable_rows(read_file(path, column), path.name), path.name)


def usable_rows(file: MoleculeFile, name: str) -> Usable:
    """The molecules of a file, each once; DataError where most rows, or too many, are none."""
    chemistry.require()
    kept: dict[str, Row] = {}
    refused: list[tuple[Row, chemistry.Problem]] = []
    rewritten = 0
    for row in file.rows:
        smiles, problem = chemistry.checked(row.text)
        if problem:
            refused.append((row, problem))
        elif smiles not in kept:
            kept[smiles] = row
            rewritten += smiles != row.text
    count = len(file.rows)
    if len(refused) > MAX_REFUSED * count:
        raise DataError(
            f"{name} is no set of molecules: {_sentence(*refused[0])}{_how(file, refused)}"
        )
    if len(kept) < MIN_MOLECULES:
        raise DataError(
            f"{name} holds {counted(len(kept), 'different molecule')}: at least {MIN_MOLECULES} "
            f"are needed.{_how(file, refused)}"
        )
    notes = [*file.notes]
    if refused:
        notes.append(_refusal_note(refused, count))
    if twice := count - len(refused) - len(kept):
        notes.append(f"{counted(twice, 'row')} left out: the molecule stands in an earlier one.")
    if rewritten:
        notes.append(f"{counted(rewritten, 'molecule')} written in another way, as RDKit does.")
    return Usable(
        list(kept), [r.name for r in kept.values()], [r.split for r in kept.values()], tuple(notes)
    )


def _how(file: MoleculeFile, refused: list[tuple[Row, chemistry.Problem]]) -> str:
    """How a file that is refused was read, behind the sentence that refuses it."""
    count = [f"{_kinds(refused, len(file.rows))}."] if len(refused) > 1 else []
    return "".join(f" {said}" for said in (*count, *file.notes))


def _kinds(refused: list[tuple[Row, chemistry.Problem]], rows: int) -> str:
    kinds = Counter(problem.kind for _, problem in refused)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    left = "was left out" if len(refused) == 1 else "were left out"
    return f"{len(refused):,} of {counted(rows, 'row')} {left} ({counts})"


def _refusal_note(refused: list[tuple[Row, chemistry.Problem]], rows: int) -> str:
    return f"{_kinds(refused, rows)}, such as {_sentence(*refused[0])}"


def _sentence(row: Row, problem: chemistry.Problem) -> str:
    if not row.text:
        return f"line {row.line}: no SMILES stands there."
    return f"line {row.line}: {row.text[:60]} {problem.about}."


def _dealt(usable: Usable, name: str) -> Dealt:
    """Molecules in the splits that a file gives; what it lacks is cut from those to train on."""
    given = {s: [i for i, said in enumerate(usable.splits) if said == s] for s in SPLITS}
    others = sum(said == "other" for said in usable.splits)
    own = bool(given["train"])
    rest = given["train"] if own else list(range(len(usable.smiles)))
    order, start, cut = [rest[i] for i in shuffled(len(rest)).tolist()], 0, []
    for split, one_of in CUT_SHARES.items():
        if not given[split]:
            count = max(1, len(order) // one_of)
            given[split] = order[start : start + count]
            start += count
            cut.append(f"{100 // one_of} % {PURPOSES[split]}")
    given["train"] = given["train"] if own and not start else order[start:]
    notes = [*usable.notes, _split_note(name, cut, own)]
    if others:
        notes.append(f"{counted(others, 'molecule')} left out, of other splits.")
    return Dealt(
        {split: [usable.smiles[i] for i in given[split]] for split in SPLITS},
        {split: [usable.names[i] for i in given[split]] for split in SPLITS},
        tuple(notes),
    )


def _split_note(name: str, cut: list[str], own: bool) -> str:
    if not own:
        return f"{name} has no splits: 70 % are to train on, 10 % for validation, 20 % for testing."
    behind = f"; of its molecules to train on, {' and '.join(cut)} were taken" if cut else ""
    return f"The splits are those of {name}{behind}."


def _said(model: MoleculeConfig) -> str:
    what = "SMILES" if model.notation == "smiles" else "SELFIES"
    return f"{what} of at most {model.length} tokens of {len(model.tokens)} kinds."


def strings_of(numbers: Tensor, model: MoleculeConfig) -> list[str]:
    """Token numbers (N, ..., T) -> SMILES, whatever the model's notation; not all need be valid."""
    written = tokens.to_texts(numbers, model.tokens)
    return [notations.to_smiles(text, model.notation) for text in written]
