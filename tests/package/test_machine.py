"""What is said where this machine lacks what some tests need."""

import re
import shutil

import launch
import machine
import node
import pytest


@pytest.mark.parametrize(
    ("there", "sentences"),
    [
        ((), [launch.NO_BROWSER, machine.NO_NODE]),
        (("node",), [launch.NO_BROWSER]),
        (("google-chrome",), [machine.NO_NODE]),
        (("chromium", "node"), []),
    ],
)
def test_each_missing_tool_is_one_sentence_that_says_what_to_install(monkeypatch, there, sentences):
    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(node, "of_pip", lambda: None)
    assert machine.missing() == sentences
    assert all(re.search("(apt-get|pip) install", sentence) for sentence in sentences)
