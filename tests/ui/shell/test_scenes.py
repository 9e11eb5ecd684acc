"""Scenes beside every page: saved, put in order, opened from a file, presented."""

import json

import pytest
from visible import assert_fine, complaint

from vae_explorer.teaching import scenes
from vae_explorer.teaching.scenes import Scene
from vae_explorer.training.runs.model_library import DEFAULT

DECK = [
    Scene("Twelve", "generate", "Look *here*", DEFAULT, link={"tiles": ("12",)}),
    Scene("Two <b>paths</b>", "interpolate", link={"path": ("straight", "spherical")}),
    Scene("From elsewhere", "explore", model="run:theirs", link={"z1": ("1",)}),
]
SAVE = "FormSubmitter:scene_form-Save what this page shows"


def menu(at):
    """Open the dialog: without a browser each click closes it, as the whole page runs again."""
    return at.button(key="scenes_menu").click()


def shown(at) -> dict:
    """What the browser is told of the presentation."""
    (told,) = (
        element.proto.json
        for element in at.main.get("bidi_component")
        if element.proto.component_name.endswith("presenter")
    )
    return json.loads(told)


def kept(at) -> list[Scene]:
    return at.session_state.get("scenes", [])


def with_deck(at, deck=DECK):
    """The same page in a session that has these scenes."""
    at.session_state["scenes"] = list(deck)
    return at.run()


def captions(at) -> str:
    return "\n".join(caption.value for caption in at.caption)


def opened(at, data: bytes):
    """Give a file to the dialog."""
    menu(at).run()
    menu(at)  # again, to see what comes of it
    return at.file_uploader(key="open_scenes").upload("s.json", data, "application/json").run()


def test_what_a_page_shows_is_saved_under_a_name(visit):
    at = visit("generate", {"tiles": "12", "seeds": "5-9", "utm_source": "mail", "scene": "7"})
    menu(at).run()
    assert_fine(at)
    assert "how the cloud is turned" in captions(at)
    at.text_input(key="scene_name").input("  Twelve\tof them ")
    at.text_input(key="scene_note").input("**Look**")
    at.button(key=SAVE).click().run()
    assert_fine(at)
    (scene,) = kept(at)
    assert (scene.name, scene.note, scene.page) == ("Twelve of them", "**Look**", "generate")
    assert (scene.model, len(scene.model_sha256)) == (DEFAULT, 64)
    assert scene.link["tiles"] == ("12",) and "utm_source" not in scene.link
    assert not {"model", "scene"} & set(scene.link)
    menu(at).run()
    assert at.button(key="scenes_menu").label == "Scenes (1)"


@pytest.mark.parametrize(
    ("page", "link", "lost"),
    [
        ("reconstruct", {}, "the picture that you drew or brought"),
        ("interpolate", {"from_kind": "My picture"}, "your own picture"),
        ("generate", {"make": "In a style", "style_of": "My digit"}, "whose style is taken"),
        ("anomalies", {"model": "digits-3d", "anomalies": "Your pictures"}, "your pictures"),
        ("train", {}, "the settings in the form"),
    ],
)
def test_what_no_link_holds_is_said_before_it_is_lost(visit, page, link, lost):
    at = menu(visit(page, link)).run()
    assert_fine(at)
    assert lost in captions(at)


def test_nothing_is_said_to_be_lost_where_nothing_is(visit):
    at = menu(visit("compare")).run()
    assert "Not in the scene" not in captions(at)


def test_scenes_are_put_in_order_renamed_retaken_and_deleted(visit):
    at = with_deck(visit("compare"))
    menu(at).run()
    at.button(key="scene_down_0").click().run()
    assert [scene.name for scene in kept(at)] == [DECK[1].name, DECK[0].name, DECK[2].name]
    menu(at).run()
    at.button(key="scene_change_1").click()
    menu(at).run()  # the texts of a scene that is changed are forgotten with the dialog
    at.button(key="scene_delete_0").click().run()
    assert [scene.name for scene in kept(at)] == [DECK[0].name, DECK[2].name]
    for number in (1, 0):
        menu(at).run()
        at.button(key=f"scene_delete_{number}").click().run()
    assert_fine(at)
    assert kept(at) == []


def test_file_of_another_person_is_opened_and_what_it_says_is_only_text(visit):
    at = opened(visit("compare"), scenes.write(DECK))
    assert_fine(at)
    assert kept(at) == DECK
    menu(at).run()
    texts = "\n".join(block.proto.body for block in at.get("html"))
    assert "Two &lt;b&gt;paths&lt;/b&gt;" in texts and "<b>paths" not in texts
    assert "run:theirs (not on this machine)" in texts
    assert at.button(key="scene_show_2").disabled and not at.button(key="scene_show_0").disabled


def test_scenes_that_are_there_are_not_lost_to_a_file_without_asking(visit):
    at = opened(with_deck(visit("compare"), DECK[:1]), scenes.write(DECK[1:]))
    assert kept(at) == DECK[:1]
    at.button(key="add_scenes").click().run()
    assert kept(at) == DECK


BAD = {
    "another version": (scenes.write(DECK).replace(b'"version": 1', b'"version": 2'), "version 2"),
    "unknown page": (scenes.write([Scene("A", "admin")]), 'its page is "admin"'),
    "unknown key": (scenes.write([DECK[0], Scene("A", "explore", link={"q": ("1",)})]), '"q"'),
    "wrong value": (scenes.write([Scene("A", "explore", link={"z1": ("1e",)})]), 'z1 = "1e"'),
    "a model in the link": (
        scenes.write([Scene("A", "explore", link={"model": ("x",)})]),
        '"model"',
    ),
    "no JSON": (b"hello", "no JSON"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_file_is_one_sentence_and_nothing_of_it_is_taken(visit, kind):
    data, found = BAD[kind]
    at = opened(with_deck(visit("compare"), DECK[:1]), data)
    assert found in complaint(at)
    assert kept(at) == DECK[:1]
    assert_fine(at.run())


def test_browser_is_told_where_the_scenes_are(visit):
    assert shown(visit("generate"))["scenes"] == []
    first, second, third = shown(with_deck(visit("generate")))["scenes"]
    assert first == {
        "name": "Twelve",
        "note": "Look *here*",
        "address": f"generate?tiles=12&model={DEFAULT}&scene=1",
    }
    assert second["address"] == "interpolate?path=straight&path=spherical&scene=2"
    assert third["address"] == "?z1=1&scene=3"


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "1e3", ""])
def test_number_of_no_scene_is_ignored(visit, number):
    assert_fine(with_deck(visit("compare", {"scene": number})))


def test_model_that_is_not_here_is_named_and_others_are_offered(visit):
    at = with_deck(visit("", {"scene": "3"}))
    (warning,) = at.warning
    assert r"run\:theirs" in warning.value
    assert not at.main.get("slider")  # nothing is shown that the scene did not mean
    at.selectbox(key="scene_model_run:theirs").set_value("mnist-2d").run()
    assert [scene.model for scene in kept(at)] == [DEFAULT, "", "mnist-2d"]
    show = shown(at)["show"]
    assert show["count"] == 1 and "model=mnist-2d" in show["address"]


def test_another_version_of_its_model_is_said(visit):
    deck = [Scene("A", "compare", model=DEFAULT, model_sha256="0" * 64)]
    at = with_deck(visit("compare", {"scene": "1"}), deck)
    assert "another version of its model" in captions(at)
