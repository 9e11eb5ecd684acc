"""The charts of Compare: rate against distortion, and what each coordinate carries."""

from collections.abc import Collection, Sequence
from typing import Any

from vae_explorer.evaluation.model_comparison import Point
from vae_explorer.ui.pages.compare.compared_models import Coordinate
from vae_explorer.ui.shared import widgets

CHOSEN, QUIET = "#e76300", "#94a4a2"
LEVEL = 10  # nats of −ELBO from line to line
MOST_BARS = 32
ROOM = 0.12  # of the extent of the points, around them
WIDTH, HEIGHT = 380, 400  # pixels of a narrow plane, in which names must not meet
LETTER, LINE = 5.8, 13  # pixels of a name
PLACES = (  # of a name beside its point, the best first: alignment, pixels right and down
    ("left", 9, 0),
    ("right", -9, 0),
    ("left", 9, -12),
    ("left", 9, 12),
    ("right", -9, -12),
    ("right", -9, 12),
    ("left", 9, -24),
    ("left", 9, 24),
)


def rate_distortion(points: Sequence[Point], chosen: Collection[str]) -> None:
    """All models in one picture; those `chosen`, by name, stand out."""
    rated = [(point, point.rate) for point in points if point.rate is not None]
    if not rated:
        return
    x = (0.0, max(rate for _, rate in rated) * (1 + 2 * ROOM))
    low, high = (f(point.distortion for point in points) for f in (min, max))
    room = max(ROOM * (high - low), LEVEL - (high - low) / 2)  # two lines at least are in sight
    y = (low - room, high + room)
    ordered = sorted(points, key=lambda point: point.name not in chosen)  # they choose first
    rows = [_row(point, point.name in chosen) for point in ordered]
    _place_names(rows, x, y)
    places = ", ".join(f"{p.name} at {rate:.1f} and {p.distortion:.1f}" for p, rate in rated)
    widgets.chart(
        _plane(x, y) | {"height": HEIGHT},
        _levels(x, y) + rows,
        f"Reconstruction against KL in nats: {places}",
    )


def _levels(x: tuple[float, float], y: tuple[float, float]) -> list[dict[str, Any]]:
    """Lines of equal −ELBO, each from where it enters the picture, there with its name."""
    rows = []
    first = int((x[0] + y[0]) // LEVEL + 1) * LEVEL
    levels = range(first, int(x[1] + y[1]) + 1, LEVEL)
    for level in levels:
        start, end = max(x[0], level - y[1]), min(x[1], level - y[0])
        rows += [
            {"what": "level", "level": level, "kl": kl, "reconstruction": level - kl}
            for kl in (start, end)
        ]
        name = f"−ELBO {level}" if level == levels[-1] else str(level)
        rows.append({"what": "name", "text": name, "kl": start, "reconstruction": level - start})
    return rows


def _row(point: Point, chosen: bool) -> dict[str, Any]:
    bare = point.rate is None
    return {
        "what": "bare" if bare else "model",
        "model": f"{point.name} (no KL)" if bare else point.name,
        "kind": point.kind,
        "kl": 0.0 if bare else point.rate,
        "reconstruction": point.distortion,
        "bound": None if point.rate is None else point.rate + point.distortion,
        "colour": CHOSEN if chosen else QUIET,
    }


def _place_names(
    rows: list[dict[str, Any]], x: tuple[float, float], y: tuple[float, float]
) -> None:
    """Say where each name stands so that it meets no other name and no point."""

    def pixel(row: dict[str, Any]) -> tuple[float, float]:
        right = (row["kl"] - x[0]) / (x[1] - x[0])
        return WIDTH * right, HEIGHT * (y[1] - row["reconstruction"]) / (y[1] - y[0])

    taken = [(px - 5, py - 5, px + 5, py + 5) for px, py in map(pixel, rows)]
    for row in (row for row in rows if row["what"] == "model"):
        (px, py), length = pixel(row), LETTER * len(row["model"])
        boxes = []
        for align, dx, dy in PLACES:
            left = px + dx - (length if align == "right" else 0)
            boxes.append((left, py + dy - LINE / 2, left + length, py + dy + LINE / 2))
        clashes = [
            sum(_overlap(box, other) for other in taken) + 3 * (box[0] < -8 or box[2] > WIDTH + 40)
            for box in boxes
        ]
        best = clashes.index(min(clashes))
        taken.append(boxes[best])
        row["align"], row["dx"], row["dy"] = PLACES[best]


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _only(what: str) -> list[dict[str, str]]:
    return [{"filter": f"datum.what == '{what}'"}]


def _axis(field: str, title: str, domain: tuple[float, float]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": domain, "nice": False, "zero": False},
        "axis": {"title": title, "grid": False, "tickCount": 7},
    }


def _plane(x: tuple[float, float], y: tuple[float, float]) -> dict[str, Any]:
    colour = {"field": "colour", "type": "nominal", "scale": None}
    line = {"type": "line", "color": QUIET, "strokeWidth": 1, "strokeDash": [3, 4], "opacity": 0.7}
    faint = {"type": "text", "color": QUIET, "align": "left", "dx": 4, "dy": 13, "fontSize": 10}
    name = {"type": "text", "baseline": "middle", "fontWeight": 600, "fontSize": 10.5}
    tips = [
        {"field": "model"},
        {"field": "kind"},
        {"field": "kl", "title": "KL", "format": ".2f"},
        {"field": "reconstruction", "format": ".2f"},
        {"field": "bound", "title": "−ELBO", "format": ".2f"},
    ]
    return {
        "encoding": {
            "x": _axis("kl", "rate: KL, nats", x),
            "y": _axis("reconstruction", "distortion: reconstruction, nats", y),
        },
        "layer": [
            {
                "transform": _only("level"),
                "mark": line,
                "encoding": {"detail": {"field": "level"}},
            },
            {
                "transform": _only("name"),
                "mark": faint,
                "encoding": {"text": {"field": "text"}},
            },
            {
                "transform": _only("bare"),
                "mark": {"type": "rule", "strokeDash": [8, 4]},
                "encoding": {"x": {"value": 0}, "x2": {"value": "width"}, "color": colour},
            },
            {
                "transform": _only("model"),
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"color": colour, "tooltip": tips},
            },
            {
                "transform": _only("model"),
                "mark": name | {key: {"expr": f"datum.{key}"} for key in ("align", "dx", "dy")},
                "encoding": {"text": {"field": "model"}, "color": colour},
            },
            {
                "transform": _only("bare"),
                "mark": name | {"align": "right", "dx": -4, "dy": -8},
                "encoding": {
                    "x": {"value": "width"},
                    "text": {"field": "model"},
                    "color": colour,
                },
            },
        ],
    }


def coordinates(name: str, carried: Sequence[Coordinate], entropy: float, most: float) -> None:
    """What each coordinate of a model carries, up to `most` nats, and the class's entropy."""
    shown = carried[:MOST_BARS]
    rows = [
        {"n": n, "coordinate": c.name, "KL": c.kl_nats, "class": c.class_nats}
        for n, c in enumerate(shown)
    ]
    figures = ", ".join(
        f"{c.name} {'' if c.kl_nats is None else f'KL {c.kl_nats:.2f}, '}class {c.class_nats:.2f}"
        for c in shown[:8]
    )
    has_kl = any(c.kl_nats is not None for c in shown)
    widgets.chart(_bars(entropy, most, has_kl), rows, f"Nats by coordinate of {name}: {figures}")


def _bars(entropy: float, most: float, has_kl: bool) -> dict[str, Any]:
    def bar(field: str, **mark: Any) -> dict[str, Any]:
        y = {
            "field": field,
            "type": "quantitative",
            "scale": {"domain": [0, most]},
            "axis": {"title": "nats", "tickCount": 5},
        }
        return {"mark": {"type": "bar", "color": CHOSEN, **mark}, "encoding": {"y": y}}

    return {
        "height": 190,
        "encoding": {
            "x": {
                "field": "coordinate",
                "type": "nominal",
                "sort": {"field": "n"},
                "axis": {"title": None, "labelAngle": 0, "labelOverlap": True},
            },
            "tooltip": [
                {"field": "coordinate"},
                {"field": "KL", "format": ".3f"},
                {"field": "class", "title": "about the class", "format": ".3f"},
            ],
        },
        "layer": [
            *([bar("KL", opacity=0.3)] if has_kl else []),  # no group of marks without any
            bar("class", width={"band": 0.45}),
            {
                "mark": {"type": "rule", "color": QUIET, "strokeDash": [3, 4], "aria": False},
                "encoding": {"y": {"datum": entropy}, "x": None, "tooltip": None},
            },
        ],
    }
