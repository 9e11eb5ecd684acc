"""Figures with a picture of their size beside each, as plain HTML: spreads and percentiles."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from vae_explorer.latent.geometry import Range
from vae_explorer.ui import html
from vae_explorer.ui.html import element

ROW = "display:grid;align-items:center;gap:8px;font-size:0.875rem;font-variant-numeric:tabular-nums"
TRACK = "position:relative;height:14px;border-radius:4px;background:#8882;overflow:hidden"
BLUE, RED = "#3f90da", "#d5352b"


class Spread(NamedTuple):
    """A coordinate's posterior."""

    name: str
    mu: float
    sigma: float | None  # None: a plain autoencoder has a code, not a spread
    extent: Range  # what the track spans
    remark: str  # beside it


class Percentile(NamedTuple):
    """How a figure compares with those of a population."""

    name: str
    value: str
    percent: float | None  # 0 to 100; None: nothing to compare with
    about: str


def spreads(rows: Sequence[Spread], height: int | None = None) -> None:
    """Mean and standard deviation of each coordinate, in as many columns as there is room for."""
    scroll = f"max-height:{height}px;overflow:auto;" if height else ""
    columns = "grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))"
    style = f"{scroll}display:grid;gap:5px 24px;{columns}"
    html.show(element("div", *map(_spread, rows), role="list", style=style))


def percentiles(rows: Sequence[Percentile], red_from: float) -> None:
    """Figures with their percentiles; from `red_from` percent on they are red."""
    lines = [_percentile(row, red_from) for row in rows]
    html.show(element("div", *lines, role="list", style="display:grid;gap:6px"))


def _spread(row: Spread) -> Markup:
    low, width = row.extent.low, max(row.extent.high - row.extent.low, 1e-9)
    zero = 100 * -low / width
    parts = [_bar(zero, 0, "currentColor", 0.35)] if 0 < zero < 100 else []
    figure = f"{row.mu:z.2f}".replace("-", "−")
    if row.sigma is not None:
        left, right = (_within(100 * (row.mu + k * row.sigma - low) / width) for k in (-1, 1))
        parts.append(_bar(left, right - left, BLUE, 0.55))
        figure += f" ± {row.sigma:.2f}"
    parts.append(_bar(_within(100 * (row.mu - low) / width), 0, BLUE, 1))
    return element(
        "div",
        element("span", row.name),
        _track(*parts),
        element("span", figure, style="text-align:right"),
        element("span", row.remark, style="text-align:right;opacity:.6"),
        role="listitem",
        style=f"{ROW};grid-template-columns:2.2rem 1fr 6.6rem 4.2rem",
    )


def _percentile(row: Percentile, red_from: float) -> Markup:
    track, percent = element("span"), ""
    if row.percent is not None:
        colour = RED if row.percent >= red_from else BLUE
        track, percent = _track(_bar(0, row.percent, colour, 0.8)), f"{row.percent:.1f} %"
    return element(
        "div",
        element("span", row.name),
        element("span", row.value, style="text-align:right"),
        track,
        element("span", percent, style="text-align:right"),
        role="listitem",
        title=row.about,
        style=f"{ROW};grid-template-columns:minmax(7rem,1.2fr) 4.5rem 1.5fr 4rem",
    )


def _track(*bars: Markup) -> Markup:
    """What bars lie on; the figures beside it say the same."""
    return element("span", *bars, aria_hidden="true", style=TRACK)


def _bar(left: float, width: float, colour: str, opacity: float) -> Markup:
    """Part of a track, in percent of its width; a hairline where it has no width."""
    where = f"position:absolute;top:0;bottom:0;left:{left:.2f}%;width:max({width:.2f}%,2px);"
    return element("span", style=f"{where}background:{colour};opacity:{opacity}")


def _within(percent: float) -> float:
    return min(max(percent, 0.0), 100.0)
