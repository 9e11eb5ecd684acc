"""Interpolate: ends of every kind, ways of every kind, and what is said of them."""

import io
import json
import struct
import threading

import numpy as np
import pytest
from PIL import Image, ImageSequence
from visible import assert_fine, complaint, pictures

from vae_explorer import figures
from vae_explorer.latent import walks
from vae_explorer.latent.path_kinds import GEODESIC, PATHS, straight_path
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.pages.interpolate import geodesic_search
from vae_explorer.ui.pages.interpolate.endpoint_form import CENTRE, PLACE, SUM, TEST, USER
from vae_explorer.ui.pages.interpolate.page import SCALE
from vae_explorer.ui.session import registry

STRAIGHT = {"path": "straight"}  # a link that leaves out what would have to be searched


@pytest.fixture(scope="module")
def default():
    """The default model."""
    return load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors")


@pytest.fixture
def labels(default):
    """The classes of its encoded pictures."""
    return default.encoded.labels


def ends(at) -> tuple[int, int]:
    """The two test items chosen."""
    return at.number_input(key="from").value, at.number_input(key="to").value


def played(at) -> tuple[dict, np.ndarray]:
    """What the player has been sent: its header, and frames (routes, steps, H, W[, 3])."""
    (found,) = (b for b in at.main.get("bidi_component") if "player" in b.proto.component_name)
    blob = found.proto.bytes
    (length,) = struct.unpack_from("<I", blob)
    header = json.loads(blob[4 : 4 + length])
    _, count, offset = header["arrays"]["frames"]
    frames = np.frombuffer(blob, np.uint8, count, 4 + length + offset)
    channels, *sides = header["shape"]
    return header, frames.reshape(-1, header["steps"], *sides, *[3][: channels - 1])


def names(at) -> list[str]:
    """The ways that are shown."""
    return [route["name"] for route in played(at)[0]["routes"]]


def strip(at) -> bytes:
    """The pictures of the first way."""
    return played(at)[1][0].tobytes()


def searched(at):
    """The page once the geodesic has been found."""
    at.session_state[registry.GEODESIC_SEARCH].join()
    return at.run()


def test_page_begins_with_a_walk_between_two_classes(visit, labels):
    at = visit("interpolate", STRAIGHT)
    assert_fine(at)
    chosen = [at.selectbox(key=key).value for key in ("from_class", "to_class")]
    assert [labels[index] for index in ends(at)] == chosen and chosen[0] != chosen[1]
    header, frames = played(at)
    assert names(at) == ["straight", "autoencoder-3d", "cross-fade"]
    assert frames.shape == (3, 16, 28, 28)
    assert all(len(route["places"]) == 16 for route in header["routes"][:1])
    assert header["routes"][1]["places"] is None


def test_geodesic_is_searched_beside_the_page_and_then_shown(visit, default):
    at = visit("interpolate", {"path": "geodesic", "from": "3", "to": "18"})
    assert_fine(at)
    assert "geodesic" not in names(at)
    assert registry.GEODESIC_SEARCH in at.session_state
    at = searched(at)
    assert_fine(at)
    header, frames = played(at)
    assert names(at)[0] == "geodesic"
    mu = default.encoded.mu
    path = walks.final_path(walks.search(default, mu[3], mu[18], 0, mu))
    walk = walks.walk(default, "geodesic", mu[3], mu[18], 16, 0, path)
    np.testing.assert_allclose(header["routes"][0]["places"], walk.path, atol=1e-4)
    assert np.abs(frames[0, -1] - walk.pictures[-1, 0].numpy() * 255).max() < 1
    assert registry.GEODESIC_SEARCH not in at.session_state


@pytest.fixture
def gate(monkeypatch) -> threading.Event:
    """Searches come no further than their first report until it is set."""
    opened, search = threading.Event(), walks.search

    def held_up(*arguments):
        first = next(search(*arguments))
        while not opened.wait(0.01):
            yield first
        yield from search(*arguments)

    monkeypatch.setattr(walks, "search", held_up)
    return opened


def test_search_is_cancelled_without_a_trace_and_begun_again(visit, gate):
    at = visit("interpolate", {"path": "geodesic", "from": "4", "to": "19"})
    search = at.session_state[registry.GEODESIC_SEARCH]
    at.button(key="cancel").click().run()
    assert_fine(at)
    search.join()
    gate.set()
    assert geodesic_search._results().get(search.key) is None
    assert "geodesic" not in names(at) and registry.GEODESIC_SEARCH not in at.session_state
    assert any("cancelled" in caption.value for caption in at.caption)
    at.button(key="search").click().run()
    assert_fine(at)
    assert names(searched(at))[0] == "geodesic"


def test_search_for_ends_that_were_left_is_ended(visit, gate):
    at = visit("interpolate", {"path": "geodesic", "from": "5", "to": "20"})
    first = at.session_state[registry.GEODESIC_SEARCH]
    at.number_input(key="to").set_value(21).run()
    first.join()
    assert at.session_state[registry.GEODESIC_SEARCH] is not first
    assert geodesic_search._results().get(first.key) is None


def test_search_that_fails_is_reported_and_not_begun_again_and_again(visit, monkeypatch):
    begun = []

    def broken(*arguments):
        begun.append(arguments)
        raise RuntimeError("a bug")

    monkeypatch.setattr(walks, "search", broken)
    at = visit("interpolate", {"path": "geodesic", "from": "6", "to": "22"})
    if not at.exception:
        at.run()
    assert [error.message for error in at.exception] == ["a bug"]
    assert len(begun) == 1


def test_another_class_brings_a_digit_of_it_and_other_pictures(visit, labels):
    at = visit("interpolate", STRAIGHT)
    before = strip(at)
    at.selectbox(key="from_class").set_value(5).run()
    assert_fine(at)
    assert labels[ends(at)[0]] == 5
    assert strip(at) != before


def test_any_test_item_can_be_an_end(visit, labels):
    at = visit("interpolate", STRAIGHT)
    before = strip(at)
    at.number_input(key="to").set_value(len(labels) - 1).run()
    assert_fine(at)
    assert strip(at) != before


def test_number_of_steps_and_kind_of_path_change_the_pictures(visit):
    at = visit("interpolate", STRAIGHT)
    seen = {strip(at)}
    at.slider(key="steps").set_value(7).run()
    seen.add(strip(at))
    at.pills(key="path").set_value(["spherical"]).run()
    assert_fine(at)
    assert names(at)[0] == "spherical" and played(at)[0]["steps"] == 7
    seen.add(strip(at))
    assert len(seen) == 3


def test_without_any_path_chosen_the_straight_one_is_shown(visit):
    at = visit("interpolate", STRAIGHT)
    at.pills(key="path").set_value([]).run()
    assert_fine(at)
    assert names(at)[0] == "straight"


def test_votes_density_and_length_are_those_of_the_walk(visit, default):
    at = visit("interpolate", STRAIGHT | {"from": "3", "to": "18"})
    told = played(at)[0]["routes"][0]
    encoded = default.encoded
    walk = walks.walk(default, "straight", encoded.mu[3], encoded.mu[18], 16)
    usual = walks.code_densities(default, encoded)
    around = walks.surroundings(default, encoded, usual, walk.path, [3, 18])
    assert [label for label, _, _ in told["votes"]] == [vote.label for vote in around.votes]
    np.testing.assert_allclose(told["density"], around.density, atol=1e-3)
    np.testing.assert_allclose(told["travelled"], walk.travelled, atol=1e-3)
    (totals,) = (b.proto.body for b in at.main.get("html") if "walk-totals" in b.proto.body)
    assert f"{walk.travelled[-1]:.2f}" in totals


def test_another_model_walks_between_its_own_codes_of_the_same_digits(visit):
    at = visit("interpolate", STRAIGHT | {"from": "3", "to": "18"})
    offered = at.selectbox(key="beside")
    assert offered.value == "mnist-autoencoder-3d"
    assert not {"digits-3d", "mnist-conditional-3d", DEFAULT} & set(offered.options)
    offered.set_value("mnist-10d").run()
    assert_fine(at)
    other = load_checkpoint(SHIPPED / "mnist-10d.safetensors")
    expected = walks.walk(other, "straight", other.encoded.mu[3], other.encoded.mu[18], 16)
    frames = played(at)[1][names(at).index("mnist-10d")]
    assert np.abs(frames - expected.pictures[:, 0].numpy() * 255).max() <= 0.51
    at.selectbox(key="beside").set_value("nothing").run()
    assert names(at) == ["straight", "cross-fade"]


def test_centre_of_a_class_is_an_end(visit, default, labels):
    at = visit("interpolate", STRAIGHT | {"to_kind": CENTRE, "to_centre": "3"})
    assert_fine(at)
    centre = default.encoded.mu[labels == 3].mean(dim=0)
    np.testing.assert_allclose(played(at)[0]["routes"][0]["places"][-1], centre, atol=1e-4)
    assert any("mean of its 1,010 codes" in caption.value for caption in at.caption)


def test_class_of_one_example_is_said_to_be_that(visit, small, install):
    install(small(count=11, names=11))
    at = visit("interpolate", {"model": "small (run)", "from_kind": CENTRE})
    assert_fine(at)
    assert any("the code of its only example" in caption.value for caption in at.caption)


def test_sum_of_digits_and_centres_is_an_end(visit, default, labels):
    link = {
        "from_kind": SUM,
        "from_a": "a test digit",
        "from_a_item": "18",
        "from_c": "centre of 8",
    }
    at = visit("interpolate", STRAIGHT | link)
    at.selectbox(key="from_b").set_value(3).run()
    at.selectbox(key="from_c").set_value(8).run()
    at.number_input(key="from_a_item").set_value(18).run()
    assert_fine(at)
    mu = default.encoded.mu
    expected = mu[18] - mu[labels == 3].mean(dim=0) + mu[labels == 8].mean(dim=0)
    np.testing.assert_allclose(played(at)[0]["routes"][0]["places"][0], expected, atol=1e-4)
    shown = [alt for alt in pictures(at) if alt[0] in "a−+="]
    assert shown[0].startswith("a item 18") and shown[1:3] == ["− b centre of 3", "+ c centre of 8"]


def test_place_held_on_explore_is_an_end_until_another_is_taken(visit, switch):
    at = visit(link={"z1": "0.5", "z2": "-1", "z3": "0.25"})
    at.button(key="walk_to").click().run()
    at = switch(at, "interpolate")
    assert_fine(at)
    at.pills(key="path").set_value(["straight"]).run()
    assert at.button_group(key="to_kind").value == PLACE
    assert played(at)[0]["routes"][0]["places"][-1] == [0.5, -1, 0.25]
    at = switch(at, "")
    at.slider(key="z1").set_value(1.5).run()
    at = switch(at, "interpolate")
    assert played(at)[0]["routes"][0]["places"][-1] == [0.5, -1, 0.25]
    at.button(key="to_take").click().run()
    assert_fine(at)
    assert played(at)[0]["routes"][0]["places"][-1] == [1.5, -1, 0.25]


def test_uploaded_digit_is_an_end_and_a_bad_file_one_sentence(visit, drawing):
    at = visit("interpolate", STRAIGHT | {"from_kind": USER})
    assert_fine(at)
    assert "My picture" not in pictures(at)
    at.file_uploader(key="from_file").upload("one.png", drawing, "image/png").run()
    assert_fine(at)
    assert "My picture" in pictures(at)
    mine = strip(at)
    at.file_uploader(key="from_file").upload("bad.png", b"no picture", "image/png").run()
    assert complaint(at)
    assert "My picture" not in pictures(at) and strip(at) != mine


@pytest.mark.parametrize("ping_pong", [True, False])
@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animation_holds_the_decoded_steps(visit, monkeypatch, default, kind, ping_pong):
    from vae_explorer.ui.components import player
    from vae_explorer.ui.shared import widgets

    made = {}
    monkeypatch.setattr(
        widgets, "download", lambda label, make, name, mime, key: made.update({key: make})
    )
    monkeypatch.setattr(player, "pace", lambda: player.Pace(2, ping_pong))
    at = visit("interpolate", STRAIGHT | {"steps": "9"})
    assert_fine(at)
    animation = Image.open(io.BytesIO(made[f"save_{kind}"]()))
    path = straight_path(*default.encoded.mu[list(ends(at))], 9)
    steps = list(figures.to_bytes(default.model.decode(path)))
    shown = [*steps, *steps[-2:0:-1]] if ping_pong else steps
    side = 28 * SCALE
    for frame, step in zip(ImageSequence.Iterator(animation), shown, strict=True):
        pixels = np.asarray(frame.convert("L"))[:side:SCALE, :side:SCALE]
        assert np.abs(pixels.astype(int) - step).max() <= 1
        assert animation.info["duration"] == 80


def test_nonsense_from_the_player_changes_nothing(visit):
    from vae_explorer.ui.components.player import Pace, _read

    assert _read({"speed": 2, "pingPong": False}) == Pace(2, False)
    for news in (None, 3, {}, {"speed": 3, "pingPong": True}, {"speed": 2, "pingPong": "yes"}):
        assert _read(news) == Pace()


def test_other_pictures_are_offered_round_and_round(visit):
    at, offered = visit("interpolate", STRAIGHT), set()
    for _ in range(3):
        at.button(key="from_more").click().run()
        assert_fine(at)
        parts = [element.proto for element in at.main.get("bidi_component")]
        offered.add(next(p.json for p in parts if p.component_name.endswith("picker")))
    assert len(offered) == 3


@pytest.mark.parametrize("path", PATHS)
def test_walk_from_a_digit_to_itself_is_shown(visit, path):
    at = visit("interpolate", {"from": "4", "to": "4", "path": path})
    assert_fine(at)
    at = searched(at) if path == GEODESIC else at
    assert_fine(at)
    assert names(at)[0] == path


def test_link_carries_ends_path_and_steps(visit):
    link = {"from": "7", "to": "12", "steps": "5", "path": "spherical", "from_class": "2"}
    at = visit("interpolate", link)
    assert_fine(at)
    assert ends(at) == (7, 12)
    assert at.slider(key="steps").value == 5
    assert at.selectbox(key="from_class").value == 2
    assert names(at)[0] == "spherical"


@pytest.mark.parametrize(
    "link",
    [
        {"steps": "10000", "from": "-5", "to": "1000000", "path": "curly", "from_class": "77"},
        {"steps": "x", "from": "y", "to": "", "path": "", "to_class": "-1", "beside": "nobody"},
        {"steps": "3.7", "from": "1e99", "to": "nan", "model": "nope", "from_kind": "nothing"},
        {"steps": "", "from": "", "from_class": "", "to_class": "", "to_kind": ""},
        {"from_kind": SUM, "from_a": "77", "from_a_item": "x", "to_kind": CENTRE, "to_centre": "x"},
    ],
)
def test_nonsense_in_a_link_is_ignored(visit, link):
    at = visit("interpolate", link)
    assert_fine(at)
    assert 3 <= at.slider(key="steps").value <= 32
    assert strip(at)


def test_ends_fit_a_model_with_fewer_encoded_pictures(visit, small, install):
    key = install(small(count=12, names=3))
    at = visit("interpolate", {"from": "9000", "from_class": "9"})
    assert ends(at)[0] == 9000
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert max(ends(at)) < 12
    at.selectbox(key="model").set_value(DEFAULT).run()
    assert_fine(at)


@pytest.mark.parametrize(
    ("text", "kind"), [("Class", CENTRE), ("Mine", USER), ("Place", PLACE), ("Digit", TEST)]
)
def test_link_of_an_earlier_version_leads_to_the_same_kind_of_endpoint(visit, text, kind):
    at = visit("interpolate", STRAIGHT | {"from_kind": text})
    assert_fine(at)
    assert at.button_group(key="from_kind").value == kind


@pytest.mark.parametrize("kind", [CENTRE, USER, PLACE, SUM])
def test_ends_of_every_kind_fit_a_model_chosen_later(visit, small, install, kind):
    key = install(small(count=12, names=3, latent_dim=5, image_size=16))
    at = visit("interpolate", STRAIGHT | {"from_kind": kind, "to_kind": kind})
    assert_fine(at)
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert played(at)[0]["shape"] == [1, 16, 16]
    at.selectbox(key="model").set_value(DEFAULT).run()
    assert_fine(at)


def test_reconstructions_in_place_of_originals_are_called_so(visit):
    at = visit("interpolate", STRAIGHT)
    assert any("original pictures are not on this disk" in c.value for c in at.caption)


def test_model_without_encoded_pictures_says_what_is_missing(visit, small, install):
    key = install(small(count=0))
    at = visit("interpolate")
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert "no encoded pictures" in at.info[0].value
    assert not pictures(at)


@pytest.mark.parametrize("value", ["inf", "-1", "nan", "1e3", "99999", "0x1", "", "9" * 400])
@pytest.mark.parametrize("field", ["from", "to", "from_a_item"])
def test_link_to_an_item_that_there_is_not_shows_the_usual_ones(visit, field, value):
    link = STRAIGHT | ({"from_kind": SUM} if field == "from_a_item" else {})
    usual = visit("interpolate", link).number_input(key=field).value
    at = visit("interpolate", link | {field: value})
    assert_fine(at)
    assert at.number_input(key=field).value == usual


def test_link_to_item_0_is_kept_and_shows_its_class(visit, labels):
    at = visit("interpolate", STRAIGHT | {"from": "0"})
    assert_fine(at)
    assert ends(at)[0] == 0
    assert at.selectbox(key="from_class").value == labels[0]


def test_class_follows_the_number_of_an_item(visit, labels):
    at = visit("interpolate", STRAIGHT)
    at.number_input(key="to").set_value(2).run()
    assert_fine(at)
    assert ends(at)[1] == 2 and at.selectbox(key="to_class").value == labels[2]


def test_smaller_data_set_has_two_ends_of_its_own(visit):
    at = visit("interpolate", STRAIGHT | {"from": "5000", "to": "9999"})
    assert ends(at) == (5000, 9999)
    at.sidebar.selectbox(key="model").set_value("digits-3d").run()
    assert_fine(at)
    start, end = ends(at)
    assert start != end and max(start, end) < 359


def test_cancelled_search_is_not_told_where_a_geodesic_is_shown(visit):
    at = searched(visit("interpolate", {"path": "geodesic", "from": "11", "to": "22"}))
    at.number_input(key="from").set_value(77).run()
    at.session_state[registry.GEODESIC_CANCELLED] = at.session_state[registry.GEODESIC_SEARCH].key
    at.number_input(key="from").set_value(11).run()
    assert_fine(at)
    assert registry.GEODESIC_CANCELLED not in at.session_state
