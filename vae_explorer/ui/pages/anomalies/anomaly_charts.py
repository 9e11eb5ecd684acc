"""The anomaly lab's charts: two populations with a threshold, and the curves of all scores."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vae_explorer import figures
from vae_explorer.evaluation.anomaly_detection import Curves
from vae_explorer.evaluation.anomaly_populations import Flagged
from vae_explorer.ui import html
from vae_explorer.ui.html import Markup, element
from vae_explorer.ui.shared import widgets
from vae_explorer.ui.shared.anomaly_comparison import TITLES
from vae_explorer.ui.shared.widgets import ANOMALOUS, NORMAL, QUIET

THIN_POINTS = 100  # of a curve in the background
NO_TITLE = {"title": None}


def _only(kind: str) -> list[dict[str, str]]:
    return [{"filter": f"datum.kind == '{kind}'"}]


HISTOGRAM: dict[str, Any] = {
    "height": 230,
    "layer": [
        {
            "transform": _only("bin"),
            "mark": {"type": "bar", "opacity": 0.62, "binSpacing": 0},
            "encoding": {
                "x": {
                    "field": "low",
                    "type": "quantitative",
                    "bin": {"binned": True},
                    "scale": {"zero": False, "nice": False},
                    "axis": {"title": None, "grid": False, "tickCount": 8},
                },
                "x2": {"field": "high"},
                "y": {
                    "field": "share",
                    "type": "quantitative",
                    "stack": None,
                    "axis": {"title": None, "format": "%", "tickCount": 4},
                },
                "color": {
                    "field": "population",
                    "type": "nominal",
                    "scale": {"domain": ["normal", "anomalies"], "range": [NORMAL, ANOMALOUS]},
                    "legend": {"orient": "top", "title": None},
                },
                "tooltip": [
                    {"field": "population", "title": "of"},
                    {"field": "low", "format": ".4~g", "title": "score from"},
                    {"field": "high", "format": ".4~g", "title": "to"},
                    {"field": "share", "format": ".1%"},
                ],
            },
        },
        {
            "transform": _only("threshold"),
            "mark": {"type": "rule", "color": "#888", "strokeWidth": 2, "strokeDash": [5, 4]},
            "encoding": {"x": {"field": "low", "type": "quantitative"}},
        },
        {
            "transform": _only("threshold"),
            "mark": {"type": "text", "color": "#888", "align": "left", "dx": 6, "dy": 8},
            "encoding": {
                "x": {"field": "low", "type": "quantitative"},
                "y": {"value": 0},
                "text": {"value": "flagged →"},
            },
        },
    ],
}


def _curve(x: str, y: str) -> dict[str, Any]:
    """The spec of a chart of curves within the unit square."""

    def axis(field: str, title: str) -> dict[str, Any]:
        return {
            "field": field,
            "type": "quantitative",
            "scale": {"domain": [0, 1]},
            "axis": {"title": title, "format": "%", "tickCount": 5},
        }

    def line(kind: str, **mark: Any) -> dict[str, Any]:
        return {
            "transform": _only(kind),
            "mark": {"type": "line", "interpolate": "linear", **mark},
            "encoding": {"order": {"field": "n"}, "detail": {"field": "score"}},
        }

    tips = [{"field": "score"}, {"field": "y", "title": y, "format": ".1%"}]
    tips.insert(1, {"field": "x", "title": x, "format": ".1%"})
    return {
        "height": 280,
        "encoding": {"x": axis("x", x), "y": axis("y", y), "tooltip": tips},
        "layer": [
            line("chance", color=QUIET, strokeWidth=1, strokeDash=[3, 4]),
            line("other", color=QUIET, strokeWidth=1.2, opacity=0.55),
            line("chosen", color=ANOMALOUS, strokeWidth=3),
            {
                "transform": _only("at"),
                "mark": {
                    "type": "point",
                    "size": 110,
                    "filled": True,
                    "color": ANOMALOUS,
                    "stroke": "white",
                    "strokeWidth": 2,
                    "opacity": 1,
                },
            },
        ],
    }


ROC = _curve("false alarms: normal pictures flagged", "anomalies flagged")
PRECISION = _curve("recall: anomalies flagged", "precision")


def summary(curve: Curves, flagged: Flagged, noun: str = "picture") -> None:
    """The figures of a score, and of the threshold."""
    shown = (
        ("AUROC", f"{curve.auroc:.3f}", f"95 %: {curve.auroc_low:.3f} – {curve.auroc_high:.3f}"),
        ("Average precision", f"{curve.average_precision:.3f}", "over all thresholds"),
        ("Anomalies flagged", f"{flagged.anomalous:.1%}", f"threshold {flagged.threshold:.4g}"),
        ("False alarms", f"{flagged.normal:.1%}", f"normal {noun}s flagged"),
    )
    cells = [
        element(
            "div",
            element("div", title, style="font-size:0.875rem"),
            element("div", figure, style="font-size:1.75rem;line-height:1.3"),
            element("div", remark, style="font-size:0.8rem;opacity:.6"),
        )
        for title, figure, remark in shown
    ]
    look = "display:grid;gap:12px 24px;margin:4px 0 8px;font-variant-numeric:tabular-nums;"
    look += "grid-template-columns:repeat(auto-fit,minmax(150px,1fr))"
    html.show(element("div", *cells, class_="lab-summary", style=look))


def histogram(bins: figures.Bins, title: str, flagged: Flagged, noun: str = "picture") -> None:
    """Both populations over a score of this title, and the threshold."""
    rows = [
        {"kind": "bin", "population": title, "low": low, "high": high, "share": share}
        for title, shares in (("normal", bins.first), ("anomalies", bins.second))
        for low, high, share in zip(bins.edges[:-1], bins.edges[1:], shares, strict=True)
    ]
    rows.append({"kind": "threshold", "population": "normal", "low": flagged.threshold})
    alt = (
        f"Histograms of {title} for normal {noun}s and anomalies, threshold at "
        f"{flagged.threshold:.4g}: {flagged.normal:.1%} of the normal and "
        f"{flagged.anomalous:.1%} of the anomalies lie above it"
    )
    widgets.chart(HISTOGRAM, rows, alt)


def roc(curves: Mapping[str, Curves], chosen: str, flagged: Flagged) -> None:
    """Receiver operating characteristics of all scores, and where the threshold stands."""
    rows = _rows({name: (c.fpr, c.tpr) for name, c in curves.items()}, chosen)
    rows += [{"kind": "chance", "score": "chance", "n": n, "x": n, "y": n} for n in (0, 1)]
    rows.append(_at_threshold(chosen, flagged.normal, flagged.anomalous))
    widgets.chart(ROC, rows, f"ROC curves of all scores, {TITLES[chosen]} in bold")


def precision_recall(curves: Mapping[str, Curves], chosen: str, flagged: Flagged) -> None:
    """Precision over recall of all scores, and where the threshold stands."""
    rows = _rows({name: (c.recall, c.precision) for name, c in curves.items()}, chosen)
    rows.append(_at_threshold(chosen, flagged.anomalous, flagged.precision))
    widgets.chart(
        PRECISION, rows, f"Precision-recall curves of all scores, {TITLES[chosen]} in bold"
    )


def _rows(lines: Mapping[str, tuple[np.ndarray, np.ndarray]], chosen: str) -> list[dict[str, Any]]:
    rows = []
    for name, (xs, ys) in lines.items():
        step = 1 if name == chosen else max(1, len(xs) // THIN_POINTS)
        points = [*zip(xs[::step], ys[::step], strict=True), (xs[-1], ys[-1])]
        kind = "chosen" if name == chosen else "other"
        rows += [
            {"kind": kind, "score": TITLES[name], "n": n, "x": float(x), "y": float(y)}
            for n, (x, y) in enumerate(points)
        ]
    return rows


def _at_threshold(chosen: str, x: float, y: float) -> dict[str, Any]:
    return {"kind": "at", "score": f"{TITLES[chosen]}, threshold", "n": 0, "x": x, "y": y}


CELL = "padding:3px 0 3px 14px;text-align:right;font-variant-numeric:tabular-nums"
PALE = "opacity:.65"
NARROW = Markup("@media (max-width: 640px) { .lab-wide { display: none } }")


def table(curves: Mapping[str, Curves], chosen: str, titles: Mapping[str, str] = TITLES) -> None:
    """Every score's AUROC with its interval, as figures and as a bar away from chance."""
    ordered = sorted(curves.items(), key=lambda pair: -pair[1].auroc)
    rows = [_table_row(titles[name], curve, bold=name == chosen) for name, curve in ordered]
    heads = [_head("AUROC"), _head("95 %"), _head("average precision", class_="lab-wide")]
    head = element("tr", element("td"), element("td"), *heads)
    look = "width:100%;font-size:0.875rem;border-collapse:collapse"
    html.show(
        element("style", NARROW),
        element("table", head, *rows, class_="lab-scores", style=look),
    )


def _head(title: str, **attributes: str) -> Markup:
    return element(
        "th", element("span", title, style=f"font-weight:400;{PALE}"), style=CELL, **attributes
    )


def _table_row(title: str, curve: Curves, bold: bool) -> Markup:
    interval = f"{curve.auroc_low:.3f} – {curve.auroc_high:.3f}"
    return element(
        "tr",
        element("td", title, style="padding:3px 14px 3px 0"),
        element("td", _bar(curve), style="width:40%;min-width:56px"),
        element("td", f"{curve.auroc:.3f}", style=CELL),
        element("td", element("span", interval, style=f"{PALE};white-space:nowrap"), style=CELL),
        element("td", f"{curve.average_precision:.3f}", class_="lab-wide", style=CELL),
        style=f"font-weight:{600 if bold else 400}",
    )


def _bar(curve: Curves) -> Markup:
    """From chance, the middle, towards 1 on the right, or the wrong way, towards 0."""
    start, end = sorted((50.0, 100 * curve.auroc))
    colour = NORMAL if curve.auroc >= 0.5 else ANOMALOUS
    share = f"left:{start:.1f}%;width:{end - start:.1f}%;background:{colour};border-radius:2px"
    return element(
        "div",
        element("div", style=f"position:absolute;top:0;bottom:0;{share}"),
        element(
            "div",
            style="position:absolute;top:-2px;bottom:-2px;left:50%;width:1px;background:#888",
        ),
        style="position:relative;height:10px;background:#8882;border-radius:5px",
    )
