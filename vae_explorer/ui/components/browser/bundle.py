"""Joins JavaScript modules into the one text that Streamlit takes for a component.

Streamlit hands `js=` to the browser as a blob, where `import` of a path finds nothing, and serves
files only of an installed package that declares them. A bundler would bring native code or Node to
every person, as a clone runs without any step before it, and joined files in the repository would
be a second copy that goes stale. The page for disk is one script with a hash and a worker as text,
so joining is needed in any case. What modules.py knows of modules is little, and it refuses the
rest; tests compare it with what Node makes of the same files.
"""

import functools
import json
import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components import v2

from vae_explorer.ui.components.browser.modules import BundleError, Module, read_module

COMPONENT_FOLDER = Path(__file__).parents[1]
COMPONENTS = {  # the module with the entry, and the style sheets, as paths from this folder
    "cloud": ("live_view/entries/cloud.js", "live_view/styles/cloud.css"),
    "explorer": (
        "live_view/entries/explorer.js",
        "live_view/styles/cloud.css",
        "browser/controls.css",
        "live_view/styles/explorer.css",
        "live_view/styles/structure.css",
        "pipeline/pipeline.css",
        "live_view/styles/selection.css",
    ),
    "mark": ("live_view/entries/mark.js",),
    "place_sync": ("live_view/entries/place_sync.js",),
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
        "pipeline/pipeline.css",
        "live_view/styles/selection.css",
    ),
    "widget": (
        "live_view/entries/widget.js",
        "live_view/styles/notebook.css",
        "live_view/styles/cloud.css",
        "browser/controls.css",
        "live_view/styles/explorer.css",
        "pipeline/pipeline.css",
        "live_view/styles/selection.css",
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
    "address": ("address/address.js", "browser/controls.css", "address/address.css"),
    "browser_storage": ("browser_storage/browser_storage.js",),
    "pipeline": ("pipeline/entry.js", "pipeline/pipeline.css"),
    "tour": ("tour/tour.js", "tour/tour.css"),
    "picker": ("picker/picker.js", "picker/picker.css"),
    "presenter": (
        "address/presenter/presenter.js",
        "browser/controls.css",
        "address/presenter/presenter.css",
    ),
    "present_button": ("address/presenter/button.js", "address/presenter/button.css"),
    "score_table": ("score_table/score_table.js", "score_table/score_table.css"),
}  # "offline" is that of a page without a server, "widget" that of a notebook
WORKER, WORKER_TEXT = "live_view/slice/slice_worker.js", "live_view/slice/worker_text.js"


@functools.cache
def component(name: str) -> Callable[..., Any]:
    """Declare a component to Streamlit, once in a process."""
    return v2.component(f"vae_explorer_{name}", js=javascript(name), css=css(name) or None)


@functools.cache
def javascript(component: str) -> str:
    """The text of a component: its entry behind all modules that it needs, without comments.

    Each module becomes a function that is called once and gives what it exports. BundleError says
    what cannot be joined.
    """
    *inner, entry = modules(COMPONENTS[component][0])
    module = _module(entry)
    if not module.default:
        raise BundleError(f"{entry} exports no function by default: Streamlit has none to call.")
    code = module.code.replace(
        f"function {module.default}(", f"export default function {module.default}("
    )
    return "".join(["const modules = {};\n", *map(_called, inner), _imports(entry), code])


def modules(entry: str) -> list[str]:
    """A module behind all those it imports, by path from this folder, each of them once."""
    joined: dict[str, None] = {}

    def visit(name: str, *importers: str) -> None:
        if name in importers:
            raise BundleError(f"Modules import each other in a circle: {', '.join(importers)}.")
        for written, names in _module(name).imports.items():
            path = _path(name, written)
            missing = set(names) - set(_module(path).exports)
            if missing:
                raise BundleError(f"{name} imports {', '.join(sorted(missing))}, not in {path}.")
            if path not in joined:
                visit(path, *importers, name)
        joined[name] = None

    visit(entry)
    return list(joined)


def css(component: str) -> str:
    """The style sheets of a component in one; "" where it has none."""
    _, *sheets = COMPONENTS[component]
    return "\n".join((COMPONENT_FOLDER / sheet).read_text("utf-8") for sheet in sheets)


def _called(name: str) -> str:
    """A module as an entry of `modules`."""
    module = _module(name)
    if module.default:
        raise BundleError(f"{name} is imported by others: it cannot export by default.")
    names = ", ".join(module.exports)
    body = f"{_imports(name)}{_code(name)}return {{ {names} }};"
    return f'modules["{name}"] = (() => {{\n{body}\n}})();\n'


def _imports(name: str) -> str:
    """The lines that take from `modules` what a module imports."""
    return "".join(
        f'const {{ {", ".join(names)} }} = modules["{_path(name, written)}"];\n'
        for written, names in _module(name).imports.items()
    )


def _code(name: str) -> str:
    if name != WORKER_TEXT:
        return _module(name).code
    worker = "".join(["const modules = {};\n", *map(_called, modules(WORKER))])
    return f"const WORKER_TEXT = {json.dumps(worker)};\n"


def _path(name: str, written: str) -> str:
    """The path of a module that another imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), written))


@functools.cache
def _module(name: str) -> Module:
    try:
        return read_module(name, (COMPONENT_FOLDER / name).read_text("utf-8"))
    except OSError as error:
        raise BundleError(f"There is no module {name}.") from error
