"""Figures with a picture of their size beside each, as plain HTML: spreads and percentiles."""

import html
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from vae_explorer.latent.geometry import Range

ROW = "display:grid;align-items:center;gap:8px;font-size:0.875rem;font-variant-numeric:tabular-nums"
TRACK = "position:relative;height:14px;border-radius:4px;background:#8882;overflow:hidden"
CALM, LOUD = "#3f90da", "#d5352b"


class Spread(NamedTuple):
    """A coordinate's posterior."""

    name: str
    mu: float
    sigma: float | None  # None: the model knows one place, not a spread
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
    lines = "".join(map(_spread, rows))
    scroll = f"max-height:{height}px;overflow:auto;" if height else ""
    st.html(
        f'<div role="list" style="{scroll}display:grid;gap:5px 24px;'
        f'grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))">{lines}</div>'
    )


def percentiles(rows: Sequence[Percentile], loud: float) -> None:
    """Figures with their percentiles; from `loud` on they stand out."""
    lines = "".join(_percentile(row, loud) for row in rows)
    st.html(f'<div role="list" style="display:grid;gap:6px">{lines}</div>')


def _spread(row: Spread) -> str:
    low, width = row.extent.low, max(row.extent.high - row.extent.low, 1e-9)
    middle = _within(100 * (row.mu - low) / width)
    zero = 100 * -low / width
    bar = ""
    if row.sigma is not None:
        left, right = (_within(100 * (row.mu + k * row.sigma - low) / width) for k in (-1, 1))
        bar = _bar(left, right - left, CALM, 0.55)
    marks = _bar(zero, 0, "currentColor", 0.35) if 0 < zero < 100 else ""
    figure = f"{row.mu:z.2f}".replace("-", "−")
    figure += "" if row.sigma is None else f" ± {row.sigma:.2f}"
    return (
        f'<div role="listitem" style="{ROW};grid-template-columns:2.2rem 1fr 6.6rem 4.2rem">'
        f"<span>{html.escape(row.name)}</span>"
        f'<span style="{TRACK}" aria-hidden="true">{marks}{bar}{_bar(middle, 0, CALM, 1)}</span>'
        f'<span style="text-align:right">{figure}</span>'
        f'<span style="text-align:right;opacity:.6">{html.escape(row.remark)}</span></div>'
    )


def _percentile(row: Percentile, loud: float) -> str:
    track, said = "<span></span>", ""
    if row.percent is not None:
        colour = LOUD if row.percent >= loud else CALM
        track = (
            f'<span style="{TRACK}" aria-hidden="true">{_bar(0, row.percent, colour, 0.8)}</span>'
        )
        said = f"{row.percent:.1f} %"
    return (
        f'<div role="listitem" title="{html.escape(row.about)}" '
        f'style="{ROW};grid-template-columns:minmax(7rem,1.2fr) 4.5rem 1.5fr 4rem">'
        f"<span>{html.escape(row.name)}</span>"
        f'<span style="text-align:right">{html.escape(row.value)}</span>{track}'
        f'<span style="text-align:right">{said}</span></div>'
    )


def _bar(left: float, width: float, colour: str, opacity: float) -> str:
    """Part of a track, in percent of its width; a hairline where it has no width."""
    return (
        f'<span style="position:absolute;top:0;bottom:0;left:{left:.2f}%;'
        f'width:max({width:.2f}%,2px);background:{colour};opacity:{opacity}"></span>'
    )


def _within(percent: float) -> float:
    return min(max(percent, 0.0), 100.0)
