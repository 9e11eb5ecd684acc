"""Ink on a page: whichever is brighter, however it is lit, without paper and dirt.

Knows nothing of digits: it looks for what a pen or brush left. Pictures are float64 arrays (H, W)
in [0, 1].
"""

from collections.abc import Iterator

import numpy as np
from numpy import ndarray
from PIL import Image
from scipy import ndimage

from vae_explorer.data.image_decoding import MIN_CONTRAST
from vae_explorer.errors import UploadError

SMALLEST_SIDE = 200  # outlines move smoothly from here on
PAPER_SIDE = 64  # shading is smooth, so that it is estimated on a picture this small
LEAST_AREA = 1e-4  # of the page: what is smaller is not a drawing
SPECK = 0.06  # of the largest part's area: smaller parts are dirt
MOST_PARTS = 40  # of a page; coarse paper breaks into more
NO_INK = "No drawing stands out in the picture: use a darker or thicker pen on plain paper."


def ink_is_dark(grey: ndarray) -> bool:
    """Whether ink is darker than paper, (H, W) -> bool: ink is what deviates most from paper."""
    small = _thumbnail(grey)
    return bool(((small - _slope(small)) ** 5).sum() <= 0)  # a high power: ink outvotes shadows


def enlarge(ink: ndarray) -> ndarray:
    """A small picture smoothly enlarged to 200 px on its longer side; a large one as it is."""
    scale = SMALLEST_SIDE / max(ink.shape)
    return resize(ink, scale, Image.Resampling.BICUBIC).clip(0, 1) if scale > 1 else ink


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
    strong = ink[ink > MIN_CONTRAST]
    if strong.size > LEAST_AREA * ink.size:
        threshold = _otsu(strong)
        dark, paper = np.median(ink[ink >= threshold]), ink[ink < threshold]
        if paper.size:
            usual = np.median(paper)
            noise = 1.48 * np.median(np.abs(paper - usual))  # as a standard deviation
            if dark - usual > 8 * noise:  # noise alone, split in two, stays below 6
                return ((ink / dark - 0.25) / 0.5).clip(0, 1)
    raise UploadError(NO_INK)


def strong_ink(ink: ndarray) -> float:
    """How bright the stronger half of all that is no paper is; infinite if there is none."""
    strong = ink[ink > MIN_CONTRAST]
    return float(np.median(strong[strong >= _otsu(strong)])) if strong.size else np.inf


def inked(ink: ndarray) -> ndarray:
    """The mask of what is rather ink than paper. UploadError if nothing stands out."""
    if ink.max() < MIN_CONTRAST:
        raise UploadError(NO_INK)
    return ink > ink.max() / 2


def drop_specks(ink: ndarray) -> ndarray:
    """Ink without what is no part of the drawing. UploadError if that is nearly all.

    Dirt is far smaller than the largest part. Shadows and desks lie along the border, and another
    part does not touch it; a stroke that merely runs off the page is kept.
    """
    labels, parts = _parts(ink)
    areas = np.bincount(labels[inked(ink)], minlength=parts + 1)
    contact = np.bincount(labels[_border(ink.shape)], minlength=len(areas))
    if parts > MOST_PARTS and areas.max() < areas.sum() / 2:
        raise UploadError(NO_INK)
    keep = areas > 0
    if areas[contact == 0].max(initial=0) > 0.1 * areas.max():
        keep &= contact <= np.sqrt(areas)
    keep &= areas >= SPECK * areas[keep].max()
    return np.where(keep[labels], ink, 0)


def drawings(ink: ndarray) -> Iterator[ndarray]:
    """Clean ink (H, W) -> masks (H, W) of the drawings in it, in reading order, one by one.

    Digits stand beside each other; the strokes of one lie above each other, or cross. A small
    part belongs to the larger one that it is near to. Of more than MOST_PARTS the largest count.
    """
    labels = _largest(*_parts(ink))
    spans = [tuple((s.start, s.stop) for s in box) for box in ndimage.find_objects(labels)]
    count = len(spans)
    groups = [[part] for part in range(count)]
    together = [(a, b) for a in range(count) for b in range(a) if _are_one(labels, spans, a, b)]
    for a, b in together:
        one, other = (next(g for g in groups if part in g) for part in (a, b))
        if one is not other:
            groups.remove(other)
            one += other
    boxes = [np.array([spans[part] for part in group]) for group in groups]
    outlines = [(b[:, :, 0].min(0), b[:, :, 1].max(0)) for b in boxes]
    for i in _reading_order(outlines):
        yield np.isin(labels, [part + 1 for part in groups[i]])


def _parts(ink: ndarray) -> tuple[ndarray, int]:
    """Labels (H, W) of the connected parts, 0 for paper, and their number."""
    gap = 1 + 2 * (max(ink.shape) // 200)  # parts this near to each other are one
    near = ndimage.maximum_filter(ink, gap)
    labels = np.zeros(ink.shape, np.int32)
    ndimage.label(near > ink.max() / 2, np.ones((3, 3)), output=labels)
    return labels, int(labels.max())


def _largest(labels: ndarray, count: int) -> ndarray:
    """The labels (H, W) of at most MOST_PARTS parts, numbered anew in the same order."""
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = np.sort(np.argsort(-areas, kind="stable")[:MOST_PARTS])
    numbers = np.zeros(count + 1, labels.dtype)
    numbers[kept + 1] = np.arange(1, len(kept) + 1)
    return numbers[labels]


def _are_one(labels: ndarray, spans: list, a: int, b: int) -> bool:
    """Whether two parts are strokes of one drawing; spans are ((top, bottom), (left, right))."""
    sizes = [max(stop - start for start, stop in spans[part]) for part in (a, b)]
    small, large = (a, b) if sizes[0] < sizes[1] else (b, a)
    common = [
        min(one[1], other[1]) - max(one[0], other[0])
        for one, other in zip(spans[small], spans[large], strict=True)
    ]
    if -min(common) > max(sizes) / 4:
        return False
    distance = _distance(labels, spans, small, large) / max(sizes)
    beside = common[1] < 0.4 * min(stop - start for start, stop in (spans[a][1], spans[b][1]))
    return distance < (0.05 if beside and min(sizes) > max(sizes) / 2 else 0.2)


def _distance(labels: ndarray, spans: list, a: int, b: int) -> float:
    """Between the nearest points of two parts, px."""
    box = tuple(
        slice(min(one[0], other[0]), max(one[1], other[1]))
        for one, other in zip(spans[a], spans[b], strict=True)
    )
    away = ndimage.distance_transform_edt(labels[box] != a + 1)
    return np.asarray(away)[labels[box] == b + 1].min()


def _reading_order(outlines: list) -> list[int]:
    """Indices of rectangles ((top, left), (bottom, right)): row by row, each from the left."""
    rows: list[list[int]] = []
    for i in sorted(range(len(outlines)), key=lambda i: sum(o[0] for o in outlines[i])):
        middle = np.sum(outlines[i], axis=0)[0] / 2
        first = outlines[rows[-1][0]] if rows else None
        if first is not None and first[0][0] <= middle <= first[1][0]:
            rows[-1].append(i)
        else:
            rows.append([i])
    return [i for row in rows for i in sorted(row, key=lambda i: outlines[i][0][1])]


def resize(values: ndarray, scale: float, how: Image.Resampling) -> ndarray:
    height, width = (max(1, round(n * scale)) for n in values.shape)
    small = Image.fromarray(values.astype(np.float32)).resize((width, height), how)
    return np.asarray(small, np.float64)


def _thumbnail(values: ndarray) -> ndarray:
    return resize(values, min(1, PAPER_SIDE / max(values.shape)), Image.Resampling.BOX)


def _slope(light: ndarray) -> ndarray:
    """The bilinear surface (h, w) nearest to most of the border: a stroke there bends it little."""
    y, x = np.indices(light.shape) / max(light.shape)
    terms = np.stack([np.ones_like(x), x, y, x * y], axis=-1)  # (h, w, 4)
    border = _border(light.shape)
    edge, weight = light[border], np.ones(border.sum())
    factors = np.zeros(terms.shape[-1])
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
