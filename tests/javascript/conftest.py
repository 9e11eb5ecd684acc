"""Each `test("…")` of a .test.mjs file is a test of its own here; a file is one run of Node."""

import html
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
from node import NO_NODE, NODE, run_node

TEST = re.compile(r'^ *test\((?:"((?:\\.|[^"\\])*)"|`([^`]*)`)', flags=re.M)
HOLE = re.compile(r"\$\{[^}]*\}")  # of a template: what a loop puts into its tests' names


class NodeFailure(Exception):  # noqa: N818, no error of ours
    """What Node says of a test that failed."""


class NodeFile(pytest.File):
    """A file of tests for Node, run once, when the first of its tests is."""

    def collect(self) -> Iterator["NodeTest"]:
        """The tests of the file, by what stands behind `test(`."""
        for match in TEST.finditer(self.path.read_text("utf-8")):
            written = match[1] if match[2] is None else match[2]
            yield NodeTest.from_parent(self, name=written.replace('\\"', '"'))

    @cached_property
    def results(self) -> dict[str, str]:
        """What each test that ran said: nothing where it passed, else why it failed."""
        done = run_node("--test", "--test-reporter=junit", str(self.path))
        try:
            cases = list(ElementTree.fromstring(done.stdout).iter("testcase"))
        except ElementTree.ParseError:
            raise NodeFailure(done.stdout + done.stderr) from None
        # Node escapes quotes twice
        results = {html.unescape(case.attrib["name"]): _trouble(case) for case in cases}
        collected = list(self.collect())
        for name, trouble in results.items():
            if not any(item.covers(name) for item in collected):
                raise NodeFailure(f"{name!r} was run but not collected. {trouble}")
        return results


class NodeTest(pytest.Item):
    """One test, or all those that a loop makes of one template."""

    def runtest(self) -> None:
        """Run the file, and say what came of this test."""
        if NODE is None:
            pytest.skip(NO_NODE)
        troubles = [t for name, t in self.parent.results.items() if self.covers(name)]
        if not troubles:
            raise NodeFailure("Node did not run this test.")
        if any(troubles):
            raise NodeFailure("\n".join(filter(None, troubles)))

    def covers(self, name: str) -> bool:
        """Whether a test that ran under this name is this one."""
        pattern = ".*".join(map(re.escape, HOLE.split(self.name)))
        return re.fullmatch(pattern, name, flags=re.S) is not None

    def repr_failure(self, excinfo: pytest.ExceptionInfo, style: object = None) -> str:
        """What Node said, without a trace through this file."""
        if isinstance(excinfo.value, NodeFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the test is, for the summary."""
        return self.path, None, self.name


def _trouble(case: ElementTree.Element) -> str:
    failure = case.find("failure")
    if failure is None:
        return ""
    return f"{failure.get('message', '')}\n{failure.text or ''}".strip()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NodeFile | None:
    """Collect the files that Node runs."""
    if file_path.name.endswith(".test.mjs"):
        return NodeFile.from_parent(parent, path=file_path)
    return None
