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
    anomaly_report,
    checkpoints,
    data,
    distributed,
    figures,
    inference,
    latent,
    library,
    metrics,
    preprocess,
    runs,
    training,
)
from .anomalies import fit
from .bars import EpochBar, StageBars
from .checkpoints import Checkpoint
from .config import TrainConfig, to_dict
from .corruptions import CORRUPTIONS
from .detector import SCORES
from .errors import DataError, ExplorerError, RunError, UploadError
from .events import EventWriter, summary_writer
from .files import write_atomically
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
    label: Annotated[int | None, Doc("class, for a conditional model")] = None,
    out: Annotated[Path, Doc("PNG file to write")] = Path("samples.png"),
) -> None:
    """Decode draws from the prior into a sheet of pictures."""
    _between("count", count, 1, 10_000)
    model = checkpoints.load_checkpoint(checkpoint)
    z = latent.prior_samples(list(range(seed, seed + count)), model.config.latent_dim)
    pictures = inference.decode(model, z, _label(model, label))
    _write(out, figures.png(figures.sheet(pictures, min(count, 10)), 3))


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
    path: Annotated[Literal["straight", "spherical"], Doc("between their codes")] = "straight",
    steps: Annotated[int, Doc("pictures, both ends included")] = 16,
    out: Annotated[Path, Doc("a .gif animation or a .png strip")] = Path("interpolation.gif"),
) -> None:
    """Walk between two test pictures through the latent space."""
    _between("steps", steps, 2, 1000)
    model = checkpoints.load_checkpoint(checkpoint)
    encoded = model.encoded
    if encoded is None:
        raise DataError("the checkpoint holds no encoded pictures: publish it first.")
    for index in (start, end):
        _between("the index of a picture", index, 0, len(encoded.mu) - 1)
    places = latent.PATHS[path](encoded.mu[start], encoded.mu[end], steps)
    pictures = inference.decode(model, places, int(encoded.labels[start]))
    if out.suffix.lower() == ".gif":
        _write(out, figures.gif(list(figures.to_bytes(pictures).squeeze(1))))
    else:
        _write(out, figures.png(figures.sheet(pictures, steps), 4))


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


COMMANDS = {
    "models": models,
    "train": train,
    "evaluate": evaluate,
    "sample": sample,
    "manifold": manifold,
    "interpolate": interpolate,
    "reconstruct": reconstruct,
    "import": import_model,
    "anomalies": anomalies,
    "publish": publish,
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
        write_atomically(path, content)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}.") from error
    print(f"wrote {path}")
