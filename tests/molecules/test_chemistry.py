"""Against RDKit's own figures, and by hand."""

import numpy as np
import pytest
from molecules import needs_rdkit

from vae_explorer.errors import DataError, ExplorerError
from vae_explorer.molecules import chemistry, list_scores

pytestmark = needs_rdkit
ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_one_molecule_has_one_canonical_smiles():
    assert chemistry.canonical("OCC") == chemistry.canonical("C(C)O") == "CCO"
    assert chemistry.canonical("not a molecule") is chemistry.canonical("") is None
    assert chemistry.canonical("C1CC") is None and chemistry.canonical("F(C)(C)C") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "hello is not a SMILES that RDKit can read"),
        ("", "an empty text is not a SMILES"),
        ("CC(=O)[O-].[Na+]", "is a salt or a mixture: give one molecule, without the dot"),
        ("C" * 500, "has 500 atoms: at most 100 are taken"),
        ("InChI=1S/CH4/h1H4", "is an InChI: give its SMILES"),
        ("[C][C][O]", "is written as SELFIES: give SMILES"),
        ("CCO>>CC=O", "is a reaction: give one molecule"),
        ("CCO>O>CC=O", "is a reaction: give one molecule"),
        ("[#6]-[#8]", "is a pattern of molecules (SMARTS)"),
        ("C~C", "is a pattern of molecules (SMARTS)"),
        ("CCO ethanol", "is not a SMILES that RDKit can read: it has a blank in it"),
        ("nan", "nan is not a SMILES"),
        ("[R1]CCO", "is not a SMILES"),
    ],
)
def test_text_that_cannot_be_used_says_why(text, message):
    with pytest.raises(DataError) as error:
        chemistry.usable(text)
    assert message in str(error.value) and str(error.value).endswith(".")


@pytest.mark.parametrize(
    "text", ["[13CH3]CO", "C[N+](C)(C)C", "C/C=C/C", "[NH3]->[Cu]", "[CH2]C", "*CC", "[2H]OC"]
)
def test_unusual_molecules_are_taken_as_they_are(text):
    assert chemistry.usable(text) == chemistry.canonical(text)
    assert chemistry.usable("C1.C1") == "CC"  # a dot between atoms that a ring number binds


def test_properties_are_those_of_rdkit():
    from rdkit import Chem
    from rdkit.Chem import QED, Crippen, Descriptors
    from rdkit.Contrib.SA_Score import sascorer

    both = [ASPIRIN, CAFFEINE]
    for smiles, row in zip(both, chemistry.properties(both), strict=True):
        molecule = Chem.MolFromSmiles(smiles)
        assert row.tolist() == [
            Crippen.MolLogP(molecule),
            QED.qed(molecule),
            sascorer.calculateScore(molecule),
            Descriptors.MolWt(molecule),
        ]
    logp, qed, sa, weight = chemistry.properties([ASPIRIN])[0]
    assert logp == pytest.approx(1.31, abs=0.01) and qed == pytest.approx(0.55, abs=0.01)
    assert sa == pytest.approx(1.58, abs=0.01) and weight == pytest.approx(180.16, abs=0.01)


def test_similarity_is_that_of_rdkit():
    from rdkit import Chem, DataStructs
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(s)) for s in (ASPIRIN, CAFFEINE)]
    theirs = DataStructs.TanimotoSimilarity(*prints)
    assert chemistry.similarity(ASPIRIN, CAFFEINE) == pytest.approx(theirs)
    assert chemistry.similarity(ASPIRIN, ASPIRIN) == 1
    ours = chemistry.fingerprints([ASPIRIN, CAFFEINE])
    table = chemistry.tanimoto(ours, ours)
    assert table == pytest.approx(np.array([[1, theirs], [theirs, 1]]))
    assert list_scores.internal_diversity(ours) == pytest.approx(1 - (2 + 2 * theirs) / 4)


# ten strings, counted by hand: of them two are no molecules; of the eight valid ones CCO stands
# there three times, in two ways, and CCN twice: five are different
TEN = ["CCO", "OCC", "CCO", "CCN", "CCN", "c1ccccc1", "CC(C)O", "CCCC", "C1CC", "CCO)"]


def test_validity_uniqueness_and_novelty_of_ten_strings():
    canonical = list_scores.canonical_all(TEN)
    assert list_scores.validity(canonical) == 0.8
    assert list_scores.uniqueness(canonical, 1000) == 5 / 8
    assert list_scores.uniqueness(canonical, 4) == 2 / 4
    assert list_scores.novelty(canonical, {"CCO", "CCCC", "CCl"}) == 3 / 5
    assert list_scores.uniqueness([None], 10) == list_scores.novelty([None], set()) == 0


def test_a_list_is_at_no_distance_from_itself():
    figures = chemistry.properties(list_scores.valid_only(list_scores.canonical_all(TEN)))
    assert set(list_scores.distances(figures, figures).values()) == {0.0}
    moved = figures + np.array([1.0, 0.0, 0.5, 20.0])
    expected = {"logP": 1.0, "QED": 0.0, "SA": 0.5, "weight": 20.0}
    assert list_scores.distances(figures, moved) == pytest.approx(expected)


def test_without_rdkit_it_is_said_how_to_get_it(monkeypatch):
    chemistry._rdkit.cache_clear()
    monkeypatch.setattr(chemistry.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExplorerError, match="pip install 'vae-explorer\\[molecules\\]'"):
        chemistry.canonical("CCO")


@pytest.mark.skipif(not list_scores.has_frechet_distance(), reason="without fcd there is none")
def test_frechet_distance_is_none_to_itself_and_grows_with_difference():
    near, far = [ASPIRIN, CAFFEINE, "CCO", "CCN"] * 2, ["CCCCCCCC", "c1ccccc1", "CCCl", "CCBr"] * 2
    assert abs(list_scores.frechet_distance(near, near)) < 1e-3
    assert list_scores.frechet_distance(near, far) > 1
