"""What commands share: arguments, what they refuse, and the files they read and write."""

from pathlib import Path
from typing import Annotated

import tyro
from typing_extensions import Doc

from vae_explorer import files
from vae_explorer.data import image_decoding
from vae_explorer.errors import ExplorerError, ExportError, RunError, UploadError
from vae_explorer.latent import generation
from vae_explorer.models import checkpoint_reader
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint, of_pictures
from vae_explorer.models.foreign.codes import open_codes
from vae_explorer.training.runs.model_library import list_models

CheckpointPath = Annotated[
    Path, tyro.conf.Positional, Doc("a .safetensors checkpoint, or the name of a model at hand")
]
CodesPath = Annotated[
    Path,
    tyro.conf.Positional,
    Doc("a .safetensors checkpoint, the name of a model at hand, or codes: .npz, .csv, .parquet"),
]
AsJson = Annotated[
    bool, tyro.conf.arg(name="json"), Doc("print JSON, nothing else, to standard output")
]


def load_model(path: Path, *, codes: bool = False, molecules: bool = False) -> Checkpoint:
    """A checkpoint file, or where there is none of that name, the model that `models` lists so.

    With `codes` also a file of codes alone, whose model decodes nothing; with `molecules` also a
    model of them. ExplorerError where it is none of these, or cannot be read.
    """
    if open_codes.is_codes(path.name):
        if not codes:
            raise ExplorerError(
                f"{path.name} holds codes alone: this command needs the model that made them."
            )
        return open_codes.open_codes_file(path).checkpoint
    at_hand = {} if path.exists() else {entry.key: entry.path for entry in list_models()}
    checkpoint = load_checkpoint(at_hand.get(str(path)) or path)
    return checkpoint if molecules else of_pictures(checkpoint)


def check_between(what: str, value: float, low: float, high: float) -> None:
    """ExplorerError for a number out of range, or for none at all."""
    if not low <= value <= high:
        raise ExplorerError(f"{what} must be between {low} and {high}, got {value}.")


def check_seed(seed: int) -> None:
    """ExplorerError for a seed that not every generator takes."""
    check_between("seed", seed, 0, generation.MAX_SEED)


def check_place(path: Path) -> None:
    """ExportError where no file can be written: said before the work, not after it."""
    try:
        files.regular_file(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from error


def label_of(model: Checkpoint, label: int | None) -> int:
    """The class to decode; ExplorerError where a conditional model is not given one."""
    if not model.config.classes:
        return 0
    if label is None or not 0 <= label < model.config.classes:
        last = model.config.classes - 1
        raise ExplorerError(f"this model is conditional: give --label a class from 0 to {last}.")
    return label


def read_picture(path: Path) -> bytes:
    """A picture file, as far as `image_decoding` takes one; UploadError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(image_decoding.MAX_MEGABYTES * 1_000_000 + 1)
    except OSError as error:
        raise UploadError(f"{path} cannot be read: {error.strerror}.") from error


def read_model_file(path: Path) -> bytes:
    """A model file of any make; CheckpointError where it cannot be read or is too large."""
    return checkpoint_reader.read_bytes(path, path.stem)[0]


def write_file(path: Path, content: bytes) -> None:
    """Write a file atomically and say so; RunError where it cannot be written."""
    try:
        files.write_atomically(path, content)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}.") from error
    print(f"wrote {path}")


def write_files(path: Path, content: dict[str, bytes]) -> None:
    """A zip where the name says so, else a new folder; all files or none, or ExportError."""
    if path.suffix.lower() == ".zip":
        write_file(path, files.zipped(content))
        return
    try:
        files.write_folder(path, content)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from error
    print(f"wrote {path}: {', '.join(list(content)[:6])}{' …' if len(content) > 6 else ''}")
