"""What some tests need of this machine; where it is missing, they are skipped.

Where VAE_EXPLORER_BROWSER_TESTS=required is set, as CI does, no test runs while a thing is missing.
"""

import os
import shutil

import launch
import pytest

REQUIRED = os.environ.get("VAE_EXPLORER_BROWSER_TESTS") == "required"
NO_NODE = "no Node on this machine, which tests of JavaScript need: apt-get install nodejs"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason=NO_NODE)


def missing() -> list[str]:
    """A sentence for each thing that is not there."""
    there = {launch.NO_BROWSER: launch.browser_path(), NO_NODE: shutil.which("node")}
    return [sentence for sentence, path in there.items() if path is None]
