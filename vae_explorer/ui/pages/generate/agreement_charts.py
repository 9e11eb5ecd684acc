"""How often generated pictures show what they were meant to: in all, and by class."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from vae_explorer.evaluation.classes import class_judge
from vae_explorer.evaluation.classes.class_judge import Agreement, Classifier, Rate
from vae_explorer.ui import html, messages
from vae_explorer.ui.html import element
from vae_explorer.ui.shared import widgets
from vae_explorer.ui.shared.widgets import ANOMALOUS, NORMAL, QUIET

REAL = "real test pictures"


def show(
    agreement: Mapping[str, Agreement],
    classifier: Classifier,
    classes: Sequence[str],
    per_class: int,
) -> None:
    """The shares of each model by name, and those of the classifier on real pictures beside them.

    `per_class` pictures of each class were classified.
    """
    st.markdown("**Agreement: how often does a picture show the class that was asked for?**")
    summary({title: rates.total for title, rates in agreement.items()}, classifier)
    rows = [
        _row(title, classes, label, rate)
        for title, rates in ({REAL: classifier.accuracy} | dict(agreement)).items()
        for label, rate in rates.by_class.items()
    ]
    totals = "; ".join(f"{title} {rates.total}" for title, rates in agreement.items())
    widgets.chart(_spec(list(agreement)), rows, f"Agreement by class: {totals}")
    messages.note(
        f"{per_class} pictures of each class, with seeds from 0 on. "
        f"Classifier: {messages.plain(classifier.checkpoint.name)}, another model of the same "
        f"data. A picture shows the class of most of its {class_judge.NEIGHBOURS} nearest "
        f"neighbours among {len(classifier.mu):,} test pictures there. The other "
        f"{classifier.accuracy.total.trials:,} test pictures make the densities of classes, and "
        "the classifier is itself tested on them. Lines: 95 % intervals (Wilson). Agreement says "
        "that the class is right, not that the picture is good; and the models may differ in more "
        "than being given the class."
    )


def summary(rates: Mapping[str, Rate], classifier: Classifier) -> None:
    """A large figure for each model by name, and the classifier's own."""
    shown = [(title, rate, f"of {rate.trials:,} pictures") for title, rate in rates.items()]
    name, real = classifier.checkpoint.name, classifier.accuracy.total
    shown.append((f"classifier {name}", real, "right on real test pictures"))
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
    return {"model": title, "class": name, "share": rate.share, "low": low, "high": high}


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
            "xOffset": {"field": "model", "sort": None, "scale": {"paddingOuter": 0.25}},
            "color": {
                "field": "model",
                "type": "nominal",
                "sort": None,
                "scale": {"domain": [REAL, *titles], "range": colours},
                "legend": {"orient": "top", "title": None},
            },
            "tooltip": [
                {"field": "model"},
                {"field": "class"},
                {"field": "share", "format": ".1%", "title": "agreement"},
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
