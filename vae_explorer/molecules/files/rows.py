"""What a file of molecules is read into: rows of text, and what there is to say of them."""

from typing import NamedTuple

MAX_CELL = 10_000  # characters


class Row(NamedTuple):
    """A molecule as a file has it."""

    text: str  # meant to be a SMILES
    name: str  # "" where it has none
    line: int  # where it stands, from 1
    split: str = ""  # train, validation or test, where a column says so; "other": none of these


class MoleculeFile(NamedTuple):
    """The rows of a file, and what was found out, converted or left unread, in sentences."""

    rows: list[Row]
    notes: tuple[str, ...] = ()


def counted(count: int, singular: str) -> str:
    """A number with its noun: "1 molecule", "2 molecules"."""
    return f"{count:,} {singular}{'' if count == 1 else 's'}"


def without_extension(text: str) -> str:
    """A cell without what ChemAxon writes behind a SMILES, between two bars."""
    text = text.strip()
    head, _, behind = text.partition(" ")
    return head if behind.lstrip().startswith("|") and behind.rstrip().endswith("|") else text


def extension_note(count: int) -> tuple[str, ...]:
    """What is said of so many cells that had such an extension."""
    return (f"{counted(count, 'extension')} behind SMILES (|…|) not read.",) if count else ()
