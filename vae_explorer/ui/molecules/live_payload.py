"""What the browser is sent to hold the latent space of a model of molecules: one block of bytes.

That of codes alone, and where the server says what molecule is at a place.
"""

from typing import Any

from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.ui.components import pipeline
from vae_explorer.ui.molecules import molecule_space, served_structures
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import live_view_payload

SLIDERS = 8  # components with a slider of their own
RANDOM = "A random z, from the prior N(0, I)"
FAR = (
    "Far from real molecules: the nearest code lies {distance} away; up to {typical} is usual. The "
)
FAR += "decoder is guessing here."
CLOSE = "Close to real molecules: the nearest code lies {distance} away; up to {typical} is usual."


def blob(molecules: MoleculeSpace, view: str | None, key: str) -> bytes:
    """All that `live_view.explorer` takes; `view` as in `live_view_payload`."""
    address = served_structures.address(molecules)
    return _blob(molecules.checkpoint, molecules.coloured_by, view, address, key)


@kept(8)
def _blob(
    checkpoint: Checkpoint, coloured_by: str, view: str | None, address: str, key: str
) -> bytes:
    molecules = molecule_space.of(checkpoint, coloured_by)
    more = {
        "structures": address,
        "coordinates": names(molecules),
        "pipeline": words(molecules),
        "words": {
            "far": FAR,
            "close": CLOSE,
            "random": RANDOM,
            "noun": "molecule",
            "classes": list(molecules.space.classes),
        },
    }
    return live_view_payload.packed(molecules.space, view, address, key, more=more)


def names(molecules: MoleculeSpace) -> list[str]:
    """Of the coordinates that have a slider: "z1", or "PC 1" of a component."""
    letter = "PC\u00a0" if molecules.components.rotated else "z"
    return [f"{letter}{d + 1}" for d in range(min(SLIDERS, len(molecules.space.ranges)))]


def closeness(molecules: MoleculeSpace, z: Tensor) -> str:
    """How far a point (D,), as it is shown, is from the nearest encoded molecule, in a sentence."""
    space = molecules.space
    away = geometry.remoteness(space.codes.mu, z, space.typical)
    figures = {name: f"{value:.{space.decimals}f}" for name, value in away._asdict().items()}
    return (FAR if away.far else CLOSE).format(**figures)


def words(molecules: MoleculeSpace) -> dict[str, Any]:
    """What the pipeline says: as of pictures, with strings of tokens in their place."""
    config = molecules.checkpoint.config
    assert isinstance(config, MoleculeConfig)
    notation = "SMILES" if config.notation == "smiles" else "SELFIES"
    tokens, count = f"{config.length}\u00a0tokens of {notation}", config.latent_dim
    codes = f"{count}\u00a0×\u00a0(μ,\u00a0σ)" if config.variational else f"{count}\u00a0numbers"
    abouts = {
        "item": ("Molecule", "{picture}"),
        "encoder": ("Encoder", f"up to {tokens} → {codes}"),
        "code": ("μ", "where the molecule lies in the cloud"),
        "place": ("z", ""),
        "decoder": ("Decoder", f"{count}\u00a0numbers → tokens, on the server"),
        "picture": ("Molecule", "what the model writes at z"),
    }
    own = [
        {"key": key, "name": name, "about": about, "missing": False}
        for key, (name, about) in abouts.items()
    ]
    items = [f"molecule of {name}" for name in molecules.space.classes]
    given = pipeline.words(molecules.space, items, pipeline.SERVER)
    return given | {"parts": own, "decoded": ""}
