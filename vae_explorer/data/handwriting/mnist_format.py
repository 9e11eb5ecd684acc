"""The ink of one glyph -> what MNIST's makers would have made of it (LeCun et al. 1998, III-A).

A glyph is all the strokes that make one character. Pictures are float64 arrays (H, W) in [0, 1],
ink bright.
"""

import math

import numpy as np
from numpy import ndarray
from PIL import Image
from scipy import ndimage

from vae_explorer.data.handwriting.ink import enlarge, ink_mask, resize

SIDE = 28  # px of MNIST's pictures
BOX = 20  # px: MNIST's ink touches the ends of this square, and none lies outside

# What is taken for a picture of MNIST's own making. All of MNIST's pass, with room to spare.
MIN_BRIGHTEST = 0.5  # of the brightest pixel; MNIST's are above 0.99
DARKEST_PAPER = 0.02  # median brightness: most of it is black paper
VISIBLE = 0.1  # brightness from which a pixel counts for the box: edges saved as JPEG ring
MAX_OFF_CENTRE = 1.0  # px of the centre of mass from the middle; MNIST's are within 0.5

# Stroke width. MNIST's are 2.5 px of 20 in the median, half of them 2.1 to 3.0.
STROKE_WIDTHS = (2.5, 3.3)  # px of 20: widths outside are moved to the nearer end
LARGEST_SIDE = 300  # px of a glyph whose outline is moved: 20 px need no more
MIN_WIDTH_LEFT = 0.5  # of a width: what is wider than twice the band was not made by strokes
MIN_DEPTH_LEFT = 0.1  # of the largest distance to the outline: nothing is thinned to nothing


def is_prepared(ink: ndarray) -> bool:
    """Whether bright ink (H, W) already lies as MNIST's does: resampling would only blur it."""
    return ink.shape == (SIDE, SIDE) and bool(are_prepared(ink[None])[0])


def are_prepared(ink: ndarray) -> ndarray:
    """The same of many pictures of MNIST's size, (N, 28, 28) in [0, 1] -> (N,) bool."""
    visible = ink > VISIBLE
    extents = [_extent(np.asarray(visible.any(axis=axis))) for axis in (1, 2)]
    mass = np.maximum(ink.sum(axis=(1, 2)), np.finfo(float).tiny)
    centres = [(ink.sum(axis=axis) @ np.arange(SIDE)) / mass for axis in (1, 2)]
    off_centre = np.abs(np.subtract(centres, SIDE / 2)).max(axis=0)
    bright = ink.max(axis=(1, 2)) >= MIN_BRIGHTEST
    on_black = np.median(ink, axis=(1, 2)) <= DARKEST_PAPER
    return bright & on_black & (np.maximum(*extents) <= BOX) & (off_centre <= MAX_OFF_CENTRE)


def _extent(marked: ndarray) -> ndarray:
    """From the first to the last marked place, both included, (N, places) bool -> (N,)."""
    return marked.shape[1] - marked.argmax(axis=1) - marked[:, ::-1].argmax(axis=1)


def crop(ink: ndarray) -> ndarray:
    """The smallest rectangle that holds all that is rather ink than paper."""
    rows, columns = np.nonzero(ink_mask(ink))
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def normalise_stroke_width(ink: ndarray) -> ndarray:
    """Ink with its outline moved until strokes are as wide as MNIST's; cropped anew if it was.

    In a stroke of width w the mean distance to the outline is w / 4. Growing by g on all sides
    makes the width w + 2g and the longer side L + 2g; (w + 2g) / (L + 2g) is what is wanted.
    """
    cropped = crop(ink).shape == ink.shape
    ink = enlarge(np.pad(ink, 1))
    ink = resize(ink, min(1, LARGEST_SIDE / max(ink.shape)), Image.Resampling.BOX)
    mask = ink_mask(crop(ink) if cropped else ink)
    longer = max(mask.shape)
    margin = longer // 4  # outlines move by 0.08 of the longer side at most
    mask = np.pad(mask, margin)
    inside, outside = (np.asarray(ndimage.distance_transform_edt(m)) for m in (mask, ~mask))
    depth = inside - outside
    depth -= np.sign(depth) / 2  # from the outline, not from the next pixel; inside positive
    width = 4 * depth[mask].mean()
    narrowest, widest = np.divide(STROKE_WIDTHS, BOX)
    wanted = np.clip(width / longer, narrowest, widest)
    wanted = max(wanted, MIN_WIDTH_LEFT * width / longer)
    grow = (wanted * longer - width) / (2 * (1 - wanted))
    grow = max(grow, (MIN_DEPTH_LEFT - 1) * depth.max())
    ink = (depth + grow + 0.5).clip(0, 1)  # edges one pixel wide
    return crop(ink) if cropped else ink[margin:-margin, margin:-margin]


def scale_to(ink: ndarray, side: int = BOX) -> ndarray:
    """Ink with `side` px on its longer side, each the mean of what it covers."""
    return resize(ink, side / max(ink.shape), Image.Resampling.BOX)


def centre(ink: ndarray, by_mass: bool = True) -> ndarray:
    """Ink of at most 28 px a side in the middle of (28, 28), moved by whole pixels.

    The middle is the centre of its mass, 13.5 to 14.5 as MNIST's, or else that of its rectangle.
    """
    middle = np.asarray(ndimage.center_of_mass(ink) if by_mass else np.divide(ink.shape, 2))
    corners = (math.ceil(SIDE / 2 - 0.5 - m) for m in middle)
    top, left = (min(max(c, 0), SIDE - n) for c, n in zip(corners, ink.shape, strict=True))
    image = np.zeros((SIDE, SIDE))
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image
