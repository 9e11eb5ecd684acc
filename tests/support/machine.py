"""What some tests need of this machine; where it is missing, they are skipped.

Where VAE_EXPLORER_BROWSER_TESTS=required is set, as CI does, no test runs while a thing is missing.
"""

import os

import launch
import pytest
from node import AXE, COMPILER, NO_AXE, NO_COMPILER, NO_NODE, NODE, node_path

REQUIRED = os.environ.get("VAE_EXPLORER_BROWSER_TESTS") == "required"
needs_node = pytest.mark.skipif(NODE is None, reason=NO_NODE)
needs_compiler = pytest.mark.skipif(not (COMPILER.exists() or REQUIRED), reason=NO_COMPILER)
needs_axe = pytest.mark.skipif(not (AXE.exists() or REQUIRED), reason=NO_AXE)


def missing() -> list[str]:
    """A sentence for each thing that is not there."""
    there = {launch.NO_BROWSER: launch.browser_path(), NO_NODE: node_path()}
    return [sentence for sentence, path in there.items() if path is None]
