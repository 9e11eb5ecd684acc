"""Ink on a page: whichever is brighter, however it is lit, without paper and dirt.

Knows nothing of digits: it looks for what a pen or brush left. A region is a connected set of ink,
a glyph the regions that make one character. Pictures are float64 arrays (H, W) in [0, 1].
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy import ndarray
from PIL import Image
from scipy import ndimage, optimize
from scipy.sparse import csgraph
from skimage import filters

from vae_explorer.data.image_decoding import MIN_CONTRAST
from vae_explorer.errors import UploadError

SMALLEST_SIDE = 200  # px: outlines move smoothly from here on
NO_INK = "No drawing stands out in the picture: use a darker or thicker pen on plain paper."

# Light. All of it is smooth, so that it is estimated on a small picture.
PAPER_SIDE = 64  # px
INK_REACH = 1 / 3  # of the longer side: what is dark and narrower is ink, not a shadow
SHADOW_BLUR = 1 / 32  # of that reach, as the standard deviation
DEEPEST_SHADOW = 0.5  # of the light that a shadow leaves: what takes more is ink
DARKEST_PAPER = 0.05  # of white: below it nothing is amplified
LIGHT_SCATTER = 0.01  # of white, along the border; what lies further off is no paper

# Paper and its grain
GRAIN_BLUR = 1 / 500  # of the longer side, as the standard deviation
MIN_AREA = 1e-4  # of the page: what is smaller is no glyph
CLEAR_OF_GRAIN = 8  # standard deviations of it; grain alone, split in two, stays below 6
PAPER_ENDS, INK_BEGINS = 0.25, 0.75  # of the ink's brightness: black below, white above

# Dirt
JOINING_GAP = 1 / 200  # of the longer side: what lies this near to each other is one region
SPECK = 0.06  # of the largest region's area: smaller ones are dirt
MAX_REGIONS = 40  # of a page; coarse paper breaks into more
INNER_AREA = 0.1  # of the largest region: with as much off the border, that at it is dropped

# Which regions make one glyph. Gaps are in parts of the larger one's longer side.
FARTHEST = 0.25  # in rows or columns: no distance is measured beyond
NEAR = 0.2  # such as the bar of a 5, or of a 7
TOUCHING = 0.05  # of two digits beside each other
MIN_OVERLAP = 0.4  # of the narrower's width: with less they stand beside each other
MIN_PARTNER = 0.5  # of the larger's size: a smaller one is a stroke, no digit


def ink_is_dark(grey: ndarray) -> bool:
    """Whether ink is darker than paper, (H, W) -> bool: ink is what deviates most from paper."""
    small = _thumbnail(grey)
    return bool(((small - _border_light(small)) ** 5).sum() <= 0)  # ink outvotes wide shadows


def enlarge(ink: ndarray) -> ndarray:
    """A small picture smoothly enlarged to 200 px on its longer side; a large one as it is."""
    scale = SMALLEST_SIDE / max(ink.shape)
    return resize(ink, scale, Image.Resampling.BICUBIC).clip(0, 1) if scale > 1 else ink


def even_out(ink: ndarray) -> ndarray:
    """Bright ink (H, W) on shaded paper -> its share of the paper's light, paper at 0.

    Paper is the page with all that is dark and narrower than INK_REACH closed, and blurred.
    """
    light = _thumbnail(1 - ink)
    slope, reach = _border_light(light), max(3, int(INK_REACH * max(light.shape)))
    # Closing keeps the edges of shadows; along a slope it also follows the light to the border
    closed = np.minimum(*(ndimage.grey_closing(light - s, (reach, reach)) + s for s in (0, slope)))
    closed = np.maximum(closed, DEEPEST_SHADOW * slope)
    paper = slope + ndimage.gaussian_filter(closed - slope, SHADOW_BLUR * reach)
    paper = np.asarray(Image.fromarray(paper).resize(ink.shape[::-1]), np.float64)
    return ((paper - (1 - ink)) / np.maximum(paper, DARKEST_PAPER)).clip(0, 1)


def drop_paper(ink: ndarray) -> ndarray:
    """Contrast stretched so that paper and its grain become 0, ink 1. UploadError without ink."""
    ink = ndimage.gaussian_filter(ink, GRAIN_BLUR * max(ink.shape))
    strong = ink[ink > MIN_CONTRAST]
    if strong.size > MIN_AREA * ink.size:
        threshold = filters.threshold_otsu(strong)
        bright, paper = np.median(ink[ink >= threshold]), ink[ink < threshold]
        if paper.size:
            middle, grain = median_and_deviation(paper)
            if bright - middle > CLEAR_OF_GRAIN * grain:
                return ((ink / bright - PAPER_ENDS) / (INK_BEGINS - PAPER_ENDS)).clip(0, 1)
    raise UploadError(NO_INK)


def writing_brightness(ink: ndarray) -> float:
    """How bright the stronger half of all that is no paper is; infinite if there is none."""
    strong = ink[ink > MIN_CONTRAST]
    if not strong.size:
        return np.inf
    return float(np.median(strong[strong >= filters.threshold_otsu(strong)]))


def ink_mask(ink: ndarray) -> ndarray:
    """Where there is rather ink than paper, (H, W) bool. UploadError if nothing stands out."""
    if ink.max() < MIN_CONTRAST:
        raise UploadError(NO_INK)
    return ink > ink.max() / 2


def drop_specks(ink: ndarray) -> ndarray:
    """Ink without what belongs to no glyph. UploadError if that is nearly all.

    Dirt is far smaller than the largest region. Shadows and desks lie along the border, and
    another region does not touch it; a stroke that merely runs off the page is kept.
    """
    labels, count = _regions(ink)
    areas = np.bincount(labels[ink_mask(ink)], minlength=count + 1)
    contact = np.bincount(labels[_border(ink.shape)], minlength=count + 1)
    if count > MAX_REGIONS and areas.max() < areas.sum() / 2:
        raise UploadError(NO_INK)
    keep = areas > 0
    if areas[contact == 0].max(initial=0) > INNER_AREA * areas.max():
        keep &= contact <= np.sqrt(areas)
    keep &= areas >= SPECK * areas[keep].max()
    return np.where(keep[labels], ink, 0)


def glyphs(ink: ndarray) -> Iterator[ndarray]:
    """Clean ink (H, W) -> masks (H, W) of the glyphs in it, in reading order, one by one.

    Digits stand beside each other; the strokes of one lie above each other, or cross. A small
    region belongs to the larger one that it is near to. Of more than MAX_REGIONS the largest
    count.
    """
    labels = _largest(*_regions(ink))
    spans = _spans(labels)
    joined = np.zeros((len(spans), len(spans)), bool)
    for a, b in combinations(range(len(spans)), 2):
        joined[a, b] = _are_one_glyph(labels, spans, a, b)
    _, glyph_of = csgraph.connected_components(joined)
    labels = np.concatenate([[0], glyph_of + 1])[labels]
    for i in _reading_order(_spans(labels)):
        yield labels == i + 1


def _regions(ink: ndarray) -> tuple[ndarray, int]:
    """Labels (H, W) of the regions, 0 for paper, and their number. UploadError without any."""
    size = 1 + 2 * int(JOINING_GAP * max(ink.shape))
    labels = np.zeros(ink.shape, np.int32)
    ndimage.label(ink_mask(ndimage.maximum_filter(ink, size)), np.ones((3, 3)), output=labels)
    return labels, int(labels.max())


def _largest(labels: ndarray, count: int) -> ndarray:
    """The labels (H, W) of at most MAX_REGIONS regions, numbered anew in the same order."""
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = np.sort(np.argsort(-areas, kind="stable")[:MAX_REGIONS])
    numbers = np.zeros(count + 1, labels.dtype)
    numbers[kept + 1] = np.arange(1, len(kept) + 1)
    return numbers[labels]


def _spans(labels: ndarray) -> ndarray:
    """The rectangles of the labels from 1, (N, 2, 2): top and bottom, left and right, px."""
    boxes = ndimage.find_objects(labels)
    return np.array([[(side.start, side.stop) for side in box] for box in boxes])


def _are_one_glyph(labels: ndarray, spans: ndarray, a: int, b: int) -> bool:
    """Whether two regions are strokes of one glyph."""
    pair = spans[[a, b]]
    sides = np.ptp(pair, axis=2)  # (2, 2): height and width of each
    small, large = np.sort(sides.max(axis=1))
    overlap = pair[:, :, 1].min(axis=0) - pair[:, :, 0].max(axis=0)  # negative: a gap
    if -overlap.min() > FARTHEST * large:
        return False
    window = labels[tuple(map(slice, pair[:, :, 0].min(axis=0), pair[:, :, 1].max(axis=0)))]
    distance = np.asarray(ndimage.distance_transform_edt(window != a + 1))
    gap = distance[window == b + 1].min()
    beside = overlap[1] < MIN_OVERLAP * sides[:, 1].min()
    return gap < large * (TOUCHING if beside and small > MIN_PARTNER * large else NEAR)


def _reading_order(spans: ndarray) -> list[int]:
    """Indices of rectangles (N, 2, 2): row by row, each from the left."""
    middles, rows = spans[:, 0].mean(axis=1), []
    for i in np.argsort(middles, kind="stable").tolist():
        top, bottom = spans[rows[-1][0], 0] if rows else (np.inf, np.inf)
        if top <= middles[i] <= bottom:
            rows[-1].append(i)
        else:
            rows.append([i])
    return [i for row in rows for i in sorted(row, key=lambda i: spans[i, 1, 0])]


def resize(values: ndarray, scale: float, how: Image.Resampling) -> ndarray:
    """A picture (H, W) with sides `scale` times as long, at least 1 px."""
    height, width = (max(1, round(n * scale)) for n in values.shape)
    small = Image.fromarray(values.astype(np.float32)).resize((width, height), how)
    return np.asarray(small, np.float64)


def median_and_deviation(values: ndarray) -> tuple[float, float]:
    """The median, and the standard deviation of the values but for outliers."""
    median = np.median(values)
    return median, 1.48 * np.median(np.abs(values - median))  # of a normal distribution


def robust_fit(terms: ndarray, values: ndarray, scatter: float) -> ndarray:
    """Factors (K,) of terms (N, K) nearest to values (N,), but for outliers beyond `scatter`."""
    zero = np.zeros(terms.shape[1])
    fit = optimize.least_squares(
        lambda factors: terms @ factors - values, zero, loss="soft_l1", f_scale=scatter
    )
    return fit.x


def _thumbnail(values: ndarray) -> ndarray:
    return resize(values, min(1, PAPER_SIDE / max(values.shape)), Image.Resampling.BOX)


def _border_light(light: ndarray) -> ndarray:
    """The bilinear surface (h, w) nearest to most of the border: a stroke there bends it little."""
    y, x = np.indices(light.shape) / max(light.shape)
    terms = np.stack([np.ones_like(x), x, y, x * y], axis=-1)  # (h, w, 4)
    border = _border(light.shape)
    return terms @ robust_fit(terms[border], light[border], LIGHT_SCATTER)


def _border(shape: tuple[int, ...]) -> ndarray:
    """The mask of the outermost pixels."""
    border = np.ones(shape, bool)
    border[1:-1, 1:-1] = False
    return border
