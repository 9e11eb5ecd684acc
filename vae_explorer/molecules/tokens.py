"""Strings of a notation <-> token numbers. Knows no chemistry: that is `chemistry`'s.

An atom, all between two brackets, a bond, a branch or the number of a ring is a symbol of SMILES. A
token is a symbol, or a piece: several of them that often follow each other, found by joining the
commonest pair again and again (Li & Fourches 2021, "SMILES Pair Encoding"). Fewer tokens are
learned faster. N strings of at most T tokens.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import Generator, Tensor

from vae_explorer.errors import DataError
from vae_explorer.molecule_config import END, MAX_TOKEN_TEXT, MAX_TOKENS, PAD, SPECIAL

SYMBOLS = {
    "smiles": re.compile(r"\[[^\[\]]*\]|Cl|Br|%\d\d|.", re.DOTALL),
    "selfies": re.compile(r"\[[^\[\]]*\]|.", re.DOTALL),
}
PRIVATE = 0xE000  # first of the characters that Unicode gives no meaning
SEARCHED = 40_000  # strings among which pieces are looked for
CHUNK = 64  # batches whose strings are sorted by length


def symbols(text: str, notation: str = "smiles") -> list[str]:
    """What a string is made of, before pieces are."""
    return SYMBOLS[notation].findall(text)


def found_tokens(
    texts: Sequence[str], notation: str = "smiles", pieces: int = 0
) -> tuple[str, ...]:
    """Every symbol that these strings use, sorted; behind them so many pieces, the commonest first.

    Fewer where no pair is left that occurs twice. Of more symbols than there are numbers the rarest
    are left out, and pieces get what is left.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(symbols(text, notation))
    single = tuple(sorted(symbol for symbol, _ in counts.most_common(MAX_TOKENS)))
    pieces = min(pieces, MAX_TOKENS - len(single))
    if not pieces:
        return single
    numbers = {symbol: number for number, symbol in enumerate(single, SPECIAL)}
    flat = [
        numbers.get(symbol, END)
        for text in texts[:SEARCHED]
        for symbol in (*symbols(text, notation), "")
    ]
    tokens = list(single)
    for first, second in _joined_pairs(np.array(flat), [*map(len, single)], pieces):
        tokens.append(tokens[first - SPECIAL] + tokens[second - SPECIAL])
    return tuple(tokens)


def _joined_pairs(flat: ndarray, lengths: list[int], pieces: int) -> Iterator[tuple[int, int]]:
    """The commonest pair of neighbours, joined; then the commonest again: byte pair encoding.

    `lengths` are those of the symbols; no pair becomes longer than a token may be.
    """
    count = len(lengths)
    made: set[tuple[int, int]] = set()
    most = SPECIAL + count + pieces
    for number in range(SPECIAL + count, most):
        counts = np.bincount(flat[:-1] * most + flat[1:], minlength=most * most)
        counts = counts.reshape(most, most)
        counts[END], counts[:, END] = 0, 0
        known = np.array(lengths)
        within = known[:, None] + known <= MAX_TOKEN_TEXT
        counts[SPECIAL:number, SPECIAL:number] *= within
        first, second = divmod(int(counts.argmax()), most)
        if counts[first, second] < 2 or (first, second) in made:
            return
        made.add((first, second))
        lengths = [*lengths, lengths[first - SPECIAL] + lengths[second - SPECIAL]]
        hits = np.flatnonzero((flat[:-1] == first) & (flat[1:] == second))
        if first == second:  # of three in a row only the first two are a pair
            begins = np.where(np.diff(hits, prepend=-2) != 1, np.arange(len(hits)), 0)
            hits = hits[(np.arange(len(hits)) - np.maximum.accumulate(begins)) % 2 == 0]
        flat[hits] = number
        flat = np.delete(flat, hits + 1)
        yield first, second


class Tokenizer(NamedTuple):
    """How strings become characters, one a token, and those become numbers."""

    replacements: tuple[tuple[str, str], ...]  # in this order
    table: ndarray  # uint8, by character: its number, or PAD


@lru_cache(maxsize=8)
def tokenizer(tokens: tuple[str, ...], notation: str) -> Tokenizer:
    """Of these tokens: long symbols first, then the pieces in the order they were made."""
    table = np.zeros(PRIVATE + MAX_TOKENS + SPECIAL + 1, dtype=np.uint8)
    table[ord("\n")] = END
    replacements: list[tuple[str, str]] = []
    by_symbols = sorted(
        enumerate(tokens, SPECIAL), key=lambda pair: len(symbols(pair[1], notation)) > 1
    )
    for number, token in by_symbols:
        if len(token) == 1:
            table[ord(token)] = number
            continue
        written = token
        for old, new in replacements:  # as it stands in a string by then
            written = written.replace(old, new)
        replacements.append((written, chr(PRIVATE + number)))
        table[PRIVATE + number] = number
    return Tokenizer(tuple(replacements), table)


def numbers_of(
    texts: Sequence[str], tokens: tuple[str, ...], notation: str = "smiles"
) -> tuple[ndarray, ndarray]:
    """All tokens of strings in one row, PAD where one is unknown, and how many each string has.

    Works on all strings at once: millions take seconds.
    """
    using = tokenizer(tokens, notation)
    joined = "".join([text + "\n" for text in texts])
    for old, new in using.replacements:
        joined = joined.replace(old, new)
    characters = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    found = using.table[np.minimum(characters, len(using.table) - 1)]
    ends = np.flatnonzero(found == END)
    return found[found != END], np.diff(ends, prepend=-1) - 1


def to_numbers(
    texts: Sequence[str], tokens: tuple[str, ...], length: int, notation: str = "smiles"
) -> Tensor:
    """Strings -> uint8 (N, 1, `length`), one row of token numbers each.

    DataError, naming the string, where it is longer or has a symbol that none of these has.
    """
    rows, kept = readable_rows(*numbers_of(texts, tokens, notation), length)
    if len(kept) < len(texts):
        refused = sorted(set(range(len(texts))).difference(kept))[0]
        raise DataError(objection(texts[refused], tokens, length, notation) or "")
    return rows


def readable_rows(found: ndarray, counts: ndarray, length: int) -> tuple[Tensor, list[int]]:
    """What `numbers_of` gave -> uint8 (n, 1, `length`) of the strings that fit, and which they are.

    One that is longer, or has an unknown symbol, does not.
    """
    whose = np.repeat(np.arange(len(counts)), counts)
    fit = counts <= length
    fit[whose[found == PAD]] = False
    rows = np.full((int(fit.sum()), 1, length), PAD, dtype=np.uint8)
    rows[np.arange(length) < counts[fit][:, None, None]] = found[fit[whose]]
    return torch.from_numpy(rows), np.flatnonzero(fit).tolist()


def objection(
    text: str, tokens: tuple[str, ...], length: int, notation: str = "smiles"
) -> str | None:
    """Why a model of these tokens cannot read a string, in a sentence; None where it can."""
    unknown = next((symbol for symbol in symbols(text, notation) if symbol not in tokens), None)
    if unknown is not None and ("@" in unknown or unknown in "/\\"):
        return f"{text[:60]} says how it lies in space ({unknown}), which the model never learned."
    if unknown is not None:
        return f"{text[:60]} has {unknown}, which the model has never read."
    count = int(numbers_of([text], tokens, notation)[1][0])
    if count > length:
        return f"{text[:60]} has {count} tokens: the model takes {length}."
    return None


def to_texts(numbers: Tensor, tokens: Sequence[str]) -> list[str]:
    """Token numbers (N, ..., T) -> strings, each up to its end."""
    table = ["", "", *tokens]
    texts = []
    for row in numbers.flatten(1).tolist():
        end = row.index(END) if END in row else len(row)
        texts.append("".join([table[number] for number in row[:end]]))
    return texts


def lengths(numbers: Tensor) -> Tensor:
    """Of token numbers (N, ..., T), how many tokens each string has, (N,)."""
    return numbers.flatten(1).gt(END).sum(dim=1)


def similar_batches(
    order: Tensor, numbers: Tensor, batch_size: int, generator: Generator
) -> list[Tensor]:
    """Strings in this order -> batches of indices, those of one batch about equally long.

    So little is wasted on filling up. Sorted within pieces of CHUNK batches, which come one after
    another; the batches of a piece are shuffled.
    """
    batches: list[Tensor] = []
    for part in order.split(CHUNK * batch_size):
        by_length = part[torch.argsort(lengths(numbers[part]), stable=True)]
        those = by_length.split(batch_size)
        shuffled = torch.randperm(len(those), generator=generator, device=generator.device)
        batches += [those[i] for i in shuffled.tolist()]
    return batches
