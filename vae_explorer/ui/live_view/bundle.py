"""Joins JavaScript modules into the one text that Streamlit takes for a component."""

import functools
import json
import posixpath
import re
from pathlib import Path

HERE = Path(__file__).parent
COMPONENTS = (
    "cloud",
    "explorer",
    "mark",
    "offline",
    "replay",
    "wire",
)  # each has its entry in the module of its name; "offline" is that of a page without a server
STYLES = {
    "cloud": ("cloud.css",),
    "explorer": ("cloud.css", "controls.css", "explorer.css"),
    "offline": ("offline.css", "cloud.css", "controls.css", "explorer.css"),
    "replay": ("cloud.css", "controls.css", "replay.css"),
}
WORKER, WORKER_TEXT = "decoder/slice_worker.js", "decoder/worker_text.js"
IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[^"]+)";\n', flags=re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) (\w+))", flags=re.M)


@functools.cache
def javascript(component: str) -> str:
    """The text of a component: its entry behind all modules that it needs.

    Each module becomes a function that is called once and gives what it exports.
    """
    *inner, entry = modules(f"{component}.js")
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


def css(component: str) -> str | None:
    """The style sheet of a component, where it has one."""
    sheets = STYLES.get(component)
    return "\n".join(map(_read, sheets)) if sheets else None


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
    return (HERE / name).read_text("utf-8")
