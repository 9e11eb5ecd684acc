"""Lines of the log: for people and for programs, whole whatever comes from outside."""

import json
import logging
import math

import pytest

from vae_explorer import logs
from vae_explorer.errors import ConfigError

FORGED = 'one\n2026-11-27T04:10:00Z ERROR forged\r\x1b[31m\u2028{"level": "error"}'


def record(message: str, *args, **more) -> logging.LogRecord:
    made = logging.LogRecord("somebody", logging.WARNING, "", 0, message, args, None)
    made.created = 1795752600.25
    vars(made).update(more)
    return made


def caught(message: str) -> tuple:
    try:
        raise ValueError(message)
    except ValueError as error:
        return type(error), error, error.__traceback__


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.delenv(logs.FORMAT, raising=False)
    monkeypatch.delenv(logs.LEVEL, raising=False)
    return monkeypatch.setenv


def test_text_is_time_level_and_sentence():
    line = logs.TextLines().format(record("memory: %s MB", "1,104"))
    assert line == "2026-11-27T04:10:00Z WARNING memory: 1,104 MB"


def test_json_has_the_event_and_its_own_figures():
    fields = {"megabytes": 12.34567, "kept": {"scores": 48}, "never": math.inf, "what": "x" * 500}
    line = logs.JsonLines().format(record("It is.", event="memory", fields=fields))
    assert json.loads(line) == {
        "time": "2026-11-27T04:10:00.250Z",
        "level": "warning",
        "event": "memory",
        "message": "It is.",
        "megabytes": 12.346,
        "kept": {"scores": 48},
        "never": None,
        "what": "x" * logs.MAX_TEXT,
    }


def test_json_of_a_library_says_whose_line_it_is():
    line = json.loads(logs.JsonLines().format(record("it is %s", "so")))
    assert (line["event"], line["logger"], line["message"]) == ("log", "somebody", "it is so")


@pytest.mark.parametrize("form", [logs.TextLines, logs.JsonLines])
def test_text_from_outside_begins_no_line(form):
    assert len(form().format(record("%s", FORGED)).splitlines()) == 1
    lines = form().format(record("An error.", exc_info=caught(FORGED))).splitlines()
    assert all(line.startswith("    ") for line in lines[1:])
    assert all(line.isprintable() for line in lines)


def test_json_has_the_traceback_in_its_line():
    line = logs.JsonLines().format(record("An error.", exc_info=caught("why")))
    assert "\n" not in line
    said = json.loads(line)["traceback"]
    assert said.startswith("Traceback") and said.endswith("ValueError: why")


def test_sentence_that_its_figures_do_not_fit_is_told_all_the_same():
    assert json.loads(logs.JsonLines().format(record("%d of %d", "x")))["message"] == "%d of %d"


def test_format_and_level_are_the_operators(environment):
    assert logs.settings("info") == (False, logging.INFO)
    environment(logs.FORMAT, "JSON")
    environment(logs.LEVEL, "error")
    assert logs.settings("info") == (True, logging.ERROR)
    environment(logs.LEVEL, "loud")
    with pytest.raises(ConfigError, match="log-level must be one of debug, info, warning, error"):
        logs.settings()


def test_what_strangers_do_at_will_is_told_seldom(caplog):
    caplog.set_level(logging.INFO, logs.LOG.name)
    often, at_once = logs.Seldom("knock", 3600), logs.Seldom("knock", 0)
    for _ in range(3):
        often.tell("Somebody knocks.")
        at_once.tell("Somebody knocks.")
    assert [entry.fields["count"] for entry in caplog.records] == [1, 1, 1, 1]
    often.seconds = 0
    often.tell("Somebody knocks.")
    assert caplog.records[-1].fields["count"] == 3
