"""The command line: everything the app can do, without the app.

Flags are built from the config dataclasses. Commands print what they made; with an error they
print one sentence and leave with status 1.
"""

import contextlib
import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro
from tqdm import tqdm
from typing_extensions import Doc

from . import (
    ablation,
    anomaly_report,
    checkpoints,
    compare,
    data,
    distributed,
    exports,
    figures,
    files,
    generate,
    inference,
    latent,
    library,
    metrics,
    preprocess,
    references,
    runs,
    samples,
    training,
    walks,
)
from .anomalies import fit
from .bars import EpochBar, StageBars
from .checkpoints import Checkpoint
from .config import TrainConfig, to_dict
from .corruptions import CORRUPTIONS
from .detector import SCORES
from .errors import CheckpointError, DataError, ExplorerError, ExportError, RunError, UploadError
from .events import EventWriter, summary_writer
from .presets import PRESET_HELP, PRESETS

Preset = tyro.extras.subcommand_type_from_defaults(PRESETS, PRESET_HELP)
CheckpointPath = Annotated[Path, tyro.conf.Positional, Doc("a .safetensors checkpoint")]


def train(
    config: Preset = PRESETS["mnist-3d"],
    *,
    name: Annotated[str | None, Doc("of the run folder; else the preset's")] = None,
    resume: Annotated[Path | None, Doc("carry on this run folder, with its own settings")] = None,
    queue: Annotated[bool, Doc("start in the background, once no other run is under way")] = False,
    tensorboard: Annotated[bool, Doc("write event files into the run folder as well")] = False,
    download: Annotated[bool, Doc("fetch the data set first if it is missing")] = False,
    dry_run: Annotated[bool, Doc("print the settings and stop")] = False,
) -> None:
    """Train a model into a run folder, from a preset with any of its settings replaced.

    Under torchrun, several processes train the one model together.
    """
    if dry_run:
        print(json.dumps(to_dict(config), indent=1))
        return
    if tensorboard:
        summary_writer()  # raises what there is to say, before a folder exists
    with distributed.joined() as group:
        first = group.rank == 0
        run = _run_of(config, name, resume, download, queue) if first else None
        run = group.from_first(run)
        if queue:
            if first:
                runs.tend()
                print(f"{run.status().state}: {run.folder}")
            return
        _carry_out(run, tensorboard and first, silent=not first)
    if first:
        print(f"{run.status().state}: {run.checkpoint}")
        runs.tend()


def _run_of(
    config: TrainConfig, name: str | None, resume: Path | None, download: bool, queue: bool
) -> runs.Run:
    """The folder to train in: an old one, or a new one made once its data set is at hand."""
    if resume is not None:
        if queue:
            runs.Run(resume).queue()
        return runs.Run(resume)
    if download and config.dataset in data.DOWNLOADABLE:
        fetch(config.dataset)
    elif not data.available(config.dataset):
        data.load_dataset(config.dataset)  # raises what there is to say, before a folder exists
    free = runs.free_name(name or _preset_of(config))
    return runs.create_run(free, config, state="queued" if queue else "stopped")


def _carry_out(run: runs.Run, tensorboard: bool, silent: bool) -> None:
    with contextlib.ExitStack() as stack:
        hear = [stack.enter_context(EpochBar(run.config().total_epochs, silent))]
        if tensorboard:
            hear.append(stack.enter_context(EventWriter(run.folder)))
        for report in training.carry_out(run):
            for listener in hear:
                listener(report)


def fetch(dataset: Annotated[str, tyro.conf.Positional, Doc(", ".join(data.DOWNLOADABLE))]) -> None:
    """Download a data set into the data folder."""
    if dataset not in data.DOWNLOADABLE:
        raise DataError(f"{dataset} cannot be downloaded: use {', '.join(data.DOWNLOADABLE)}.")
    with tqdm(total=100, unit="%", desc=dataset) as bar:
        data.download(dataset, progress=lambda share: bar.update(round(100 * share) - bar.n))


def evaluate(
    checkpoint: CheckpointPath,
    *,
    as_json: Annotated[
        bool, tyro.conf.arg(name="json"), Doc("print JSON, nothing else, to standard output")
    ] = False,
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
    gap_images: Annotated[int, Doc("pictures of the amortisation gap; 0: leave out")] = (
        metrics.GAP_IMAGES
    ),
) -> None:
    """Measure a model on held-out pictures: every figure with its protocol."""
    model = checkpoints.load_checkpoint(checkpoint)
    with StageBars() as progress:
        scores, _ = metrics.evaluate(
            model.model,
            data.load_dataset(dataset or model.dataset or "mnist"),
            split=split,
            seed=seed,
            iw_samples=iw_samples,
            prior_points=prior_points,
            gap_images=gap_images,
            progress=progress,
        )
    if as_json:
        print(json.dumps(metrics.to_json(scores), indent=1))
        return
    for key, score in metrics.to_json(scores).items():
        print(f"{key:16} {metrics.figure_text(key, score):>16}  {score['protocol']}")


def anomalies(
    checkpoint: CheckpointPath,
    *,
    as_json: Annotated[
        bool, tyro.conf.arg(name="json"), Doc("print JSON, nothing else, to standard output")
    ] = False,
    dataset: Annotated[str, Doc("whose pictures are the anomalies: a name or a folder")] = "",
    corruption: Annotated[str, Doc("of normal pictures: " + ", ".join(CORRUPTIONS))] = "",
    left_out: Annotated[int | None, Doc("a class that counts as anomalous, from 0")] = None,
    score: Annotated[Literal[tuple(SCORES)], Doc("that parts them")] = "combined",
    quantile: Annotated[float, Doc("of validation scores: the threshold")] = 0.95,
    most: Annotated[int, Doc("pictures of each set; 0: all")] = 2_000,
    seed: Annotated[int, Doc("of draws, noise and bootstrap")] = 0,
) -> None:
    """Tell anomalies from normal pictures: one of --dataset, --corruption or --left-out."""
    model = checkpoints.load_checkpoint(checkpoint)
    with StageBars() as progress:
        told = anomaly_report.report(
            model,
            dataset=dataset,
            corruption=corruption,
            left_out=left_out,
            score=score,
            quantile=quantile,
            most=most,
            seed=seed,
            progress=progress,
        )
    if as_json:
        print(json.dumps({"checkpoint": model.name} | told, indent=1))
        return
    print("\n".join(anomaly_report.lines(told)))


def publish(
    checkpoint: CheckpointPath,
    to: Annotated[Path, tyro.conf.Positional, Doc("the file to write")],
    *,
    seed: Annotated[int, Doc("of posterior draws and of binarisation")] = 0,
) -> None:
    """Make a model fit to ship: weights in half precision, scores, encoded test set, detector."""
    model = checkpoints.rounded_to_half(checkpoints.load_checkpoint(checkpoint))
    dataset = data.load_dataset(model.dataset or "mnist")
    with StageBars() as progress:
        scores, encoded = metrics.evaluate(model.model, dataset, seed=seed, progress=progress)
        detector = fit(model, dataset.train, dataset.validation, seed=seed, progress=progress)
    whole = dataclasses.replace(
        model,
        dataset=dataset.name,
        classes=dataset.classes,
        scores=metrics.to_json(scores),
        encoded=encoded,
        detector=detector,
    )
    checkpoints.save_checkpoint(whole, to, half=True)
    print(f"wrote {to} ({to.stat().st_size / 1e6:.1f} MB)")


def sample(
    checkpoint: CheckpointPath,
    *,
    count: Annotated[int, Doc("how many")] = 30,
    seed: Annotated[int, Doc("of the first; the i-th has this seed plus i")] = 0,
    seeds: Annotated[str, Doc("of each, such as 0-23,40, in place of count and seed")] = "",
    temperature: Annotated[float, Doc("how far draws go from the middle; 1: as trained")] = 1.0,
    label: Annotated[int | None, Doc("class to make, from 0; else draws from the prior")] = None,
    out: Annotated[Path, Doc("a .png sheet, .npz archive, .zip, or else a folder to make")] = Path(
        "samples.png"
    ),
) -> None:
    """Decode draws from the prior, or of a class, one a seed.

    A conditional model is told the class; for any other they come from the density of the class
    among its encoded pictures.
    """
    _between("count", count, 1, 10_000)
    _between("seed", seed, 0, generate.LARGEST_SEED - count)
    _between("temperature", temperature, 0, 10)
    model = checkpoints.load_checkpoint(checkpoint)
    wanted = generate.read_seeds(seeds) if seeds else list(range(seed, seed + count))
    if model.config.classes:
        label = _label(model, label)
    told = samples.drawn(model, model.encoded, wanted, temperature, label)
    match out.suffix.lower():
        case ".png":
            _write(out, told.png())
        case ".npz":
            _write(out, told.npz())
        case ".zip" | "":
            _write_files(out, told.folder())
        case suffix:
            raise ExportError(f"no pictures are written as {suffix}: use .png, .npz, .zip or none.")


def manifold(
    checkpoint: CheckpointPath,
    *,
    across: Annotated[int, Doc("coordinate that grows to the right, from 1")] = 1,
    up: Annotated[int, Doc("coordinate that grows upwards")] = 2,
    n: Annotated[int, Doc("pictures along a side")] = 30,
    extent: Annotated[float, Doc("how far to go from 0 each way, prior deviations")] = 2.0,
    label: Annotated[int | None, Doc("class, for a conditional model")] = None,
    out: Annotated[Path, Doc("PNG file to write")] = Path("manifold.png"),
) -> None:
    """Decode a grid over two coordinates, all others at 0, into one picture."""
    _between("n", n, 2, 100)
    model = checkpoints.load_checkpoint(checkpoint)
    count = model.config.latent_dim
    if count == 1:
        raise ExplorerError("this model has one coordinate: there is no plane to show.")
    for what, number in (("across", across), ("up", up)):
        _between(what, number, 1, count)
    if across == up:
        raise ExplorerError("across and up must be two different coordinates.")
    extents = [latent.Range(-extent, extent)] * count
    z = latent.slice_plane(torch.zeros(count), (across - 1, up - 1), extents, n)
    pictures = inference.decode(model, z, _label(model, label))
    _write(out, figures.png(figures.sheet(pictures, n, gap=0)))


def interpolate(
    checkpoint: CheckpointPath,
    start: Annotated[int, tyro.conf.Positional, Doc("index of a test picture")],
    end: Annotated[int, tyro.conf.Positional, Doc("index of another")],
    *,
    path: Annotated[
        Literal[walks.KINDS], Doc("between their codes; a geodesic is short as decoded")
    ] = "straight",
    steps: Annotated[int, Doc("pictures, both ends included")] = 16,
    ping_pong: Annotated[bool, Doc("an animation plays forth and back")] = True,
    milliseconds: Annotated[int, Doc("that an animation shows each picture")] = 80,
    out: Annotated[Path, Doc("a .gif or .webp animation, or a .png strip")] = Path(
        "interpolation.gif"
    ),
) -> None:
    """Walk between two test pictures through the latent space."""
    _between("steps", steps, 2, walks.MOST_STEPS)
    _between("milliseconds", milliseconds, 10, 10_000)
    kind = out.suffix.lower()
    if kind not in (".gif", ".webp", ".png"):
        raise ExplorerError(f"{out} must end in .gif, .webp or .png.")
    model = checkpoints.load_checkpoint(checkpoint)
    encoded = model.encoded
    if encoded is None:
        raise DataError("the checkpoint holds no encoded pictures: publish it first.")
    for index in (start, end):
        _between("the index of a picture", index, 0, len(encoded.mu) - 1)
    first, last = encoded.mu[start], encoded.mu[end]
    label, geodesic = int(encoded.labels[start]), None
    if path == walks.GEODESIC:
        with StageBars() as bar:
            for progress in walks.search(model, first, last, label, encoded.mu):
                bar("geodesic", progress.share)
            geodesic = progress.path
    walk = walks.walk(model, path, first, last, steps, label, geodesic)
    if kind == ".png":
        _write(out, figures.png(figures.sheet(walk.pictures, steps), 4))
    else:
        write = figures.gif if kind == ".gif" else figures.webp
        frames = list(figures.to_bytes(walk.pictures).squeeze(1))
        _write(out, write(frames, milliseconds=milliseconds, ping_pong=ping_pong))
    print(f"length as decoded: {walk.travelled[-1]:.3f}")


def reconstruct(
    checkpoint: CheckpointPath,
    pictures: Annotated[list[Path], tyro.conf.Positional, Doc("pictures of digits")],
    *,
    label: Annotated[int | None, Doc("class, for a conditional model")] = None,
    out: Annotated[Path, Doc("PNG file to write")] = Path("reconstruction.png"),
) -> None:
    """Put pictures through the model: what it sees above what it makes of it."""
    model = checkpoints.load_checkpoint(checkpoint)
    seen = torch.stack([preprocess.preprocess_image(_read(path)).image for path in pictures])
    result = inference.reconstruct(model, seen, _label(model, label))
    for path, mu, sigma in zip(pictures, result.mu, result.sigma, strict=True):
        print(f"{path}: mu {_round(mu)}, sigma {_round(sigma)}")
    _write(out, figures.png(figures.contact_sheet([seen, result.pictures]), 6))


def import_model(
    state_dict: Annotated[Path, tyro.conf.Positional, Doc("a .pt file of the tutorial's module")],
    to: Annotated[Path, tyro.conf.Positional, Doc("the .safetensors file to write")],
    *,
    dataset: Annotated[str, Doc("it was trained on; encoded into the file if at hand")] = "mnist",
) -> None:
    """Turn the tutorial author's variational_autoencoder.pt into a checkpoint."""
    model = dataclasses.replace(checkpoints.import_state_dict(state_dict), dataset=dataset)
    if data.available(dataset):
        known = data.load_dataset(dataset)
        with StageBars() as progress:
            scores, encoded = metrics.evaluate(
                model.model, known, iw_samples=0, prior_points=0, gap_images=0, progress=progress
            )
        model = dataclasses.replace(
            model, classes=known.classes, scores=metrics.to_json(scores), encoded=encoded
        )
    checkpoints.save_checkpoint(model, to)
    print(f"wrote {to}")


def export(
    checkpoint: CheckpointPath,
    to: Annotated[Path, tyro.conf.Positional, Doc("the file, .zip or new folder to write")],
    *,
    kind: Annotated[
        Literal["", *exports.KINDS], Doc("of file; else as the ending of its name says")
    ] = "",
) -> None:
    """Take a model elsewhere: as ONNX, state_dict, Embedding Projector or one offline page."""
    model, kind = checkpoints.load_checkpoint(checkpoint), exports.kind_of(to.name, kind)
    if kind == "html":
        from .ui import offline  # the one form that only the app can make

        _write(to, offline.page(model))
    elif exports.KINDS[kind].several:
        pictures = exports.originals(model) if kind == "projector" else None
        _write_files(to, exports.made(kind, model, pictures))
    else:
        _write(to, exports.single(exports.made(kind, model)))
    if kind == "state-dict":
        print(exports.about_state_dict(model.config))


def models() -> None:
    """List the models at hand with their main scores, as a Markdown table."""
    shown = ("neg_elbo", "iw_nll", "prior_nll", "knn_accuracy")
    print(f"| model | data set | D | {' | '.join(shown)} | sha256 |")
    print("|---" * (len(shown) + 4) + "|")
    for entry in library.list_models():
        model = checkpoints.load_checkpoint(entry.path)
        values = [model.scores.get(name, {}).get("value") for name in shown]
        cells = ["–" if v is None else f"{v:.3f}" if v < 1 else f"{v:.2f}" for v in values]
        about = [entry.key, model.dataset or "?", str(model.config.latent_dim), *cells]
        print(f"| {' | '.join(about)} | `{model.sha256}` |")


def compare_models(
    models: Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        Doc("names of models at hand, or paths of checkpoints; none: all that are at hand"),
    ] = (),
    *,
    csv: Annotated[Path | None, Doc("write the whole table into this file as well")] = None,
) -> None:
    """Hold models side by side: every score, how it was measured, what one setting changes."""
    at_hand = {entry.key: entry.path for entry in library.list_models()}
    paths = {name: at_hand.get(name, Path(name)) for name in models} if models else at_hand
    rows = []
    for name, path in paths.items():
        try:
            checkpoint = checkpoints.load_checkpoint(path)
        except CheckpointError as error:
            raise CheckpointError(f"{name}: {error}") from error
        rows.append(compare.row(name if name in at_hand else checkpoint.name, checkpoint))
    whole = [*rows, *references.REFERENCES]
    print("\n".join(compare.markdown(whole)))
    for name, protocols in compare.protocols(whole).items():
        print(f"\n{compare.TITLES[name]}")
        for protocol, names in protocols.items():
            print(f"- {protocol} ({', '.join(names)})")
    for dataset in dict.fromkeys(row.dataset for row in rows):
        for finding in ablation.findings(rows, dataset):
            print(f"\n{finding.about}: {' '.join(filter(None, (finding.text, finding.apart)))}")
    if csv is not None:
        _write(csv, compare.to_csv(whole).encode())


COMMANDS = {
    "models": models,
    "compare": compare_models,
    "train": train,
    "evaluate": evaluate,
    "sample": sample,
    "manifold": manifold,
    "interpolate": interpolate,
    "reconstruct": reconstruct,
    "import": import_model,
    "anomalies": anomalies,
    "publish": publish,
    "export": export,
    "download": fetch,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    try:
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="python -m vae_explorer",
            description="Train, measure and use variational autoencoders.",
            args=arguments,
            config=(
                tyro.conf.CascadeSubcommandArgs,
                tyro.conf.OmitArgPrefixes,
                tyro.conf.OmitSubcommandPrefixes,
            ),
        )
    except ExplorerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _preset_of(config) -> str:
    """The preset's name where the config is one unchanged, else the data set and size."""
    for name, preset in PRESETS.items():
        if preset == config:
            return name
    return f"{Path(config.dataset).name}-{config.model.latent_dim}d"


def _label(model: Checkpoint, label: int | None) -> int:
    """The class to decode; ExplorerError where a conditional model is not told one."""
    if not model.config.classes:
        return 0
    if label is None or not 0 <= label < model.config.classes:
        last = model.config.classes - 1
        raise ExplorerError(f"this model is conditional: give --label a class from 0 to {last}.")
    return label


def _between(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ExplorerError(f"{what} must be between {low} and {high}, got {value}.")


def _round(values: torch.Tensor) -> str:
    return "(" + ", ".join(f"{v:.3f}" for v in values.tolist()) + ")"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UploadError(f"{path} cannot be read: {error.strerror}.") from error


def _write(path: Path, content: bytes) -> None:
    try:
        files.write_atomically(path, content)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}.") from error
    print(f"wrote {path}")


def _write_files(path: Path, content: dict[str, bytes]) -> None:
    """A zip where the name says so, else a new folder; all files or none."""
    if path.suffix.lower() == ".zip":
        _write(path, files.zipped(content))
        return
    try:
        files.write_folder(path, content)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from error
    print(f"wrote {path}: {', '.join(list(content)[:6])}{' …' if len(content) > 6 else ''}")
