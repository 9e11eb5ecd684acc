"""The types that the comments of the components' JavaScript state, checked by TypeScript."""

from pathlib import Path

from machine import needs_compiler, needs_node
from node import COMPILER, NO_COMPILER, run_node

from vae_explorer.ui.components.browser import bundle


@needs_node
@needs_compiler
def test_types_agree():
    assert COMPILER.exists(), NO_COMPILER
    done = run_node(str(COMPILER), "--project", str(Path(__file__).parent), "--pretty", "false")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_left_out_of_the_check():
    files = bundle.COMPONENT_FOLDER.rglob("*.js")
    assert not [path.name for path in files if "@ts-" in path.read_text("utf-8")]
