"""The ink of one drawing -> what MNIST's makers would have made of it (LeCun et al. 1998, III-A).

Pictures are float64 arrays (H, W) in [0, 1], ink bright.
"""

import math

import numpy as np
from numpy import ndarray
from PIL import Image
from scipy import ndimage

from vae_explorer.data.handwriting.ink import enlarge, inked, resize

SIDE = 28  # of MNIST's pictures
BOX = 20  # MNIST's ink touches the ends of this square, and none lies outside
LARGEST_SIDE = 300  # of a drawing whose outline is moved: 20 px need no more
STROKE = (2.5, 3.3)  # px of 20: the band of widths nearest to MNIST's training digits


def is_prepared(ink: ndarray) -> bool:
    """Whether bright ink (H, W) already lies as MNIST's does: resampling would only blur it."""
    if ink.shape != (SIDE, SIDE) or ink.max() < 0.5 or np.median(ink) > 0.02:
        return False
    height, width = (np.ptp(places) + 1 for places in np.nonzero(ink > 0.1))
    off_centre = np.abs(np.subtract(ndimage.center_of_mass(ink), SIDE / 2)).max()
    return bool(max(height, width) <= BOX and off_centre <= 1)


def crop(ink: ndarray) -> ndarray:
    """The smallest rectangle that holds all that is rather ink than paper."""
    rows, columns = np.nonzero(inked(ink))
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def reweigh(ink: ndarray) -> ndarray:
    """Ink with its outline moved until strokes are as wide as MNIST's; cropped anew if it was.

    In a stroke of width w the mean distance to the outline is w / 4. Growing by g on all sides
    makes the width w + 2g and the longer side L + 2g; (w + 2g) / (L + 2g) is what is wanted. It
    is at least half of what it was, for what is that wide was not made by strokes.
    """
    cropped = crop(ink).shape == ink.shape
    ink = enlarge(np.pad(ink, 1))
    ink = resize(ink, min(1, LARGEST_SIDE / max(ink.shape)), Image.Resampling.BOX)
    ink = inked(crop(ink) if cropped else ink)
    longer = max(ink.shape)
    margin = longer // 4
    ink = np.pad(ink, margin)
    inside, outside = (np.asarray(ndimage.distance_transform_edt(m)) for m in (ink, ~ink))
    distance = inside - outside
    distance -= np.sign(distance) / 2  # from the outline, not from the next pixel; inside positive
    width = 4 * distance[ink].mean()
    wanted = max(np.clip(width / longer, STROKE[0] / BOX, STROKE[1] / BOX), width / longer / 2)
    grow = (wanted * longer - width) / (2 * (1 - wanted))
    ink = (distance + max(grow, -0.9 * distance.max()) + 0.5).clip(0, 1)
    return crop(ink) if cropped else ink[margin:-margin, margin:-margin]


def fit(ink: ndarray, side: int = BOX) -> ndarray:
    """Ink with `side` px on its longer side, each the mean of what it covers."""
    return resize(ink, side / max(ink.shape), Image.Resampling.BOX)


def place(ink: ndarray, by_mass: bool = True) -> ndarray:
    """Fitted ink in (28, 28), moved by whole pixels.

    Its mass is centred as MNIST's, 13.5 to 14.5, or else its rectangle.
    """
    middle = np.asarray(ndimage.center_of_mass(ink) if by_mass else np.divide(ink.shape, 2))
    corners = (math.ceil(SIDE / 2 - 0.5 - m) for m in middle)
    top, left = (min(max(c, 0), SIDE - n) for c, n in zip(corners, ink.shape, strict=True))
    image = np.zeros((SIDE, SIDE))
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image
