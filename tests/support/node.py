"""Tests that need node are skipped where there is none, or fail where browser tests have to run."""

import os
import shutil

import pytest

REQUIRED = os.environ.get("VAE_EXPLORER_BROWSER_TESTS") == "required"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None and not REQUIRED, reason="node is not installed"
)
