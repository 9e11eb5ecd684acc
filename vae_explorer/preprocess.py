"""A picture someone made -> what the model sees, with every step kept for showing.

One drawing on a plain page becomes what MNIST's makers would have made of it: white ink on black,
fitted into 20x20, with strokes of MNIST's weight, centred by mass in 28x28 (LeCun et al. 1998,
section III-A). It does not know digits from other shapes, does not look for a page on a desk, does
not straighten slanted writing, and knows nothing of models or files.

Inside, pictures are float64 arrays (H, W) in [0, 1].
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from PIL import Image
from scipy import ndimage
from torch import Tensor

from .errors import UploadError
from .pictures import LEAST_CONTRAST, decode, on_paper

SIDE = 28  # of MNIST's pictures
BOX = 20  # MNIST's ink touches the ends of this square, and none lies outside
SMALLEST_SIDE = 200  # outlines move smoothly from here on
PAPER_SIDE = 64  # shading is smooth, so that it is estimated on a picture this small
LEAST_AREA = 1e-4  # of the page: what is smaller is not a drawing
SPECK = 0.06  # of the largest part's area: smaller parts are dirt
MOST_PARTS = 40  # of a drawing; coarse paper breaks into more
STROKE = (2.5, 3.3)  # px of 20: the band of widths nearest to MNIST's training digits
NO_INK = "No drawing stands out in the picture: use a darker or thicker pen on plain paper."


class Prepared(NamedTuple):
    """What the model sees, (1, 28, 28) float32 in [0, 1], and the named pictures on the way."""

    image: Tensor
    steps: list[tuple[str, Image.Image]]


def preprocess_image(data: bytes) -> Prepared:
    """The bytes of a picture file -> what the model sees. UploadError on anything wrong."""
    picture = on_paper(decode(data))
    grey = np.asarray(picture.convert("L")) / 255
    ink = 1 - grey if ink_is_dark(grey) else grey
    steps = [("As uploaded", picture), ("Shades of grey", _show(grey)), ("Bright ink", _show(ink))]
    for name, work in STAGES[-1:] if is_prepared(ink) else STAGES:  # to centre 28x28 keeps it
        ink = work(ink)
        steps.append((name, _show(ink)))
    return Prepared(torch.from_numpy(ink.astype(np.float32)).unsqueeze(0), steps)


def ink_is_dark(grey: ndarray) -> bool:
    """Whether ink is darker than paper, (H, W) -> bool: ink is what deviates most from paper."""
    small = _thumbnail(grey)
    return bool(((small - _slope(small)) ** 5).sum() <= 0)  # a high power: ink outvotes shadows


def is_prepared(ink: ndarray) -> bool:
    """Whether bright ink (H, W) already lies as MNIST's does: resampling would only blur it."""
    if ink.shape != (SIDE, SIDE) or ink.max() < 0.5 or np.median(ink) > 0.02:
        return False
    height, width = (np.ptp(places) + 1 for places in np.nonzero(ink > 0.1))
    off_centre = np.abs(np.subtract(ndimage.center_of_mass(ink), SIDE / 2)).max()
    return bool(max(height, width) <= BOX and off_centre <= 1)


def enlarge(ink: ndarray) -> ndarray:
    """A small picture smoothly enlarged to 200 px on its longer side; a large one as it is."""
    scale = SMALLEST_SIDE / max(ink.shape)
    return _resize(ink, scale, Image.Resampling.BICUBIC).clip(0, 1) if scale > 1 else ink


def even_out(ink: ndarray) -> ndarray:
    """Bright ink (H, W) on shaded paper -> its share of the paper's light, paper at 0.

    Paper is the page with all that is dark and narrower than a third of it closed, and blurred.
    """
    light = _thumbnail(1 - ink)
    slope, reach = _slope(light), max(3, max(light.shape) // 3)
    # Closing keeps the edges of shadows; along a slope it also follows the light to the border
    closed = np.minimum(*(ndimage.grey_closing(light - s, (reach, reach)) + s for s in (0, slope)))
    closed = np.maximum(closed, slope / 2)  # what takes more than half of the light is ink
    paper = slope + ndimage.gaussian_filter(closed - slope, reach / 32)
    paper = np.asarray(Image.fromarray(paper).resize(ink.shape[::-1]), np.float64)
    return ((paper - (1 - ink)) / np.maximum(paper, 0.05)).clip(0, 1)


def drop_paper(ink: ndarray) -> ndarray:
    """Contrast stretched so that paper and its noise become 0, ink 1. UploadError without ink."""
    ink = ndimage.gaussian_filter(ink, max(ink.shape) / 500)
    strong = ink[ink > LEAST_CONTRAST]
    if strong.size > LEAST_AREA * ink.size:
        threshold = _otsu(strong)
        dark, paper = np.median(ink[ink >= threshold]), ink[ink < threshold]
        noise = 1.48 * np.median(np.abs(paper - np.median(paper)))  # as a standard deviation
        if dark - np.median(paper) > 8 * noise:  # noise alone, split in two, stays below 6
            return ((ink / dark - 0.25) / 0.5).clip(0, 1)
    raise UploadError(NO_INK)


def drop_specks(ink: ndarray) -> ndarray:
    """Ink without what is no part of the drawing. UploadError if that is nearly all.

    Dirt is far smaller than the largest part. Shadows and desks lie along the border, and another
    part does not touch it; a stroke that merely runs off the page is kept.
    """
    gap = 1 + 2 * (max(ink.shape) // 200)  # parts this near to each other are one
    labels, parts = ndimage.label(ndimage.maximum_filter(ink, gap) > 0.5, np.ones((3, 3)))
    areas = np.bincount(labels[ink > 0.5], minlength=parts + 1)
    contact = np.bincount(labels[_border(ink.shape)], minlength=len(areas))
    if parts > MOST_PARTS and areas.max() < areas.sum() / 2:
        raise UploadError(NO_INK)
    keep = areas > 0
    if areas[contact == 0].max(initial=0) > 0.1 * areas.max():
        keep &= contact <= np.sqrt(areas)
    keep &= areas >= SPECK * areas[keep].max()
    return np.where(keep[labels], ink, 0)


def crop(ink: ndarray) -> ndarray:
    """The smallest rectangle that holds all that is rather ink than paper."""
    rows, columns = np.nonzero(ink > 0.5)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def reweigh(ink: ndarray) -> ndarray:
    """Cropped ink with its outline moved until strokes are as wide as MNIST's, cropped anew.

    In a stroke of width w the mean distance to the outline is w / 4. Growing by g on all sides
    makes the width w + 2g and the longer side L + 2g; (w + 2g) / (L + 2g) is what is wanted. It
    is at least half of what it was, for what is that wide was not made by strokes.
    """
    ink = crop(enlarge(np.pad(ink, 1))) > 0.5
    longer = max(ink.shape)
    ink = np.pad(ink, longer // 4)
    distance = ndimage.distance_transform_edt(ink) - ndimage.distance_transform_edt(~ink)
    distance -= np.sign(distance) / 2  # from the outline, not from the next pixel; inside positive
    width = 4 * distance[ink].mean()
    wanted = max(np.clip(width / longer, STROKE[0] / BOX, STROKE[1] / BOX), width / longer / 2)
    grow = (wanted * longer - width) / (2 * (1 - wanted))
    return crop((distance + max(grow, -0.9 * distance.max()) + 0.5).clip(0, 1))


def fit_box(ink: ndarray) -> ndarray:
    """Cropped ink -> the same with 20 px on its longer side, each the mean of what it covers."""
    return _resize(ink, BOX / max(ink.shape), Image.Resampling.BOX)


def centre(ink: ndarray) -> ndarray:
    """Fitted ink placed in (28, 28), whole pixels, its mass centred as MNIST's: 13.5 to 14.5."""
    image = np.zeros((SIDE, SIDE))
    corners = (math.ceil(SIDE / 2 - 0.5 - mass) for mass in ndimage.center_of_mass(ink))
    top, left = (min(max(c, 0), SIDE - n) for c, n in zip(corners, ink.shape, strict=True))
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image


def _show(values: ndarray) -> Image.Image:
    return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))


def _resize(values: ndarray, scale: float, how: Image.Resampling) -> ndarray:
    height, width = (max(1, round(n * scale)) for n in values.shape)
    small = Image.fromarray(values.astype(np.float32)).resize((width, height), how)
    return np.asarray(small, np.float64)


def _thumbnail(values: ndarray) -> ndarray:
    return _resize(values, min(1, PAPER_SIDE / max(values.shape)), Image.Resampling.BOX)


def _slope(light: ndarray) -> ndarray:
    """The bilinear surface (h, w) nearest to most of the border: a stroke there bends it little."""
    y, x = np.indices(light.shape) / max(light.shape)
    terms = np.stack([np.ones_like(x), x, y, x * y], axis=-1)  # (h, w, 4)
    border = _border(light.shape)
    edge, weight = light[border], np.ones(border.sum())
    for _ in range(15):  # least squares, reweighted towards least absolute error
        root = np.sqrt(weight)
        factors, *_ = np.linalg.lstsq(terms[border] * root[:, None], edge * root)
        weight = 1 / np.maximum(np.abs(edge - terms[border] @ factors), 0.01)
    return terms @ factors


def _border(shape: tuple[int, ...]) -> ndarray:
    """The mask of the outermost pixels."""
    border = np.ones(shape, bool)
    border[1:-1, 1:-1] = False
    return border


def _otsu(values: ndarray) -> float:
    """The threshold that best parts values into two classes (Otsu 1979, eq. 18)."""
    counts, edges = np.histogram(values, bins=64, range=(0, values.max()))
    below, total = counts.cumsum(), (counts * edges[:-1]).cumsum()
    above = below[-1] - below
    gap = total / np.maximum(below, 1) - (total[-1] - total) / np.maximum(above, 1)
    return edges[1 + np.argmax(below * above * gap**2)]


STAGES = (
    ("Evenly lit", lambda ink: even_out(enlarge(ink))),
    ("Paper removed", drop_paper),
    ("Specks removed", drop_specks),
    ("Cropped to the ink", crop),
    ("Strokes as wide as MNIST's", reweigh),
    ("Fitted into 20 × 20", fit_box),
    ("What the model sees", centre),
)
