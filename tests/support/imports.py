"""What the modules of a package import, as their text says, and which way that may run."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# A folder may import those before it in its list, and itself; "" is what lies beside the folders
CORE_ROOMS = (
    "",
    "data",
    "molecules",
    "models",
    "latent",
    "training",
    "access",
    "evaluation",
    "teaching",
    "export",
    "cli",
    "ui",
    "notebook",
)
UI_ROOMS = ("", "session", "components", "shared", "molecules", "pages", "shell", "load")


class Import(NamedTuple):
    """One module named by another; both dotted, without the package's own name."""

    importer: str
    imported: str
    at_once: bool  # not only when a function is called


def module_name(path: Path, package: Path) -> str:
    """The dotted name of a file of a package, "" for the package itself."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(package: Path) -> dict[str, Path]:
    """All modules of a package, by dotted name."""
    return {module_name(path, package): path for path in sorted(package.rglob("*.py"))}


def imports(package: Path) -> Iterator[Import]:
    """Every import of a module of the package by another one of it."""
    known = modules(package)
    for importer, path in known.items():
        for name, at_once in _names(path.read_text("utf-8")):
            top, _, inner = name.partition(".")
            if top == package.name:
                module = inner if inner in known else inner.rpartition(".")[0]
                yield Import(importer, module, at_once)


@functools.cache  # copies of the package are the same but for a file
def _names(text: str) -> list[tuple[str, bool]]:
    """What the text of a module imports, and whether at once."""
    found: list[tuple[str, bool]] = []
    parsed = ast.parse(text)
    for node in ast.walk(parsed):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [(name, node in parsed.body) for name in names]
    return found


def room(module: str, rooms: tuple[str, ...], prefix: str = "") -> str:
    """The folder among `rooms` that a module lies in; "" for what lies beside them."""
    first = module.removeprefix(prefix).partition(".")[0]
    return first if first in rooms else ""


def wrong_ways(package: Path) -> list[str]:
    """Imports that run against the order of the rooms: "importer <- imported", one a line.

    A component that knows a page is among them, a page that knows the shell or another page, and a
    folder that nobody has given a place in the order.
    """
    found = [f"{name} has no place in the order" for name in _strange_rooms(package)]
    for importer, imported, at_once in imports(package):
        if importer in ("", "__main__"):  # the public names, and the command line's entry
            continue
        both = room(importer, CORE_ROOMS), room(imported, CORE_ROOMS)
        if (
            both[0] == "cli" and both[1] in ("ui", "notebook") and not at_once
        ):  # asked for by one command, when it is called
            continue
        against = CORE_ROOMS.index(both[1]) > CORE_ROOMS.index(both[0])
        if both == ("ui", "ui"):
            inner = [room(name, UI_ROOMS, "ui.") for name in (importer, imported)]
            against = UI_ROOMS.index(inner[1]) > UI_ROOMS.index(inner[0])
            if inner == ["pages", "pages"]:
                against = importer.split(".")[2] != imported.split(".")[2]
        if against:
            found.append(f"{importer} <- {imported}")
    return found


def _strange_rooms(package: Path) -> list[str]:
    """Folders with modules that are in no list."""
    folders = [p.parent for p in package.glob("*/**/*.py")]
    names = {f.relative_to(package).parts for f in folders}
    strange = {parts[0] for parts in names if parts[0] not in CORE_ROOMS}
    inner = {parts[1] for parts in names if parts[0] == "ui" and len(parts) > 1}
    return sorted(strange) + sorted(f"ui.{name}" for name in inner if name not in UI_ROOMS)


def circles(package: Path) -> list[list[str]]:
    """Groups of modules that import each other in a circle, whenever the import is made."""
    graph: dict[str, set[str]] = {name: set() for name in modules(package)}
    for importer, imported, _ in imports(package):
        if imported and imported != importer:
            graph[importer].add(imported)
    reach = {name: _reachable(name, graph) for name in graph}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in graph
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


def _reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return seen
