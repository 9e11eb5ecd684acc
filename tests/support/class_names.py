"""The names of classes in a cloud, as a browser has written them."""

import json
from typing import Any


def written(canvas: Any) -> list[str]:
    """Those that are written in the cloud of a canvas (a Playwright locator)."""
    return [name["text"] for name in json.loads(canvas.get_attribute("data-names"))]


def collisions(canvas: Any) -> list[str]:
    """Those that lie on another one, or on what names keep off."""
    names = json.loads(canvas.get_attribute("data-names"))
    taken = json.loads(canvas.get_attribute("data-taken"))
    boxes = [name["box"] for name in names]
    return [
        name["text"]
        for i, name in enumerate(names)
        if any(_meet(name["box"], other) for other in [*boxes[:i], *boxes[i + 1 :], *taken])
    ]


def _meet(one: list[float], other: list[float]) -> bool:
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]
