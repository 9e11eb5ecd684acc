"""What Back and Forward ask for: the address counts, not what the session holds."""

import pytest
from visible import assert_fine

from vae_explorer.ui.session import registry
from vae_explorer.ui.session.registry import Property


@pytest.fixture
def back(monkeypatch):
    """back(at): run the page again as Back does."""

    def led(at):
        with monkeypatch.context() as patch:
            patch.setattr(registry, "leads_back", lambda: True)
            return at.run()

    return led


def sent(at, name: str) -> str:
    """What a component was sent."""
    parts = [element.proto for element in at.main.get("bidi_component")]
    return next(part.json for part in parts if part.component_name.endswith(name))


def test_seeds_and_temperature_are_those_of_the_address(visit, back):
    at = visit("generate")
    first = sent(at, "wall")
    at.button(key="new_samples").click().run()
    at.session_state[registry.TEMPERATURE] = 0.5
    assert sent(at.run(), "wall") != first
    for key in ("seeds", "temperature"):
        del at.query_params[key]
    assert_fine(back(at))
    assert sent(at, "wall") == first


def test_place_is_that_of_the_address_and_the_view_is_sent_there(visit, back):
    at = visit(link={"z1": "0.5", "z2": "-1", "z3": "0.25"}, mode="Live")
    before = sent(at, "place_sync")
    for dim in (1, 2, 3):
        at.query_params[f"z{dim}"] = "0.75"
    assert_fine(back(at))
    assert '"z": [0.75, 0.75, 0.75]' in sent(at, "place_sync")
    assert '"moves": 0' in before and '"moves": 1' in sent(at, "place_sync")
    for dim in (1, 2, 3):
        del at.query_params[f"z{dim}"]
    assert '"z"' in sent(back(at), "place_sync")
    assert not [key for key in at.query_params if key.startswith("z")]  # the middle goes unsaid


def test_what_is_not_linked_stays(monkeypatch):
    monkeypatch.setattr(registry, "leads_back", lambda: True)
    monkeypatch.setattr(registry.st, "session_state", {"kept": 1, "linked": 2})
    assert Property("kept", "of the session alone").start(lambda: 3) == 1
    assert Property("linked", "of the address too", linked=True).start(lambda: 3) == 3


def test_run_that_is_shown_is_that_of_the_address(visit, back, tiny_training):
    from vae_explorer.training.runs.run_folder import create_run

    for name in ("older", "newer"):
        create_run(name, tiny_training)
    at = visit("train", {"run": "older"})
    at.selectbox(key="watched").set_value("newer").run()
    at.query_params["run"] = "older"
    assert back(at).selectbox(key="watched").value == "older"
