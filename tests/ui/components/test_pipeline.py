"""What the pipeline says of models of all kinds, and of a place."""

import code_files
import pytest
import streamlit as st
import torch
from model_kinds import KINDS, small_model

from vae_explorer.models.foreign.codes import open_codes
from vae_explorer.models.inference import reconstruct
from vae_explorer.training.runs.live_models import fresh
from vae_explorer.ui.components import pipeline
from vae_explorer.ui.pages.explore import pipeline_state
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.shared import live_view_payload

ORDER = ["item", "encoder", "code", "place", "decoder", "picture"]


def parts(checkpoint, runs: str = pipeline.BROWSER) -> dict[str, dict]:
    """What is said of each part of a model."""
    words = live_view_payload.pipeline_words(latent_space.of(checkpoint), runs)
    assert [part["key"] for part in words["parts"]] == ORDER
    return {part["key"]: part for part in words["parts"]} | {"words": words}


def missing(said: dict[str, dict]) -> list[str]:
    return [key for key in ORDER if said[key]["missing"]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_of_a_model_is_said_as_it_is(kind):
    checkpoint = fresh(small_model(**KINDS[kind]))
    said, config = parts(checkpoint), checkpoint.config
    assert missing(said) == ([] if checkpoint.encoded else ["item", "code"])
    _, height, width = config.image_shape
    assert f"{height}\u00a0×\u00a0{width} " in said["encoder"]["about"]
    assert ("class {class}" in said["decoder"]["about"]) == bool(config.classes)
    assert said["decoder"]["about"].startswith(f"{config.latent_dim}\u00a0number")
    assert said["code"]["name"] == ("μ ± σ" if config.variational else "Code")
    assert ("(μ,\u00a0σ)" in said["encoder"]["about"]) == config.variational
    words = said["words"]
    assert words["rows"] + bool(words["more"]) == min(config.latent_dim, 3)
    assert len(words["items"]) == len(latent_space.of(checkpoint).classes)


def test_pipeline_says_who_decodes():
    for runs in (pipeline.BROWSER, pipeline.SERVER, pipeline.PYTHON):
        assert parts(fresh(small_model()), runs)["decoder"]["about"].endswith(runs)


@pytest.mark.parametrize(("pictured", "noun"), [(True, "Picture"), (False, "Code")])
def test_codes_alone_have_neither_encoder_nor_decoder(pictured, noun):
    file = code_files.npz(**code_files.arrays(pictures=pictured))
    said = parts(open_codes.open_codes(file, "insects.npz").checkpoint)
    assert missing(said) == ["encoder", "decoder", "picture"]
    assert said["item"]["name"] == noun
    assert said["words"]["items"] == ["an\u00a0ant", "a\u00a0bee", "a\u00a0cat"]


@pytest.fixture
def space():
    """A space of three coordinates, and an empty session."""
    st.session_state.clear()
    yield latent_space.of(fresh(small_model()))
    st.session_state.clear()


def test_place_is_at_a_code_only_where_it_shows_the_same_numbers(space):
    code = space.codes.mu[7]
    there = pipeline_state.of(space, (code * 100).round() / 100)
    assert there["here"] and there["chosen"] and there["name"] == "a class 7, decoded"
    assert there["mu"] == code.tolist() and there["sigma"] == [1.0, 1.0, 1.0]
    assert not pipeline_state.of(space, code + 0.02)["here"]


def test_picture_of_ones_own_is_shown_where_its_code_is(space):
    image = torch.zeros(1, 28, 28)
    image[:, 5:20, 12:15] = 1
    result = reconstruct(space.checkpoint, image.unsqueeze(0))
    assert pipeline_state.brought(space, result.mu[0]) is None
    registry.USER_DIGIT.put(image)
    own = pipeline_state.brought(space, result.mu[0])
    assert own is not None and own["src"].startswith("data:image/png")
    assert own["mu"] == pytest.approx(result.mu[0].tolist())
    assert own["sigma"] == pytest.approx(result.sigma[0].tolist())
    assert pipeline_state.of(space, result.mu[0])["name"] == own["name"] == "your picture"
    assert pipeline_state.brought(space, result.mu[0] + 0.1) is None


def test_without_encoded_pictures_the_decoder_alone_has_something_to_say(space):
    alone = latent_space.of(fresh(small_model(count=0, classes=10)))
    state = pipeline_state.of(alone, torch.zeros(3))
    assert (state["name"], state["mu"], state["here"]) == ("", None, False)
    assert state["picture"].startswith("data:image/png") and state["class"] == "class 0"
