"""Generated pictures as files: a PNG sheet, an NPZ archive, a folder or a zip of PNG files.

Makes bytes; whoever asked writes them. N pictures, D latent coordinates.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent.generation import Generated, class_name, from_prior, of_class
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet

SHEET_SCALE = 3  # pixels for one of a picture


@dataclass(frozen=True)
class Samples:
    """Pictures of a model and how they came to be: enough to make them again."""

    made: Generated
    seeds: Sequence[int]
    about: Mapping[str, Any]  # model, sha256, temperature, what was drawn from, class

    def png(self, columns: int = 10) -> bytes:
        """One sheet, row by row, as wide as wanted."""
        count = max(1, min(columns, len(self.seeds)))
        return figures.png(figures.sheet(self.made.pictures, count), SHEET_SCALE)

    def npz(self) -> bytes:
        """`pictures` float32 in [0, 1], `z` (N, D), `seeds` (N,), `about` as JSON.

        Pictures are (N, H, W) for grey, (N, 3, H, W) for colour. `numpy.load` needs no pickle.
        """
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            pictures=_without_grey(self.made.pictures).numpy(),
            z=self.made.z.numpy(),
            seeds=np.asarray(self.seeds, dtype=np.int64),
            about=np.asarray(json.dumps(dict(self.about))),
        )
        return buffer.getvalue()

    def folder(self) -> dict[str, bytes]:
        """By name: a PNG file a picture, called by its place and seed, and all about them."""
        tiles = figures.to_bytes(self.made.pictures)
        digits = len(str(max(len(tiles) - 1, 0)))
        names = [f"{i:0{digits}}-seed-{seed}.png" for i, seed in enumerate(self.seeds)]
        about = dict(self.about) | {
            "pictures": [
                {"file": name, "seed": seed, "z": z}
                for name, seed, z in zip(names, self.seeds, _rounded(self.made.z), strict=True)
            ]
        }
        files = {name: figures.png(tile) for name, tile in zip(names, tiles, strict=True)}
        return files | {"about.json": json.dumps(about, indent=1, ensure_ascii=False).encode()}


def _without_grey(pictures: Tensor) -> Tensor:
    """Without the axis of channels where there is only one."""
    return pictures.squeeze(1) if pictures.shape[1] == 1 else pictures


def draw_samples(
    checkpoint: Checkpoint,
    encoded: EncodedSet | None,
    seeds: Sequence[int],
    temperature: float = 1.0,
    label: int | None = None,
) -> Samples:
    """Draws of a class, or without one from the prior, as `latent.generation` makes them.

    A conditional model has to be given a class. DataError where it makes none.
    """
    about = {"model": checkpoint.name, "sha256": checkpoint.sha256, "temperature": temperature}
    if label is None:
        made = from_prior(checkpoint, seeds, temperature)
        return Samples(made, seeds, about | {"drawn_from": "prior"})
    made = of_class(checkpoint, encoded, label, seeds, temperature)
    source = "prior" if checkpoint.config.classes else "density of the class"
    about |= {"drawn_from": source, "class": class_name(checkpoint, label)}
    return Samples(made, seeds, about)


def _rounded(z: Tensor) -> list[list[float]]:
    return [[round(value, 5) for value in row] for row in z.tolist()]
