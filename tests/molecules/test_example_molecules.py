"""Well-known molecules are what their formulas say, and MOSES' rules are applied to them."""

import pytest
from molecules import needs_rdkit

from vae_explorer.molecules import chemistry, moses_filter
from vae_explorer.molecules.example_molecules import DRUGS, EXAMPLES, OTHER_CHEMISTRY

KNOWN = {known.name: known for group in (DRUGS, *OTHER_CHEMISTRY.values()) for known in group}


@needs_rdkit
def test_each_has_the_formula_that_is_written_beside_it():
    formula = chemistry.part("Chem.rdMolDescriptors").CalcMolFormula
    found = {name: formula(chemistry.parsed(known.smiles)) for name, known in KNOWN.items()}
    assert found == {name: known.formula for name, known in KNOWN.items()}
    assert len(KNOWN) > 60


@needs_rdkit
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("aspirin", "weighs 180 Da"),
        ("cholesterol", "logP"),
        ("palmitic acid", "rotatable bonds"),
        ("tetramethylsilane", "Si"),
        ("trinitrotoluene", "charged"),
    ],
)
def test_what_kept_a_molecule_out_of_moses_is_said(name, reason):
    assert any(reason in words for words in moses_filter.objections(KNOWN[name].smiles))


@needs_rdkit
def test_a_molecule_of_moses_has_nothing_against_it():
    assert moses_filter.objections(EXAMPLES["diazepam"]) == []


@needs_rdkit
def test_what_is_said_of_space_can_be_left_out():
    assert chemistry.without_stereo("C[C@H](N)C(=O)O") == "CC(N)C(=O)O"
    assert chemistry.heavy_atoms("CC(N)C(=O)O") == 6


@needs_rdkit
def test_a_text_too_long_to_be_a_molecule_is_not_parsed():
    problem = chemistry.problem("C" * 1_000_000)
    assert problem is not None and problem.kind == "too large" and "1,000,000" in problem.about
