"""What commands do with a model of molecules: they read and write SMILES in place of pictures."""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from vae_explorer.cli.arguments import write_file
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.data.splits import Dataset
from vae_explorer.errors import DataError, ExplorerError
from vae_explorer.evaluation import metrics, model_comparison
from vae_explorer.evaluation.molecules import (
    encoded_molecules,
    molecule_comparison,
    molecule_scores,
)
from vae_explorer.export import encoded_pictures
from vae_explorer.files import no_formula
from vae_explorer.latent.geometry import prior_samples
from vae_explorer.latent.path_kinds import PATHS
from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.models.molecules import in_smiles
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecules import chemistry, molecule_sets, moses
from vae_explorer.molecules.files import molecule_files
from vae_explorer.molecules.files.rows import Row, counted

NOT_VALID = "not valid"
TABLES = (".csv", ".smi")


def network(checkpoint: Checkpoint) -> MoleculeVAE:
    """The model of a checkpoint of molecules."""
    assert isinstance(checkpoint.model, MoleculeVAE)
    return checkpoint.model


def dataset_of(checkpoint: Checkpoint, name: str = "") -> Dataset:
    """The molecules of that name, or those that the model was trained on, in its own tokens."""
    model = network(checkpoint)
    name = name or checkpoint.dataset or moses.NAME
    few = molecule_scores.HEAD_MOLECULES if name == moses.NAME else 0  # of those to train on
    column = "" if name != checkpoint.dataset else str(checkpoint.training.get("column", ""))
    config = MoleculeTrainConfig(model=model.config, dataset=name, limit=few, column=column)
    return molecule_sets.load(config)[1]


def evaluate(checkpoint: Checkpoint, dataset: str, split: str, seed: int, as_json: bool) -> None:
    """Print every figure with its protocol."""
    molecules = dataset_of(checkpoint, dataset)
    with StageBars() as progress:
        scores = molecule_scores.evaluate(
            network(checkpoint),
            molecules,
            split=split,
            seed=seed,
            samples=molecule_scores.SAMPLES,
            progress=progress,
        )
    told = metrics.to_json(scores)
    if as_json:
        print(json.dumps(told, indent=1))
        return
    for key, score in told.items():
        print(f"{key:26} {molecule_scores.figure_text(key, score):>16}  {score['protocol']}")


def publish(checkpoint: Checkpoint, to: Path, seed: int) -> None:
    """Write a model fit to ship, as `export.publish` does, without a detector."""
    molecules = dataset_of(checkpoint)
    model = network(checkpoint)
    with StageBars() as progress:
        scores = molecule_scores.evaluate(
            model, molecules, seed=seed, samples=molecule_scores.SAMPLES, progress=progress
        )
        head, explained = molecule_scores.property_head_of(model, molecules, seed, progress)
    encoded, smiles = encoded_molecules.encoded_set(model, molecules.test)
    whole = dataclasses.replace(
        checkpoint,
        scores=metrics.to_json(scores | explained),
        encoded=encoded,
        smiles=smiles,
        property_head=head,
    )
    save_checkpoint(whole, to, half=True)
    print(f"wrote {to} ({to.stat().st_size / 1e6:.1f} MB)")


def compare(models: Mapping[str, Checkpoint]) -> str:
    """Print the scores of models, by title, beside published ones; the table as CSV."""
    rows = [molecule_comparison.row(title, each) for title, each in models.items()]
    rows += molecule_comparison.REFERENCES
    columns = molecule_comparison.COLUMNS
    print("\n".join(model_comparison.markdown(rows, columns)))
    for name, protocols in molecule_comparison.protocols(rows).items():
        print(f"\n{columns.titles[name]}")
        for protocol, names in protocols.items():
            print(f"- {protocol} ({', '.join(names)})")
    return molecule_comparison.to_csv(rows)


def sample(checkpoint: Checkpoint, seeds: Sequence[int], temperature: float, out: Path) -> None:
    """Write molecules decoded from draws of the prior, one a seed, valid or not."""
    z = temperature * prior_samples(list(seeds), checkpoint.config.latent_dim)
    _write_molecules(checkpoint, z, [f"seed {seed}" for seed in seeds], out)


def interpolate(
    checkpoint: Checkpoint, start: int, end: int, path: str, steps: int, out: Path
) -> None:
    """Write the molecules along a path between two test molecules."""
    encoded, along = checkpoint.encoded, PATHS[path].path
    assert encoded is not None
    if along is None:
        raise ExplorerError("a geodesic needs a smooth decoder: molecules take straight paths.")
    z = along(encoded.mu[start], encoded.mu[end], steps)
    _write_molecules(checkpoint, z, [f"step {i}" for i in range(steps)], out)


def reconstruct(checkpoint: Checkpoint, smiles: Sequence[str]) -> None:
    """Print each molecule, of texts and of files, what the model makes of it, how similar it is."""
    model = network(checkpoint)
    for row in _readable(model, smiles):
        wanted = row.text
        mu, _ = in_smiles.encode(model, [wanted])
        made = in_smiles.decoded(model, mu)[0]
        if made.smiles is None:
            said = NOT_VALID
        elif made.smiles == wanted:
            said = "the same molecule"
        else:
            said = f"similarity {chemistry.similarity(wanted, made.smiles):.2f}"
        print(f"{wanted} -> {made.smiles or made.text}: {said}")


def encode(checkpoint: Checkpoint, sources: Sequence[str], out: Path) -> None:
    """Write a table of codes: of SMILES, or of all molecules of files."""
    model = network(checkpoint)
    kept = _readable(model, sources)
    mu, logvar = in_smiles.encode(model, [row.text for row in kept])
    sigma = (0.5 * logvar).exp()
    names = [f"{kind}_{d + 1}" for kind in ("mu", "sigma") for d in range(mu.shape[1])]
    lines = [
        [row.text, row.name, *m, *s]
        for row, m, s in zip(kept, mu.tolist(), sigma.tolist(), strict=True)
    ]
    print(counted(len(kept), "molecule"))
    heading = ["SMILES", "name", *names]
    if out.suffix.lower() == ".parquet":
        write_file(
            out,
            encoded_pictures.to_parquet(dict(zip(heading, zip(*lines, strict=True), strict=True))),
        )
        return
    write_file(out, _csv(heading, [[*line[:2], *(f"{v:.7g}" for v in line[2:])] for line in lines]))


def _readable(model: MoleculeVAE, sources: Sequence[str]) -> list[Row]:
    """The rows that the model can read, as RDKit writes them; DataError where there is none.

    How files were read and what was left out is printed.
    """
    rows = [row for source in sources for row in _rows(source)]
    kept, refused = [], []
    for row in rows:
        if said := in_smiles.objection(model, row.text):
            refused.append(f"line {row.line}: {said}" if len(rows) > 1 else said)
        else:
            kept.append(row._replace(text=chemistry.usable(row.text)))
    if not kept:
        raise DataError(refused[0])
    if refused:
        print(f"{len(refused):,} could not be used, such as {refused[0]}")
    return kept


def _rows(source: str) -> list[Row]:
    """The rows of a file, or a text that is no file's name."""
    path = Path(source).expanduser()
    if not molecule_files.is_molecule_file(path) and not path.is_file():
        return [Row(source, "", 1)]
    file = molecule_files.read_file(path)
    for sentence in file.notes:
        print(sentence)
    return file.rows


def show_data(source: str, column: str, out: Path | None) -> None:
    """Print what a set of molecules holds, before anything is trained on it."""
    if out is not None:
        raise ExplorerError(
            "a sheet is of pictures: molecules have none before a model is trained."
        )
    config = MoleculeTrainConfig(dataset=source, column=column)
    with StageBars() as bars:
        _, dataset = molecule_sets.load(config, progress=lambda share: bars("reading", share))
    print("\n".join(molecule_sets.describe(dataset)))


def _write_molecules(checkpoint: Checkpoint, z: Tensor, names: list[str], out: Path) -> None:
    """As .csv with their properties, or as .smi: those that are not valid are named, and kept."""
    if out.suffix.lower() not in TABLES:
        raise ExplorerError(f"{out} must end in .smi or .csv: {checkpoint.name} makes molecules.")
    texts = in_smiles.decode(network(checkpoint), z)
    if not chemistry.available():
        print("RDKit is not installed: nobody knows which of them are valid.")
        write_file(out, _smi([(t, name) for t, name in zip(texts, names, strict=True)]))
        return
    canonical = [chemistry.canonical(text) for text in texts]
    print(f"{sum(c is not None for c in canonical):,} of {len(texts):,} are valid")
    if out.suffix.lower() == ".csv":
        lines = [_line(*each) for each in zip(texts, canonical, names, strict=True)]
        write_file(out, _csv(["SMILES", "name", "valid", *chemistry.PROPERTIES], lines))
        return
    named = zip(texts, canonical, names, strict=True)
    write_file(out, _smi([(c or t, name if c else f"{name}, {NOT_VALID}") for t, c, name in named]))


def _line(text: str, canonical: str | None, name: str) -> list[Any]:
    if canonical is None:
        return [text, name, "no", *[""] * len(chemistry.PROPERTIES)]
    figures = chemistry.properties([canonical])[0].tolist()
    return [canonical, name, "yes", *(f"{value:.4f}" for value in figures)]


def _smi(lines: list[tuple[str, str]]) -> bytes:
    return "".join(f"{text} {name}\n" for text, name in lines).encode()


def _csv(heading: list[str], lines: list[list[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows([[*map(no_formula, line[:2]), *line[2:]] for line in lines])
    return file.getvalue().encode()
