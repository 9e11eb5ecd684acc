"""The types that the comments of the components' JavaScript state, checked by TypeScript."""

from pathlib import Path

import pytest
from node import REQUIRED, needs_node, run_node

from vae_explorer.ui.components.browser import bundle

HERE = Path(__file__).parent
COMPILER = HERE / "node_modules" / "typescript" / "bin" / "tsc"
MISSING = "TypeScript is not installed: `make test` installs it."


@needs_node
@pytest.mark.skipif(not COMPILER.exists() and not REQUIRED, reason=MISSING)
def test_types_agree():
    if not COMPILER.exists():
        pytest.fail(MISSING)
    done = run_node(str(COMPILER), "--project", str(HERE), "--pretty", "false")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_left_out_of_the_check():
    files = bundle.COMPONENT_FOLDER.rglob("*.js")
    assert not [path.name for path in files if "@ts-" in path.read_text("utf-8")]
