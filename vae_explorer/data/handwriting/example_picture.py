"""A digit on shaded paper, drawn by code: something to put in when no picture is at hand."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def example_picture() -> bytes:
    """A JPEG file of a handwritten-looking seven, dark ink on unevenly lit paper, 360 x 480."""
    wide, high = 360, 480
    y, x = np.mgrid[0:high, 0:wide] / high
    grain = np.random.default_rng(7).normal(0, 2.5, (high, wide))
    paper = Image.fromarray((228 - 70 * x * y - 25 * y + grain).clip(0, 255).astype(np.uint8))
    stroke = [(92, 130), (140, 122), (205, 124), (262, 118), (240, 180), (204, 262), (172, 352)]
    bar = [(148, 238), (196, 228), (244, 226)]
    ink = Image.new("L", (wide, high))
    pen = ImageDraw.Draw(ink)
    for line in (stroke, bar):
        pen.line(line, fill=255, width=17, joint="curve")
        for px, py in line:
            pen.ellipse((px - 8, py - 8, px + 8, py + 8), fill=255)
    ink = ink.filter(ImageFilter.GaussianBlur(1.6))
    page = Image.composite(Image.new("L", (wide, high), 52), paper, ink)
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
