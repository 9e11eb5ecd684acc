"""Recipes of CONTRIBUTING, followed with a toy: a copy of the package, a change to it, its effect.

A test changes one file of a copy, checks how small the difference is, and asks a fresh interpreter
what has come of it. The repository itself is never touched.
"""

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from paths import ABSENT, PACKAGE, ROOT

SECONDS = 300  # a busy machine is given so long to run what takes a few
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")


def copied(folder: Path) -> Path:
    """A new folder with the package and `app.py`, to be changed; models are linked, not copied."""
    folder.mkdir()
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=NOT_COPIED, copy_function=_copy)
    shutil.copy(ROOT / "app.py", folder)
    if (ROOT / "checkpoints").exists():
        (folder / "checkpoints").symlink_to(ROOT / "checkpoints")
    return folder


def _copy(source: str, target: str) -> None:
    if source.endswith(".safetensors"):
        Path(target).symlink_to(source)
    else:
        shutil.copyfile(source, target)


def change(copy: Path, file: str, old: str, new: str) -> str:
    """Put `new` for `old`, which must be there once, in a file of the copy; prints the diff too."""
    path = copy / file
    before = path.read_text("utf-8")
    assert before.count(old) == 1, f"{old!r} is {before.count(old)} times in {file}"
    after = before.replace(old, new)
    path.write_text(after, "utf-8")
    lines = (text.splitlines(keepends=True) for text in (before, after))
    diff = "".join(difflib.unified_diff(*lines, f"a/{file}", f"b/{file}", n=1))
    print(diff)
    return diff


def changed_lines(diff: str) -> tuple[int, int]:
    """How many lines a diff adds and removes."""
    body = [line for line in diff.splitlines() if not line.startswith(("+++", "---"))]
    return sum(line[:1] == "+" for line in body), sum(line[:1] == "-" for line in body)


def run(copy: Path, code: str, env: Mapping[str, str] | None = None) -> str:
    """What a fresh interpreter prints that runs this code on the copy; AssertionError if it fails.

    Warnings are errors, as in all tests.
    """
    path = os.pathsep.join(map(str, (copy, ABSENT)))
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"} | dict(env or {}),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
