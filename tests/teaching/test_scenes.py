"""Scenes as a file: what is written is read, and of a bad file nothing is."""

import dataclasses
import json

import pytest

from vae_explorer.errors import SceneError
from vae_explorer.teaching import scenes
from vae_explorer.teaching.scenes import Scene

DECK = [
    Scene("Wo ist die 3? 🤔", "explore", "Look *here*", "mnist-3d", "ab12", {"z1": ("0.5",)}),
    Scene("Two paths", "interpolate", link={"path": ("straight", "geodesic"), "steps": ("9",)}),
    Scene("Nothing but a page", "learn"),
]


def file(*entries, **fields) -> bytes:
    """A file with these scenes, other fields as given."""
    value = {"format": scenes.FORMAT, "version": scenes.VERSION, "scenes": list(entries)}
    return json.dumps(value | fields).encode()


def entry(**fields) -> dict:
    return {"name": "One", "page": "explore"} | fields


def test_what_is_written_is_read():
    assert scenes.read(scenes.write(DECK)) == DECK
    assert scenes.from_json(scenes.as_json(DECK)) == DECK
    assert scenes.read(b"\xef\xbb\xbf" + scenes.write(DECK)) == DECK  # as some editors save it
    assert scenes.read(scenes.write([])) == []


def test_file_is_short_and_can_be_read_by_a_person():
    text = scenes.write(DECK).decode()
    assert '"Wo ist die 3? 🤔"' in text and '"z1": "0.5"' in text
    assert len(json.loads(text)["scenes"][2]) == 2  # what is empty is left out


NESTED = b"[" * 100_000
BAD = {
    "empty": (b"", "no JSON"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no JSON"),
    "cut": (scenes.write(DECK)[:90], "no JSON"),
    "nested without end": (NESTED, "no JSON"),
    "nested in a scene": (b'{"format": ' + NESTED, "no JSON"),
    "a number of many digits": (
        file(entry(link={"z1": 1})).replace(b": 1}", b":" + b"1" * 5000),
        "",
    ),
    "too large": (b" " * (scenes.MAX_KILOBYTES * 1024 + 1), "kB"),
    "other JSON": (b'{"a": 1}', "format"),
    "a list": (b"[]", "format"),
    "a checkpoint's format": (file(format=1), "format"),
    "newer version": (file(version=2), "version 2 of their format"),
    "no version": (file(version=None), "version None"),
    "a version that is true": (file(version=True), "version True"),
    "unknown field": (file(theme="dark", script="x"), '"script", "theme"'),
    "no list": (file(scenes={}), "no list"),
    "too many": (file(*[entry()] * (scenes.MAX_SCENES + 1)), "no list of at most"),
    "scene that is none": (file(entry(), 7), "Scene 2 of 2"),
    "scene without a name": (file(entry(name=" ")), "no name"),
    "scene without a page": (file({"name": "One"}), "no page"),
    "unknown part of a scene": (file(entry(colour="red")), '"colour", unknown here'),
    "name that is a number": (file(entry(name=3)), "its name is 3, not a text"),
    "name of two lines": (file(entry(name="a\nb")), "cannot be shown"),
    "half a character": (file(entry(name="a\ud800")), "cannot be shown"),
    "endless name": (file(entry(name="a" * 81)), "81 characters, more than 80"),
    "endless note": (file(entry(note="a" * 401)), "its note has 401"),
    "link that is a text": (file(entry(link="z1=1")), 'its link is "z1=1"'),
    "link with a number": (file(entry(link={"z1": 0.5})), "its link's z1 is 0.5, not a text"),
    "link with a list in a list": (file(entry(link={"z1": [["1"]]})), "is a list, not a text"),
    "link with nothing": (file(entry(link={"z1": []})), "0 values"),
    "link with too many keys": (file(entry(link={f"z{n}": "1" for n in range(61)})), "61 keys"),
    "endless value": (file(entry(link={"seeds": "1," * 2001})), "4002 characters"),
    "said twice": (file(entry()).replace(b'"page"', b'"name"'), '"name" twice'),
    "no number": (file(entry(note=float("nan"))), "NaN"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_file_is_one_sentence_that_says_what_was_found(kind):
    data, found = BAD[kind]
    with pytest.raises(SceneError) as refused:
        scenes.read(data)
    sentence = str(refused.value)
    assert found in sentence and sentence.endswith(".") and "\n" not in sentence
    assert len(sentence) < 300 and "save" in sentence  # what to do


def test_objection_of_who_shows_them_refuses_the_whole_file():
    with pytest.raises(SceneError, match="Scene 2 of 3 cannot be shown, no such page"):
        scenes.read(
            scenes.write(DECK), lambda scene: "no such page" if scene.page == "interpolate" else ""
        )


def test_what_somebody_typed_becomes_a_line():
    assert scenes.one_line("  a\n\tb\u2028c\ud83d ", 80) == "a b c"
    assert scenes.one_line("x" * 100, 80) == "x" * 80
    dataclasses.replace(DECK[0], name=scenes.one_line("a\x00b", 80))
