"""The exact posterior on Explore and Reconstruct: figures, ways, and what cannot be said."""

import json
import re

import code_files
import pytest
import torch
from model_kinds import small_model
from visible import assert_fine, complaint, pictures, place

from vae_explorer.data.handwriting import preprocessing
from vae_explorer.latent import exact
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.shipped import CHECKPOINTS
from vae_explorer.ui.components import pad
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.exact import decoded_lattices

POINTS = 2**13
GAPS = "Approximation gap"
DECODED = ("The picture", "Encoder's μ", "Exact mean", "Exact mode")


@pytest.fixture(autouse=True)
def _few_points(monkeypatch):
    monkeypatch.setattr(prior_lattice, "POINTS", POINTS)
    decoded_lattices._store.clear()
    yield
    decoded_lattices._store.clear()


@pytest.fixture
def come(visit, install, monkeypatch):
    """come(made=None, page="reconstruct", exact="true") -> the page, a seven on its pad."""

    def comer(made=None, page="reconstruct", exact="true", **link):
        key = {"model": install(made)} if made else {}
        return visit(page, {"exact": exact} | key | link)

    return comer


@pytest.fixture
def seven(drawing) -> torch.Tensor:
    """What a model sees of it, (1, 28, 28)."""
    return preprocessing.preprocess_image(drawing).image


@pytest.fixture(autouse=True)
def _drawn(seven, monkeypatch):
    monkeypatch.setattr(pad, "pad", lambda *args, **about: pad.Drawn(seven, 1))


def words(at) -> str:
    """All words of the page."""
    html = [block.proto.body for block in at.main.get("html")]
    return "\n".join([text.value for text in (*at.markdown, *at.caption)] + html)


def figure(at, name: str) -> float:
    """A figure of the section, by its name."""
    rows = re.findall(r"<span>([^<]+)</span><span[^>]*>(?:at most )?([−0-9.]+)", words(at))
    return float(dict(rows)[name].replace("−", "-"))


def sent(at, key: str):
    """What the component of this key was sent, or None."""
    for part in at.main.get("bidi_component"):
        if part.proto.id.endswith(key):
            return json.loads(part.proto.json)
    return None


# Reconstruct


def test_nothing_is_decoded_until_it_is_asked_for(come, monkeypatch):
    monkeypatch.setattr(decoded_lattices, "of", lambda *args: pytest.fail("it was decoded"))
    at = come(exact="")
    assert_fine(at)
    assert at.toggle(key=registry.EXACT).value is False
    assert GAPS not in words(at)


def test_figures_are_those_of_the_core(come, seven):
    at = come()
    assert_fine(at)
    model = load_checkpoint(CHECKPOINTS / "mnist-3d.safetensors").model
    lattice = prior_lattice.decoded_lattice(model, POINTS)
    gaps = exact.gaps(lattice, seven.unsqueeze(0))
    assert figure(at, "log p(x)") == pytest.approx(gaps.log_evidence.item(), abs=0.006)
    assert figure(at, "The encoder loses") == pytest.approx(gaps.inference.item(), abs=0.006)
    assert figure(at, GAPS) == pytest.approx(max(0, gaps.approximation.item()), abs=0.006)
    assert figure(at, "Amortisation gap") == pytest.approx(gaps.amortisation.item(), abs=0.006)


def test_pictures_are_decoded_where_it_is_put_and_where_it_belongs(come):
    shown = pictures(come())
    assert set(DECODED) <= set(shown)
    assert shown["Encoder's μ"] != shown["Exact mean"]


def test_cloud_is_told_of_the_posterior_and_the_mark_moves_to_where_it_belongs(come):
    at = come()
    mark = sent(at, "exact_mark")
    assert len(mark["mass"]) == 384 and mark["point"] is None
    belongs = mark["target"][0]["point"]
    at.button_group(key=registry.EXACT_PLACE).set_value("Where it belongs").run()
    assert_fine(at)
    assert sent(at, "exact_mark")["point"] == belongs
    at.button(key="exact_close_up").click().run()
    assert sent(at, "exact_mark")["look"]["count"] == 1 + mark["look"]["count"]
    assert sent(at, "exact_mark")["look"]["point"] == belongs


def test_neighbours_of_its_draws_vote(come):
    assert re.search(r"Looks like</span><span[^>]*>\d \(\d+ %\)", words(come()))


def test_a_second_visitor_finds_the_lattice_decoded(come, monkeypatch):
    come()
    monkeypatch.setattr(
        prior_lattice, "decoded_lattice", lambda *args, **more: pytest.fail("again")
    )
    at = come()
    assert_fine(at)
    assert GAPS in words(at)


def test_test_digit_is_picked_and_looked_at(come):
    at = come(input="Test digits")
    assert_fine(at)
    assert GAPS not in words(at)
    at.session_state[registry.TEST_DIGIT_CHOSEN] = 3
    at.run()
    assert_fine(at)
    assert GAPS in words(at)
    assert sent(at, "test_digit_picker")["chosen"] == 3


def test_before_there_is_a_picture_it_says_that_it_is_ready(come, monkeypatch):
    monkeypatch.setattr(pad, "pad", lambda *args, **about: None)
    at = come()
    assert_fine(at)
    assert "appears here at once" in words(at)


REASONS = {
    "10-D": "at most 3 coordinates",
    "plain": "no prior",
}
UNSUITED = {"10-D": {"latent_dim": 10}, "plain": {"variational": False}}


@pytest.mark.parametrize("page", ["reconstruct", ""])
@pytest.mark.parametrize("kind", REASONS)
def test_models_without_an_exact_posterior_say_why(come, kind, page):
    at = come(small_model(**UNSUITED[kind]), page)
    assert_fine(at)
    assert REASONS[kind] in words(at)
    assert GAPS not in words(at)


SUITED = {
    "1-D": {"latent_dim": 1},
    "2-D": {"latent_dim": 2},
    "no encoded set": {"count": 0},
    "gaussian": {"likelihood": "gaussian"},
    "one class": {"names": 1},
    "one encoded picture": {"count": 1},
}


@pytest.mark.parametrize("kind", SUITED)
def test_models_of_other_kinds_have_one(come, kind):
    at = come(small_model(**SUITED[kind]))
    assert_fine(at)
    assert GAPS in words(at)
    assert ("Looks like</span>" in words(at)) == (kind not in ("no encoded set", "one class"))


def test_conditional_model_is_asked_under_the_chosen_class(come):
    at = come(small_model(classes=10))
    assert_fine(at)
    first = figure(at, "log p(x)")
    at.selectbox(key="label").set_value(4).run()
    assert_fine(at)
    assert figure(at, "log p(x)") != first


def test_damaged_weights_are_one_sentence_and_the_rest_of_the_page_stays(come, monkeypatch):
    def refuse(*args, **settings):
        raise prior_lattice.ExplorerError("the decoder gives values that are not finite numbers.")

    monkeypatch.setattr(prior_lattice, "decoded_lattice", refuse)
    at = come()
    assert "not finite" in complaint(at)
    assert "Reconstruction" in pictures(at)


def test_picture_that_no_point_explains_is_one_sentence(come, monkeypatch):
    def refuse(*args, **settings):
        raise prior_lattice.ExplorerError("no point of the latent space explains picture 1.")

    monkeypatch.setattr(exact, "posterior", refuse)
    at = come(small_model())
    assert "no point" in complaint(at)
    assert "Reconstruction" in pictures(at)


# Explore


def test_nearest_picture_has_its_figures_and_two_places_to_go_to(come):
    at = come(page="")
    assert_fine(at)
    assert "**Exact posterior** of the nearest test picture" in words(at)
    log_p, before = figure(at, "log p(x)"), place(at)
    mark = sent(at, "exact_overlay")
    belongs, put = mark["ways"][1]["z"], mark["ways"][0]["z"]
    assert mark["view"] == "explore" and mark["mass"] and mark["posterior"]
    at.button(key="exact_way_1").click().run()
    assert_fine(at)
    assert place(at) == pytest.approx(belongs, abs=0.011) != before
    assert figure(at, "log p(x)") == log_p
    at.button(key="exact_way_0").click().run()
    assert place(at) == pytest.approx(put, abs=0.011)
    assert figure(at, "log p(x)") == log_p


def test_another_place_is_another_picture(come):
    at = come(page="")
    log_p = figure(at, "log p(x)")
    at.slider(key="z1").set_value(2.0).run()
    assert_fine(at)
    assert figure(at, "log p(x)") != log_p


def test_without_originals_it_is_said_to_be_of_the_reconstruction(come):
    assert "Of its reconstruction" in words(come(page=""))


def test_live_view_has_a_switch_of_its_own(come):
    at = come(page="", exact="", mode="Live")
    assert_fine(at)
    assert sent(at, "place_sync")["exact"] is False
    assert not [toggle for toggle in at.toggle if toggle.key == registry.EXACT]
    at = come(page="", mode="Live")
    assert sent(at, "place_sync")["exact"] is True
    assert not [toggle for toggle in at.toggle if toggle.key == registry.EXACT]
    assert GAPS in words(at)
    assert not [button for button in at.button if button.key == "exact_way_0"]


def test_codes_alone_say_that_they_need_the_decoder(come):
    at = come(page="")
    content = code_files.npz(**code_files.arrays())
    at.file_uploader(key="add_model").upload("codes.npz", content, "").run()
    assert_fine(at)
    assert "There are codes alone" in words(at)
