"""The rows of a file that are molecules, each once, and how many are none, and why. Needs RDKit."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from vae_explorer.errors import DataError
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.files.rows import MoleculeFile, Row, counted

MIN_MOLECULES = 20
MAX_REFUSED = 0.5  # share of rows that cannot be used, beyond which it is not a set of molecules
REPORTED = 1_000  # rows between two reports of progress
Progress = Callable[[float], None]


class Usable(NamedTuple):
    """What is left of the rows of a file."""

    smiles: list[str]  # as RDKit writes them
    names: list[str]
    splits: list[str]  # as `Row` has them
    notes: tuple[str, ...]  # what was found out, converted and left out, in sentences


def usable_rows(file: MoleculeFile, name: str, progress: Progress = lambda share: None) -> Usable:
    """The molecules of a file, each once; DataError where most rows, or too many, are none."""
    chemistry.require()
    kept: dict[str, Row] = {}
    refused: list[tuple[Row, chemistry.Problem]] = []
    rewritten = 0
    for number, row in enumerate(file.rows, 1):
        if number % REPORTED == 0:
            progress(number / len(file.rows))
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
