"""What a model of molecules makes of one molecule, and of the rows of a file. Needs RDKit.

Nothing is repaired: what is written and is no molecule stays None, with the text beside it.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.errors import DataError
from vae_explorer.files import no_formula
from vae_explorer.latent import posterior
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.models.molecules import in_smiles
from vae_explorer.models.molecules.in_smiles import Decoded
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import SPECIAL
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.files.rows import Row

DRAWS = 8  # of the posterior, seeds 0 to 7
MAX_ROWS = 300  # of a file, on a page
COLUMNS = ("name", "in", "out", "same", "similarity", "kl_nats", "line")


class Reconstruction(NamedTuple):
    """A molecule, and what a model makes of it."""

    smiles: str  # as RDKit writes it
    mu: Tensor  # (D,)
    sigma: Tensor  # (D,)
    kl_nats: float  # 0 of a plain autoencoder
    nll_nats: float  # -log p(x|z) of the string at z = mu
    decoded: Decoded  # at mu
    tokens: tuple[str, ...]  # those that were written there, in the model's notation
    tokens_read: tuple[str, ...]  # those that the molecule went in as
    draws: tuple[Decoded, ...]  # of the posterior; none of a plain autoencoder

    @property
    def same(self) -> bool:
        """Whether the molecule came back."""
        return self.decoded.smiles == self.smiles

    @property
    def similarity(self) -> float | None:
        """Tanimoto; None where no molecule came back."""
        out = self.decoded.smiles
        return None if out is None else chemistry.similarity(self.smiles, out)

    @property
    def words(self) -> str:
        """What came of it, in a sentence."""
        if self.similarity is None:
            return "What the model wrote is not a valid molecule."
        if self.same:
            return "The same molecule came back."
        return f"Another molecule came back: similarity {self.similarity:.2f}."

    @property
    def kinds_of_draws(self) -> tuple[int, int, int]:
        """Of the draws: how many are this molecule, how many none, how many different others."""
        found = [draw.smiles for draw in self.draws]
        others = set(found) - {self.smiles, None}
        return found.count(self.smiles), found.count(None), len(others)


def reconstruct(model: MoleculeVAE, smiles: str, draws: int = DRAWS) -> Reconstruction:
    """All of that for a molecule; DataError says why it cannot be read."""
    stored = in_smiles.stored_numbers(model, [smiles])
    mu, logvar = in_smiles.encode_stored(model, stored)
    sigma = (0.5 * logvar).exp()
    variational = model.config.variational
    seeds = list(range(draws if variational else 0))
    samples = posterior.posterior_samples(mu[0], sigma[0], seeds) if seeds else mu[:0]
    texts = in_smiles.decoded(model, torch.cat([mu, samples]))
    with torch.inference_mode():
        x = model.prepared(stored)
        nll = model.reconstruction_nll(mu.unsqueeze(0), x)[0, 0].item()
        written = model.stored(model.decode(mu))
        kl = kl_divergence(mu, logvar).sum().item() if variational else 0.0
    return Reconstruction(
        str(chemistry.canonical(smiles)),
        *(mu[0], sigma[0], kl, nll, texts[0]),
        tokens=tokens_of(model, written[0]),
        tokens_read=tokens_of(model, stored[0]),
        draws=tuple(texts[1:]),
    )


def tokens_of(model: MoleculeVAE, stored: Tensor) -> tuple[str, ...]:
    """A string as a `Split` stores it, (1, T), token by token."""
    numbers = stored.flatten().tolist()
    return tuple(model.config.tokens[n - SPECIAL] for n in numbers if n >= SPECIAL)


class Line(NamedTuple):
    """A molecule of a file, and what the model makes of it."""

    name: str
    smiles: str  # as RDKit writes it
    out: Decoded
    similarity: float | None  # None where no molecule came back
    kl_nats: float
    line: int  # where it stands in the file

    @property
    def same(self) -> bool:
        """Whether the molecule came back."""
        return self.out.smiles == self.smiles

    def cells(self) -> dict[str, object]:
        """What a table shows of it, by COLUMNS."""
        out = self.out.smiles or f"{self.out.text} (not valid)"
        values = (self.name, self.smiles, out, self.same, self.similarity, self.kl_nats, self.line)
        return dict(zip(COLUMNS, values, strict=True))


class Table(NamedTuple):
    """What came of a file."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...]  # what was left out and why, in sentences

    @property
    def same(self) -> int:
        """How many molecules came back."""
        return sum(line.same for line in self.lines)

    def csv(self) -> str:
        """The table as a file."""
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(COLUMNS)
        for line in self.lines:
            writer.writerow([no_formula(value) for value in line.cells().values()])
        return buffer.getvalue()


class Readable(NamedTuple):
    """Rows that a model can read, each as RDKit writes it, and what was left out."""

    rows: list[Row]
    notes: tuple[str, ...]


def readable(model: MoleculeVAE, rows: Sequence[Row], most: int = MAX_ROWS) -> Readable:
    """The first so many rows of a file, less those that the model cannot read."""
    kept: list[Row] = []
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for row in rows[:most]:
        problem = chemistry.problem(row.text)
        kind = problem.kind if problem else "not in the model's tokens"
        about = f"{row.text[:60]} {problem.about}." if problem else ""
        about = about if row.text else "no SMILES stands there."
        about = about or in_smiles.objection(model, row.text)
        if about:
            reasons[kind] += 1
            examples.setdefault(kind, f"line {row.line}: {about}")
        else:
            kept.append(row._replace(text=str(chemistry.canonical(row.text))))
    notes = [
        f"{count:,} {'was' if count == 1 else 'were'} left out ({kind}), such as {examples[kind]}"
        for kind, count in reasons.most_common()
    ]
    if len(rows) > most:
        notes.insert(0, f"Only the first {most:,} of {len(rows):,} rows are read.")
    return Readable(kept, tuple(notes))


def table(
    model: MoleculeVAE,
    rows: Sequence[Row],
    progress: Callable[[str, float], None] = lambda what, share: None,
) -> Table:
    """What a model makes of the rows of a file, from the mean; DataError where it can read none."""
    progress("reading", 0.0)
    found = readable(model, rows)
    if not found.rows:
        raise DataError(f"The model can read none of these molecules. {found.notes[-1]}")
    smiles = [row.text for row in found.rows]
    progress("encoding", 0.2)
    mu, logvar = in_smiles.encode(model, smiles)
    kl = kl_divergence(mu, logvar).sum(dim=1).tolist()
    written = in_smiles.decode(model, mu, lambda share: progress("decoding", 0.4 + 0.6 * share))
    lines = []
    for row, text, nats in zip(found.rows, written, kl, strict=True):
        out = Decoded(text, chemistry.canonical(text))
        alike = chemistry.similarity(row.text, out.smiles) if out.smiles else None
        nats = nats if model.config.variational else 0.0
        lines.append(Line(row.name, row.text, out, alike, nats, row.line))
    return Table(tuple(lines), found.notes)
