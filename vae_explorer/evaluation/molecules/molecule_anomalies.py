"""How unusual is a molecule to a model, and do its scores tell other chemistry from its own?

Every score is higher for the more anomalous. Molecules are asked about in three sets: those that
distances are measured to and a threshold is set by (the reference), other normal ones, and the
anomalies. Two scores need no model: where these do as well, nothing was learned from it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import Generator, Tensor

from vae_explorer.data.splits import Split
from vae_explorer.errors import DataError
from vae_explorer.evaluation import anomaly_detection, anomaly_populations
from vae_explorer.evaluation.anomaly_detection import Curves
from vae_explorer.evaluation.anomaly_populations import Flagged
from vae_explorer.models.molecules import in_smiles
from vae_explorer.models.molecules.in_smiles import Decoded
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecules import chemistry, list_scores
from vae_explorer.training.engine import measure

MAX_MOLECULES = 300  # of a set: decoding takes some ms each
MIN_MOLECULES = 5  # of a set, fewer tell nothing

Progress = Callable[[str, float], None]


class About(NamedTuple):
    """What a score is."""

    title: str
    about: str
    needs_model: bool = True


SCORES: dict[str, About] = {
    "neg_elbo": About("−ELBO", "nats that the molecule costs, with its code: the bound on −log p"),
    "neg_elbo_per_token": About(
        "−ELBO by token", "the same, divided by the tokens that it is written in"
    ),
    "reconstruction": About(
        "Reconstruction", "−log p(x|z) in nats: what it costs to write, given its code"
    ),
    "kl": About("KL", "KL(q(z|x) || N(0, I)) in nats: what its code costs"),
    "code_distance": About(
        "Distance of codes", "of its code from the nearest one of a reference molecule"
    ),
    "changed": About(
        "1 − similarity to its reconstruction",
        "Tanimoto, of what is decoded from the mean; 1 where that is no molecule",
    ),
    "unlike_others": About(
        "1 − similarity to the nearest molecule",
        "Tanimoto, to the nearest reference molecule: asks no model at all",
        needs_model=False,
    ),
    "heavy_atoms": About(
        "Heavy atoms",
        "how many atoms but hydrogen: asks no model; nats that do no better only count them",
        needs_model=False,
    ),
}


class Scored(NamedTuple):
    """Molecules with their scores."""

    smiles: tuple[str, ...]
    names: tuple[str, ...]  # "" where they have none
    out: tuple[Decoded, ...]  # what is decoded from the mean of each
    scores: dict[str, Tensor]  # by SCORES, (N,) float64


class Reading(NamedTuple):
    """Molecules that a model can read, and why it cannot read the others."""

    smiles: tuple[str, ...]  # as RDKit writes them
    names: tuple[str, ...]
    refused: tuple[str, ...]  # a sentence each


def read(model: MoleculeVAE, smiles: Sequence[str], names: Sequence[str] = ()) -> Reading:
    """Which of these molecules a model can read; DataError where it is none."""
    kept: list[str] = []
    called: list[str] = []
    refused: list[str] = []
    for text, name in zip(smiles, names or [""] * len(smiles), strict=True):
        if objection := in_smiles.objection(model, text):
            refused.append(f"{name}: {objection}" if name else objection)
        else:
            kept.append(str(chemistry.canonical(text)))
            called.append(name)
    return Reading(tuple(kept), tuple(called), tuple(refused))


def sample(smiles: Sequence[str], most: int, seed: int) -> list[str]:
    """At most so many of these, drawn at random; they keep their order."""
    if len(smiles) <= most:
        return [*smiles]
    order = torch.randperm(len(smiles), generator=Generator().manual_seed(seed))
    places: list[int] = order[:most].sort().values.tolist()
    return [smiles[i] for i in places]


def halves(smiles: Sequence[str]) -> tuple[list[str], list[str]]:
    """Every second molecule, and the others."""
    return [*smiles[::2]], [*smiles[1::2]]


class Reference:
    """Molecules that others are compared with, as a model encodes them."""

    def __init__(self, model: MoleculeVAE, smiles: Sequence[str], seed: int = 0):
        self.model, self.smiles, self.seed = model, tuple(smiles), seed
        self.mu, _ = in_smiles.encode(model, self.smiles)
        self.fingerprints = chemistry.fingerprints(self.smiles)

    def scored(
        self,
        smiles: Sequence[str],
        names: Sequence[str] = (),
        progress: Progress = lambda what, share: None,
    ) -> Scored:
        """Scores of molecules that can be read; a molecule is not its own nearest one.

        One posterior sample a molecule, by `seed`.
        """
        stored = in_smiles.stored_numbers(self.model, smiles)
        part = Split(stored, torch.zeros(len(stored), dtype=torch.int64))
        progress("nats", 0.0)
        reconstruction, kl = measure(self.model, part, Generator().manual_seed(self.seed))
        mu, _ = in_smiles.encode_stored(self.model, stored)
        progress("reconstructions", 0.3)
        written = in_smiles.decode(self.model, mu)
        canonical = list_scores.canonical_all(written)
        nats, code_nats = reconstruction.double(), kl.sum(dim=1).double()
        counts = stored.flatten(1).gt(0).sum(dim=1)
        itself = np.array([[a == b for b in self.smiles] for a in smiles])
        scores = {
            "neg_elbo": nats + code_nats,
            "neg_elbo_per_token": (nats + code_nats) / counts,
            "reconstruction": nats,
            "kl": code_nats,
            "code_distance": _nearest(torch.cdist(mu, self.mu).double().numpy(), itself),
            "changed": _changes(smiles, canonical),
            "unlike_others": _nearest(self._unlike(smiles), itself),
            "heavy_atoms": torch.tensor([float(chemistry.heavy_atoms(s)) for s in smiles]),
        }
        if not self.model.config.variational:
            del scores["kl"]
        out = tuple(Decoded(*pair) for pair in zip(written, canonical, strict=True))
        called = tuple(names) or ("",) * len(smiles)
        return Scored(tuple(smiles), called, out, {n: v.double() for n, v in scores.items()})

    def _unlike(self, smiles: Sequence[str]) -> ndarray:
        return 1 - chemistry.tanimoto(chemistry.fingerprints(smiles), self.fingerprints)


def _nearest(distances: ndarray, itself: ndarray) -> Tensor:
    """The smallest of each row (N, M) -> (N,), but for the molecule itself."""
    return torch.from_numpy(np.where(itself, np.inf, distances).min(axis=1))


def _changes(smiles: Sequence[str], canonical: Sequence[str | None]) -> Tensor:
    """1 less the similarity of each molecule to what came back, 1 where that is none; (N,)."""
    pairs = zip(smiles, canonical, strict=True)
    return torch.tensor([1 - chemistry.similarity(a, b) if b else 1.0 for a, b in pairs]).double()


class Comparison(NamedTuple):
    """Normal molecules set against anomalies by every score."""

    reference: Scored  # a threshold is set by these alone
    normal: Scored
    anomalous: Scored
    refused: tuple[str, ...]  # anomalies that the model cannot read, a sentence each
    curves: dict[str, Curves]
    protocol: str

    def flagged(self, name: str, quantile: float) -> Flagged:
        """What a threshold flags below which this share of the reference molecules lies."""
        threshold = torch.quantile(self.reference.scores[name], quantile).item()
        return anomaly_populations.flagged_above(
            threshold, self.normal.scores[name], self.anomalous.scores[name]
        )


def compare(
    model: MoleculeVAE,
    reference: Sequence[str],
    normal: Sequence[str],
    anomalous: Sequence[str],
    names: Sequence[str],
    about: str,
    seed: int = 0,
    progress: Progress = lambda what, share: None,
) -> Comparison:
    """All of that, of anomalies as they were given; DataError where there are too few molecules."""
    progress("which can be read", 0.0)
    found = read(model, anomalous, names)
    sets = {"reference": reference, "normal": normal, "readable anomalous": found.smiles}
    for what, smiles in sets.items():
        if len(smiles) < MIN_MOLECULES:
            raise DataError(
                f"There are {len(smiles)} {what} molecules: at least {MIN_MOLECULES} are needed."
            )
    space = Reference(model, reference, seed)
    first, second, third = (
        space.scored(smiles, called, lambda what, share, title=title: progress(title, share))
        for title, smiles, called in (
            ("reference molecules", reference, ()),
            ("normal molecules", normal, ()),
            ("anomalies", found.smiles, found.names),
        )
    )
    progress("curves", 0.9)
    curves = anomaly_populations.all_curves(second.scores, third.scores, seed)
    draws = anomaly_detection.BOOTSTRAP
    protocol = (
        f"{about} Nats of one posterior sample, seed {seed}; reconstructions from the mean. "
        f"Distances are to the {len(reference):,} reference molecules, by which alone the "
        f"threshold is set, each without itself. Intervals: 95 % of {draws:,} bootstrap draws of "
        f"both sets, seed {seed}. Molecules that cannot be read at all have no score."
    )
    return Comparison(first, second, third, found.refused, curves, protocol)


def verdict(curves: dict[str, Curves], name: str) -> str:
    """Where a score does no better than one that asks no model, or than guessing; "" elsewhere."""
    chosen = curves[name]
    if chosen.auroc_high < 0.5:
        return (
            "By this score the anomalies look more normal than the normal molecules: 0.5 is "
            "guessing. Short, simple molecules cost few nats whatever they are."
        )
    if not SCORES[name].needs_model:
        return ""
    without = {n: c.auroc for n, c in curves.items() if not SCORES[n].needs_model}
    best = max(without, key=without.__getitem__)
    if without[best] >= chosen.auroc:
        return (
            f"“{SCORES[best].title}”, which asks no model, tells them apart no worse (AUROC "
            f"{without[best]:.3f}): what this score adds is not seen here."
        )
    return ""
