"""The printed lines of ruled and squared paper: found, and taken out from under the writing.

They are thin and straight, run from one side of the page to the other, and come in numbers. A
stroke that crosses one is closed again; ink much darker than the line stays where it lies.
Pictures are float64 arrays (H, W) in [0, 1], ink bright, paper near 0.

The search is a Hough transform (Duda & Hart 1972) over strips of a page rather than over pixels, as
skimage's is: so it finds lines that paper and lenses bend, and that writing covers in part.
"""

from typing import NamedTuple

import numpy as np
from numpy import ndarray
from scipy import ndimage

from vae_explorer.data.handwriting.ink import median_and_deviation, writing_brightness

THICKEST = 1 / 60  # of the longer side: no line is thicker
STRIPS = 48  # pieces of a page in which a line is looked for
STEEPEST = 0.12  # slope of a line against its side of the page: 7°
SLOPE_STEP = 3  # px that a line moves over the page from one slope to the next

# What is seen of a line
FAINTEST = 0.03  # of the paper's light: no step minds fainter lines
CLEAR_OF_GRAIN = 4  # standard deviations of the paper's grain: what a line stands out by
COVERED = 0.3  # of the light that thick ink takes
MIN_SEEN = 0.7  # of the strips in which a line must be seen, where nothing thick covers it
MAX_COVERED = 0.5  # of the strips: of a line with more of it hidden nothing is known

# Which of them are a paper's
MIN_LINES = 3  # parallel lines of a printed paper: a digit has less bars
WHOLE = 0.9  # of its strips on the page: such lines tell the paper's slope
MIN_ON_PAGE = 0.15  # of its strips: so much of a line that cuts a corner of the page
MAX_SLOPE_ERROR = 0.02  # of a line that cuts a corner, from the slope of the others

# How one is taken out
LINE_ENDS = 0.2  # of the line's darkness in its middle: lighter rows are paper
MAX_BEND = 1 / 3  # of the greatest thickness: how far paper and lenses bend a line
ON_CURVE = 1.5  # px from the bent course: further off a stroke crosses
MIN_PIECES = 6  # of a line's course: from fewer no curve is fitted


class Line(NamedTuple):
    """From the left side of a page to the right."""

    middle: float  # px from the top, half-way
    slope: float


def drop_lines(ink: ndarray) -> ndarray:
    """Ink without the lines of ruled or squared paper; that of plain paper as it is."""
    across, down = find_lines(ink), find_lines(ink.T)
    if max(len(across), len(down)) < MIN_LINES:
        return ink
    clean = ink.copy()
    for page, lines in ((clean, across), (clean.T, down)):
        for line in lines:
            _take_out(page, line, np.inf)
    dark = writing_brightness(clean)
    clean = ink.copy()
    for page, lines in ((clean, across), (clean.T, down)):
        for line in lines:
            _take_out(page, line, dark)
    return clean


def find_lines(ink: ndarray) -> list[Line]:
    """The lines of a page, those that leave it at its top or bottom last."""
    width = ink.shape[1]
    thickest = _thickest(ink)
    seen, covered, places = _strips(ink, thickest)
    slopes = np.arange(-STEEPEST, STEEPEST, SLOPE_STEP / width)
    beyond = round(STEEPEST * width / 2) + 1  # where lines still cut a corner of the page
    shifts = np.rint(np.outer(slopes, places)).astype(int)  # (slopes, strips)
    share, inside = _shares(seen, covered, shifts, beyond)  # (rows, slopes)
    whole = _peaks(np.where(inside > WHOLE, share, 0), thickest)
    if len(whole) >= MIN_LINES:
        paper = slopes[np.median([column for _, column in whole]).astype(int)]
        share[(inside < MIN_ON_PAGE) | (np.abs(slopes - paper) > MAX_SLOPE_ERROR)] = 0
        for row, _ in whole:
            share[max(0, row - thickest) : row + thickest + 1] = 0
        whole += _peaks(share, thickest)
    return [Line(row - beyond, slopes[column]) for row, column in whole]


def _thickest(ink: ndarray) -> int:
    """No line is thicker, in px."""
    return int(THICKEST * max(ink.shape)) + 2


def _strips(ink: ndarray, thickest: int) -> tuple[ndarray, ndarray, ndarray]:
    """Where something thin lies and where something thick: (H, strips) bool each.

    And the strips' distances from the middle, px.
    """
    width = ink.shape[1]
    thick = ndimage.grey_opening(ink, (thickest, 1))
    starts = np.unique(np.linspace(0, width, STRIPS, endpoint=False).astype(int))
    widths = np.diff([*starts, width])
    thin = np.add.reduceat(ink - thick, starts, axis=1) / widths
    median, grain = median_and_deviation(thin)
    seen = thin > median + max(FAINTEST, CLEAR_OF_GRAIN * grain)
    covered = np.maximum.reduceat(thick, starts, axis=1) > COVERED
    seen = np.asarray(ndimage.binary_dilation(seen, np.ones((3, 1))), bool)
    return seen, covered & ~seen, starts + widths / 2 - width / 2


def _shares(
    seen: ndarray, covered: ndarray, shifts: ndarray, beyond: int
) -> tuple[ndarray, ndarray]:
    """How much of a line through each row is seen where it is not covered, and lies on the page.

    Both are (rows, slopes). Rows begin and end so many px beyond the page; shifts (slopes, strips)
    say how lines go on.
    """
    height, count = seen.shape
    pages = np.stack([seen, covered, np.ones_like(seen)]).astype(np.uint8)  # (3, H, strips)
    pages = np.pad(pages, ((0, 0), (2 * beyond, 2 * beyond), (0, 0))).transpose(2, 0, 1).copy()
    rows = height + 2 * beyond
    sums = np.zeros((len(shifts), 3, rows), np.uint8)
    for total, shift in zip(sums, shifts + beyond, strict=True):
        for page, start in zip(pages, shift, strict=True):
            total += page[:, start : start + rows]
    hits, hidden, inside = sums.transpose(1, 2, 0).astype(float)
    share = hits / np.maximum(inside - hidden, 1)
    return np.where(hidden <= MAX_COVERED * inside, share, 0), inside / count


def _peaks(share: ndarray, thickest: int) -> list[tuple[int, int]]:
    """Places (row, slope) of lines, the best of each neighbourhood."""
    share, peaks = share.copy(), []
    while (most := share.max()) >= MIN_SEEN:
        rows, columns = np.nonzero(share == most)
        near = rows <= rows[0] + thickest
        row = int(np.median(rows[near]))
        peaks.append((row, int(np.median(columns[near]))))
        share[max(0, row - thickest) : row + thickest + 1] = 0
    return peaks


def _take_out(page: ndarray, line: Line, dark: float) -> None:
    """Clear one line from a page (H, W) in place, where ink of brightness `dark` is written."""
    height, width = page.shape
    thickest = _thickest(page)
    course = line.middle + line.slope * (np.arange(width) - width / 2)
    offsets = np.arange(-3 * thickest, 3 * thickest + 1)
    columns = np.arange(width)
    rows = np.rint(course + _bend(page, course, thickest)).astype(int) + offsets[:, None]
    band = page[rows.clip(0, height - 1), columns]  # (offsets, W)
    inside = ((rows >= 0) & (rows < height)).all(axis=0)
    profile = np.median(band[:, inside] if inside.sum() > thickest else band, axis=1)
    first, last = _thickness(profile, thickest)
    above, below = band[first - 1], band[last + 1]
    for offset in range(first, last + 1):
        level = (profile[offset] + dark) / 2
        kept = (band[offset] > level) & (np.maximum(above, below) > level)
        share = (offset - first + 1) / (last - first + 2)
        ink = _bridged(above, below, share, 2 * (last - first + 2))
        ink = np.maximum(ink, np.where(kept, band[offset], 0))
        on_page = (rows[offset] >= 0) & (rows[offset] < height)
        page[rows[offset][on_page], columns[on_page]] = ink[on_page]


def _bridged(above: ndarray, below: ndarray, share: float, most: int) -> ndarray:
    """Ink (W,) at a share of the way down between two rows, of strokes of up to `most` px aside."""
    columns, last = np.arange(len(above)), len(above) - 1
    aside = np.arange(-most, most + 1)[:, None]
    up = np.rint(columns - share * aside).astype(int).clip(0, last)
    down = np.rint(columns + (1 - share) * aside).astype(int).clip(0, last)
    return np.minimum(above[up], below[down]).max(axis=0)


def _thickness(profile: ndarray, thickest: int) -> tuple[int, int]:
    """The first and last place of the peak in the middle of a profile."""
    middle = len(profile) // 2
    half = thickest // 2
    top = middle - half + profile[middle - half : middle + half + 1].argmax()
    faint = profile < profile.min() + LINE_ENDS * (profile[top] - profile.min())
    before = faint[top - half : top][::-1].argmax() if faint[top - half : top].any() else 1
    after = faint[top + 1 : top + 1 + half]
    after = after.argmax() if after.any() else 1
    return int(top - before), int(top + after)


def _bend(page: ndarray, course: ndarray, thickest: int) -> ndarray:
    """How far the line really runs from its straight course, (W,) px: paper and lenses bend it."""
    height, width = page.shape
    most = max(2, int(MAX_BEND * thickest))
    offsets = np.arange(-most, most + 1)
    rows = np.rint(course).astype(int) + offsets[:, None]
    band = page[rows.clip(0, height - 1), np.arange(width)]
    length = max(1, width // STRIPS)
    pieces = band[:, : width // length * length].reshape(len(offsets), -1, length).mean(axis=2)
    bend, x = offsets[pieces.argmax(axis=0)], np.linspace(-1, 1, pieces.shape[1])
    near = np.abs(bend - np.median(bend)) <= most / 2 + 1
    factors = np.zeros(3)
    for _ in range(4):  # strokes that cross are left out of the parabola
        enough = near.sum() > MIN_PIECES
        factors = np.polyfit(x[near], bend[near], 2) if enough else [0, 0, np.median(bend)]
        near = np.abs(bend - np.polyval(factors, x)) <= ON_CURVE
    return np.polyval(factors, np.linspace(-1, 1, width))
