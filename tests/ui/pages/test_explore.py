"""Explore: sliders, the digit, jumps, links, slice."""

import io

import pytest
import torch
from PIL import Image
from shipped_models import OF_PICTURES
from visible import (
    assert_fine,
    components,
    coordinates,
    described,
    digit,
    pictures,
    place,
    within_range,
)

from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.shared import neighbours, projection_view, widgets

MODELS = [path.stem for path in OF_PICTURES]


@pytest.fixture(scope="module")
def shipped():
    """The default model."""
    return load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors")


@pytest.mark.parametrize("model", MODELS)
def test_sliders_reach_as_far_as_the_encoded_data(visit, model):
    at = visit(link={"model": model})
    assert_fine(at)
    assert at.selectbox(key="model").value == model
    mu = load_checkpoint(SHIPPED / f"{model}.safetensors").encoded.mu
    low, high = mu.min(dim=0).values.tolist(), mu.max(dim=0).values.tolist()
    for slider, least, most in zip(coordinates(at), low, high, strict=True):
        assert least - 0.11 <= slider.min <= least < most <= slider.max <= most + 0.11


def test_page_shows_digit_cloud_neighbours_traversals_and_slice(visit):
    at = visit()
    # tour, pipeline and what it is told, cloud, its two marks, place, neighbours
    assert len(components(at)) == 8
    assert described(at, "pictures decoded along z1, z2, z3").startswith("data:image/png")
    assert described(at, "15 × 15 pictures decoded over z1 (right) and z2 (up)")
    assert digit(at)


def test_moving_a_slider_changes_the_digit_and_all_that_hangs_on_it(visit):
    at = visit()
    before = pictures(at)
    at.slider(key="z3").set_value(coordinates(at)[2].max).run()
    assert_fine(at)
    after = pictures(at)
    assert digit(at) not in before.values()
    for beginning in ("15 × 15 pictures decoded over z1", "pictures decoded along z1", "z2"):
        (alt,) = (alt for alt in after if alt.startswith(beginning))
        assert after[alt] != before[alt]


def test_the_same_place_is_the_same_picture(visit):
    link = {"z1": "1.25", "z2": "-0.5", "z3": "0.75"}
    assert digit(visit(link=link)) == digit(visit(link=link))


def test_random_point_is_a_draw_from_the_prior_and_another_each_time(visit):
    at, places = visit(), set()
    for _ in range(5):
        at.button[0].click().run()
        assert_fine(at)
        assert within_range(at)
        places.add(tuple(place(at)))
    assert len(places) == 5


def test_random_points_come_in_the_same_order_in_each_session(visit):
    first, second = visit(), visit()
    for at in (first, second):
        at.button[0].click().run()
    assert place(first) == place(second) != place(visit())


def test_jump_goes_to_another_digit_of_the_class_each_time(visit, shipped):
    at, places = visit(), set()
    for _ in range(3):
        at.selectbox(key="jump").set_value(7).run()
        assert_fine(at)
        assert within_range(at)
        assert at.selectbox(key="jump").value is None  # ready for another jump to the same class
        places.add(tuple(place(at)))
        distances = (shipped.encoded.mu - torch.tensor(place(at))).norm(dim=1)
        assert distances.min() < 0.02
        assert shipped.encoded.labels[distances.argmin()] == 7
    assert len(places) == 3


def test_switching_the_model_begins_in_the_middle_of_its_data(visit, small, install):
    key = install(small(latent_dim=5, spread=0.1))
    at = visit(link={"z1": "2.5"})
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert len(place(at)) == 5 and within_range(at)
    assert max(map(abs, place(at))) < 0.1
    at.selectbox(key="model").set_value(DEFAULT).run()
    assert_fine(at)
    assert len(place(at)) == 3 and within_range(at)


def test_link_carries_model_and_place(visit):
    link = {"model": "mnist-3d-tutorial", "z1": "1.5", "z2": "-1", "axes": "z2 × z3"}
    at = visit(link=link)
    assert_fine(at)
    assert at.selectbox(key="model").value == "mnist-3d-tutorial"
    assert place(at)[:2] == [1.5, -1.0]
    assert described(at, "15 × 15 pictures decoded over z2 (right) and z3 (up)")


@pytest.mark.parametrize(
    "link",
    [
        {"z1": "99", "z2": "abc", "model": "nope", "axes": "9-9"},
        {"z1": "-1e9", "z2": "nan", "z3": "inf", "label": "12"},
        {"z1": "", "z2": "0x10", "z3": "1e400", "z4": "1", "model": "", "axes": ""},
        {"z1": "٣", "z2": "1_0", "model": "../secret", "view": "t-SNE", "jump": "3"},
        {"z1": "<b>", "model": "added:00000000", "axes": "z1 × z1"},
        {"label": "", "jump": "", "view": ""},
    ],
)
def test_nonsense_in_a_link_is_ignored(visit, link):
    at = visit(link=link)
    assert_fine(at)
    assert at.selectbox(key="model").value == DEFAULT
    assert within_range(at)


def test_link_to_a_place_outside_another_models_data_is_moved_inside(visit, small, install):
    install(small(spread=0.1), "narrow")
    at = visit(link={"model": "narrow (run)", "z1": "4"})
    assert_fine(at)
    assert at.selectbox(key="model").value == "run:narrow"
    assert within_range(at)


def test_other_axes_show_another_slice(visit):
    at = visit()
    at.selectbox(key="axes").set_value("1-3").run()
    assert_fine(at)
    assert described(at, "15 × 15 pictures decoded over z1 (right) and z3 (up)")


def test_place_is_kept_while_another_page_is_looked_at(visit, switch):
    at = visit(link={"z1": "1.5"})
    at.slider(key="z2").set_value(-1.25).run()
    for page in ("interpolate", "reconstruct", "train", ""):
        assert_fine(switch(at, page))
    assert place(at)[:2] == [1.5, -1.25]


def test_point_far_from_real_data_is_called_so(visit):
    at = visit()
    for slider in coordinates(at):
        slider.set_value(slider.max)
    at.run()
    assert any("Far from real data" in block.proto.body for block in at.main.get("html"))


def test_many_coordinates_are_shown_by_t_sne_on_request(visit, small, install):
    key = install(small(latent_dim=10, count=30))
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    assert any("principal components" in caption.value for caption in at.caption)
    at.main.get("button_group")[0].set_value("t-SNE").run()
    assert_fine(at)
    assert any("Until then: PCA" in caption.value for caption in at.caption)
    at.button(key="cancel_tsne").click().run()
    assert at.main.get("button_group")[0].value == "PCA"
    for placing in projection_view._under_way().values():
        placing.thread.join()
    at.main.get("button_group")[0].set_value("t-SNE").run()
    assert_fine(at)
    assert any("t-SNE cannot place" in caption.value for caption in at.caption)
    at.slider(key="z3").set_value(0.5).run()
    assert_fine(at)


@pytest.mark.parametrize(("latent_dim", "label"), [(2, "z1 × z2"), (3, "z1 × z2"), (12, "z")])
def test_plane_can_be_saved(visit, small, install, monkeypatch, latent_dim, label):
    made = {}
    monkeypatch.setattr(
        widgets, "download", lambda title, make, name, *_: made.update({name: (title, make)})
    )
    install(small(latent_dim=latent_dim), "any")
    at = visit(link={"model": "any (run)"})
    assert_fine(at)
    assert len(coordinates(at)) == latent_dim
    title, make = made["manifold.png"]
    assert "30 × 30" in title and label in title
    assert Image.open(io.BytesIO(make())).size == (30 * 28, 30 * 28)


def test_line_has_no_plane_to_save(visit, small, install, monkeypatch):
    made = []
    monkeypatch.setattr(widgets, "download", lambda title, make, name, *_: made.append(name))
    install(small(latent_dim=1), "line")
    at = visit(link={"model": "line (run)"})
    assert_fine(at)
    assert len(coordinates(at)) == 1
    assert "manifold.png" not in made


@pytest.mark.parametrize(
    ("name", "called"),
    [("7", "a 7"), ("8", "an 8"), ("11", "an 11"), ("Ankle boot", "an Ankle boot"), ("", "a ")],
)
def test_picture_of_a_class_has_its_article(name, called):
    assert neighbours.with_article(name) == called
