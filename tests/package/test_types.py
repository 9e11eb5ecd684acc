"""The types that the package states, checked by pyright in standard mode."""

import os
import subprocess
import sys

import pytest
from node import NO_NODE, node_path
from paths import ROOT


@pytest.mark.skipif(node_path() is None, reason=NO_NODE)
def test_types_agree():
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    command += ["--project", str(ROOT)]  # not one that lies above it
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout


def test_no_type_is_ignored():
    """A remark that switches the check off would need a reason: there is none so far."""
    files = [ROOT / "app.py", *(ROOT / "vae_explorer").rglob("*.py")]
    remarks = ("type: ignore", "pyright: ignore")
    assert not [path for path in files if any(r in path.read_text("utf-8") for r in remarks)]
