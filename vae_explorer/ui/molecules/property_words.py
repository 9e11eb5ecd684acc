"""Properties of molecules as pages show and explain them; `chemistry` measures."""

from collections.abc import Iterable

from vae_explorer.molecules import chemistry
from vae_explorer.molecules.chemistry import PROPERTIES

DIGITS = {"logP": 1, "QED": 2, "SA": 1, "weight": 0}  # of a property, as it is shown
UNITS = {"weight": " Da"}
ABOUT = {  # part of a sentence; docs/molecules.md names the sources
    "logP": "log10 of how much better it dissolves in octanol than in water (Crippen)",
    "QED": "how much like a drug, 0 to 1",
    "SA": "how hard it is to make, 1 easy to 10 hard",
    "weight": "molecular weight in daltons",
}
EXPLAINED = " ".join(f"{name}: {about}." for name, about in ABOUT.items())
SIMILARITY = (
    "Similarity: the share of fingerprint bits that two molecules have in common (Tanimoto, Morgan "
    "fingerprints), 1 for the same."
)


def figure(name: str, value: float) -> str:
    """A property as it is shown: "−2.3", "311 Da"."""
    return f"{value:.{DIGITS[name]}f}{UNITS.get(name, '')}".replace("-", "−")


def figures_of(smiles: str) -> dict[str, float]:
    """The properties of a molecule by name."""
    return dict(zip(PROPERTIES, chemistry.properties([smiles])[0].tolist(), strict=True))


def line(values: Iterable[float]) -> str:
    """Four properties, in the order of PROPERTIES: "logP 2.3 · QED 0.81 · SA 2.4 · 311 Da"."""
    texts = {name: figure(name, value) for name, value in zip(PROPERTIES, values, strict=True)}
    return " · ".join(
        text if name == "weight" else f"{name} {text}" for name, text in texts.items()
    )


def line_of(smiles: str) -> str:
    """The same of a molecule."""
    return line(figures_of(smiles).values())
