"""Pictures of anybody's -> a table of their codes: what the model says of each, as CSV or Parquet.

Pictures are read one by one, so that there may be many. N pictures, D latent coordinates.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae_explorer.data import uploads
from vae_explorer.data.handwriting.preprocessing import Prepared
from vae_explorer.data.uploaded import upload_batch
from vae_explorer.data.uploaded.upload_batch import Budget, File
from vae_explorer.errors import UploadError
from vae_explorer.files import no_formula
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint

TEXTS = ("file", "label", "SMILES", "name")  # columns that are no numbers
ENCODING_BATCH = 250  # pictures read and encoded together


class NamedPicture(NamedTuple):
    """A picture that is read when its turn comes; `read` may raise UploadError."""

    name: str
    label: str | None  # of its class, where it is known
    read: Callable[[], Prepared]


@dataclass(frozen=True)
class EncodedPictures:
    """What a model says of pictures, and those that could not be used, with the reason."""

    names: Sequence[str]
    labels: Sequence[str | None]
    mu: Tensor  # (N, D)
    sigma: Tensor  # (N, D)
    reconstruction: Tensor  # (N,) nats, at the posterior mean
    kl: Tensor  # (N,) nats
    scores: Mapping[str, Tensor]  # each (N,), called anomaly_…
    refused: Sequence[tuple[str, str]]

    def columns(self) -> dict[str, Sequence[Any]]:
        """The table, column by column: file, label where any is known, then numbers."""
        columns: dict[str, Sequence[Any]] = {"file": list(self.names)}
        if any(label is not None for label in self.labels):
            columns["label"] = list(self.labels)
        for name, values in (("mu", self.mu), ("sigma", self.sigma)):
            columns |= {f"{name}_{d + 1}": values[:, d].tolist() for d in range(values.shape[1])}
        columns["reconstruction_nats"] = self.reconstruction.tolist()
        columns["kl_nats"] = self.kl.tolist()
        return columns | {name: values.tolist() for name, values in self.scores.items()}

    def csv(self) -> bytes:
        """The table as text in UTF-8, numbers with seven digits."""
        file = io.StringIO()
        columns = self.columns()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow([_cell(value) for value in row])
        return file.getvalue().encode()

    def parquet(self) -> bytes:
        """The table as a Parquet file, numbers as 32-bit floats."""
        return to_parquet(self.columns())


def to_parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Columns as a Parquet file: texts, and numbers as 32-bit floats."""
    import pyarrow
    from pyarrow import parquet

    arrays = {
        name: pyarrow.array(values, pyarrow.string() if name in TEXTS else pyarrow.float32())
        for name, values in columns.items()
    }
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), file)
    return file.getvalue()


def _cell(value: Any) -> Any:
    """A value as a CSV file has it: numbers with seven digits, texts that no program computes."""
    if isinstance(value, float):
        return f"{value:.7g}"
    return value if value is None else no_formula(str(value))


def encode_files(
    checkpoint: Checkpoint,
    files: Sequence[File],
    label: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> EncodedPictures:
    """The same of uploaded files, zips among them; a picture's class is the name of its folder."""
    budget = Budget()
    pictures = [
        NamedPicture(
            name, PurePosixPath(name).parent.name or None, partial(_read, budget, read, checkpoint)
        )
        for name, read in upload_batch.entries(files)
    ]
    return encode(checkpoint, pictures, label, progress)


def _read(budget: Budget, read: Callable[[], bytes], checkpoint: Checkpoint) -> Prepared:
    return uploads.read_one(budget.read(read), checkpoint.picture_reading)


def encode(
    checkpoint: Checkpoint,
    pictures: Sequence[NamedPicture],
    label: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> EncodedPictures:
    """Read and encode pictures, in their order. UploadError where not one can be used.

    A conditional model is given the class of each where its name is known, else `label`; pictures
    with neither are refused.
    """
    parts: list[dict[str, Tensor]] = []
    used: list[NamedPicture] = []
    refused: list[tuple[str, str]] = []
    for start in range(0, len(pictures), ENCODING_BATCH):
        images, classes = [], []
        for picture in pictures[start : start + ENCODING_BATCH]:
            try:
                classes.append(_class_of(checkpoint, picture, label))
                images.append(picture.read().image)
                used.append(picture)
            except UploadError as error:
                classes = classes[: len(images)]
                refused.append((picture.name, str(error)))
        if images:
            parts.append(_encode(checkpoint, torch.stack(images), torch.tensor(classes)))
        progress(min(1.0, (start + ENCODING_BATCH) / len(pictures)))
    if not parts:
        name, reason = refused[0] if refused else ("", "There are none.")
        raise UploadError(f"Not one picture can be used. {name}: {reason}")
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return EncodedPictures(
        [picture.name for picture in used],
        [picture.label for picture in used],
        joined.pop("mu"),
        joined.pop("sigma"),
        joined.pop("reconstruction"),
        joined.pop("kl"),
        joined,
        refused,
    )


def _class_of(checkpoint: Checkpoint, picture: NamedPicture, label: int | None) -> int:
    """The class that a conditional model is told; 0 for any other."""
    if not checkpoint.config.classes:
        return 0
    if picture.label in checkpoint.classes:
        return checkpoint.classes.index(picture.label)
    if label is None:
        raise UploadError("This model is conditional, and the class of the picture is not known.")
    return label


def _encode(checkpoint: Checkpoint, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """All columns of numbers of some pictures (N, C, H, W)."""
    result = inference.reconstruct(checkpoint, images, labels)
    part = {
        "mu": result.mu,
        "sigma": result.sigma,
        "reconstruction": result.nll,
        "kl": result.kl.sum(dim=1),
    }
    if checkpoint.detector is not None:
        told = labels if checkpoint.config.classes else None
        scores = checkpoint.detector.scores(images, told)
        part |= {f"anomaly_{name}": values for name, values in scores.items()}
    return part
