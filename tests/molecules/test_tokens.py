import pytest
import torch
from molecules import SMILES
from torch import Generator

from vae_explorer.errors import DataError
from vae_explorer.molecule_config import (
    END,
    MAX_TOKEN_TEXT,
    MAX_TOKENS,
    PAD,
    MoleculeConfig,
)
from vae_explorer.molecules import tokens

ODD = ["CC[N+](C)C", "C1CC%10CC1C%10", "Clc1ccccc1Br", "[nH]1cccc1", "c1cc[nH]c1", "C#N", ""]


@pytest.mark.parametrize("pieces", [0, 1, 30])
@pytest.mark.parametrize("texts", [SMILES, ODD])
def test_what_was_turned_into_numbers_comes_back(texts, pieces):
    known = tokens.found_tokens(texts, pieces=pieces)
    numbers = tokens.to_numbers(texts, known, 40)
    assert numbers.shape == (len(texts), 1, 40) and numbers.dtype == torch.uint8
    assert tokens.to_texts(numbers, known) == texts
    assert END not in numbers


def test_symbols_are_atoms_brackets_bonds_branches_and_rings():
    assert tokens.symbols("Clc1c[nH]c%12C(=O)[C@@H]Br") == [
        *("Cl", "c", "1", "c", "[nH]", "c", "%12", "C", "(", "=", "O", ")", "[C@@H]", "Br")
    ]


def test_pieces_are_what_often_follows_each_other():
    known = tokens.found_tokens(["CCO", "CCO", "CCN", "NCC"], pieces=2)
    assert known == ("C", "N", "O", "CC", "CCO")
    assert tokens.to_numbers(["CCO", "CCN"], known, 3).squeeze(1).tolist() == [[6, 0, 0], [5, 3, 0]]


def test_of_three_in_a_row_two_are_a_pair():
    known = tokens.found_tokens(["CCC", "CCC"], pieces=1)
    assert tokens.to_numbers(["CCC"], known, 3).flatten().tolist() == [3, 2, PAD]


def test_no_piece_is_made_of_what_occurs_once():
    assert tokens.found_tokens(["CNO"], pieces=5) == ("C", "N", "O")


def test_pieces_do_not_cut_a_symbol_in_two():
    known = ("C", "Cl", "CC")
    assert tokens.to_texts(tokens.to_numbers(["CCCl"], known, 5), known) == ["CCCl"]
    assert tokens.to_numbers(["CCCl"], known, 5).flatten().tolist() == [4, 3, 0, 0, 0]


def test_strings_that_pieces_shorten_are_alike_alone_and_among_others():
    known = tokens.found_tokens(SMILES, pieces=20)
    together = tokens.to_numbers(SMILES, known, 20)
    alone = torch.cat([tokens.to_numbers([text], known, 20) for text in SMILES])
    assert torch.equal(together, alone)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CP", "CP has P, which the model has never read"),
        ("C[C@H](C)C", "says how it lies in space ([C@H]), which the model never learned"),
        ("C/C=C/C", "says how it lies in space (/)"),
        ("C" * 9, "has 9 tokens: the model takes 8"),
    ],
)
def test_string_that_a_model_cannot_read_is_named(text, message):
    known = ("(", ")", "=", "C", "O")
    with pytest.raises(DataError) as error:
        tokens.to_numbers(["CC", text], known, 8)
    assert message in str(error.value)
    found = tokens.numbers_of(["CC", text, "CO"], known)
    rows, kept = tokens.readable_rows(*found, 8)
    assert kept == [0, 2] and tokens.to_texts(rows, known) == ["CC", "CO"]


def test_batches_hold_every_string_once_and_like_lengths():
    known = tokens.found_tokens(SMILES)
    numbers = tokens.to_numbers(SMILES, known, 20)
    order = torch.randperm(len(SMILES), generator=Generator().manual_seed(1))
    batches = tokens.similar_batches(order, numbers, 10, Generator().manual_seed(2))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(SMILES)))
    spread = [tokens.lengths(numbers[b]).float().std(correction=0).item() for b in batches]
    assert sum(spread) / len(spread) < tokens.lengths(numbers).float().std().item() / 3


def test_rarest_symbols_are_left_out_where_there_are_too_many():
    texts = [f"[{number}C]" for number in range(1, 300)] + ["[1C]", "CC", "CCC"]
    found = tokens.found_tokens(texts, pieces=20)
    assert len(found) == MAX_TOKENS and {"C", "[1C]"} <= set(found)


def test_no_piece_is_longer_than_a_token_may_be():
    found = tokens.found_tokens(["[C]" * 300, "[N]" * 300], "selfies", pieces=30)
    assert len(found) > 10 and max(map(len, found)) <= MAX_TOKEN_TEXT
    MoleculeConfig(tokens=found)
