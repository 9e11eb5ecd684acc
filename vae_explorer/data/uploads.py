"""A picture that somebody brings -> what the model sees: the one entry for all pages and commands.

Which way it goes, the model's reading says: handwriting is prepared as MNIST was, anything else is
read as the training pictures were. Either way a file of the training set becomes its training
picture.
"""

from collections.abc import Collection

import numpy as np
import torch
from numpy import ndarray
from PIL import Image
from torch import Tensor

from vae_explorer.data import image_decoding
from vae_explorer.data.forms import arrays
from vae_explorer.data.forms.picture_file import stored_values, values_of
from vae_explorer.data.handwriting import mnist_format, preprocessing
from vae_explorer.data.handwriting.preprocessing import Prepared
from vae_explorer.data.reading import Reading


def read_upload(data: bytes, reading: Reading, *, without: Collection[str] = ()) -> list[Prepared]:
    """The bytes of a picture file -> what the model sees: each glyph of it, or the whole picture.

    `without` names the preprocessing steps of handwriting to leave out. UploadError.
    """
    picture = _decoded(data)
    stored = _read_as_stored(picture, reading)
    return [stored] if stored else preprocessing.prepare_all(_as_image(picture), without=without)


def read_one(data: bytes, reading: Reading, *, without: Collection[str] = ()) -> Prepared:
    """The same of all that is in the picture, as one. UploadError."""
    return _read_one(_decoded(data), reading, without)


def read_values(values: ndarray, reading: Reading, *, without: Collection[str] = ()) -> Prepared:
    """The same of a picture as it is stored, (H, W), (H, W, 3) or (H, W, 4). UploadError."""
    return _read_one(values, reading, without)


def read_as_trained(values: ndarray, reading: Reading) -> Prepared:
    """The same of a picture of a data set that is read, not prepared, whatever the preparation."""
    return _read(values, reading.apply(values), reading)


def as_image(picture: ndarray) -> Tensor:
    """A picture as read, uint8 (H, W) or (3, H, W) -> (C, H, W) float32 in [0, 1]."""
    image = torch.from_numpy(picture).float().div_(255)
    return image.unsqueeze(0) if image.ndim == 2 else image


def _decoded(data: bytes) -> ndarray | Image.Image:
    """A picture file, or the values of an array file."""
    return stored_values(data) if data.startswith(arrays.NPY_MARK) else image_decoding.decode(data)


def _read_one(
    picture: ndarray | Image.Image, reading: Reading, without: Collection[str]
) -> Prepared:
    stored = _read_as_stored(picture, reading)
    return stored or preprocessing.prepare(_as_image(picture), without=without)


def _read_as_stored(picture: ndarray | Image.Image, reading: Reading) -> Prepared | None:
    """A picture that only has to be read as the training pictures were; None: prepare it."""
    shape = picture.shape[:2] if isinstance(picture, ndarray) else picture.size[::-1]
    handwriting = reading.preparation == "handwriting"
    if handwriting and shape != (reading.height, reading.width):
        return None
    values = picture if isinstance(picture, ndarray) else values_of(picture)
    read = reading.apply(values)
    if handwriting and not mnist_format.is_prepared(read / 255):
        return None
    return _read(values, read, reading)


def _read(values: ndarray, read: ndarray, reading: Reading) -> Prepared:
    """A picture as stored, and as it was read."""
    uploaded = Image.fromarray(np.rint(255 * reading.opaque(values)).astype(np.uint8))
    seen = Image.fromarray(read if read.ndim == 2 else np.moveaxis(read, 0, -1))
    return Prepared(as_image(read), [("As uploaded", uploaded), ("What the model sees", seen)])


def _as_image(picture: ndarray | Image.Image) -> Image.Image:
    """A picture as the preprocessing of handwriting takes it; an array by its own range."""
    if isinstance(picture, Image.Image):
        return picture
    if picture.dtype != np.uint8:
        picture = np.rint(255 * Reading().opaque(picture)).astype(np.uint8)
    return Image.fromarray(picture).convert("RGBA")
