"""Curves along a way through the latent space of molecules, as Vega-Lite draws them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vae_explorer.ui.shared import widgets

COLOURS = ("#3f90da", "#e76300", "#94a4a2")  # of curves by order; told apart in light and dark
HEIGHT, LEGEND = 190, 70  # pixels of a chart, and of the names of its curves


def curves(
    title: str,
    values: Mapping[str, Sequence[float]],
    scale: tuple[float, float] | None = None,
    first: int = 1,
) -> None:
    """One or several curves over the steps, counted from `first`; NaN leaves a gap.

    `scale` is the range of the axis; None leaves it to the figures.
    """
    rows: list[dict[str, Any]] = [
        {"step": step, "of": name, "value": float(value) if np.isfinite(value) else None}
        for name, column in values.items()
        for step, value in enumerate(column, first)
    ]
    names = list(values)
    colour = {
        "field": "of",
        "scale": {"domain": names, "range": list(COLOURS[: len(names)])},
        "legend": {"orient": "top", "title": None} if len(names) > 1 else None,
    }
    y: dict[str, Any] = {"field": "value", "type": "quantitative", "axis": {"title": None}}
    y["scale"] = {"domain": list(scale)} if scale else {"zero": False}
    spec = {
        "height": HEIGHT + (LEGEND if len(names) > 1 else 0),
        "title": {"text": title, "anchor": "start", "fontSize": 13},
        "mark": {
            "type": "line",
            "point": {"size": 40},
            "strokeWidth": 2,
            "invalid": "break-paths-show-domains",
        },
        "encoding": {
            "x": {"field": "step", "type": "quantitative", "axis": {"tickMinStep": 1}},
            "y": y,
            "color": colour,
            "tooltip": [{"field": "step"}, {"field": "of"}, {"field": "value", "format": ".2f"}],
        },
    }
    widgets.chart(spec, rows, f"{title}. " + " ".join(_said(*each) for each in values.items()))


def figure(value: float) -> str:
    """A figure with two digits; a dash where there is none."""
    return f"{value:.2f}" if np.isfinite(value) else "–"


def _said(name: str, column: Sequence[float]) -> str:
    figures = ", ".join(figure(value) for value in column)
    return f"{name}: {figures}."
