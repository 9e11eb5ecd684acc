"""What kept a molecule out of MOSES, whatever model is asked: its published rules, but for two.

Polykovskiy et al. 2020, section 2: 250 to 350 daltons, at most 7 rotatable bonds, XlogP up to 3.5,
no charges, eight elements, no ring of more than 8 atoms. logP is Crippen's here, which is another
one, and the medicinal-chemistry filters are not asked.
"""

from vae_explorer.molecules import chemistry

LIGHTEST, HEAVIEST = 250, 350  # daltons
MAX_ROTATABLE = 7
MAX_LOGP = 3.5
MAX_RING = 8  # atoms
ELEMENTS = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})


def objections(smiles: str) -> list[str]:
    """Why a molecule cannot be one of MOSES, in half sentences; none where nothing here says so."""
    molecule = chemistry.parsed(smiles)
    logp, _, _, weight = chemistry.properties([smiles])[0].tolist()
    rotatable = chemistry.part("Chem.rdMolDescriptors").CalcNumRotatableBonds(molecule)
    atoms = list(molecule.GetAtoms())
    strange = sorted({atom.GetSymbol() for atom in atoms} - ELEMENTS)
    rings = [len(ring) for ring in molecule.GetRingInfo().AtomRings()]
    found = {
        f"it weighs {weight:.0f} Da, those of MOSES {LIGHTEST} to {HEAVIEST}": not (
            LIGHTEST <= weight <= HEAVIEST
        ),
        f"its logP is {logp:.1f}, at most {MAX_LOGP} there": logp > MAX_LOGP,
        f"it has {rotatable} rotatable bonds, at most {MAX_ROTATABLE} there": (
            rotatable > MAX_ROTATABLE
        ),
        f"it has {', '.join(strange)}, which none there has": bool(strange),
        "it has charged atoms, which none there has": any(a.GetFormalCharge() for a in atoms),
        f"it has a ring of {max(rings, default=0)} atoms, at most {MAX_RING} there": any(
            size > MAX_RING for size in rings
        ),
    }
    return [words for words, holds in found.items() if holds]
