"""Commands that turn a model into another file: published, imported, exported."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro
from typing_extensions import Doc

from vae_explorer.cli import molecules
from vae_explorer.cli.arguments import (
    CheckpointPath,
    CodesPath,
    check_place,
    check_seed,
    load_model,
    write_file,
    write_files,
)
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.data import datasets
from vae_explorer.evaluation import exact_scores, metrics
from vae_explorer.evaluation.anomaly_detection import fit
from vae_explorer.export import export_formats
from vae_explorer.models import checkpoints
from vae_explorer.models.foreign import tutorial_state_dict
from vae_explorer.molecule_config import MoleculeConfig

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal["", *export_formats.FORMATS]


def publish(
    checkpoint: CheckpointPath,
    to: Annotated[Path, tyro.conf.Positional, Doc("the file to write")],
    *,
    seed: Annotated[int, Doc("of posterior draws and of binarisation")] = 0,
) -> None:
    """Make a model fit to ship: weights in half precision, scores, encoded test set, detector."""
    check_seed(seed)
    check_place(to)
    model = checkpoints.rounded_to_half(load_model(checkpoint, molecules=True))
    if isinstance(model.config, MoleculeConfig):
        molecules.publish(model, to, seed)
        return
    dataset = datasets.load_dataset(model.dataset or "mnist", choice=model.picture_reading)
    with StageBars() as progress:
        scores, encoded = metrics.evaluate(model.model, dataset, seed=seed, progress=progress)
        points = exact_scores.LATTICE_POINTS
        scores |= exact_scores.exact_scores(
            model.model, dataset.test, "test", seed, points, progress
        )
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


def import_model(
    state_dict: Annotated[Path, tyro.conf.Positional, Doc("a .pt file of the tutorial's module")],
    to: Annotated[Path, tyro.conf.Positional, Doc("the .safetensors file to write")],
    *,
    dataset: Annotated[str, Doc("it was trained on; encoded into the file if at hand")] = "mnist",
) -> None:
    """Turn the tutorial author's variational_autoencoder.pt into a checkpoint."""
    check_place(to)
    model = dataclasses.replace(tutorial_state_dict.import_state_dict(state_dict), dataset=dataset)
    if datasets.available(dataset):
        data = datasets.load_dataset(dataset, choice=model.picture_reading)
        with StageBars() as progress:
            scores, encoded = metrics.evaluate(
                model.model, data, iw_samples=0, prior_points=0, gap_images=0, progress=progress
            )
        model = dataclasses.replace(
            model, classes=data.classes, scores=metrics.to_json(scores), encoded=encoded
        )
    checkpoints.save_checkpoint(model, to)
    print(f"wrote {to}")


def export(
    checkpoint: CodesPath,
    to: Annotated[Path, tyro.conf.Positional, Doc("the file, .zip or new folder to write")],
    *,
    kind: Annotated[FormatName, Doc("of file; else as the ending of its name says")] = "",
) -> None:
    """Take a model elsewhere: as ONNX, state_dict, Embedding Projector or one offline page."""
    model = load_model(checkpoint, codes=True, molecules=True)
    kind = export_formats.format_of(to.name, kind)
    form = export_formats.FORMATS[kind]
    export_formats.check_network(kind, model)
    if form.files is None:
        from vae_explorer.ui.shell import offline_page  # the one form that only the app can make

        write_file(to, offline_page.page(model))
    else:
        pictures = export_formats.originals(model) if form.shows_pictures else None
        content = export_formats.export_files(kind, model, pictures)
        if form.several:
            write_files(to, content)
        else:
            write_file(to, export_formats.single(content))
    if form.remark:
        print(form.remark(model.config))
