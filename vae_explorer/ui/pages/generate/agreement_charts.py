"""How often generated pictures show what they were meant to: in all, and by class."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from vae_explorer.evaluation import class_judge
from vae_explorer.evaluation.class_judge import Hits, Judge, Rate
from vae_explorer.ui import html, messages
from vae_explorer.ui.html import element
from vae_explorer.ui.shared import widgets
from vae_explorer.ui.shared.widgets import ANOMALOUS, NORMAL, QUIET

REAL = "real test pictures"


def show(found: Mapping[str, Hits], judge: Judge, classes: Sequence[str], per_class: int) -> None:
    """The shares of each model by name, and those of the judge on real pictures beside them."""
    name = messages.plain(judge.checkpoint.name)
    st.markdown("**How often does it show the class that was asked for?**")
    summary({title: hits.total for title, hits in found.items()}, judge)
    rows = [
        _row(title, classes, label, rate)
        for title, hits in ({REAL: judge.real} | dict(found)).items()
        for label, rate in hits.by_class.items()
    ]
    alt = "Share of hits by class: " + "; ".join(f"{t} {h.total}" for t, h in found.items())
    widgets.chart(_spec(list(found)), rows, alt)
    half = judge.real.total.count
    messages.note(
        f"{per_class} pictures of each class, seeds counted on from 0. Judge: {name}, another "
        f"model of the same data; a picture shows the class of most of its "
        f"{class_judge.NEIGHBOURS} nearest among {len(judge.mu):,} test pictures "
        f"there. Class densities are made of the other {half:,} test pictures, on which the judge "
        "itself is put to the test. Lines: 95 % "
        "intervals of Wilson. A hit says that the class is right, not that the picture is good; "
        "and the models may differ in more than in what they are told."
    )


def summary(rates: Mapping[str, Rate], judge: Judge) -> None:
    """A large figure for each, and the judge's own."""
    shown = [(title, rate, f"of {rate.count:,} pictures") for title, rate in rates.items()]
    shown.append(
        (f"judge {judge.checkpoint.name}", judge.real.total, "right on real test pictures")
    )
    cells = [
        element(
            "div",
            element("div", title, style="font-size:0.875rem"),
            element("div", f"{100 * rate.share:.1f} %", style="font-size:1.75rem;line-height:1.3"),
            element("div", f"{_interval(rate)} {remark}", style="font-size:0.8rem;opacity:.6"),
        )
        for title, rate, remark in shown
    ]
    look = "display:grid;gap:12px 24px;margin:4px 0 8px;font-variant-numeric:tabular-nums;"
    look += "grid-template-columns:repeat(auto-fit,minmax(200px,1fr))"
    html.show(element("div", *cells, class_="agreement-summary", style=look))


def _interval(rate: Rate) -> str:
    low, high = (100 * end for end in rate.interval)
    return f"{low:.1f} – {high:.1f} %"


def _row(title: str, classes: Sequence[str], label: int, rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    name = classes[label] if label < len(classes) else str(label)
    return {"maker": title, "class": name, "share": rate.share, "low": low, "high": high}


def _spec(titles: list[str]) -> dict[str, Any]:
    colours = [QUIET, *(NORMAL, ANOMALOUS)[: len(titles)]]
    share = {"type": "quantitative", "scale": {"zero": False}}
    return {
        "height": 240,
        "encoding": {
            "x": {
                "field": "class",
                "type": "nominal",
                "sort": None,
                "axis": {"title": "class asked for", "labelAngle": 0},
            },
            "xOffset": {"field": "maker", "sort": None, "scale": {"paddingOuter": 0.25}},
            "color": {
                "field": "maker",
                "type": "nominal",
                "sort": None,
                "scale": {"domain": [REAL, *titles], "range": colours},
                "legend": {"orient": "top", "title": None},
            },
            "tooltip": [
                {"field": "maker", "title": "by"},
                {"field": "class"},
                {"field": "share", "format": ".1%", "title": "hits"},
                {"field": "low", "format": ".1%", "title": "95 % from"},
                {"field": "high", "format": ".1%", "title": "to"},
            ],
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "y": share | {"field": "low", "axis": {"title": None, "format": "%"}},
                    "y2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"y": share | {"field": "share"}},
            },
        ],
    }
