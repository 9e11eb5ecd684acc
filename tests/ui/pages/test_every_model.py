"""Every page with every kind of model that a file can hold."""

import pytest
from foreign_networks import NETWORKS, encoded_checkpoint, own_code_checkpoint
from model_kinds import KINDS
from molecules import HAS_RDKIT
from visible import assert_fine, coordinates, digit, within_range

from vae_explorer.config import TrainConfig
from vae_explorer.models.checkpoints import save_checkpoint
from vae_explorer.molecules import chemistry
from vae_explorer.training.runs import live_models
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.training.runs.run_folder import create_run
from vae_explorer.ui import messages

PAGES = ("", "generate", "interpolate", "reconstruct", "anomalies", "compare")
PAGES += ("your_model", "train")
SHIPPED_MODELS = sorted(p.stem for p in SHIPPED.glob("*.safetensors"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("model", SHIPPED_MODELS)
def test_shipped_model_is_shown(visit, page, model):
    at = visit(page, {"model": model})
    assert at.selectbox(key="model").value == model
    if model.startswith("moses") and not HAS_RDKIT:
        assert not at.exception
        assert {box.value for box in at.error} == {messages.plain(chemistry.INSTALL)}
    else:
        assert_fine(at)


@pytest.mark.parametrize("kind", KINDS)
def test_model_is_shown_on_every_page(visit, switch, small, install, drawing, kind):
    made = small(**KINDS[kind])
    show_everywhere(visit, switch, drawing, made, install(made))


@pytest.mark.parametrize("name", NETWORKS)
def test_network_made_elsewhere_is_shown_on_every_page(visit, switch, drawing, name):
    made = encoded_checkpoint(name)
    run = create_run("elsewhere", TrainConfig(dataset="digits"))
    save_checkpoint(made, run.checkpoint)
    show_everywhere(visit, switch, drawing, made, "run:elsewhere")


@pytest.mark.parametrize("differentiable", [True, False])
@pytest.mark.parametrize("name", ["log variance", "told the class", "colour, tanh, BGR"])
def test_model_with_code_of_its_own_is_shown_on_every_page(
    visit, switch, drawing, name, differentiable
):
    made = live_models.keep("code", own_code_checkpoint(name, differentiable))
    try:
        show_everywhere(visit, switch, drawing, made, "live:code")
    finally:
        live_models.forget("code")


def test_model_without_gradients_says_what_it_cannot(visit, switch, drawing):
    live_models.keep("code", own_code_checkpoint("log variance", False))
    try:
        at = visit("interpolate", {"model": "code (live)", "input": "Upload"})
        assert_fine(at)
        assert any("no geodesic can be searched" in note.value for note in at.caption)
        at = switch(at, "reconstruct")
        at.file_uploader(key="picture").upload("a.png", drawing, "image/png").run()
        assert_fine(at)
        assert any("posteriors cannot be refined" in note.value for note in at.caption)
        at = visit("", {"model": "code (live)"}, mode="Live")  # decoded on the server all the same
        assert_fine(at)
        assert digit(at)
    finally:
        live_models.forget("code")


def show_everywhere(visit, switch, drawing, made, key):
    """Move about on Explore, and see each other page."""
    at = visit(link={"input": "Upload"})
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert len(coordinates(at)) == made.config.latent_dim
    before = digit(at)
    at.slider(key="z1").set_value(coordinates(at)[0].max).run()
    assert_fine(at)
    assert digit(at) != before
    at.button[0].click().run()
    assert_fine(at)
    assert within_range(at)
    for page in PAGES[1:]:
        assert_fine(switch(at, page))
        if page == "reconstruct":
            assert_fine(at.file_uploader(key="picture").upload("a.png", drawing, "image/png").run())
    assert_fine(switch(at, ""))


def test_jump_to_a_class_without_pictures_stays_put(visit, small, install):
    key = install(small(labels=7))
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    before = digit(at)
    at.selectbox(key="jump").set_value(9).run()
    assert_fine(at)
    assert digit(at) == before


def test_class_of_a_conditional_model_changes_the_digit(visit, small, install):
    key = install(small(classes=10))
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    before = digit(at)
    at.selectbox(key="label").set_value(6).run()
    assert_fine(at)
    assert digit(at) != before


@pytest.mark.parametrize("page", PAGES[:4])
def test_labels_without_a_class_name_are_called_by_their_number(visit, small, install, page):
    install(small(names=2, labels=9))
    at = visit(page, {"model": "small (run)"})
    assert_fine(at)
    if page == "interpolate":
        at.selectbox(key="from_class").set_value(8).run()
        assert_fine(at)
        assert at.number_input(key="from").value % 9 == 8


@pytest.mark.parametrize("page", PAGES[:4])
def test_empty_class_in_a_link_to_a_conditional_model_is_ignored(visit, small, install, page):
    install(small(classes=10))
    assert_fine(visit(page, {"model": "small (run)", "label": ""}))
