"""Decoded lattices that sessions share: made once, bounded together, errors told to all."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from model_kinds import small_model

from vae_explorer.errors import ExplorerError
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.ui.session.exact import decoded_lattices
from vae_explorer.ui.session.exact.decoded_lattices import LatticeStore, affordable_points, size

POINTS = 2**10
EACH = 4 * POINTS * 28 * 28  # bytes of one lattice


@pytest.fixture(autouse=True)
def _few_points(monkeypatch):
    monkeypatch.setattr(prior_lattice, "POINTS", POINTS)


@pytest.fixture
def model():
    return small_model().model


def made(store: LatticeStore, key: tuple[str, int | None], model):
    making = store.make(key, model)
    assert making.done.wait(60)
    return making.result()


def test_all_that_is_kept_stays_within_its_bound(model):
    store = LatticeStore(2 * EACH)
    for name in "abcd":
        assert size(made(store, (name, None), model)) == EACH
        assert store.kept_bytes <= 2 * EACH
    assert store.kept(("b", None)) is None
    assert store.kept(("c", None)) is not None


def test_what_was_asked_for_last_stays_longest(model):
    store = LatticeStore(2 * EACH)
    made(store, ("a", None), model)
    made(store, ("b", None), model)
    assert store.kept(("a", None))
    made(store, ("c", None), model)
    assert store.kept(("a", None)) and not store.kept(("b", None))


def test_many_sessions_that_want_the_same_wait_for_one_flight(model, monkeypatch):
    store, flights, go = LatticeStore(2 * EACH), [], threading.Event()
    decode = prior_lattice.decoded_lattice

    def slow(*args, **settings):
        flights.append(args)
        assert go.wait(60)
        return decode(*args, **settings)

    monkeypatch.setattr(prior_lattice, "decoded_lattice", slow)
    makings = [store.make(("a", None), model) for _ in range(8)]
    assert len(set(map(id, makings))) == 1
    go.set()
    with ThreadPoolExecutor(8) as sessions:
        lattices = list(sessions.map(lambda _: made(store, ("a", None), model), range(8)))
    assert len(set(map(id, lattices))) == len(flights) == 1


def test_two_models_are_decoded_one_after_the_other(model, monkeypatch):
    store, running, most = LatticeStore(8 * EACH), [], []
    decode = prior_lattice.decoded_lattice

    def counted(*args, **settings):
        running.append(1)
        most.append(len(running))
        lattice = decode(*args, **settings)
        running.pop()
        return lattice

    monkeypatch.setattr(prior_lattice, "decoded_lattice", counted)
    makings = [store.make((name, None), model) for name in "abc"]
    for making in makings:
        assert making.done.wait(60) and making.result()
    assert max(most) == 1


def test_damaged_weights_are_said_and_tried_again(model):
    store = LatticeStore(2 * EACH)
    for parameter in model.parameters():
        parameter.data.fill_(float("nan"))
    for _ in range(2):
        making = store.make(("a", None), model)
        assert making.done.wait(60)
        with pytest.raises(ExplorerError, match="not finite"):
            making.result()
    assert store.kept_bytes == 0


def test_large_pictures_get_fewer_points_and_huge_ones_a_sentence():
    sides = {28: 2**16, 64: 2**12, 128: 2**10}
    for side, points in sides.items():
        channels = 1 if side == 28 else 3
        config = dataclasses.replace(small_model().config, image_size=side, channels=channels)
        model = small_model().model
        model.config = config
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prior_lattice, "POINTS", 2**16)
            assert affordable_points(model) == points
    model.config = dataclasses.replace(config, image_size=256)
    with pytest.raises(ExplorerError, match=r"too large .* 1,024 decoded points take 805 MB"):
        affordable_points(model)


def test_each_class_of_a_conditional_model_has_a_lattice_of_its_own():
    checkpoint = small_model(classes=3)
    keys = {decoded_lattices._key(checkpoint, label) for label in range(3)}
    assert len(keys) == 3
    assert {decoded_lattices._key(small_model(), label)[1] for label in range(3)} == {None}
