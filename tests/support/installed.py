"""The package as people get it: its wheel, installed into an environment of its own.

No package index is asked: the wheel is built by the hatchling at hand, and the new environment
finds everything else where these tests found it.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

from paths import ROOT


def build(folder: Path) -> Path:
    """The wheel of this tree, built into a folder."""
    _run("hatchling", "build", "--target", "wheel", "--directory", str(folder))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """A new environment with the wheel in it; returns the folder of its commands."""
    venv.create(folder, symlinks=True)
    bin_folder = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(bin_folder / "python")
    _run("pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", str(wheel))
    (packages,) = folder.rglob("site-packages")
    others = [path for path in sys.path if path.endswith("-packages")]
    (packages / "others.pth").write_text("\n".join(others))
    return bin_folder


def environment(home: Path) -> dict[str, str]:
    """The variables of a person who never ran the package, with an empty home folder."""
    ours = ("PYTHON", "VAE_EXPLORER", "STREAMLIT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


def _run(*module: str) -> None:
    """Run a module from the top of the tree; what it says is shown where it fails."""
    done = subprocess.run([sys.executable, "-m", *module], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
