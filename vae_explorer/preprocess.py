"""A picture somebody made -> what the model sees, with every step kept for showing.

One dark or light drawing on a plain page becomes what MNIST's makers would have made of it: white
ink on black, fitted to 20 px, strokes of MNIST's weight, centred by mass in 28x28. It does not
know digits from other shapes, does not find a page on a desk, and does not straighten slanted
writing. Knows nothing of models. `decode` is the only door for untrusted bytes.
"""

import io
import math
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps
from scipy import ndimage
from torch import Tensor

from .errors import UploadError

MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
SIDE = 28  # of MNIST's pictures
BOX = 20  # MNIST fits the ink into this square
WORK_SIDE = 1024  # larger pictures are reduced to this: a 28x28 result needs no more
PAPER_SIDE = 64  # shading is smooth: it is estimated on a picture this small
INK_SIDE = 160  # smaller ink is enlarged to this before its outline is moved
LEAST_CONTRAST = 0.08  # of the paper's brightness; less is not ink
STROKE = (2.5, 3.3)  # px
SPECK = 0.06  # of the largest part's area: smaller parts are dirt

Step = tuple[str, Image.Image]


class Prepared(NamedTuple):
    """`image` (1, 28, 28) float32 in [0, 1], and what each step made, from upload to model."""

    image: Tensor
    steps: list[Step]


def preprocess_image(data: bytes) -> Prepared:
    """The bytes of a picture file -> what the model sees. UploadError on anything wrong."""
    picture = decode(data)
    grey = to_grey(picture)
    dark = ink_is_dark(grey)
    steps = [("As uploaded", picture), ("Grey", _show(grey))]
    upright = grey if dark else 1 - grey
    if fits_mnist(1 - upright):
        image = 1 - upright
    else:
        ink = ink_on(upright)
        steps += [("Even paper, bright ink", _show(ink))]
        ink = stretch(ink)
        steps += [("Paper noise removed", _show(ink))]
        ink = drop_specks(ink)
        steps += [("Specks removed", _show(ink))]
        ink = crop(ink)
        steps += [("Cropped to the ink", _show(ink))]
        ink = reweigh(ink)
        steps += [("Stroke weight of MNIST", _show(ink))]
        small = fit(ink)
        steps += [("Fitted to 20 px", _show(small))]
        image = centre(small)
    steps += [("What the model sees", _show(image))]
    return Prepared(torch.from_numpy(image.astype(np.float32)).unsqueeze(0), steps)


def decode(data: bytes) -> Image.Image:
    """Bytes -> upright RGB or L picture of at most 1024 px a side, transparency filled."""
    if not data:
        raise UploadError("The file is empty: choose a picture, such as a PNG or JPEG.")
    if len(data) > MAX_BYTES:
        raise UploadError(f"The file has more than {MAX_BYTES // 10**6} MB: make it smaller.")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.width * picture.height <= MAX_PIXELS:
            return _plain(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError:
        pass
    except Exception as error:
        raise UploadError("bad") from error
    raise UploadError("The picture has more than 40 megapixels: make it smaller.")


def _plain(picture):
    if picture.mode[0] in "IF":
        values = np.nan_to_num(np.asarray(picture, dtype=np.float64), posinf=0, neginf=0)
        values -= min(values.min(), 0)
        white = 2.0 ** math.ceil(math.log2(values.max() or 1))
        picture = Image.fromarray((values * (255 / white)).clip(0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture.thumbnail((WORK_SIDE, WORK_SIDE), reducing_gap=2)
        on_white, on_black = (
            Image.alpha_composite(Image.new("RGBA", picture.size, c), picture).convert("RGB")
            for c in ("white", "black")
        )
        low, high = on_white.convert("L").getextrema()
        return on_white if high - low > 20 else on_black
    picture = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    picture.thumbnail((WORK_SIDE, WORK_SIDE), reducing_gap=2)
    return picture


def to_grey(picture):
    return np.asarray(picture.convert("L"), dtype=np.float64) / 255


def _show(values):
    return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))


def _resize(values, size, how=Image.Resampling.BILINEAR):
    return np.asarray(
        Image.fromarray(values.astype(np.float32)).resize(size, how), dtype=np.float64
    )


def _thumb(grey):
    h, w = grey.shape
    s = min(1, PAPER_SIDE / max(h, w))
    return _resize(grey, (max(1, round(w * s)), max(1, round(h * s))), Image.Resampling.BOX)


def ink_is_dark(grey):
    t = _thumb(grey)
    h, w = t.shape
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    surface = np.stack([np.ones_like(x), x, y, x * y], -1)
    border = np.ones((h, w), bool)
    border[1:-1, 1:-1] = False
    weight = np.ones(border.sum())
    for _ in range(15):
        root = np.sqrt(weight)
        c = np.linalg.lstsq(surface[border] * root[:, None], t[border] * root, rcond=None)[0]
        weight = 1 / np.maximum(abs(t[border] - surface[border] @ c), 0.01)
    return ((t - surface @ c) ** 5).sum() <= 0


def fits_mnist(image):
    if image.shape != (SIDE, SIDE):
        return False
    ys, xs = np.nonzero(image > 0.1)
    if len(ys) == 0 or image[0].max() > 0.1:
        return False
    if max(np.ptp(ys), np.ptp(xs)) + 1 > BOX or np.median(image) > 0.02 or image.max() < 0.5:
        return False
    cy, cx = ndimage.center_of_mass(image)
    return abs(cy - 14) <= 1 and abs(cx - 14) <= 1


def ink_on(g):
    t = _thumb(g)
    size = max(3, max(t.shape) // 3)
    paper = ndimage.grey_closing(t, size=(size, size))
    paper = ndimage.gaussian_filter(paper, size / 8)
    paper = _resize(paper, g.shape[::-1])
    ink = 1 - g / np.maximum(paper, 0.05)
    return ink.clip(0, 1)


def stretch(ink):
    side = max(ink.shape)
    noise = 0
    if side >= 64:
        noise = 1.48 * np.median(np.abs(ink - ndimage.gaussian_filter(ink, 1)))
        ink = ndimage.gaussian_filter(ink, side / 500)
    least = max(LEAST_CONTRAST, 3 * noise)
    cand = ink[ink > least]
    if cand.size < max(3, ink.size / 10000):
        raise UploadError("no ink")
    t = otsu(cand)
    dark = np.median(cand[cand >= t])
    low = max(least * 0.5, 0.25 * dark)
    high = dark * 0.75
    return ((ink - low) / (high - low)).clip(0, 1)


def otsu(values):
    counts, edges = np.histogram(values, 64)
    mid = (edges[1:] + edges[:-1]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    s = (counts * mid).cumsum()
    with np.errstate(all="ignore"):
        between = below * above * (s / below - (s[-1] - s) / above) ** 2
    return edges[1 + np.nanargmax(between[:-1])]


def drop_specks(ink):
    reach = max(1, max(ink.shape) // 200)
    near = ndimage.maximum_filter(ink, 1 + 2 * reach) > 0.5 if max(ink.shape) >= 64 else ink > 0.5
    labels, n = ndimage.label(near, np.ones((3, 3)))
    if n == 0:
        raise UploadError("no ink")
    area = np.bincount(labels[ink > 0.5], minlength=n + 1)
    area[0] = 0
    edge = np.ones(ink.shape, bool)
    edge[1:-1, 1:-1] = False
    contact = np.bincount(labels[edge], minlength=n + 1)
    keep = np.ones(n + 1, bool)
    if area[contact == 0].max(initial=0) >= 0.1 * area.max():
        keep = contact <= np.sqrt(area)
    keep &= area >= SPECK * area[keep].max()
    keep[0] = False
    return np.where(keep[labels], ink, 0)


def crop(ink):
    ys, xs = np.nonzero(ink > 0.5)
    return ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def reweigh(ink):
    h, w = ink.shape
    scale = max(1, INK_SIDE / max(h, w))
    ink = np.pad(ink, 1)
    size = (max(1, round((w + 2) * scale)), max(1, round((h + 2) * scale)))
    big = _resize(ink, size) if scale > 1 else ink
    mask = crop(big) > 0.5
    L = max(mask.shape)
    pad = L // 4
    mask = np.pad(mask, pad)
    d = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    d = d - np.sign(d) * 0.5
    width = 4 * d[mask].mean() * 20 / L
    target = min(max(width, STROKE[0]), STROKE[1])
    grow = (target - width) * L / 20 / (2 * (1 - target / 20))
    grow = max(grow, -0.9 * d.max())
    return crop((d + grow + 0.5).clip(0, 1))


def fit(ink):
    h, w = ink.shape
    s = BOX / max(h, w)
    return _resize(ink, (max(1, round(w * s)), max(1, round(h * s))), Image.Resampling.BOX)


def centre(small):
    h, w = small.shape
    cy, cx = ndimage.center_of_mass(small)
    top, left = (min(max(math.ceil(13.5 - c), 0), SIDE - n) for c, n in ((cy, h), (cx, w)))
    out = np.zeros((SIDE, SIDE))
    out[top : top + h, left : left + w] = small
    return out
