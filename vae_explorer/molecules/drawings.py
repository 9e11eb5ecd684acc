"""Structures of molecules as RDKit draws them, black and coloured on white. Needs RDKit.

A molecule is a SMILES that RDKit can read.
"""

import io
from collections.abc import Sequence

import numpy as np
from numpy import ndarray
from PIL import Image

from vae_explorer.molecules import chemistry

WIDTH, HEIGHT = 300, 225  # pixels, unless said
COMPARED_SECONDS = 1  # that are spent at most on what two molecules share
MARK = (1.0, 0.78, 0.55)  # behind atoms that are pointed out: red, green, blue in [0, 1]


def svg(smiles: str, marked: Sequence[int] = (), width: int = WIDTH, height: int = HEIGHT) -> str:
    """A molecule as an <svg>, atoms with the `marked` numbers pointed out."""
    drawn = _drawn(
        chemistry.part("Chem.Draw.rdMolDraw2D").MolDraw2DSVG, smiles, marked, width, height
    )
    return drawn[drawn.index("<svg") :]


def png(smiles: str, marked: Sequence[int] = (), width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The same as a PNG file."""
    return _drawn(
        chemistry.part("Chem.Draw.rdMolDraw2D").MolDraw2DCairo, smiles, marked, width, height
    )


def pixels(smiles: str, width: int = WIDTH, height: int = HEIGHT) -> ndarray:
    """The same as uint8 (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(png(smiles, (), width, height))).convert("RGB"))


def blank(width: int = WIDTH, height: int = HEIGHT) -> ndarray:
    """What stands in the place of a text that is no molecule, uint8 (height, width, 3): a cross."""
    picture = np.full((height, width, 3), 255, np.uint8)
    for k in range(min(width, height) // 4):
        for across in (k, -k):
            picture[height // 2 + k, width // 2 + across] = (198, 0, 5)
            picture[height // 2 - k, width // 2 + across] = (198, 0, 5)
    return picture


def changed_atoms(first: str, second: str) -> tuple[list[int], list[int]]:
    """Numbers of the atoms of each molecule that the other one has not, or has as another element.

    They are laid upon each other by their largest common substructure of any elements, bond orders
    alike and rings upon rings; or the largest that is found in a second.
    """
    chem, search = chemistry.part("Chem"), chemistry.part("Chem.rdFMCS")
    both = [chem.MolFromSmiles(first), chem.MolFromSmiles(second)]
    found = search.FindMCS(
        both,
        timeout=COMPARED_SECONDS,
        atomCompare=search.AtomCompare.CompareAny,
        ringMatchesRingOnly=True,
        completeRingsOnly=True,
    )
    shared = chem.MolFromSmarts(found.smartsString) if found.numAtoms else None
    matches = [() if shared is None else each.GetSubstructMatch(shared) for each in both]
    kept = [
        pair
        for pair in zip(*matches, strict=False)  # none where either has no match
        if both[0].GetAtomWithIdx(pair[0]).GetSymbol()
        == both[1].GetAtomWithIdx(pair[1]).GetSymbol()
    ]
    one, other = (
        sorted(set(range(each.GetNumAtoms())).difference(pair[k] for pair in kept))
        for k, each in enumerate(both)
    )
    return one, other


def _drawn(kind, smiles: str, marked: Sequence[int], width: int, height: int):
    molecule = chemistry.parsed(smiles)
    assert molecule is not None, "only molecules are drawn"
    canvas = kind(width, height)
    canvas.drawOptions().padding = 0.08
    chemistry.part("Chem.Draw.rdMolDraw2D").PrepareAndDrawMolecule(
        canvas,
        molecule,
        highlightAtoms=list(marked),
        highlightAtomColors=dict.fromkeys(marked, MARK),
        highlightBonds=[],
    )
    canvas.FinishDrawing()
    return canvas.GetDrawingText()
