"""What is written is read back: by the csv module, by RDKit, by the product's own door."""

import csv
import io

import pytest
from molecules import needs_rdkit

from vae_explorer.export import molecule_exports
from vae_explorer.molecules import molecule_table
from vae_explorer.molecules.files import molecule_files

pytestmark = needs_rdkit
NAMES = ["seed 0", "seed 1", "seed 2"]
MORE = {"similarity": [1.0, float("nan"), 0.25]}


@pytest.fixture(scope="module")
def rows():
    return molecule_table.table(["OCC", "=C1CC", "c1ccccc1"])


def test_smi_has_the_molecules_with_their_names(rows):
    text = molecule_exports.smi(rows, NAMES).decode()
    assert text == "CCO seed 0\nc1ccccc1 seed 2\n"
    back = molecule_files.read_text(text, "a.smi")
    assert [(row.text, row.name) for row in back.rows] == [
        ("CCO", "seed 0"),
        ("c1ccccc1", "seed 2"),
    ]


def test_table_has_every_row_and_says_which_are_valid(rows):
    text = molecule_exports.csv(rows, NAMES, MORE).decode()
    first, second, _ = csv.DictReader(io.StringIO(text))
    assert first["smiles"] == "CCO" and first["written"] == "OCC" and first["valid"] == "true"
    assert float(first["weight"]) == pytest.approx(46.069, abs=0.001)
    assert second["valid"] == "false" and second["smiles"] == second["logP"] == ""
    assert second["written"] == "'=C1CC", "no spreadsheet takes it for a formula"
    assert (first["similarity"], second["similarity"]) == ("1", "")


def test_sdf_is_read_by_rdkit_with_coordinates_and_figures(rows):
    from rdkit import Chem

    supplier = Chem.SDMolSupplier()
    supplier.SetData(molecule_exports.sdf(rows, NAMES, MORE).decode())
    ethanol, benzene = supplier
    assert [Chem.MolToSmiles(each) for each in (ethanol, benzene)] == ["CCO", "c1ccccc1"]
    assert [each.GetProp("_Name") for each in (ethanol, benzene)] == ["seed 0", "seed 2"]
    places = benzene.GetConformer().GetPositions()
    assert abs(places[:, :2]).max() > 1 and (places[:, 2] == 0).all()
    assert float(benzene.GetProp("weight")) == pytest.approx(78.114, abs=0.001)
    assert benzene.GetProp("similarity") == "0.25" and benzene.GetProp("SMILES") == "c1ccccc1"


def test_files_of_nothing_valid_are_empty(rows):
    none = rows.part([1])
    assert molecule_exports.smi(none, ["a"]) == molecule_exports.sdf(none, ["a"], {}) == b""
