"""Joins JavaScript modules into the one text that Streamlit takes for a component."""

import functools
import json
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

COMPONENT_FOLDER = Path(__file__).parents[1]
COMPONENTS = {  # the module with the entry, and the style sheets, as paths from this folder
    "cloud": ("live_view/entries/cloud.js", "live_view/styles/cloud.css"),
    "explorer": (
        "live_view/entries/explorer.js",
        "live_view/styles/cloud.css",
        "browser/controls.css",
        "live_view/styles/explorer.css",
    ),
    "mark": ("live_view/entries/mark.js",),
    "wire": ("live_view/entries/place_sync.js",),
    "replay": (
        "live_view/entries/replay.js",
        "live_view/styles/cloud.css",
        "browser/controls.css",
        "live_view/styles/replay.css",
    ),
    "offline": (
        "live_view/entries/offline.js",
        "live_view/styles/offline.css",
        "live_view/styles/cloud.css",
        "browser/controls.css",
        "live_view/styles/explorer.css",
    ),
    "pad": ("pad/pad.js", "browser/controls.css", "pad/pad.css"),
    "paste": ("pad/paste.js", "browser/controls.css", "pad/pad.css"),
    "model": ("network/model.js",),
    "wall": ("wall/wall.js", "browser/controls.css", "wall/wall.css"),
    "player": (
        "player/player.js",
        "browser/controls.css",
        "live_view/styles/replay.css",
        "player/player.css",
    ),
    "picker": ("picker/picker.js", "picker/picker.css"),
    "score_table": ("score_table/score_table.js", "score_table/score_table.css"),
}  # "offline" is that of a page without a server
WORKER, WORKER_TEXT = "live_view/slice/slice_worker.js", "live_view/slice/worker_text.js"
IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[^"]+)";\n', flags=re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) (\w+))", flags=re.M)


@functools.cache
def component(name: str) -> Callable[..., Any]:
    """Declare a component to Streamlit, once in a process."""
    return st.components.v2.component(
        f"vae_explorer_{name}", js=javascript(name), css=css(name) or None
    )


@functools.cache
def javascript(component: str) -> str:
    """The text of a component: its entry behind all modules that it needs.

    Each module becomes a function that is called once and gives what it exports.
    """
    *inner, entry = modules(COMPONENTS[component][0])
    return "\n".join(["const modules = {};", *map(_called, inner), _linked(entry)])


def modules(entry: str) -> list[str]:
    """A module behind all those it imports, by path from this folder, each of them once."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        for _, imported in IMPORT.findall(_read(name)):
            if (path := _path(name, imported)) not in found:
                visit(path)
        found[name] = None

    visit(entry)
    return list(found)


def css(component: str) -> str:
    """The style sheets of a component in one; "" where it has none."""
    _, *sheets = COMPONENTS[component]
    return "\n".join(map(_read, sheets))


def _called(name: str) -> str:
    """A module as an entry of `modules`."""
    names, text = ", ".join(EXPORT.findall(_read(name))), EXPORT.sub("", _linked(name))
    return f'modules["{name}"] = (() => {{\n{text}return {{ {names} }};\n}})();'


def _linked(name: str) -> str:
    """A module whose imports look into `modules`."""
    text = IMPORT.sub(lambda m: f'const {m[1]} = modules["{_path(name, m[2])}"];\n', _read(name))
    if name == WORKER_TEXT:
        worker = "\n".join(["const modules = {};", *map(_called, modules(WORKER))])
        text = text.replace('WORKER_TEXT = ""', f"WORKER_TEXT = {json.dumps(worker)}")
    return text


def _path(name: str, imported: str) -> str:
    """The path of a module that another imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), imported))


@functools.cache
def _read(name: str) -> str:
    return (COMPONENT_FOLDER / name).read_text("utf-8")
