"""A run's figures by epoch, as Vega-Lite charts. Takes the lines of `metrics.jsonl`."""

from collections.abc import Mapping, Sequence

import streamlit as st

from vae_explorer.ui.shared import widgets

MOST_COLUMNS = 80  # of the KL picture: more epochs than can be told apart are thinned out
EPOCH = {"field": "epoch", "type": "quantitative", "axis": {"tickMinStep": 1, "title": "epoch"}}
NATS = {
    "field": "nats",
    "type": "quantitative",
    "scale": {"zero": False},  # late epochs differ by little
    "axis": {"title": None},
}
LINES = {"height": 250, "mark": {"type": "line", "point": False, "strokeWidth": 2}}
SPLITS = {
    "field": "split",
    "scale": {"domain": ["train", "validation"], "range": ["#94a4a2", "#3f90da"]},
    "legend": {"orient": "top", "title": None},
}
RUNS = {"field": "run", "legend": {"orient": "top", "title": None}}
CELLS = {
    "mark": {"type": "rect"},
    "encoding": {
        "x": {
            "field": "epoch",
            "type": "ordinal",
            "axis": {"labelOverlap": True, "title": "epoch"},
        },
        "y": {
            "field": "coordinate",
            "type": "ordinal",
            "sort": None,
            "axis": {"labelOverlap": False, "title": None},
        },
        "color": {
            "field": "nats",
            "type": "quantitative",
            "scale": {"scheme": "viridis", "domainMin": 0},
            "legend": {"title": "nats"},
        },
        "tooltip": [
            {"field": "coordinate"},
            {"field": "epoch"},
            {"field": "nats", "format": ".3f"},
        ],
    },
}


def settled(lines: Sequence[dict]) -> Sequence[dict]:
    """Without the first epochs: the fall from the random start would flatten all the rest."""
    return lines[len(lines) // 20 :]


def losses(lines: Sequence[dict], term: str, title: str) -> None:
    """One term of the loss over the epochs, on training and validation data."""
    rows = [
        {"epoch": line["epoch"], "nats": line[split][term], "split": split}
        for line in settled(lines)
        for split in ("train", "validation")
    ]
    st.markdown(f"**{title}**")
    widgets.chart(
        LINES | {"encoding": {"x": EPOCH, "y": NATS, "color": SPLITS}}, rows, f"{title} by epoch"
    )


def compare(runs: Mapping[str, Sequence[dict]]) -> None:
    """The validation loss of several runs in one picture."""
    rows = [
        {"epoch": line["epoch"], "nats": line["validation"]["loss"], "run": name}
        for name, lines in runs.items()
        for line in settled(lines)
    ]
    alt = f"Validation loss by epoch of {', '.join(runs)}"
    widgets.chart(
        LINES | {"height": 300, "encoding": {"x": EPOCH, "y": NATS, "color": RUNS}}, rows, alt
    )


def kl_by_coordinate(lines: Sequence[dict]) -> None:
    """Which coordinates carry how much, epoch by epoch: a dark row is a coordinate unused."""
    step = -(-len(lines) // MOST_COLUMNS)
    shown = [line for line in lines if (line["epoch"] - lines[-1]["epoch"]) % step == 0]
    rows = [
        {"epoch": line["epoch"], "coordinate": f"z{number}", "nats": nats}
        for line in shown
        for number, nats in enumerate(line["kl_per_dimension"], start=1)
    ]
    count = len(lines[-1]["kl_per_dimension"])
    st.markdown("**KL by coordinate, validation**")
    widgets.chart(CELLS | {"height": 90 + 14 * min(count, 32)}, rows, "KL by coordinate and epoch")
