"""Files of molecules as people have them: what is read, and what is said of it."""

import gzip

import pytest
from molecules import needs_rdkit

from vae_explorer.errors import DataError
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.files import molecule_files

ETHER = "CC1C2CCC(C2)C1CN(CCO)C(=O)c1ccc(Cl)cc1"
SMILES = ["CCO", ETHER, "c1ccccc1"]


def read(name, content, column=""):
    data = content if isinstance(content, bytes) else content.encode()
    return molecule_files.read_bytes(data, name, column)


def rows_of(*lines, heading=""):
    return "".join(f"{line}\n" for line in ([heading] if heading else []) + list(lines))


@pytest.mark.parametrize(
    ("name", "heading", "line"),
    [
        ("zinc.csv", "smiles,logP,qed,SAS", '"{}\n",1.2,0.5,2.3'),
        ("qm9.csv", "mol_id,smiles,A,B", "gdb_1,{},157.7,157.7"),
        ("chembl.tsv", '"ChEMBL ID"\t"Name"\t"Smiles"', '"CHEMBL1"\t"A|B"\t"{}"'),
        ("chembl.csv", '"ChEMBL ID";"Weight";"Smiles"', '"CHEMBL1";"1,5";"{}"'),
        ("chembl.txt", "chembl_id\tcanonical_smiles\tstandard_inchi", "CHEMBL1\t{}\tInChI=1S/x"),
        ("esol.csv", "Compound ID,measured log solubility,smiles", "Amigdalin,-0.77,{}"),
        ("pubchem.csv", "cid,IsomericSMILES", "702,{}"),
        ("spaces.csv", "Ligand SMILES,Ki", "{},3"),
        ("excel.csv", "sep=;\nName;SMILES", "m;{}"),
        ("bars.csv", "smiles|name", "{}|m"),
        ("tabs.csv", "smiles\tname", "{}\tm"),
        ("commas.tsv", "smiles,name", "{},m"),
        ("commas.txt", "smiles,name", "{},m"),
        ("remark.csv", "# made by hand\nsmiles,name", "{},m"),
        ("hash.smi", "#SMILES\tName", "{}\tm"),
        ("named.smi", "smiles_string name", "{} mol 1"),
        ("commas.smi", "SMILES,name", "{},m"),
        ("moses.csv", "SMILES,SPLIT", "{},train"),
        ("guacamol.smiles", "", "{}"),
        ("bare.cxsmiles", "smiles\tid", "{}\tZ1"),
    ],
)
def test_files_of_well_known_makers_are_read(name, heading, line):
    file = read(name, rows_of(*[line.format(smiles) for smiles in SMILES], heading=heading))
    assert [row.text for row in file.rows] == SMILES


@needs_rdkit
@pytest.mark.parametrize(
    ("name", "heading", "line", "said"),
    [
        ("tdc.tab", "Drug_ID\tDrug\tY", "d1\t{}\t-1", "taken from the column Drug."),
        ("x.csv", "Idx,X,Y", "1,{},0.5", "taken from the column X."),
        ("none.csv", "", "1,{},0.5", "has no heading: the SMILES are taken from column 2."),
        ("pubchem.txt", "", "702\t{}", "has no heading: the SMILES are taken from column 2."),
        ("first.smi", "", "mol1 {}", "has no heading: the SMILES are taken from column 2."),
        ("structure.csv", "structure,smiles_can", "aspirin,{}", ""),
        ("two.csv", "canonical_smiles,isosmiles", "{0},{0}", "there are others in isosmiles."),
    ],
)
def test_column_is_found_by_what_is_in_it_and_that_is_said(name, heading, line, said):
    file = read(name, rows_of(*[line.format(smiles) for smiles in SMILES], heading=heading))
    assert [row.text for row in file.rows] == SMILES
    assert said in " ".join(file.notes)


def test_name_that_is_called_like_a_column_is_a_name():
    file = read("a.smi", "CCO mol 0\nCCN mol 1\n")
    assert [(row.text, row.name) for row in file.rows] == [("CCO", "mol 0"), ("CCN", "mol 1")]


@pytest.mark.parametrize(
    ("name", "encoding", "said"),
    [
        ("a.smi", "utf-16", "was read as UTF-16."),
        ("a.smi", "cp1252", "was read as Windows-1252"),
        ("a.csv", "utf-8-sig", ""),
        ("a.csv.gz", "utf-16", "was read as UTF-16."),
    ],
)
def test_letters_of_another_encoding_are_read_and_that_is_said(name, encoding, said):
    text = "smiles,name\r\nCCO,caféine\r\n" if ".csv" in name else "CCO caféine\r\n"
    data = text.encode(encoding)
    file = read(name, gzip.compress(data) if name.endswith(".gz") else data)
    assert [(row.text, row.name) for row in file.rows] == [("CCO", "caféine")]
    assert (said in " ".join(file.notes)) if said else not file.notes


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.mol2", "a.mol2 is a MOL2 file; bring SMILES as .smi"),
        ("a.pdb", "does not say how atoms are bound; bring SMILES"),
        ("a.xyz.gz", "do not say how atoms are bound"),
        ("a.xlsx", "is a spreadsheet: save it as .csv"),
        ("a.zip", "is an archive: unpack it first"),
        ("noending", "is of no kind that is read here; bring SMILES"),
    ],
)
def test_other_kinds_of_files_say_what_to_bring(name, message):
    with pytest.raises(DataError) as error:
        read(name, "CCO\n")
    assert message in str(error.value)


@needs_rdkit
@pytest.mark.parametrize(
    ("heading", "line", "message"),
    [
        ("id,inchi", '1,"InChI=1S/CH4/h1H4"', "the column inchi holds another notation, InChI."),
        ("id,selfies", "1,[C][C][O]", "the column selfies holds another notation, SELFIES."),
        ("a,b", "1,2.5", "has no column of SMILES that RDKit can read: its first line is a, b."),
    ],
)
def test_table_without_smiles_says_what_it_holds(heading, line, message):
    with pytest.raises(DataError) as error:
        read("a.csv", rows_of(line, line, heading=heading))
    assert message in str(error.value)


def test_lines_are_counted_as_an_editor_counts_them():
    file = read("a.csv", 'smiles,name\n"CCO\n",a\n\nCCN,b\n')
    assert [row.line for row in file.rows] == [2, 5]


def test_extensions_of_smiles_are_left_unread_and_counted():
    for name, text in (("a.smi", "CCO |$;;R1$| Z1\n"), ("a.csv", "smiles,id\nCCO |$;;R1$|,Z1\n")):
        file = read(name, text)
        assert [(row.text, row.name) for row in file.rows] == [("CCO", "Z1")]
        assert file.notes == ("1 extension behind SMILES (|…|) not read.",)


# structures


def sdf(smiles, forced=False, prepare=lambda molecule: molecule):
    chem = chemistry.part("Chem")
    blocks = []
    for number, text in enumerate(smiles):
        molecule = prepare(chem.MolFromSmiles(text))
        molecule.SetProp("_Name", f"no. {number}")
        blocks.append(chem.MolToMolBlock(molecule, forceV3000=forced))
    return "".join(f"{block}>  <logP>\n1.0\n\n$$$$\n" for block in blocks)


@needs_rdkit
@pytest.mark.parametrize("forced", [False, True])
def test_structures_become_smiles_and_that_is_said(forced):
    for text in (sdf(SMILES, forced), sdf(SMILES, forced).replace("\n", "\r\n")):
        file = read("a.sdf", text)
        assert [row.text for row in file.rows] == [chemistry.canonical(s) for s in SMILES]
        assert [row.name for row in file.rows] == ["no. 0", "no. 1", "no. 2"]
        assert file.notes[0].startswith("3 records taken as SMILES: coordinates, explicit hydr")


@needs_rdkit
def test_hydrogen_and_coordinates_of_structures_are_read_as_chemistry():
    embed = chemistry.part("Chem.rdDistGeom").EmbedMolecule
    chem = chemistry.part("Chem")

    def in_space(molecule):
        whole = chem.AddHs(molecule)
        assert embed(whole, randomSeed=1) == 0
        return whole

    file = read("a.mol", sdf(["C[C@H](N)C(=O)O"], prepare=in_space))
    assert [row.text for row in file.rows] == ["C[C@H](N)C(=O)O"]


@needs_rdkit
def test_damaged_record_is_counted_and_the_others_are_read():
    parts = sdf(SMILES).split("$$$$\n")
    parts[1] = parts[1].replace(" C ", " Qq", 1)
    file = read("a.sdf", "$$$$\n".join(parts))
    assert [chemistry.canonical(row.text) for row in file.rows][::2] == ["CCO", "c1ccccc1"]
    damaged = file.rows[1]
    problem = chemistry.problem(damaged.text)
    assert f"{damaged.text} {problem.about}" == "damaged record 2 cannot be read by RDKit"
    with pytest.raises(DataError, match=r"a\.sdf holds no structure"):
        read("a.sdf", "CCO\n")
