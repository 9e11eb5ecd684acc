"""Joins JavaScript modules into the one text that Streamlit takes for a component."""

import functools
import re
from pathlib import Path

HERE = Path(__file__).parent
CLOUD = (
    "channel.js",
    "unpack.js",
    "camera.js",
    "geometry.js",
    "raster.js",
    "box.js",
    "paint.js",
    "page.js",
    "input.js",
    "memory.js",
    "points.js",
    "view.js",
)
MODULES = {
    "cloud": (*CLOUD, "cloud.js"),
    "mark": ("channel.js", "mark.js"),
    "wire": ("channel.js", "wire.js"),
}
IMPORT = re.compile(r'^import [^;]*? from "\./[^"]+";\n', flags=re.M)
EXPORT = re.compile(r"^export (?!default)", flags=re.M)


@functools.cache
def javascript(component: str) -> str:
    """The text of a component of `MODULES`, whose last module is the entry.

    Imports of each other and the word `export` go, so all their top-level names share one scope.
    """
    *inner, entry = [IMPORT.sub("", _read(name)) for name in MODULES[component]]
    return "\n".join([*(EXPORT.sub("", text) for text in inner), entry])


def css(component: str) -> str | None:
    """The style sheet of a component, where it has one."""
    name = f"{component}.css"
    return _read(name) if (HERE / name).exists() else None


def _read(name: str) -> str:
    return (HERE / name).read_text("utf-8")
