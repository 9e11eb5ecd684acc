"""Encoded pictures as TensorFlow's Embedding Projector reads them (Smilkov et al. 2016).

vectors.tsv, metadata.tsv and sprite.png, with one configuration for TensorBoard and one for
projector.tensorflow.org. Makes bytes; writes nothing. N pictures, D latent coordinates.
"""

import io
import json
import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data.datasets import to_stored, to_unit
from vae_explorer.errors import ExportError
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.inference import decode

MAX_PIXELS = 8192  # along a side of the sprite: what browsers take as a texture
SPRITE_BATCH = 1_000
README = """{name}: {count:,} encoded {split} pictures of {dataset}, {dims} coordinates each.

TensorBoard:                 tensorboard --logdir THIS_FOLDER, then Projector in the menu
projector.tensorflow.org:    Load, then choose vectors.tsv and metadata.tsv

The sprite shows {shown}.
"""


def files(checkpoint: Checkpoint, pictures: Tensor | None = None) -> dict[str, bytes]:
    """All files by name; ExportError where nothing is encoded.

    `pictures`, uint8 as a split has them, are those behind the points; without, they are decoded.
    """
    encoded = checkpoint.encoded
    if encoded is None:
        raise ExportError(
            f"{checkpoint.name} carries no encoded pictures to project: publish it first."
        )
    original = pictures is not None
    if pictures is None and checkpoint.model.can_decode:
        pictures = _reconstructions(checkpoint, encoded)
    sprite, side = (None, 0) if pictures is None else _sprite(pictures)
    shown = "the original pictures" if original else "reconstructions, as no originals were at hand"
    readme = README.format(
        name=checkpoint.name,
        count=len(encoded.mu),
        split=encoded.split,
        dataset=checkpoint.dataset or "an unknown data set",
        dims=encoded.mu.shape[1],
        shown=shown,
    )
    content = {
        "vectors.tsv": _vectors(encoded.mu),
        "metadata.tsv": _metadata(encoded.labels, checkpoint.classes),
        "projector_config.pbtxt": _pbtxt(side).encode(),
        "projector_config.json": _json(checkpoint.name, tuple(encoded.mu.shape), side),
        "README.txt": (
            readme if sprite is not None else readme.partition("The sprite")[0]
        ).encode(),
    }
    return content if sprite is None else content | {"sprite.png": figures.png(sprite)}


def hindrance(checkpoint: Checkpoint) -> str:
    """Why a model cannot be projected, in one sentence; nothing where it can."""
    if checkpoint.encoded is None:
        return "This model's file carries no encoded pictures to project."
    return ""


def _vectors(mu: Tensor) -> bytes:
    buffer = io.BytesIO()
    np.savetxt(buffer, mu.numpy(), fmt="%.6g", delimiter="\t")
    return buffer.getvalue()


def _metadata(labels: Tensor, classes: tuple[str, ...]) -> bytes:
    """A line a picture: its class, and its number in the data set. Two columns have a header."""
    names = [" ".join(name.split()) or str(i) for i, name in enumerate(classes)]
    named = (names[n] if n < len(names) else str(n) for n in labels.tolist())
    lines = [f"{name}\t{item}" for item, name in enumerate(named)]
    return "\n".join(["class\titem", *lines, ""]).encode()


def _sprite(pictures: Tensor) -> tuple[np.ndarray, int]:
    """Pictures, uint8 as a split has them, row by row on a square sheet (S, S[, 3]); px of each.

    The projector wants squares: others are padded with black.
    """
    columns = math.ceil(math.sqrt(len(pictures)))
    longer = max(pictures.shape[-2:])
    side = min(longer, MAX_PIXELS // columns)
    right, below = longer - pictures.shape[-1], longer - pictures.shape[-2]
    parts = []
    for part in pictures.split(SPRITE_BATCH):
        x = F.pad(to_unit(part), (0, right, 0, below))
        x = F.interpolate(x, size=side, mode="area") if side < longer else x
        parts.append(figures.to_bytes(x))
    tiles = np.concatenate(parts)  # (N, side, side[, 3])
    sheet = np.zeros((columns, side, columns, side, *tiles.shape[3:]), np.uint8)
    for index, tile in enumerate(tiles):
        sheet[index // columns, :, index % columns] = tile
    return sheet.reshape(columns * side, columns * side, *tiles.shape[3:]), side


def _reconstructions(checkpoint: Checkpoint, encoded: EncodedSet) -> Tensor:
    parts = zip(encoded.mu.split(SPRITE_BATCH), encoded.labels.split(SPRITE_BATCH), strict=True)
    return torch.cat([to_stored(decode(checkpoint, *part)) for part in parts])


def _pbtxt(side: int) -> str:
    """TensorBoard's configuration; a side of 0 px: there is no sprite."""
    sprite = (
        "  sprite {\n"
        '    image_path: "sprite.png"\n'
        f"    single_image_dim: {side}\n"
        f"    single_image_dim: {side}\n"
        "  }\n"
    )
    return (
        "embeddings {\n"
        '  tensor_path: "vectors.tsv"\n'
        '  metadata_path: "metadata.tsv"\n'
        f"{sprite if side else ''}"
        "}\n"
    )


def _json(name: str, shape: tuple[int, ...], side: int) -> bytes:
    embedding: dict[str, Any] = {
        "tensorName": name,
        "tensorShape": list(shape),
        "tensorPath": "vectors.tsv",
        "metadataPath": "metadata.tsv",
    }
    if side:
        embedding["sprite"] = {"imagePath": "sprite.png", "singleImageDim": [side, side]}
    return json.dumps({"embeddings": [embedding]}, indent=1).encode()
