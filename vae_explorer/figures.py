"""Arrays -> pictures, animations and Plotly figures.

Pictures come in as float tensors (..., C, H, W) in [0, 1] and leave as bytes, grey (..., H, W) or
RGB (..., H, W, 3). Knows nothing of models or pages.
"""

import base64
import io
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

# Ten colours found by annealing, as far apart as could be had in every kind of colour vision at
# once: CIEDE2000 at least 11.7 without red, green or blue cones, 21.4 with all, each with a
# contrast of at least 3 on white and on near-black. In this order those of digits taken for each
# other (4 and 9, 7 and 9, 3 and 5 and 8) are at least 17 apart.
COLOURS = (
    "#ff3b9d",  # pink
    "#208568",  # green
    "#1f52e9",  # blue
    "#c60005",  # red
    "#27a1b5",  # teal
    "#b16fff",  # violet
    "#7f5c41",  # brown
    "#c67f17",  # orange
    "#929865",  # olive
    "#5e616f",  # grey
)

_PLOTLY_DISTANCE = 1.25 * math.sqrt(3)  # of Plotly's own camera from the middle of a cloud


def class_colours(count: int) -> tuple[str, ...]:
    """A colour a class; beyond ten they repeat, and labels must tell them apart."""
    return tuple(COLOURS[i % len(COLOURS)] for i in range(count))


def to_bytes(pictures: Tensor) -> np.ndarray:
    """Pictures (..., C, H, W) in [0, 1] -> uint8 (..., H, W) of one channel, (..., H, W, 3)."""
    values = (pictures.clamp(0, 1) * 255).round().byte().cpu()
    grey = values.shape[-3] == 1
    return (values.squeeze(-3) if grey else values.movedim(-3, -1)).contiguous().numpy()


def plain_tiles(colours: Sequence[str], side: int = 8) -> Tensor:
    """A tile of each colour, "#rrggbb", (n, 3, side, side): stands in for pictures."""
    bytes_of = [list(bytes.fromhex(colour.removeprefix("#"))) for colour in colours]
    values = torch.tensor(bytes_of).view(-1, 3, 1, 1) / 255
    return values.expand(-1, 3, side, side)


def sheet(pictures: Tensor, columns: int, gap: int = 1) -> np.ndarray:
    """Tile pictures (N, C, H, W) row by row -> uint8 sheet, black between them."""
    tiles = to_bytes(pictures)
    height, width, *channels = tiles.shape[1:]
    rows = -(-len(tiles) // columns)
    canvas = np.zeros((rows, height + gap, columns, width + gap, *channels), np.uint8)
    for index, tile in enumerate(tiles):
        canvas[index // columns, :height, index % columns, :width] = tile
    joined = canvas.reshape(rows * (height + gap), columns * (width + gap), *channels)
    return joined[: -gap or None, : -gap or None]


def thumbnail(picture: Image.Image, side: int = 240) -> np.ndarray:
    """A picture of any size and mode, at most `side` pixels wide and high -> uint8 array."""
    small = picture.copy()
    small.thumbnail((side, side))
    return np.asarray(small)


def enlarge(picture: np.ndarray, scale: int) -> np.ndarray:
    """Each pixel as a square of scale x scale, (H, W[, 3]) -> (scale H, scale W[, 3])."""
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def png(picture: np.ndarray, scale: int = 1) -> bytes:
    """A uint8 picture (H, W), (H, W, 3) or (H, W, 4) as a PNG file, each pixel `scale` pixels wide.

    Hardly compressed: pages wait for this.
    """
    buffer = io.BytesIO()
    Image.fromarray(enlarge(picture, scale)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def gif(
    frames: Sequence[np.ndarray], scale: int = 8, milliseconds: int = 80, ping_pong: bool = True
) -> bytes:
    """uint8 frames (H, W[, 3]) as a GIF that plays for ever, forth and back if `ping_pong`."""
    return _animation("GIF", frames, scale, milliseconds, ping_pong, optimize=False, disposal=1)


def webp(
    frames: Sequence[np.ndarray], scale: int = 8, milliseconds: int = 80, ping_pong: bool = True
) -> bytes:
    """The same as a WebP, without loss."""
    return _animation("WEBP", frames, scale, milliseconds, ping_pong, lossless=True, quality=40)


def _animation(
    kind: str,
    frames: Sequence[np.ndarray],
    scale: int,
    milliseconds: int,
    ping_pong: bool,
    **options: Any,
) -> bytes:
    """A file of as many frames as are played; of equal neighbours both formats keep only one."""
    played = [*frames, *frames[-2:0:-1]] if ping_pong else frames
    first, *others = (Image.fromarray(enlarge(frame, scale)) for frame in played)
    buffer = io.BytesIO()
    options |= {"duration": milliseconds, "loop": 0, "append_images": others}
    first.save(buffer, kind, save_all=True, **options)
    return buffer.getvalue()


def data_url(data: bytes, kind: str = "image/png") -> str:
    """Bytes as a URL that needs no server."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def error_map(x: Tensor, reconstruction: Tensor) -> np.ndarray:
    """Signed error of a reconstruction, (C, H, W) each -> uint8 RGB (H, W, 3).

    White where they agree, blue where the reconstruction is darker (lacks ink), orange where it is
    brighter (adds some); of colours, as strong as their root mean square error.
    """
    error = (reconstruction - x).movedim(0, -1).cpu().numpy()  # (H, W, C) in [-1, 1]
    missing, added = np.array([31, 95, 180]), np.array([217, 95, 2])
    strength = np.sqrt(np.square(error).mean(axis=-1, keepdims=True))
    colour = np.where(error.sum(axis=-1, keepdims=True) < 0, missing, added)
    return (255 * (1 - strength) + colour * strength).round().astype(np.uint8)


def captioned_frames(
    rows: Sequence[Tensor], names: Sequence[str], scale: int, gap: int = 6
) -> list[np.ndarray]:
    """Rows of n pictures each (n, C, H, W) as n uint8 frames: step i of all rows, named below.

    Each pixel is `scale` pixels wide.
    """
    columns = [to_bytes(row).repeat(scale, axis=1).repeat(scale, axis=2) for row in rows]
    widths = [column.shape[2] + gap for column in columns]
    words = np.hstack([_text_image(*of) for of in zip(names, widths, strict=True)])
    space = np.zeros((1, gap), np.uint8)
    frames = []
    for pictures in zip(*columns, strict=True):
        parts = [part for picture in pictures for part in (picture, space)]
        frames.append(_joined([_joined(parts, axis=1), words])[:, : -gap or None])
    return frames


def captioned_rows(
    rows: Sequence[Tensor], names: Sequence[str], scale: int, gap: int = 4
) -> np.ndarray:
    """Rows of n pictures each (n, C, H, W), one under the other, a name over each: uint8 sheet."""
    parts = []
    for row, name in zip(rows, names, strict=True):
        pictures = enlarge(sheet(row, len(row)), scale)
        parts += [_text_image(name, pictures.shape[1]), pictures, np.zeros((gap, 1), np.uint8)]
    return _joined(parts)


def _text_image(text: str, width: int, height: int = 20) -> np.ndarray:
    """Words, white on black, cut at the width: uint8 (height, width)."""
    canvas = Image.new("L", (width, height))
    font = ImageFont.load_default(13)
    ImageDraw.Draw(canvas).text((3, height / 2), text, fill=255, font=font, anchor="lm")
    return np.asarray(canvas)


def _joined(parts: Sequence[np.ndarray], axis: int = 0) -> np.ndarray:
    """Pictures (H, W[, 3]) below each other (axis 1: beside), in colour where one of them is.

    Smaller ones are padded with black, below or at the right.
    """
    if any(part.ndim == 3 for part in parts):
        parts = [part if part.ndim == 3 else np.stack([part] * 3, axis=-1) for part in parts]
    longest = max(part.shape[1 - axis] for part in parts)
    pads = [[(0, 0)] * part.ndim for part in parts]
    for part, pad in zip(parts, pads, strict=True):
        pad[1 - axis] = 0, longest - part.shape[1 - axis]
    return np.concatenate([np.pad(*of) for of in zip(parts, pads, strict=True)], axis)


def contact_sheet(rows: Sequence[Tensor], gap: int = 2) -> np.ndarray:
    """Rows of pictures, each (n, C, H, W), one under the other -> uint8 sheet."""
    longest, space = max(len(row) for row in rows), np.zeros((gap, 1), np.uint8)
    return _joined([p for row in rows for p in (sheet(row, longest, gap), space)])[: -gap or None]


class Bins(NamedTuple):
    """How the values of two sets are spread over the same bins; each set's shares sum to 1."""

    edges: np.ndarray  # (n + 1,)
    first: np.ndarray  # (n,)
    second: np.ndarray  # (n,)


def shared_bins(first: Tensor, second: Tensor, count: int = 48) -> Bins:
    """Histograms of (N,) and (M,) values; the outermost bins also hold the few far beyond them."""
    ends = torch.tensor([0.002, 0.998])
    both = torch.stack([torch.quantile(values.float(), ends) for values in (first, second)])
    low, high = both[:, 0].min().item(), both[:, 1].max().item()
    edges = np.linspace(low, high if high > low else low + 1, count + 1)
    shares = (
        np.histogram(values.numpy().clip(edges[0], edges[-1]), edges)[0] / len(values)
        for values in (first, second)
    )
    return Bins(edges, *shares)


def cloud_figure(
    points: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str],
    axes: Sequence[str],
    title: str,
    marked: np.ndarray | None = None,
    home: tuple[float, float] | None = None,
) -> go.Figure:
    """Encoded points as an interactive scatter, a trace a class, to scale.

    Parameters
    ----------
    points, labels
        (N, 2 or 3) places and (N,) class numbers.
    marked
        A place (2 or 3,) to point out.
    home
        Yaw and pitch in radians (`latent.camera`) from where three dimensions are seen at first.
    """
    three = points.shape[1] == 3
    scatter = go.Scatter3d if three else go.Scattergl
    columns = ("x", "y", "z") if three else ("x", "y")
    figure = go.Figure()
    for label, (name, colour) in enumerate(zip(names, class_colours(len(names)), strict=True)):
        chosen = points[labels == label]
        places = {column: chosen[:, i].round(4) for i, column in enumerate(columns)}
        style = {"size": 2.5 if three else 4, "color": colour, "opacity": 0.75}
        figure.add_trace(scatter(mode="markers", name=name, marker=style, **places))
    if marked is not None:
        places = {column: [float(marked[i])] for i, column in enumerate(columns)}
        style = {"size": 9, "color": "black", "symbol": "cross", "line": {"color": "white"}}
        figure.add_trace(scatter(mode="markers", name="current point", marker=style, **places))
    titles = {f"{column}axis": {"title": {"text": axes[i]}} for i, column in enumerate(columns)}
    figure.update_layout(
        title=title, legend={"itemsizing": "constant"}, margin={"l": 0, "r": 0, "b": 0, "t": 48}
    )
    if three:
        figure.update_layout(scene=titles | {"aspectmode": "data"} | _seen_from(home))
    else:
        figure.update_layout(titles | {"yaxis": titles["yaxis"] | {"scaleanchor": "x"}})
    return figure


def _seen_from(home: tuple[float, float] | None) -> dict[str, Any]:
    """Plotly's camera; its own where there is none."""
    if home is None:
        return {}
    (yaw, pitch), far = home, _PLOTLY_DISTANCE
    around = far * math.cos(pitch)
    eye = {"x": around * math.cos(yaw), "y": around * math.sin(yaw), "z": far * math.sin(pitch)}
    return {"camera": {"eye": eye}}


def to_html(figure: go.Figure) -> bytes:
    """A figure as one web page that needs nothing else, not even a network."""
    return figure.to_html(include_plotlyjs=True, full_html=True).encode()
