"""By hand, on a few texts of which two are no molecules."""

import math

import numpy as np
import pytest
from molecules import needs_rdkit

from vae_explorer.molecules import chemistry, molecule_table

pytestmark = needs_rdkit
TEXTS = ["CCO", "OCC", "C1CC", "C1CC", "c1ccccc1", "CCO"]


@pytest.fixture(scope="module")
def rows():
    return molecule_table.table(TEXTS)


def test_table_has_every_text_and_properties_of_the_valid_ones(rows):
    assert rows.texts == tuple(TEXTS)
    assert rows.smiles == ("CCO", "CCO", None, None, "c1ccccc1", "CCO")
    assert np.isnan(rows.properties[2:4]).all()
    assert rows.properties[4].tolist() == chemistry.properties(["c1ccccc1"])[0].tolist()
    assert rows.column("weight")[0] == pytest.approx(46.07, abs=0.01)
    part = rows.part([4, 2])
    assert part.smiles == ("c1ccccc1", None) and part.properties.shape == (2, 4)


def test_table_of_nothing_valid_is_a_table(rows):
    assert np.isnan(molecule_table.table(["C1CC"]).properties).all()
    assert molecule_table.table([]).properties.shape == (0, 4)


def test_tally_counts_valid_different_and_new_ones(rows):
    assert molecule_table.tally(rows.smiles, {"CCO"}) == (6, 4, 2, 1)
    assert molecule_table.tally([None]) == (1, 0, 0, 0)


def test_repeats_are_the_same_molecule_or_the_same_text(rows):
    assert molecule_table.repeats(rows) == [False, True, False, True, False, False]


def test_similarity_is_there_where_both_are_molecules(rows):
    values = molecule_table.similarities(rows.smiles, "CCO")
    assert values[[0, 1, 5]].tolist() == [1, 1, 1] and np.isnan(values[[2, 3]]).all()
    assert values[4] == pytest.approx(chemistry.similarity("c1ccccc1", "CCO"))
    assert np.isnan(molecule_table.similarities(rows.smiles, None)).all()
    assert np.isnan(molecule_table.similarities([None], "CCO")).all()


def test_mean_difference_leaves_out_what_one_of_both_lacks():
    assert molecule_table.mean_difference([1, 2, math.nan], [2, 5, 1]) == 2
    assert math.isnan(molecule_table.mean_difference([math.nan], [1]))


def test_spans_are_rounded_outwards():
    values = np.array([[1.23, 0.5, 2.0, 100.4], [2.31, 0.5, 3.01, 99.6]])
    digits = {"logP": 1, "QED": 2, "SA": 1, "weight": 0}
    assert molecule_table.spans(values, digits) == {
        "logP": (1.2, 2.4),
        "QED": (0.5, 0.51),
        "SA": (2.0, 3.1),
        "weight": (99, 101),
    }


def test_a_range_still_at_its_end_sets_no_limit():
    whole = {"logP": (0.0, 5.0), "QED": (0.0, 1.0)}
    chosen = {"logP": (0.0, 4.0), "QED": (0.0, 1.0)}
    assert molecule_table.limits(chosen, whole) == {"logP": (-math.inf, 4.0)}


def test_filters_keep_rows_in_order(rows):
    assert molecule_table.kept(rows, {}) == list(range(6))
    assert molecule_table.kept(rows, {}, valid_only=True) == [0, 1, 4, 5]
    assert molecule_table.kept(rows, {}, different_only=True) == [0, 2, 4]
    assert molecule_table.kept(rows, {"weight": (50, 100)}) == [4]
    assert molecule_table.kept(rows, {"weight": (-math.inf, 50)}, True, True) == [0]
