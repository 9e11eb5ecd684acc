"""The words that newcomers did not understand stand nowhere on a page any more."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paths import PACKAGE

from vae_explorer.ui.components.browser.modules import TOKEN

FORMER = (  # what was written, as a pattern; ../shared/ux.md has what is written instead
    r"has one within",
    r"farther from all test \w+ than 99",
    r"No draw lies",
    r"Along each axis",
    r"coordinates held",
    r"Posterior q\(z",
    r"% of all posteriors",
    r"the empty plane",
    r"plane of the screen",
    r"Take it along",
    r"Cloud as a web page",
    r"Offline page",
    r"^Folder$",
    r"^NPZ$",
    r"Beside \w",
    r"Told that it is",
    r"Never told",
    r"nats above typical",
    r"^rank\b",
    r"Length so far",
    r"Its neighbours say",
    r"votes if nearer",
    r"beyond what is usual",
    r"What to take for",
    r"of the flagged",
    r"still won",
    r"By epoch, from",
    r"latent dim\b",
    r"\bpolish\b",
    r"\b(is|are|was|were|more is|being) told\b",
    r"\b(is|are|was|were|be|been|have) held\b",
    r"\bhits\b",
    r"\bjudges?\b",
)
FORMER_CHOICES = {
    "Mine",
    "Place",
    "Prior",
    "Class",
    "Digit",
}  # of the rows of Interpolate, Generate


def python_texts(path: Path) -> Iterator[str]:
    """What strings of a module hold, but for its docstrings, keys, and names of old links."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {
        id(part)
        for node in ast.walk(tree)
        for part in ast.walk(node)
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "open_old_link")
        or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "")[:4] == "OLD_")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else "…" for v in node.values]
            yield "".join(map(str, parts))
            silent |= {id(value) for value in node.values}
        elif isinstance(node, ast.Constant) and id(node) not in silent:
            yield str(node.value)


def toml_texts(value: Any) -> Iterator[str]:
    """All strings of a table, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from toml_texts(part)


def texts() -> list[tuple[str, str]]:
    """(file, text) of everything in ui/ that a page may show."""
    found = []
    for path in sorted((PACKAGE / "ui").rglob("*.*")):
        if path.suffix == ".py" and path.name != "registry.py":
            found += [(path.name, text) for text in python_texts(path)]
        elif path.suffix == ".js":
            tokens = TOKEN.finditer(path.read_text("utf-8"))
            found += [(path.name, m[0][1:-1]) for m in tokens if m.lastgroup == "text"]
        elif path.suffix == ".toml":
            found += [(path.name, t) for t in toml_texts(tomllib.loads(path.read_text("utf-8")))]
    return found


TEXTS = texts()


def test_texts_of_all_languages_are_found():
    assert {Path(name).suffix for name, _ in TEXTS} == {".py", ".js", ".toml"}
    assert ("prior_samples.py", "New samples") in TEXTS and ("dom.js", "Show all") in TEXTS


@pytest.mark.parametrize("former", FORMER)
def test_former_words_are_gone(former):
    assert not [(name, text) for name, text in TEXTS if re.search(former, text, flags=re.M)]


def test_former_choices_are_gone():
    rows = ("endpoint_form.py", "style_transfer.py", "style_sources.py", "page_links.py")
    assert not [(n, text) for n, text in TEXTS if n in rows and text in FORMER_CHOICES]
