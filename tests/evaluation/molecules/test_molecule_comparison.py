"""Models of molecules in a table: what their files say, and what others have published."""

import csv
import dataclasses
import io

import pytest
from molecules import small_molecule_checkpoint

from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.molecules import molecule_comparison
from vae_explorer.evaluation.molecules.molecule_comparison import COLUMNS, REFERENCES


def scored(value: float, name: str = "small"):
    """A row of a model that so many molecules came back from."""
    score = {"value": value, "standard_error": 0.01, "protocol": "5 molecules"}
    checkpoint = dataclasses.replace(
        small_molecule_checkpoint(), scores={"exact_reconstruction": score, "strange": score}
    )
    return molecule_comparison.row(name, checkpoint)


def test_a_row_says_what_the_file_says():
    row = scored(0.5)
    assert (row.kind, row.latent_dim, set(row.scores)) == (
        "VAE of SMILES",
        3,
        {"exact_reconstruction"},
    )
    assert COLUMNS.text(row, "exact_reconstruction") == "0.500 ± 0.010"
    assert COLUMNS.text(row, "validity") == "–"


def test_the_best_is_the_highest_share_and_no_published_one():
    rows = [scored(0.5), scored(0.7), *REFERENCES]
    best = model_comparison.best(rows, COLUMNS.ranked, COLUMNS.higher_is_better)
    assert best == {(1, "exact_reconstruction")}


def test_published_figures_have_source_link_and_protocol():
    by_name = {row.name: row for row in REFERENCES}
    assert by_name["MOSES' VAE"].value("validity") == 0.977
    assert by_name["MOSES' VAE"].value("uniqueness_10k") == 0.998
    assert by_name["JT-VAE"].value("exact_reconstruction") == 0.767
    for row in REFERENCES:
        assert row.source and row.link.startswith("https://arxiv.org/")
        assert all(score.protocol.startswith("published: ") for score in row.scores.values())


def test_the_file_has_value_error_and_protocol_of_each_score():
    head, line, *_ = csv.reader(io.StringIO(molecule_comparison.to_csv([scored(0.5)])))
    cells = dict(zip(head, line, strict=True))
    assert cells["exact_reconstruction"] == "0.5"
    assert cells["exact_reconstruction_protocol"] == "5 molecules"
    assert set(COLUMNS.shown) <= set(head)


@pytest.mark.parametrize("name", COLUMNS.shown)
def test_each_score_says_what_it_is(name):
    assert COLUMNS.titles[name] and COLUMNS.about[name]


def test_shared_molecules_are_those_that_all_keep():
    one, other = (
        dataclasses.replace(small_molecule_checkpoint(), smiles=smiles)
        for smiles in (("C", "CC", "CCC"), ("CCC", "C", "N"))
    )
    assert molecule_comparison.shared_molecules([one, other]) == ["C", "CCC"]
    assert molecule_comparison.shared_molecules([]) == []
