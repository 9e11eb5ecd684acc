"""Generate: the wall and its seeds, a class by two models, a style as every class."""

import base64
import dataclasses
import io
import json

import numpy as np
import pytest
import torch
from model_kinds import KINDS
from PIL import Image
from streamlit.testing.v1 import AppTest
from visible import assert_fine

from vae_explorer.latent.generation import from_prior
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.components.pad import Drawn
from vae_explorer.ui.components.wall import _temperature, _tile_act
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.page_links import MINE

CLASS, STYLE = {"make": "By class"}, {"make": "In a style"}
CONDITIONAL = "mnist-conditional-3d"


def elements(at) -> list[dict]:
    """What each component was sent."""
    texts = [element.proto.json for element in at.main.get("bidi_component")]
    return [json.loads(text) for text in texts if text]


def walls(at) -> list[list[dict]]:
    """The tiles of each wall on the page."""
    return [sent["tiles"] for sent in elements(at) if "tiles" in sent]


def captions(at) -> list[str]:
    """The seeds under the tiles of the first wall."""
    return [tile["caption"].removeprefix("#") for tile in walls(at)[0]]


def text(at) -> str:
    """All words and figures of a page."""
    blocks = [block.proto.body for block in at.main.get("html")]
    return "\n".join([*blocks, *(m.value for m in at.markdown), *(c.value for c in at.caption)])


# from the prior


def test_each_tile_has_its_seed_and_more_tiles_leave_the_first_as_they_are(visit):
    few, many = visit("generate", {"tiles": "12"}), visit("generate", {"tiles": "48"})
    assert_fine(few)
    assert captions(few) == [str(i) for i in range(12)]
    assert walls(many)[0][:12] == walls(few)[0]
    assert len({tile["picture"] for tile in walls(many)[0]}) == 48


def test_new_samples_bring_new_seeds_and_their_link_brings_the_wall_back(visit):
    at = visit("generate")
    at.button(key="new_samples").click().run()
    assert_fine(at)
    assert captions(at) == [str(i) for i in range(24, 48)]
    seeds = at.query_params["seeds"]
    again = visit("generate", {"seeds": seeds[0] if isinstance(seeds, list) else seeds})
    assert walls(again) == walls(at)
    at.button(key="first_samples").click().run()
    assert captions(at) == [str(i) for i in range(24)]
    assert "seeds" not in at.query_params


def test_temperature_zero_makes_all_tiles_alike_and_seeds_stay(visit):
    at = visit("generate", {"temperature": "0"})
    assert_fine(at)
    assert len({tile["picture"] for tile in walls(at)[0]}) == 1
    assert captions(at) == [str(i) for i in range(24)]


def test_tiles_far_from_all_data_are_said_to_be_so(visit):
    at = visit("generate", {"temperature": "2"})
    far = sum(tile["tone"] == "far" for tile in walls(at)[0])
    assert 0 < far < 24
    assert f"{far} of 24 samples (dashed frames) lie far from all real digits" in text(at)
    assert "All samples lie close to real digits." in text(visit("generate", {"temperature": "0"}))


@pytest.mark.parametrize(
    "link",
    [
        {"seeds": "x", "temperature": "hot", "tiles": "7", "make": "nonsense"},
        {"seeds": "", "temperature": "", "tiles": "", "make": ""},
        {"seeds": "5-1", "temperature": "99", "tiles": "-3"},
        {"seeds": "2147483647"},
    ],
)
def test_nonsense_in_a_link_is_ignored(visit, link):
    at = visit("generate", link)
    assert_fine(at)
    assert captions(at) == [str(i) for i in range(24)]


def test_seeds_of_a_link_are_shown_and_filled_up(visit):
    at = visit("generate", {"seeds": "7,100-102", "tiles": "12"})
    assert captions(at)[:6] == ["7", "100", "101", "102", "103", "104"]


def test_class_of_a_conditional_model_changes_the_wall(visit):
    at = visit("generate", {"model": CONDITIONAL})
    before = walls(at)
    at.selectbox(key="label").set_value(8).run()
    assert_fine(at)
    assert walls(at) != before


def test_autoencoder_is_said_to_have_no_prior(visit):
    assert "trained without a prior" in text(visit("generate", {"model": "mnist-autoencoder-3d"}))


def test_tile_is_told_as_what_was_done_to_it():
    assert [_tile_act({"what": what, "tile": 3}, 4) for what in ("open", "lock", "again")] == [
        ("open", 3),
        ("lock", 3),
        ("again", 3),
    ]
    assert _temperature({"what": "temperature", "value": 2}, 2.0) == 2.0


@pytest.mark.parametrize(
    "news",
    [
        None,
        "open",
        {},
        {"what": "open"},
        {"what": "open", "tile": 4},
        {"what": "lock", "tile": -1},
        {"what": "again", "tile": True},
        {"what": "open", "tile": 1.5},
        {"what": ["open"], "tile": 1},
        {"what": "temperature", "value": float("nan")},
        {"what": "temperature", "value": 2.1},
        {"what": "temperature", "value": "1"},
        {"what": "delete", "tile": 1},
    ],
)
def test_nonsense_from_a_browser_is_ignored(news):
    assert _tile_act(news, 4) == ("", 0)
    assert _temperature(news, 2.0) is None


def test_model_for_the_browser_is_sent_beside_the_wall(visit):
    parts = [e.proto for e in visit("generate").main.get("bidi_component")]
    (model,) = (p.bytes for p in parts if p.component_name.endswith("vae_explorer_model"))
    (length,) = np.frombuffer(model[:4], "<u4")
    header = json.loads(model[4 : 4 + length])
    (live,) = (t["live"] for t in elements(visit("generate")) if "tiles" in t)
    assert (header["pad"], header["sha"]) == (live["key"], live["sha"])
    assert header["decoder"]["latent"] == 3 and len(live["z"]) == len(live["points"]) == 24
    assert len(model) < 2_000_000


def test_wall_of_a_model_that_no_browser_can_run_is_heated_by_the_server(visit, small, install):
    install(small(decoder=(2700, 2700)))
    at = visit("generate", {"model": "small (run)", "temperature": "0.5"})
    assert_fine(at)
    parts = [e.proto.component_name for e in at.main.get("bidi_component")]
    assert not any(name.endswith("vae_explorer_model") for name in parts)
    assert len(walls(at)[0]) == 24


# by class


def test_temperature_is_shared_by_all_ways_and_kept_in_the_link(visit):
    at = visit("generate", CLASS | {"temperature": "0.5"})
    before = walls(at)
    assert at.slider(key="temperature_slider").value == 0.5
    at.slider(key="temperature_slider").set_value(0.0).run()
    assert_fine(at)
    assert all(len({tile["picture"] for tile in tiles}) == 1 for tiles in walls(at))
    assert walls(at) != before
    at.main.get("button_group")[0].set_value("From the prior").run()
    (live,) = (t["live"] for t in elements(at) if "tiles" in t)
    assert live["temperature"] == 0.0


def test_both_models_make_the_class_and_another_classifies(visit):
    at = visit("generate", CLASS)
    assert_fine(at)
    assert [len(tiles) for tiles in walls(at)] == [20, 20]
    words = text(at)
    assert CONDITIONAL in words and DEFAULT in words and "Classifier: mnist-32d" in words
    assert "right on real test pictures" in words
    assert at.main.get("vega_lite_chart")


def test_each_model_says_whether_it_is_given_the_class(visit):
    words = text(visit("generate", CLASS))
    assert 'Conditional: given "7", random z.' in words
    assert "Unconditional: z drawn near the 7s." in words


def test_model_never_classifies_its_own_pictures(visit):
    assert "Classifier: mnist-10d" in text(visit("generate", CLASS | {"model": "mnist-32d"}))


def test_another_class_makes_other_pictures(visit):
    at = visit("generate", CLASS)
    before = walls(at)
    at.main.get("button_group")[1].set_value(2).run()
    assert_fine(at)
    assert all(a != b for a, b in zip(walls(at), before, strict=True))


def test_without_a_classifier_or_another_model_it_says_so_and_shows_the_class_all_the_same(visit):
    at = visit("generate", CLASS | {"model": "digits-3d"})
    assert_fine(at)
    assert len(walls(at)) == 1
    assert "There is no classifier for these pictures" in text(at)
    assert "There is no conditional model of these pictures" in text(at)


@pytest.mark.parametrize(
    "link",
    [
        CLASS | {"made_class": "77", "temperature": "nan", "counterpart": "nobody"},
        CLASS | {"made_class": "", "temperature": "-inf"},
        STYLE | {"style_of": "nobody", "style_page": "x"},
    ],
)
def test_nonsense_in_a_link_to_a_class_or_style_is_ignored(visit, link):
    at = visit("generate", link)
    assert_fine(at)
    assert len(walls(at)) == 2


def test_class_of_one_picture_is_one_sentence(visit, small, install):
    install(small(count=11, names=11))
    at = visit("generate", CLASS | {"model": "small (run)", "made_class": "10"})
    (error,) = at.error
    assert "too few for a density" in error.value and not at.exception


# in a style


def test_style_is_shown_as_every_class_by_both_models(visit):
    at = visit("generate", STYLE)
    assert_fine(at)
    assert [len(tiles) for tiles in walls(at)] == [6 * 11, 6 * 11]
    own = [[tile["tone"] for tile in tiles].count("source-class") for tiles in walls(at)]
    assert all(0 < count <= 6 for count in own)
    assert "Agreement: how often does a style" in text(at)


def test_six_others_are_six_others(visit):
    at = visit("generate", STYLE)
    before = walls(at)
    at.button(key="other_styles").click().run()
    assert_fine(at)
    assert walls(at)[0] != before[0]


def test_random_z_has_a_style_only_where_the_class_is_given(visit):
    at = visit("generate", STYLE | {"style_of": "Random style"})
    assert_fine(at)
    assert [len(tiles) for tiles in walls(at)] == [60]
    assert "no class of its own" in text(at)


def test_own_digit_taken_along_is_shown_as_every_class(visit, digits):
    at = visit("generate", STYLE | {"style_of": MINE})
    assert_fine(at)
    assert not walls(at)
    at.session_state[registry.USER_DIGIT] = digits.test.images[3:4].float() / 255
    at.run()
    assert_fine(at)
    assert [len(tiles) for tiles in walls(at)] == [11, 11]


def test_own_digit_is_brought_from_reconstruct(visit, switch, drawing):
    at = visit("reconstruct", {"input": "Upload"})
    at.file_uploader(key="picture").upload("one.png", drawing, "image/png").run()
    at.button(key="style_digit").click().run()
    switch(at, "generate")
    assert_fine(at)
    assert [len(tiles) for tiles in walls(at)] == [11, 11]


def test_what_was_made_last_counts_the_drawing_or_the_digit_brought():
    drawn, later = (Drawn(torch.full((1, 28, 28), i / 4), i) for i in (1, 2))
    script = """
import streamlit as st
from vae_explorer.ui.shared.user_digit import latest
image = latest(st.session_state.get("drawn"), "pad")
st.text("none" if image is None else f"{image.max():.2f}")
"""
    at = AppTest.from_string(script)
    shown = []
    for change in (
        {},
        {"drawn": drawn},
        {registry.USER_DIGIT: torch.ones(1, 28, 28)},
        {"drawn": later},
        {registry.USER_DIGIT: torch.full((1, 28, 28), 0.75)},
        {"drawn": None},
    ):
        for key, value in change.items():
            at.session_state[key] = value
        shown.append(at.run().text[0].value)
    assert shown == ["none", "0.25", "1.00", "0.50", "0.75", "0.75"]


def test_models_whose_pictures_differ_are_not_compared_item_by_item(visit, small, install):
    """Two models that call their data alike but carry different pictures."""
    conditional = small(classes=10)
    install(dataclasses.replace(conditional, sha256=""), "conditional")
    other = small(count=50)
    labels = other.encoded.labels.flip(0)
    install(dataclasses.replace(other, encoded=other.encoded._replace(labels=labels)), "other")
    at = visit("generate", STYLE | {"model": "conditional (run)"})
    (error,) = at.error
    assert "carries other pictures" in error.value and not at.exception


def test_other_seeds_make_other_pictures_of_the_class(visit):
    at = visit("generate", CLASS)
    before = walls(at)
    at.button(key="other_seeds").click().run()
    assert_fine(at)
    for wall in walls(at):
        for seed, tile in enumerate(wall, 20):
            assert tile["caption"] == f"#{seed}" or tile["tone"] == "other-class"
    assert all(a != b for a, b in zip(walls(at), before, strict=True))


@pytest.mark.parametrize(
    ("former", "present"), [("Prior", "Random style"), ("My digit", MINE), ("Test digits",) * 2]
)
def test_older_link_to_a_style_shows_the_same(visit, former, present):
    at = visit("generate", STYLE | {"style_of": former})
    assert_fine(at)
    (source,) = (group for group in at.main.get("button_group") if group.key == "style_of")
    assert source.value == present


def test_files_to_keep_say_what_is_in_them(visit):
    labels = [button.proto.label for button in visit("generate").get("download_button")]
    assert labels[:3] == ["One sheet (.png)", "PNG files (.zip)", "NumPy arrays (.npz)"]


# every kind of model


@pytest.mark.parametrize("way", ["By class", "In a style"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_is_shown_or_refused_in_sentences(visit, small, install, kind, way):
    install(small(**KINDS[kind]))
    at = visit("generate", {"make": way, "model": "small (run)"})
    assert not at.exception, at.exception[0].message
    refused = [message.value for message in (*at.error, *at.info)]
    assert bool(walls(at)) != bool(refused)
    assert all(sentence.strip().endswith(".") for sentence in refused)


def test_first_tile_is_the_models_own_draw(visit):
    """The picture in the browser is what the core decodes for that seed."""
    tile = walls(visit("generate"))[0][5]
    pixels = Image.open(io.BytesIO(base64.b64decode(tile["picture"].split(",")[1])))
    made = from_prior(load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors"), [5]).pictures[0, 0]
    assert np.abs(np.asarray(pixels) - 255 * made.numpy()).max() <= 0.51


def test_start_again_undoes_another_temperature_too(visit):
    at = visit("generate")
    assert at.button(key="first_samples").disabled
    at.session_state[registry.TEMPERATURE] = 0.5
    assert not at.run().button(key="first_samples").disabled
    at.button(key="first_samples").click().run()
    assert_fine(at)
    assert at.button(key="first_samples").disabled and "temperature" not in at.query_params


def test_samples_of_many_coordinates_are_not_all_called_far(visit):
    at = visit("generate", {"model": "mnist-32d"})
    assert_fine(at)
    far = [tile for tile in walls(at)[0] if tile["tone"]]
    assert len(far) <= len(walls(at)[0]) // 4
