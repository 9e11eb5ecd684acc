"""Explore in its live mode as far as the server goes: what it sends, takes and says."""

import asyncio
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from starlette.applications import Starlette
from visible import assert_fine, coordinates, pictures

from vae_explorer.latent import camera
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.pages.explore.neighbourhood import SLIDERS_SHOWN
from vae_explorer.ui.session import current_place, latent_space, registry
from vae_explorer.ui.session.work.kept import store
from vae_explorer.ui.shared import live_view_payload, neighbours
from vae_explorer.ui.shell.web import http_routes

PLACE = {"z1": "1.5", "z2": "-1", "z3": "0.25"}


def sent(at, name: str):
    """What a component was sent, or None where it is not on the page."""
    parts = [part.proto for part in at.main.get("bidi_component")]
    for part in parts:
        if part.component_name.endswith(f"vae_explorer_{name}"):
            return part.bytes or json.loads(part.json)
    return None


def home_of(checkpoint) -> dict[str, float]:
    """From where its cloud shows the classes apart."""
    encoded = checkpoint.encoded
    return camera.camera(encoded.mu.numpy(), encoded.labels.numpy())._asdict()


def mode(at):
    """The control that says who decodes."""
    (control,) = (group for group in at.main.get("button_group") if group.key == registry.MODE)
    return control


def linked(at) -> list[float]:
    """The place in the address."""
    texts = [at.query_params[f"z{d}"] for d in (1, 2, 3)]
    return [float(text if isinstance(text, str) else text[0]) for text in texts]


def test_page_holds_the_explorer_instead_of_sliders(visit):
    at = visit(mode="Live")
    assert_fine(at)
    assert not coordinates(at)
    assert sent(at, "cloud") is None
    (length,) = np.frombuffer(sent(at, "explorer")[:4], "<u4")
    header = json.loads(sent(at, "explorer")[4 : 4 + length])
    assert (header["latent"], header["count"]) == (3, 10_000)
    assert header["home"] == home_of(load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors"))
    assert len(sent(at, "explorer")) < 4_000_000
    assert sent(at, "place_sync")["z"]
    assert any(alt.startswith("pictures decoded along z1") for alt in pictures(at))


def test_limits_and_warnings_of_both_sides_are_python_s(visit):
    blob = sent(visit(mode="Live"), "explorer")
    (length,) = np.frombuffer(blob[:4], "<u4")
    header = json.loads(blob[4 : 4 + length])
    assert header["slice"] == {
        **live_view_payload.SLICE,
        "planes": [[0, 1], [0, 2], [1, 2]],
    }
    assert header["step"] == 0.01
    assert header["words"]["far"] == neighbours.FAR
    names = [switch["name"] for switch in header["switches"]]
    assert names == ["Posterior", "Exact posterior", "Density", "Prior", "Trail"]
    assert "50, 90 and 99 %" in header["switches"][2]["about"]
    browser = "".join(map(bundle.javascript, bundle.COMPONENTS))
    for text in ("Far from real data", "50, 90 and 99", "make it smaller", current_place.RANDOM):
        assert text not in browser


def test_live_is_what_a_visitor_sees_first(visit):
    assert sent(visit(mode=""), "explorer")


def test_explorer_is_sent_nothing_new_while_the_place_moves(visit):
    first, other = visit(mode="Live"), visit(link=PLACE, mode="Live")
    assert sent(first, "explorer") == sent(other, "explorer")
    assert sent(other, "place_sync")["z"] == [1.5, -1.0, 0.25]
    assert sent(other, "place_sync") != sent(first, "place_sync")


def test_link_says_where_one_is_and_nothing_of_another_model(visit, small, install):
    install(small(latent_dim=2))
    at = visit(link=PLACE | {"model": "small (run)", "label": "3"}, mode="Live")
    assert_fine(at)
    (length,) = np.frombuffer(sent(at, "explorer")[:4], "<u4")
    assert json.loads(sent(at, "explorer")[4 : 4 + length])["home"] is None  # of a plane
    assert {"z1", "z2"} == {key for key in at.query_params if key[0] in "zl"}


def test_changing_to_sliders_and_back_keeps_the_place(visit):
    at = visit(link=PLACE, mode="Live")
    mode(at).set_value("Sliders").run()
    assert_fine(at)
    assert [slider.value for slider in coordinates(at)] == [1.5, -1.0, 0.25]
    at.slider(key="z2").set_value(0.5).run()
    mode(at).set_value("Live").run()
    assert_fine(at)
    assert sent(at, "place_sync")["z"] == [1.5, 0.5, 0.25]
    assert (
        sent(at, "place_sync")["after"] == SLIDERS_SHOWN
    )  # until they are gone they own the address
    at.run()
    assert_fine(at)
    assert sent(at, "place_sync")["z"] == linked(at) == [1.5, 0.5, 0.25]
    assert not sent(at, "place_sync")["after"]


def test_live_mode_can_be_the_first_change_of_a_visitor_with_sliders(visit):
    at = visit(link={"z1": "0.5", "z2": "-1", "z3": "0.25"})
    before = [slider.value for slider in coordinates(at)]
    mode(at).set_value("Live").run()
    assert_fine(at)
    assert sent(at, "place_sync")["z"] == before
    assert_fine(at.run())
    assert linked(at) == before


@pytest.fixture
def few_weights(monkeypatch):
    """Every decoder is too large for the browser."""
    store().drop(math.inf)
    monkeypatch.setattr(browser_model, "MOST_WEIGHTS", 10)
    yield
    store().drop(math.inf)


def test_decoder_that_is_too_large_for_a_browser_gets_sliders_and_a_sentence(visit, few_weights):
    at = visit(mode="Live")
    assert_fine(at)
    assert len(coordinates(at)) == 3
    assert sent(at, "explorer") is None
    (said,) = (c.value for c in at.main.caption if "browser" in c.value)  # beside: the exports
    assert said.endswith("weights, more than 10.")


# What the browser may say


@pytest.fixture
def space(small):
    """A conditional space of three coordinates and ten classes, and an empty session."""
    st.session_state.clear()
    yield latent_space.of(small(classes=10))
    st.session_state.clear()


def told(space, **news) -> dict:
    """What the session holds after some news."""
    current_place.receive(space, news)
    return dict(st.session_state)


@pytest.mark.parametrize(
    "news",
    [
        {},
        {"z": None},
        {"z": "0,0,0"},
        {"z": []},
        {"z": [0.5, 0.5]},
        {"z": [0.5, 0.5, 0.5, 0.5]},
        {"z": [0.5, 0.5, float("nan")]},
        {"z": [0.5, 0.5, float("inf")]},
        {"z": [0.5, 0.5, 10**400]},
        {"z": [0.5, 0.5, "0.5"]},
        {"z": [0.5, 0.5, None]},
        {"z": [0.5, 0.5, [0.5]]},
        {"z": {"0": 0.5}},
        {"label": True},
        {"label": -1},
        {"label": 10},
        {"label": 1.0},
        {"label": "1"},
        {"ask": "everything"},
        {"ask": 10},
        {"ask": -1},
        {"ask": False},
        {"ask": None, "cannot": ""},
    ],
)
def test_nonsense_from_the_browser_is_ignored(space, news):
    assert told(space, **news) == {}


def test_place_and_class_from_the_browser_are_kept_within_their_ranges(space):
    kept = told(space, z=[0.126, -1e9, 1e9], label=7)
    low, high = space.ranges[1].low, space.ranges[2].high
    assert kept == {"z1": 0.13, "z2": low, "z3": high, "label": 7}


def test_place_from_the_browser_is_no_move_of_this_side(space):
    assert registry.MOVES not in told(space, z=[0.1, 0.2, 0.3])
    assert told(space, ask="random")[registry.MOVES] == 1
    assert told(space, ask=4)[registry.MOVES] == 2


def test_browser_without_webgl2_gets_sliders_once(space):
    assert told(space, cannot="webgl2")[registry.MODE] == "Sliders"
    st.session_state[registry.MODE] = "Live"  # by hand
    assert told(space, cannot="webgl2")[registry.MODE] == "Live"


# Original pictures


def get(path: str) -> tuple[int, bytes]:
    """What the app's own routes answer: status and body."""
    answers = []

    async def ask() -> None:
        async def hear() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def answer(message: dict) -> None:
            answers.append(message)

        scope = {"type": "http", "method": "GET", "path": unquote(path), "headers": []}
        scope |= {"raw_path": path.encode(), "query_string": b"", "root_path": ""}
        await Starlette(routes=http_routes.ROUTES)(scope, hear, answer)

    with ThreadPoolExecutor(1) as thread:  # browser tests leave a loop running in this one
        thread.submit(asyncio.run, ask()).result()
    return answers[0]["status"], b"".join(part.get("body", b"") for part in answers)


def test_original_picture_is_that_of_the_data_set(digits):
    status, content = get("/originals/digits/test/7.png")
    assert status == 200
    assert get("/class/vae/originals/digits/test/7.png") == (200, content)  # behind a proxy
    picture = np.asarray(Image.open(io.BytesIO(content), formats=["PNG"]))
    np.testing.assert_array_equal(picture, digits.test.images[7].numpy())


@pytest.mark.parametrize(
    "path",
    [
        "digits/test/359.png",
        "digits/test/99999999999999999999.png",
        "digits/test/-1.png",
        "digits/test/x.png",
        "digits/test/7",
        "digits/images/7.png",
        "mnist/test/0.png",
        "nobody/test/0.png",
        "../test/0.png",
        "%2e%2e/test/0.png",
        "..%2f..%2fetc/test/0.png",
        "%2fetc/test/0.png",
        "digits/..%2f..%2ftest/0.png",
        "./test/0.png",
        "~/test/0.png",
    ],
)
def test_whatever_is_no_original_picture_is_not_found(path):
    assert get(f"/originals/{path}")[0] == 404


def test_folder_of_pictures_is_not_served(tmp_path, monkeypatch):
    folder = tmp_path / "pictures" / "0"
    folder.mkdir(parents=True)
    for index in range(4):
        Image.new("L", (28, 28), index).save(folder / f"{index}.png")
    monkeypatch.chdir(tmp_path)
    assert get("/originals/pictures/test/0.png")[0] == 404


def test_model_says_where_its_originals_are_only_when_they_are_at_hand(visit):
    for model, where in ((DEFAULT, ""), ("digits-3d", "/originals/digits/test")):
        blob = sent(visit(link={"model": model}, mode="Live"), "explorer")
        (length,) = np.frombuffer(blob[:4], "<u4")
        assert json.loads(blob[4 : 4 + length])["originals"] == where
