"""One picture as a file -> its values as they are stored, with their full depth.

Picture files come through the door for pictures, NumPy's .npy files through that for arrays. What
the values mean is not known here: `data.reading` says it.
"""

import io

import numpy as np
from numpy import ndarray
from PIL import Image

from vae_explorer.data import image_decoding
from vae_explorer.data.forms import arrays, picture_axes
from vae_explorer.errors import DataError, UploadError

PICTURE_ENDINGS = {  # of the files that are taken for pictures in a folder or an archive
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic"),
    *(
        ".heif",
        ".jp2",
        ".pgm",
        ".ppm",
        ".pbm",
        ".pnm",
    ),
}
MAX_ARRAY_SIDE = 4096  # of one picture in an .npy file


def is_one_picture(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape may be one picture: (H, W), (H, W, C) or (C, H, W)."""
    plane = len(shape) == 2 or (len(shape) == 3 and {shape[0], shape[-1]} & {1, 3, 4})
    return bool(plane) and max(shape) <= MAX_ARRAY_SIDE


def stored_values(data: bytes) -> ndarray:
    """A picture file, or one picture in an .npy file, upright and at most 1024 px a side if a file.

    (H, W) grey, (H, W, 3) colour or (H, W, 4) with alpha: uint8, int32 where it has more than 8
    bits a value, float32 where it has a fraction. UploadError on anything wrong with it.
    """
    if data.startswith(arrays.NPY_MARK):
        return _array(data)
    return values_of(image_decoding.decode(data))


def values_of(picture: Image.Image) -> ndarray:
    """The same of a picture that is decoded: RGBA, I or F."""
    values = np.asarray(picture)
    if picture.mode != "RGBA":
        if not np.isfinite(values).all():
            raise UploadError("The picture holds values that are no numbers: save it anew.")
        return values
    if (values[..., 3] < 255).any():
        return values
    red, green, blue = np.moveaxis(values[..., :3], -1, 0)
    is_grey = np.array_equal(red, green) and np.array_equal(red, blue)
    return red.copy() if is_grey else values[..., :3].copy()


def _array(data: bytes) -> ndarray:
    """One picture out of an .npy file: (H, W), (H, W, C), (C, H, W), or with a 1 in front."""
    if len(data) > image_decoding.MAX_MEGABYTES * 1_000_000:
        raise UploadError(image_decoding.TOO_LARGE)
    try:
        values = arrays.read_npy(io.BytesIO(data), "The array")
        while values.ndim > 2 and values.shape[0] == 1:
            values = values[0]
        if values.ndim not in (2, 3) or max(values.shape) > MAX_ARRAY_SIDE:
            shape = " × ".join(map(str, values.shape))
            raise UploadError(f"The array has the shape {shape}: give one picture.")
        pictures, _ = picture_axes.as_pictures(values[None], "The array")
        picture_axes.check_values(pictures, "The array")
    except DataError as error:
        raise UploadError(str(error)) from error
    return pictures[0]
