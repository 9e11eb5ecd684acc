"""`load`: the search for how many visitors a server holds. With a real one: tests/public."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from vae_explorer.cli import main
from vae_explorer.ui.load import capacity
from vae_explorer.ui.load.capacity import Bar, Stage

BAR = Bar(slider=0.5, page=5.0)


def stage(visitors: int, slider: float = 0.1, page: float = 1.0, **trouble) -> Stage:
    """What so many visitors met, without trouble unless told."""
    met = {"broken": 0, "errors": (), "slowest": "Train: open", "slowest_seconds": page} | trouble
    return Stage(visitors, 10 * visitors, slider, page, **met)


def server(holds: int):
    """A measurement of a server that slows down with more visitors than this."""
    return lambda visitors: stage(visitors, slider=0.1 if visitors <= holds else 0.9)


@pytest.mark.parametrize(
    ("holds", "most", "tried"),
    [
        (1000, 40, [5, 10, 20, 40]),
        (1000, 30, [5, 10, 20, 30]),
        (1000, 3, [3]),
        (17, 40, [5, 10, 20, 15, 17]),
        (13, 40, [5, 10, 20, 15, 12]),
        (2, 40, [5, 2, 3]),
        (0, 1, [1]),
    ],
)
def test_visitors_are_doubled_until_too_many_then_the_gap_is_halved(holds, most, tried):
    assert [found.visitors for found in capacity.search(server(holds), BAR, most)] == tried


@pytest.mark.parametrize(
    "spoilt",
    [{"slider": 0.51}, {"page": 5.1}, {"broken": 1}, {"errors": ("Generate: no memory",)}],
)
def test_slow_steps_slow_pages_broken_connections_and_errors_are_too_much(spoilt):
    assert BAR.holds(stage(5)) and not BAR.holds(stage(5, **spoilt))


@pytest.fixture
def measured(monkeypatch):
    """measured(holds): what the command finds is such a server's."""

    def patch(holds: int) -> None:
        monkeypatch.setattr(capacity, "warm_up", lambda *_: 1.5)
        monkeypatch.setattr(capacity, "measure", lambda _, visitors, *__: server(holds)(visitors))

    return patch


def test_stages_and_verdict_are_told(measured, capsys):
    measured(100)
    assert main(["load", "http://example.org/vae", "--visitors", "10"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in out[3:5]] == ["5", "10"]
    assert out[-1] == (
        "Held at once: 10. 95 of 100 slider steps took at most 0.10 s (wanted 0.5), "
        "pages 1.00 s (wanted 5), without an error."
    )


def test_fewer_than_asked_for_is_an_error_and_a_figure(measured, capsys):
    measured(7)
    assert main(["load", "http://example.org", "--visitors", "20", "--json"]) == 1
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["holds"] == 7
    assert [met["visitors"] for met in found["stages"]] == [5, 10, 7, 8]
    assert said.err == "error: it holds 7 visitors, not 20.\n"


def test_a_loop_that_is_under_way_is_no_hindrance(capsys):
    async def within() -> int:
        return main(["load", "http://127.0.0.1:1"])

    worker = ThreadPoolExecutor(1)  # a browser's driver may have the loop of this thread
    assert worker.submit(asyncio.run, within()).result() == 1
    worker.shutdown()
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["vae.example.org"], "url must be like https://vae.example.org/vae"),
        (["file:///etc/passwd"], "url must be like"),
        (["http://127.0.0.1:1/vae"], "http://127.0.0.1:1/vae/ does not answer: "),
        (["http://example.org", "--visitors", "0"], "visitors must be between 1 and 1000, got 0."),
        (["http://example.org", "--seconds", "nan"], "seconds must be between 1.0 and 3600.0"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(arguments, sentence, capsys):
    assert main(["load", *arguments]) == 1
    assert sentence in capsys.readouterr().err
