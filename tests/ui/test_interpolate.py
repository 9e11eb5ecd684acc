"""Interpolate: two ends, a path, its pictures."""

import pytest
from seen import assert_fine, described, pictures

from vae_explorer.checkpoints import load_checkpoint
from vae_explorer.library import DEFAULT, SHIPPED

STRIP = "pictures along the latent path"


@pytest.fixture(scope="module")
def labels():
    """The classes of the default model's encoded pictures."""
    return load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors").encoded.labels


def ends(at) -> tuple[int, int]:
    """The two test items chosen."""
    return at.number_input(key="from").value, at.number_input(key="to").value


def test_page_begins_with_a_walk_between_two_classes(visit, labels):
    at = visit("interpolate")
    assert_fine(at)
    chosen = [at.selectbox(key=key).value for key in ("from_class", "to_class")]
    assert [labels[index] for index in ends(at)] == chosen
    assert chosen[0] != chosen[1]
    assert described(at, STRIP) != described(at, "cross-fade")


def test_another_class_brings_a_digit_of_it_and_another_strip(visit, labels):
    at = visit("interpolate")
    before = described(at, STRIP)
    at.selectbox(key="from_class").set_value(5).run()
    assert_fine(at)
    assert labels[ends(at)[0]] == 5
    assert described(at, STRIP) != before


def test_any_test_item_can_be_an_end(visit, labels):
    at = visit("interpolate")
    before = described(at, STRIP)
    at.number_input(key="to").set_value(len(labels) - 1).run()
    assert_fine(at)
    assert described(at, STRIP) != before


def test_number_of_steps_and_kind_of_path_change_the_strip(visit):
    at = visit("interpolate")
    seen = {described(at, STRIP)}
    at.slider(key="steps").set_value(7).run()
    seen.add(described(at, STRIP))
    at.main.get("button_group")[0].set_value("spherical").run()
    assert_fine(at)
    seen.add(described(at, STRIP))
    assert len(seen) == 3


def test_other_pictures_are_offered_round_and_round(visit):
    at, offered = visit("interpolate"), set()
    for _ in range(3):
        at.button(key="from_more").click().run()
        assert_fine(at)
        offered.add(at.main.get("bidi_component")[0].proto.json)
    assert len(offered) == 3


def test_walk_from_a_digit_to_itself_is_shown(visit):
    at = visit("interpolate", {"from": "4", "to": "4", "path": "spherical"})
    assert_fine(at)
    assert described(at, STRIP)


def test_link_carries_ends_path_and_steps(visit):
    link = {"from": "7", "to": "12", "steps": "5", "path": "spherical", "from_class": "2"}
    at = visit("interpolate", link)
    assert_fine(at)
    assert ends(at) == (7, 12)
    assert at.slider(key="steps").value == 5
    assert at.selectbox(key="from_class").value == 2
    assert at.main.get("button_group")[0].value == "spherical"


@pytest.mark.parametrize(
    "link",
    [
        {"steps": "10000", "from": "-5", "to": "1000000", "path": "curly", "from_class": "77"},
        {"steps": "x", "from": "y", "to": "", "path": "", "to_class": "-1"},
        {"steps": "3.7", "from": "1e99", "to": "nan", "model": "nope"},
        {"steps": "", "from": "", "from_class": "", "to_class": ""},
    ],
)
def test_nonsense_in_a_link_is_ignored(visit, labels, link):
    at = visit("interpolate", link)
    assert_fine(at)
    assert all(0 <= index < len(labels) for index in ends(at))
    assert 3 <= at.slider(key="steps").value <= 32
    assert described(at, STRIP)


def test_ends_fit_a_model_with_fewer_encoded_pictures(visit, small, install):
    key = install(small(count=12, names=3))
    at = visit("interpolate", {"from": "9000", "from_class": "9"})
    assert ends(at)[0] == 9000
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert max(ends(at)) < 12
    assert described(at, STRIP)
    at.selectbox(key="model").set_value(DEFAULT).run()
    assert_fine(at)


def test_reconstructions_in_place_of_originals_are_called_so(visit):
    at = visit("interpolate")
    assert any("original pictures are not on this disk" in c.value for c in at.caption)


def test_model_without_encoded_pictures_says_what_is_missing(visit, small, install):
    key = install(small(count=0))
    at = visit("interpolate")
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert "no encoded digits" in at.info[0].value
    assert not pictures(at)
