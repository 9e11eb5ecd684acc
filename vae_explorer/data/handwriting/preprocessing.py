"""A picture someone made -> what the model sees, with every step kept for showing.

Glyphs on a page become what MNIST's makers would have made of them: white ink on black, fitted into
20x20, with strokes of MNIST's width, centred by mass in 28x28. Each step can be left out. It does
not know digits from other shapes, does not look for a page on a desk, and knows nothing of models
or files.

Inside, pictures are float64 arrays (H, W) in [0, 1].
"""

from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from PIL import Image
from torch import Tensor

from vae_explorer.data.handwriting import ink, mnist_format, ruled_lines
from vae_explorer.data.image_decoding import decode, on_paper

MAX_GLYPHS = 20  # offered of one picture
STEPS = {  # in the order of work -> what each does
    "Bright ink": "Ink becomes bright and paper dark, whichever it was.",
    "Evenly lit": "Shadows and the fall-off of light are divided out.",
    "Lines removed": "Ruled and squared paper loses its lines; strokes across them stay whole.",
    "Paper removed": "Contrast is stretched: paper and its grain become black, ink white.",
    "Specks removed": "Dirt, and shadows along the border, are taken away.",
    "Cropped to the ink": "Only the rectangle that holds the drawing is kept.",
    "Strokes as wide as MNIST's": "Thin pens are thickened and thick markers thinned.",
    "Fitted into 20 × 20": "The longer side becomes 20 pixels, as in MNIST.",
    "Centred by mass": "The centre of mass comes to the middle of 28 × 28 pixels.",
}
PAGE_STEPS = {  # the steps that see the whole page
    "Evenly lit": ink.even_out,
    "Lines removed": ruled_lines.drop_lines,
    "Paper removed": ink.drop_paper,
    "Specks removed": ink.drop_specks,
}
GLYPH_STEPS = {  # the steps that see one glyph
    "Cropped to the ink": mnist_format.crop,
    "Strokes as wide as MNIST's": mnist_format.normalise_stroke_width,
}
_RESAMPLING = {*PAGE_STEPS, *GLYPH_STEPS, "Fitted into 20 × 20"}
StepPictures = list[tuple[str, Image.Image]]


class Prepared(NamedTuple):
    """What the model sees, (C, H, W) float32 in [0, 1], and the named pictures on the way."""

    image: Tensor
    steps: StepPictures

    @property
    def resampled(self) -> bool:
        """Whether it was made of another picture; False: it came as the training pictures are."""
        return any(name in _RESAMPLING for name, _ in self.steps)


def preprocess_image(data: bytes, *, without: Collection[str] = ()) -> Prepared:
    """The bytes of a picture file -> what the model sees of all that is drawn there.

    `without` names the STEPS to leave out. UploadError on anything wrong with the picture.
    """
    return prepare(decode(data), without=without)


def prepare(picture: Image.Image, *, without: Collection[str] = ()) -> Prepared:
    """The same of a picture that is decoded already: RGBA, I or F."""
    return _finish(*_clean_page(picture, without), without)


def preprocess_all(data: bytes, *, without: Collection[str] = ()) -> list[Prepared]:
    """The same for each glyph of a picture, at most 20, in reading order; never empty."""
    return prepare_all(decode(data), without=without)


def prepare_all(picture: Image.Image, *, without: Collection[str] = ()) -> list[Prepared]:
    """The same of a picture that is decoded already."""
    page, steps = _clean_page(picture, without)
    if mnist_format.is_prepared(page):
        return [_finish(page, steps, without)]
    masks = islice(ink.glyphs(page), MAX_GLYPHS)
    return [_finish(np.where(mask, page, 0), steps, without) for mask in masks]


def _clean_page(decoded: Image.Image, without: Collection[str]) -> tuple[ndarray, StepPictures]:
    """The ink on the page (H, W), and what was done so far."""
    if unknown := set(without) - set(STEPS):
        raise ValueError(f"no such steps: {', '.join(sorted(unknown))}")
    picture = on_paper(decoded)
    page = np.asarray(picture.convert("L")) / 255
    steps = [("As uploaded", picture), ("Shades of grey", _as_picture(page))]
    if "Bright ink" not in without:
        page = 1 - page if ink.ink_is_dark(page) else page
        steps.append(("Bright ink", _as_picture(page)))
    if mnist_format.is_prepared(page):
        return page, steps
    page = ink.enlarge(page)
    for name, work in PAGE_STEPS.items():
        if name not in without:
            page = work(page)
            steps.append((name, _as_picture(page)))
    return page, steps


def _finish(pixels: ndarray, steps: StepPictures, without: Collection[str]) -> Prepared:
    """Finish one glyph (H, W)."""
    steps = steps.copy()

    def note(name: str) -> None:
        steps.append((name, _as_picture(pixels)))

    whole = mnist_format.is_prepared(pixels)
    for name, work in {} if whole else GLYPH_STEPS.items():
        if name not in without:
            pixels = work(pixels)
            note(name)
    boxed = not whole and "Fitted into 20 × 20" not in without
    pixels = (
        pixels
        if whole
        else mnist_format.scale_to(pixels, mnist_format.BOX if boxed else mnist_format.SIDE)
    )
    if boxed:
        note("Fitted into 20 × 20")
    by_mass = "Centred by mass" not in without
    if by_mass or not whole:
        pixels = mnist_format.centre(pixels, by_mass)
    if by_mass:
        note("Centred by mass")
    note("What the model sees")
    return Prepared(torch.from_numpy(pixels.astype(np.float32)).unsqueeze(0), steps)


def _as_picture(values: ndarray) -> Image.Image:
    return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))
