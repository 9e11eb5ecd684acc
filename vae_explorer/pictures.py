"""The door for picture files: untrusted bytes -> a picture of bearable size, or one sentence."""

import io
import math

import numpy as np
from PIL import Image, ImageOps

from .errors import UploadError

MAX_MEGABYTES = 20
MAX_MEGAPIXELS = 40
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
LARGEST_SIDE = 1024  # of the pictures worked on: 28 pixels need no more
LEAST_CONTRAST = 0.1  # of the paper's brightness: what is weaker is not ink


def decode(data: bytes) -> Image.Image:
    """The first frame of a picture file, upright, at most 1024 px a side: RGBA, I or F."""
    if not data:
        raise UploadError("The file is empty: choose a picture, such as a PNG or a JPEG.")
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise UploadError(f"The file is larger than {MAX_MEGABYTES} MB: make it smaller first.")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)  # reads no more than the header
        bearable = picture.width * picture.height <= MAX_MEGAPIXELS * 1_000_000
        if bearable:
            picture = ImageOps.exif_transpose(picture)
            picture = picture.convert(picture.mode[0] if picture.mode[0] in "IF" else "RGBA")
            picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        bearable = False
    except Exception as error:  # Pillow promises no type: damaged files raise a dozen
        raise UploadError("The file is damaged or no picture: save it as PNG or JPEG.") from error
    if not bearable:
        raise UploadError(f"The picture has over {MAX_MEGAPIXELS} megapixels: make it smaller.")
    return picture


def on_paper(picture: Image.Image) -> Image.Image:
    """RGBA, I or F -> RGB or L: what is clear becomes white, or black around white ink."""
    if picture.mode != "RGBA":  # more than 8 bits a pixel
        values = np.nan_to_num(np.asarray(picture, np.float64), posinf=0, neginf=0)
        values -= min(values.min(), 0)
        values /= 2.0 ** math.ceil(math.log2(values.max() or 1))
        return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))
    pages = (Image.new("RGBA", picture.size, colour) for colour in ("white", "black"))
    on_white, on_black = (Image.alpha_composite(page, picture).convert("RGB") for page in pages)
    return on_white if np.ptp(on_white.convert("L")) > 255 * LEAST_CONTRAST else on_black
