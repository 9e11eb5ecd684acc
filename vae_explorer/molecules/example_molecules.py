"""Well-known molecules to try a model with, written down from textbooks, without stereo.

Each with its molecular formula, by which tests check what is written here. Needs no download.
"""

from typing import NamedTuple


class Known(NamedTuple):
    """A molecule that has a name."""

    name: str
    smiles: str
    formula: str


DRUGS = (
    Known("aspirin", "CC(=O)Oc1ccccc1C(=O)O", "C9H8O4"),
    Known("caffeine", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "C8H10N4O2"),
    Known("ibuprofen", "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "C13H18O2"),
    Known("paracetamol", "CC(=O)Nc1ccc(O)cc1", "C8H9NO2"),
    Known("diazepam", "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21", "C16H13ClN2O"),
    Known("lidocaine", "CCN(CC)CC(=O)Nc1c(C)cccc1C", "C14H22N2O"),
    Known("nicotine", "CN1CCCC1c1cccnc1", "C10H14N2"),
    Known("melatonin", "COc1ccc2[nH]cc(CCNC(C)=O)c2c1", "C13H16N2O2"),
    Known("celecoxib", "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1", "C17H14F3N3O2S"),
    Known(
        "sildenafil",
        "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1",
        "C22H30N6O4S",
    ),
)
AMINO_ACIDS = (
    Known("glycine", "NCC(=O)O", "C2H5NO2"),
    Known("alanine", "CC(N)C(=O)O", "C3H7NO2"),
    Known("valine", "CC(C)C(N)C(=O)O", "C5H11NO2"),
    Known("leucine", "CC(C)CC(N)C(=O)O", "C6H13NO2"),
    Known("isoleucine", "CCC(C)C(N)C(=O)O", "C6H13NO2"),
    Known("proline", "OC(=O)C1CCCN1", "C5H9NO2"),
    Known("phenylalanine", "NC(Cc1ccccc1)C(=O)O", "C9H11NO2"),
    Known("tyrosine", "NC(Cc1ccc(O)cc1)C(=O)O", "C9H11NO3"),
    Known("tryptophan", "NC(Cc1c[nH]c2ccccc12)C(=O)O", "C11H12N2O2"),
    Known("serine", "NC(CO)C(=O)O", "C3H7NO3"),
    Known("threonine", "CC(O)C(N)C(=O)O", "C4H9NO3"),
    Known("cysteine", "NC(CS)C(=O)O", "C3H7NO2S"),
    Known("methionine", "CSCCC(N)C(=O)O", "C5H11NO2S"),
    Known("asparagine", "NC(=O)CC(N)C(=O)O", "C4H8N2O3"),
    Known("glutamine", "NC(=O)CCC(N)C(=O)O", "C5H10N2O3"),
    Known("aspartic acid", "NC(CC(=O)O)C(=O)O", "C4H7NO4"),
    Known("glutamic acid", "NC(CCC(=O)O)C(=O)O", "C5H9NO4"),
    Known("lysine", "NCCCCC(N)C(=O)O", "C6H14N2O2"),
    Known("arginine", "NC(=N)NCCCC(N)C(=O)O", "C6H14N4O2"),
    Known("histidine", "NC(Cc1cnc[nH]1)C(=O)O", "C6H9N3O2"),
)
SUGARS = (
    Known("glucose", "OCC1OC(O)C(O)C(O)C1O", "C6H12O6"),
    Known("fructose", "OCC1(O)OCC(O)C(O)C1O", "C6H12O6"),
    Known("ribose", "OCC1OC(O)C(O)C1O", "C5H10O5"),
    Known("deoxyribose", "OCC1OC(O)CC1O", "C5H10O4"),
    Known("glucosamine", "NC1C(O)OC(CO)C(O)C1O", "C6H13NO5"),
    Known("sorbitol", "OCC(O)C(O)C(O)C(O)CO", "C6H14O6"),
    Known("xylitol", "OCC(O)C(O)C(O)CO", "C5H12O5"),
    Known("glycerol", "OCC(O)CO", "C3H8O3"),
    Known("vitamin C", "OCC(O)C1OC(=O)C(O)=C1O", "C6H8O6"),
    Known("sucrose", "OCC1OC(OC2(CO)OC(CO)C(O)C2O)C(O)C(O)C1O", "C12H22O11"),
)
LIPIDS = (
    Known("lauric acid", "CCCCCCCCCCCC(=O)O", "C12H24O2"),
    Known("palmitic acid", "CCCCCCCCCCCCCCCC(=O)O", "C16H32O2"),
    Known("oleic acid", "CCCCCCCCC=CCCCCCCCC(=O)O", "C18H34O2"),
    Known("squalene", "CC(C)=CCCC(C)=CCCC(C)=CCCC=C(C)CCC=C(C)CCC=C(C)C", "C30H50"),
    Known("limonene", "CC1=CCC(CC1)C(C)=C", "C10H16"),
    Known("menthol", "CC(C)C1CCC(C)CC1O", "C10H20O"),
    Known("camphor", "CC1(C)C2CCC1(C)C(=O)C2", "C10H16O"),
    Known("testosterone", "CC12CCC(=O)C=C1CCC1C2CCC2(C)C(O)CCC12", "C19H28O2"),
    Known("estradiol", "CC12CCC3c4ccc(O)cc4CCC3C1CCC2O", "C18H24O2"),
    Known("progesterone", "CC(=O)C1CCC2C3CCC4=CC(=O)CCC4(C)C3CCC12C", "C21H30O2"),
    Known("cholesterol", "CC(C)CCCC(C)C1CCC2C3CC=C4CC(O)CCC4(C)C3CCC12C", "C27H46O"),
)
NUCLEIC = (
    Known("adenine", "Nc1ncnc2[nH]cnc12", "C5H5N5"),
    Known("guanine", "Nc1nc2[nH]cnc2c(=O)[nH]1", "C5H5N5O"),
    Known("cytosine", "Nc1cc[nH]c(=O)n1", "C4H5N3O"),
    Known("thymine", "Cc1c[nH]c(=O)[nH]c1=O", "C5H6N2O2"),
    Known("uracil", "O=c1cc[nH]c(=O)[nH]1", "C4H4N2O2"),
    Known("adenosine", "Nc1ncnc2c1ncn2C1OC(CO)C(O)C1O", "C10H13N5O4"),
    Known("thymidine", "Cc1cn(C2CC(O)C(CO)O2)c(=O)[nH]c1=O", "C10H14N2O5"),
)
OTHERS = (
    Known("benzene", "c1ccccc1", "C6H6"),
    Known("naphthalene", "c1ccc2ccccc2c1", "C10H8"),
    Known("pyrene", "c1cc2ccc3cccc4ccc(c1)c2c34", "C16H10"),
    Known("trinitrotoluene", "Cc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]", "C7H5N3O6"),
    Known("perfluorooctanoic acid", "OC(=O)" + "C(F)(F)" * 6 + "C(F)(F)F", "C8HF15O2"),
    Known("DDT", "Clc1ccc(cc1)C(c1ccc(Cl)cc1)C(Cl)(Cl)Cl", "C14H9Cl5"),
    Known("triethylborane", "CCB(CC)CC", "C6H15B"),
    Known("tetramethylsilane", "C[Si](C)(C)C", "C4H12Si"),
    Known("glyphosate", "OC(=O)CNCP(O)(O)=O", "C3H8NO5P"),
)
EXAMPLES: dict[str, str] = {known.name: known.smiles for known in DRUGS}
OTHER_CHEMISTRY: dict[str, tuple[Known, ...]] = {
    "small drugs": tuple(known for known in DRUGS if known.name != "diazepam"),  # MOSES has that
    "amino acids": AMINO_ACIDS,
    "sugars and polyols": SUGARS,
    "lipids, terpenes and steroids": LIPIDS,
    "bases and nucleosides": NUCLEIC,
    "solvents, explosives, pesticides": OTHERS,
}
