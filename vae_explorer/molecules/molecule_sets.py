"""Sets of molecules by name, or by the path of a file -> strings as token numbers, in splits.

A string is stored as a picture of one row would be: uint8 (N, 1, T). Molecules of one's own are
checked and written as RDKit writes them; those that cannot be used are left out, and counted.
"""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.data.splits import CUT_SHARES, SPLITS, Dataset, Split, shuffled
from vae_explorer.errors import DataError
from vae_explorer.molecule_config import MAX_LENGTH, MoleculeConfig, MoleculeTrainConfig
from vae_explorer.molecules import moses, notations, tokens
from vae_explorer.molecules.files import molecule_files
from vae_explorer.molecules.files.molecule_files import WANTED, is_molecule_file, read_file, refusal
from vae_explorer.molecules.files.rows import counted
from vae_explorer.molecules.files.usable_rows import Progress, Usable, usable_rows
from vae_explorer.molecules.written import moses_written, own_written

VALIDATION_SIZE = 5_000  # of the training molecules of MOSES: the last ones
CLASSES = ("molecule",)


class Dealt(NamedTuple):
    """SMILES by split, the names that some have, and what is to be said."""

    smiles: dict[str, list[str]]
    names: dict[str, list[str]]  # none of MOSES
    notes: tuple[str, ...]


def load(
    config: MoleculeTrainConfig,
    root: Path | None = None,
    progress: Progress = lambda share: None,
) -> tuple[MoleculeConfig, Dataset]:
    """What settings name, and their model with the tokens that it reads it by. DataError.

    A model without tokens takes those of the training molecules. Of these only the first
    `config.limit` are read, if it is not 0.
    """
    name, model = config.dataset, config.model
    dealt = smiles_of(name, root, config.column, progress)
    if config.limit:
        few = dealt.smiles["train"][: config.limit]
        dealt = dealt._replace(smiles=dealt.smiles | {"train": few})
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


_LAST: dict[tuple[Path, str, int, int], Dealt] = {}  # the file read last: a run asks for it twice
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


def smiles_of(
    name: str,
    root: Path | None = None,
    column: str = "",
    progress: Progress = lambda share: None,
) -> Dealt:
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
    try:
        stat = path.stat()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    key = (path, column, stat.st_mtime_ns, stat.st_size)
    dealt = _LAST.get(key)  # asked once: another session may put its own file there meanwhile
    if dealt is None:
        dealt = _dealt(usable_rows(read_file(path, column), path.name, progress), path.name)
        _LAST.clear()
        _LAST[key] = dealt
    return dealt


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


def describe(dataset: Dataset) -> list[str]:
    """How many molecules in which splits, how they are written, what was left out."""
    counts = [f"{len(dataset.split(split)):,} {about}" for split, about in PURPOSES.items()]
    total = sum(len(dataset.split(split)) for split in SPLITS)
    return [f"{counted(total, 'molecule')}: {', '.join(counts)}.", *dataset.notes]


def is_called(source: str) -> bool:
    """Whether a data set is one of molecules; of tables, whether a column is called SMILES."""
    path = Path(source).expanduser()
    if molecule_files.ending(path) not in molecule_files.TABLE_ENDINGS:
        return source == moses.NAME or is_molecule_file(path)
    return molecule_files.has_smiles(path)


def _said(model: MoleculeConfig) -> str:
    what = "SMILES" if model.notation == "smiles" else "SELFIES"
    return f"{what} of at most {model.length} tokens of {len(model.tokens)} kinds."


def strings_of(numbers: Tensor, model: MoleculeConfig) -> list[str]:
    """Token numbers (N, ..., T) -> SMILES, whatever the model's notation; not all need be valid."""
    written = tokens.to_texts(numbers, model.tokens)
    return [notations.to_smiles(text, model.notation) for text in written]
