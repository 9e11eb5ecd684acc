"""Which columns of a table are pixels, which is the label: named so, or guessed and said.

Knows names and a few first values, not how a table is stored.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from vae_explorer.config import MAX_CLASSES, MIN_SIDE
from vae_explorer.errors import DataError

LABEL_NAMES = (
    *("label", "labels", "class", "target", "y", "category", "digit", "emotion", "fine_label"),
    *("class_name", "classname", "species"),
)
SPLIT_COLUMNS = ("split", "usage", "subset", "set", "fold")
NUMBERED = re.compile(r"(?P<stem>.*?)[\s_\-.]*\d+(?:[x_,-]\d+)*")
MIN_PIXELS = MIN_SIDE * MIN_SIDE
SHOWN_COLUMNS = 6


class Columns(NamedTuple):
    """Of a table by their positions; no label or split: None."""

    pixels: tuple[int, ...]
    label: int | None
    split: int | None
    notes: list[str]


Chooser = Callable[  # of names, whether numeric, first values, whether headed, the table's name
    [Sequence[str], Sequence[bool], Sequence[Sequence], bool, str], Columns
]


def choose(
    names: Sequence[str],
    numeric: Sequence[bool],
    firsts: Sequence[Sequence[float]],
    headed: bool,
    table: str,
) -> Columns:
    """The columns of a table with these names, whether they hold numbers, and first values."""
    lower = [name.strip().strip('"').lower() for name in names]
    label = next((lower.index(name) for name in LABEL_NAMES if name in lower), None)
    split = next((lower.index(name) for name in SPLIT_COLUMNS if name in lower), None)
    if split is not None and numeric[split]:
        split = None
    notes = [] if label is None else [f"The label is the column {names[label]}."]
    free = [i for i in range(len(names)) if i not in (label, split)]
    pixels = _numbered([i for i in free if numeric[i]], lower) if headed else []
    pixels = pixels or [i for i in free if numeric[i]]
    if label is None and not _makes_picture(len(pixels)) and _makes_picture(len(pixels) - 1):
        label = _guessed(pixels, firsts)
        pixels.remove(label)
        which = "first" if label == 0 else "last"
        named = f", {names[label]}," if headed else ""
        notes.append(f"The {which} column{named} is taken for the label.")
    elif label is None:
        label = repeating([i for i in free if i not in pixels], firsts)
        if label is not None:
            notes.append(f"The column {names[label]} is taken for the label.")
        elif pixels and headed:
            notes.append("There is no column of labels.")
    notes += left_out(names, [*pixels, label, split])
    if len(pixels) < MIN_PIXELS:
        raise DataError(
            f"{table} has {len(pixels):,} columns of numbers: pixels need at least {MIN_PIXELS}, "
            "as pixel0, pixel1, …, and a column label."
        )
    return Columns(tuple(pixels), label, split, notes)


def side_columns(names: Sequence[str]) -> tuple[int | None, int | None, list[str]]:
    """Label and split of a table with all pixels in one column, and what is said of them."""
    lower = [name.lower() for name in names]
    label = next((lower.index(name) for name in LABEL_NAMES if name in lower), None)
    split = next((lower.index(name) for name in SPLIT_COLUMNS if name in lower), None)
    no_label = "There is no column of labels."
    return label, split, [no_label if label is None else f"The label is the column {names[label]}."]


def left_out(names: Sequence[str], used: Collection[int | None]) -> list[str]:
    """The sentence that names the columns that are nothing of a picture."""
    left = [name for column, name in enumerate(names) if column not in used]
    shown = ", ".join(left[:SHOWN_COLUMNS]) + (", …" if len(left) > SHOWN_COLUMNS else "")
    return [f"Columns that are no pixels are left out: {shown}."] if left else []


def _makes_picture(count: int) -> bool:
    side, third = round(max(count, 0) ** 0.5), round((max(count, 0) / 3) ** 0.5)
    return count >= MIN_PIXELS and count in (side * side, 3 * third * third)


def _numbered(columns: list[int], names: list[str]) -> list[int]:
    """The columns of the commonest name with a number behind it, such as pixel0; none: too few."""
    stems: dict[str, list[int]] = {}
    for column in columns:
        if match := NUMBERED.fullmatch(names[column]):
            stems.setdefault(match["stem"], []).append(column)
    most = max(stems.values(), key=len, default=[])
    return most if len(most) >= MIN_PIXELS else []


def _guessed(columns: list[int], firsts: Sequence[Sequence[float]]) -> int:
    """The first column or the last, whichever rather holds the numbers of classes."""
    for column in (columns[0], columns[-1]):
        values = {value for value in firsts[column] if value == value}
        whole = all(value == int(value) for value in values)
        if whole and len(values) > 1 and max(values) - min(values) < max(2 * len(values), 10):
            return column
    return columns[0]


def repeating(columns: list[int], firsts: Sequence[Sequence]) -> int | None:
    """The one column whose values repeat, as classes do; None: no one, or several."""
    filled = [i for i in columns if len(firsts[i])]
    repeated = [i for i in filled if len(set(firsts[i])) <= min(len(firsts[i]) / 2, MAX_CLASSES)]
    return repeated[0] if len(repeated) == 1 else None
