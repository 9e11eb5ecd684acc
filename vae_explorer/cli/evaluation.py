"""Commands that say how good models are: scores, anomalies, comparisons."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import torch
import tyro
from torch import Generator
from typing_extensions import Doc

from vae_explorer.cli import molecules
from vae_explorer.cli.arguments import (
    AsJson,
    CheckpointPath,
    check_between,
    check_place,
    check_seed,
    load_model,
    write_file,
)
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.cli.server import installation
from vae_explorer.data import datasets
from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.splits import Dataset, Split
from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import (
    ablation,
    anomaly_report,
    doctor,
    exact_scores,
    metrics,
    model_comparison,
    references,
)
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.models import checkpoints
from vae_explorer.models.anomaly_scores import SCORES
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.training.engine import check_fit
from vae_explorer.training.runs import model_library

if TYPE_CHECKING:
    ScoreName = str
else:
    ScoreName = Literal[tuple(SCORES)]


def evaluate(
    checkpoint: CheckpointPath,
    *,
    as_json: AsJson = False,
    dataset: Annotated[str, Doc("to measure on; else the one it was trained on")] = "",
    split: Annotated[
        Literal["test", "validation"], Doc("held-out pictures to measure on")
    ] = "test",
    seed: Annotated[int, Doc("of posterior draws and of binarisation")] = 0,
    iw_samples: Annotated[int, Doc("importance samples a picture; 0: leave out")] = (
        metrics.IW_SAMPLES
    ),
    prior_points: Annotated[int, Doc("points of the encoder-free likelihood; 0: leave out")] = (
        metrics.PRIOR_POINTS
    ),
    lattice_points: Annotated[
        int, Doc("points of the exact likelihood, a power of two; 0: leave out")
    ] = exact_scores.LATTICE_POINTS,
    gap_images: Annotated[int, Doc("pictures of the amortisation gap; 0: leave out")] = (
        metrics.GAP_IMAGES
    ),
) -> None:
    """Measure a model on held-out pictures: every figure with its protocol, then its faults."""
    check_seed(seed)
    check_between("iw-samples", iw_samples, 0, 100_000)
    check_between("prior-points", prior_points, 0, 2**30)
    if lattice_points:
        prior_lattice.check_points(lattice_points)
    check_between("gap-images", gap_images, 0, 100_000)
    model = load_model(checkpoint, molecules=True)
    if isinstance(model.config, MoleculeConfig):
        molecules.evaluate(model, dataset, split, seed, as_json)
        return
    if lattice_points:
        exact_scores.check(model.model)  # before minutes of measuring
    pictures = _pictures(model, dataset)
    with StageBars() as progress:
        scores, _ = metrics.evaluate(
            model.model,
            pictures,
            split=split,
            seed=seed,
            iw_samples=iw_samples,
            prior_points=prior_points,
            gap_images=gap_images,
            progress=progress,
        )
        scores |= exact_scores.exact_scores(
            model.model, pictures.split(split), split, seed, lattice_points, progress
        )
    findings = _findings(model, pictures, split, seed)
    if as_json:
        told = metrics.to_json(scores) | {"findings": doctor.to_json(findings)}
        print(json.dumps(told, indent=1))
        return
    for key, score in metrics.to_json(scores).items():
        print(f"{key:16} {metrics.figure_text(key, score):>16}  {score['protocol']}")
    if lattice_points and (sentence := exact_scores.hindrance(model.model)):
        print(f"{'exact_nll':16} {'–':>16}  {sentence}")
    if "knn_accuracy" not in scores:
        print("knn_accuracy is left out: all pictures are of one class, which says nothing.")
    print("\n" + "\n".join(doctor.lines(findings)))


def examine(
    checkpoint: Annotated[
        Path | None, tyro.conf.Positional, Doc("of a model; none: this installation is looked at")
    ] = None,
    *,
    as_json: AsJson = False,
    dataset: Annotated[str, Doc("to look at it with; else the one it was trained on")] = "",
    split: Annotated[
        Literal["test", "validation"], Doc("held-out pictures, to tell over-fitting")
    ] = "test",
    seed: Annotated[int, Doc("of the pictures that are taken and of all draws")] = 0,
    port: Annotated[int, Doc("that the app is to listen on, of an installation")] = (
        installation.PORT
    ),
) -> None:
    """Say what is wrong with a model, each fault with its figure and a cure; or here.

    Without a model: versions, extras, shipped models, data, disk, port and limits of this
    installation, and status 1 where one is at fault.
    """
    if checkpoint is None:
        installation.check(as_json, port)
        return
    check_seed(seed)
    model = load_model(checkpoint)
    findings = _findings(model, _pictures(model, dataset), split, seed)
    if as_json:
        told = {"checkpoint": model.name, "findings": doctor.to_json(findings)}
        print(json.dumps(told, indent=1))
        return
    print("\n".join(doctor.lines(findings)))


def _pictures(model: Checkpoint, dataset: str) -> Dataset:
    """The data set of that name, or that of the model, read as its pictures are."""
    name = dataset or model.dataset or "mnist"
    return datasets.load_dataset(name, choice=model.picture_reading)


def _findings(model: Checkpoint, pictures: Dataset, split: str, seed: int) -> list[doctor.Finding]:
    """The doctor's, on training pictures, with others to compare them with."""
    train, held_out = (_some(pictures.split(name), seed) for name in ("train", split))
    for part in (train, held_out):
        check_fit(model.config, part)
    return doctor.examine(
        model.model,
        datasets.to_unit(train.images),
        train.labels,
        generator=Generator().manual_seed(seed),
        held_out=(datasets.to_unit(held_out.images), held_out.labels),
    )


def _some(split: Split, seed: int) -> Split:
    """As many pictures of a split as the doctor looks at."""
    chosen = torch.randperm(len(split), generator=Generator().manual_seed(seed))
    chosen = chosen[: doctor.MAX_PICTURES]
    return Split(split.images[chosen], split.labels[chosen])


def anomalies(
    checkpoint: CheckpointPath,
    *,
    as_json: AsJson = False,
    dataset: Annotated[str, Doc("whose pictures are the anomalies: a name or a folder")] = "",
    corruption: Annotated[str, Doc("of normal pictures: " + ", ".join(CORRUPTIONS))] = "",
    left_out: Annotated[int | None, Doc("a class that counts as anomalous, from 0")] = None,
    score: Annotated[ScoreName, Doc("that parts them")] = "combined",
    quantile: Annotated[float, Doc("of validation scores: the threshold")] = 0.95,
    most: Annotated[int, Doc("pictures of each set; 0: all")] = 2_000,
    seed: Annotated[int, Doc("of draws, noise and bootstrap")] = 0,
) -> None:
    """Detect anomalies among normal pictures: one of --dataset, --corruption or --left-out."""
    check_seed(seed)
    model = load_model(checkpoint)
    with StageBars() as progress:
        report = anomaly_report.report(
            model,
            dataset=dataset,
            corruption=corruption,
            left_out=left_out,
            score=score,
            quantile=quantile,
            max_pictures=most,
            seed=seed,
            progress=progress,
        )
    if as_json:
        print(json.dumps({"checkpoint": model.name} | report, indent=1))
        return
    print("\n".join(anomaly_report.lines(report)))


def models() -> None:
    """List the models at hand with their main scores, as a Markdown table."""
    shown = ("neg_elbo", "iw_nll", "prior_nll", "knn_accuracy")
    print(f"| model | data set | D | {' | '.join(shown)} | sha256 |")
    print("|---" * (len(shown) + 4) + "|")
    for entry in model_library.list_models():
        if entry.path is None:
            continue
        try:
            model = checkpoints.load_checkpoint(entry.path)
        except CheckpointError as error:
            print(f"| {entry.key} | {error} |")
            continue
        values = [model.scores.get(name, {}).get("value") for name in shown]
        cells = [_cell(value) for value in values]
        about = [entry.key, model.dataset or "?", str(model.config.latent_dim), *cells]
        print(f"| {' | '.join(about)} | `{model.sha256}` |")


def _cell(value: float | list[float] | None) -> str:
    if value is None or isinstance(value, list):
        return "–"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def compare_models(
    models: Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        Doc("names of models at hand, or paths of checkpoints; none: all that are at hand"),
    ] = (),
    *,
    csv: Annotated[Path | None, Doc("write the whole table into this file as well")] = None,
) -> None:
    """Compare models: every score, how it was measured, what one setting changes."""
    if csv is not None:
        check_place(csv)
    entries = model_library.list_models()
    at_hand = {entry.key: entry.path for entry in entries if entry.path is not None}
    paths = {name: at_hand.get(name, Path(name)) for name in models} if models else at_hand
    opened = {name: _opened(name, path) for name, path in paths.items()}
    titled = {name if name in at_hand else each.name: each for name, each in opened.items()}
    of_molecules = {n: c for n, c in titled.items() if isinstance(c.config, MoleculeConfig)}
    rows = [model_comparison.row(n, c) for n, c in titled.items() if n not in of_molecules]
    whole = [*rows, *references.REFERENCES] if rows or not of_molecules else []
    if whole:
        _print_table(model_comparison.markdown(whole), model_comparison.protocols(whole))
    for dataset in dict.fromkeys(row.dataset for row in rows):
        for finding in ablation.findings(rows, dataset):
            sentences = filter(None, (finding.text, finding.other_differences))
            print(f"\n{finding.about}: {' '.join(sentences)}")
    content = model_comparison.to_csv(whole) if whole else ""
    if of_molecules:
        print("\nModels of molecules" if whole else "Models of molecules")
        table = molecules.compare(of_molecules)
        if whole and csv is not None:
            print(f"\n{csv} has no row for models of molecules: name them alone for a table.")
        content = content or table
    if csv is not None:
        write_file(csv, content.encode())


def _opened(name: str, path: Path) -> Checkpoint:
    try:
        return checkpoints.load_checkpoint(path)
    except CheckpointError as error:
        raise CheckpointError(f"{name}: {error}") from error


def _print_table(lines: list[str], protocols: dict[str, dict[str, list[str]]]) -> None:
    print("\n".join(lines))
    for name, found in protocols.items():
        print(f"\n{model_comparison.TITLES[name]}")
        for protocol, names in found.items():
            print(f"- {protocol} ({', '.join(names)})")
