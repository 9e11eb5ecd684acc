"""The command that selects many encoded pictures of a model at once."""

from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor
from typing_extensions import Doc

from vae_explorer.cli.arguments import CodesPath, check_between, load_model, write_file
from vae_explorer.errors import DataError, ExplorerError
from vae_explorer.latent import selection
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet


def select(
    checkpoint: CodesPath,
    *,
    label: Annotated[str, Doc("all of a class: its name, or its number from 0")] = "",
    near: Annotated[tuple[float, ...], Doc("those nearest to a point: its coordinates")] = (),
    count: Annotated[int, Doc("how many are nearest")] = 100,
    csv: Annotated[Path, Doc("file to write: index, class and code of each")],
) -> None:
    """Select encoded pictures by class or by nearness, and write their codes as CSV."""
    if bool(label) == bool(near):
        raise ExplorerError("say which points: give either --label or --near.")
    model = load_model(checkpoint, codes=True)
    encoded = model.encoded
    if encoded is None:
        raise DataError("the checkpoint holds no encoded pictures: publish it first.")
    names = _class_names(model, encoded)
    if label:
        indices = selection.of_class(encoded.labels, _label_of(label, names))
    else:
        check_between("count", count, 1, len(encoded.mu))
        indices = selection.nearest(encoded.mu, _point(near, model), count)
    text = selection.to_csv(indices.tolist(), encoded.labels, names, encoded.mu)
    of = "" if encoded.split == "all" else f" of the {encoded.split} split"
    print(f"{len(indices):,} of {len(encoded.mu):,} points{of}")
    write_file(csv, text.encode())


def _class_names(model: Checkpoint, encoded: EncodedSet) -> list[str]:
    """A name for every label; its number where the file has none."""
    count = int(encoded.labels.max()) + 1
    return [*model.classes, *map(str, range(len(model.classes), count))]


def _label_of(text: str, names: list[str]) -> int:
    """A class by its name, or else by its number; ExplorerError for none of the two."""
    if text in names:
        return names.index(text)
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    raise ExplorerError(f"there is no class {text!r}: the classes are {shown}.")


def _point(near: tuple[float, ...], model: Checkpoint) -> Tensor:
    z = torch.tensor(near, dtype=torch.float64)
    dims = model.config.latent_dim
    if len(z) != dims or not z.isfinite().all():
        raise ExplorerError(f"--near takes {dims} finite numbers, one a coordinate of this model.")
    return z
