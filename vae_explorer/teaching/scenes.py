"""Scenes that a teacher shows one after the other, and the file they travel in.

A scene is a page with what its link says, a model, a name and a note. What the keys of a link stand
for is not known here: whoever reads a file brings the objections.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NoReturn

from vae_explorer.errors import SceneError

FORMAT, VERSION = "vae-explorer scenes", 1
MAX_KILOBYTES = 512  # of a file
MAX_SCENES = 200
MAX_NAME, MAX_NOTE, MAX_WORD, MAX_VALUE = 80, 400, 200, 4000  # characters
MAX_KEYS, MAX_VALUES = 60, 60  # of a link, and of one key
AGAIN = "save the scenes again, or mend the file by hand"


@dataclass(frozen=True)
class Scene:
    """One of them; SceneError where a text is too long, empty or no text."""

    name: str
    page: str  # a page's name in the table of pages
    note: str = ""  # the speaker's line, shown under the name
    model: str = ""  # key of the model; "": whichever is the first
    model_sha256: str = ""  # of its weights, "" where that is not known
    link: Mapping[str, Sequence[str]] = field(default_factory=dict)  # each key's values

    def __post_init__(self) -> None:
        for name, most in _TEXTS.items():
            _check_text(f"its {name.replace('_', ' ')}", getattr(self, name), most)
        if not self.name.strip() or not self.page:
            raise SceneError("it has no name, or no page")
        if len(self.link) > MAX_KEYS:
            raise SceneError(f"its link has {len(self.link)} keys, more than {MAX_KEYS}")
        for key, values in self.link.items():
            _check_text("a key of its link", key, MAX_WORD)
            if not 0 < len(values) <= MAX_VALUES:
                raise SceneError(f"its link has {len(values)} values for {_quoted(key)}")
            for value in values:
                _check_text(f"its link's {key}", value, MAX_VALUE)


_TEXTS = {
    "name": MAX_NAME,
    "note": MAX_NOTE,
    "page": MAX_WORD,
    "model": MAX_WORD,
    "model_sha256": MAX_WORD,
}


def one_line(text: str, most: int) -> str:
    """What somebody typed as a name or note can be: one line, no longer than `most`."""
    kept = "".join(" " if _is_control(letter) else letter for letter in text)
    return " ".join(kept.split())[:most]


def as_json(scenes: Iterable[Scene]) -> dict[str, Any]:
    """Scenes as a file holds them; what is empty is left out."""
    return {"format": FORMAT, "version": VERSION, "scenes": [_entry(scene) for scene in scenes]}


def _entry(scene: Scene) -> dict[str, Any]:
    texts = {name: getattr(scene, name) for name in _TEXTS if getattr(scene, name)}
    link = {
        key: values[0] if len(values) == 1 else list(values) for key, values in scene.link.items()
    }
    return texts | ({"link": link} if link else {})


def write(scenes: Iterable[Scene]) -> bytes:
    """The file, UTF-8."""
    return (json.dumps(as_json(scenes), indent=1, ensure_ascii=False) + "\n").encode()


def read(data: bytes, objection: Callable[[Scene], str] = lambda scene: "") -> list[Scene]:
    """The scenes of a file, all of them, or SceneError with what was found and what to do.

    `objection`: what is wrong with a scene in the eyes of who is to show it, "" if nothing is.
    """
    if len(data) > MAX_KILOBYTES * 1024:
        raise SceneError(
            f"The file has {len(data) / 1024:,.0f} kB, and scenes have at most "
            f"{MAX_KILOBYTES}: choose a file that was saved under Scenes."
        )
    try:
        value = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except SceneError as error:
        raise SceneError(f"The file of scenes is damaged, {error}: {AGAIN}.") from error
    except (ValueError, RecursionError) as error:
        raise SceneError(
            "The file is no JSON, which scenes are: choose a file that was saved under Scenes."
        ) from error
    return from_json(value, objection)


def from_json(value: Any, objection: Callable[[Scene], str] = lambda scene: "") -> list[Scene]:
    """The scenes of such a value, all of them, or SceneError."""
    entries = _entries(value)
    scenes = []
    for number, entry in enumerate(entries, start=1):
        try:
            scene = _scene(entry)
            if wrong := objection(scene):
                raise SceneError(wrong)
        except SceneError as error:
            raise SceneError(
                f"Scene {number} of {len(entries)} cannot be shown, {error}: {AGAIN}."
            ) from error
        scenes.append(scene)
    return scenes


def _entries(value: Any) -> list[Any]:
    """The scenes of a file that is of this format and version, not looked at yet."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise SceneError(
            f'The file does not say that its format is "{FORMAT}": choose a file that was saved '
            "under Scenes."
        )
    version = value.get("version")
    if type(version) is not int or version != VERSION:
        raise SceneError(
            f"The scenes are of version {_quoted(version)} of their format, and this app reads "
            f"version {VERSION}: open them with the app that wrote them, or save them anew here."
        )
    if strange := set(value) - {"format", "version", "scenes"}:
        raise SceneError(f"The file of scenes has {_listed(strange)}, unknown here: {AGAIN}.")
    entries = value.get("scenes")
    if not isinstance(entries, list) or len(entries) > MAX_SCENES:
        raise SceneError(
            f"The file of scenes holds no list of at most {MAX_SCENES} scenes: {AGAIN}."
        )
    return entries


def _scene(entry: Any) -> Scene:
    if not isinstance(entry, dict):
        raise SceneError(f"it is {_quoted(entry)}")
    if strange := set(entry) - {part.name for part in fields(Scene)}:
        raise SceneError(f"it has {_listed(strange)}, unknown here")
    link = entry.get("link", {})
    if not isinstance(link, dict):
        raise SceneError(f"its link is {_quoted(link)}")
    listed = {key: value if isinstance(value, list) else [value] for key, value in link.items()}
    texts = {name: entry.get(name, "") for name in _TEXTS}
    return Scene(**texts, link={key: tuple(values) for key, values in listed.items()})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; what is said twice would be taken in silence."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise SceneError(f"it says {_listed({key for key in made if keys.count(key) > 1})} twice")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise SceneError(f"it says {name}, which is no JSON")


def _check_text(what: str, value: Any, most: int) -> None:
    if not isinstance(value, str):
        raise SceneError(f"{what} is {_quoted(value)}, not a text")
    if len(value) > most:
        raise SceneError(f"{what} has {len(value)} characters, more than {most}")
    if any(map(_is_control, value)):
        raise SceneError(f"{what} has characters that cannot be shown")


def _is_control(letter: str) -> bool:
    """Whether it moves the line on, or is half of a character."""
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


def _listed(names: Iterable[str]) -> str:
    """Some of them, in quotes."""
    quoted = [_quoted(name) for name in sorted(names)]
    more = f" and {len(quoted) - 4} more" if len(quoted) > 4 else ""
    return ", ".join(quoted[:4]) + more


def _quoted(value: Any) -> str:
    """A value of the file, short and on one line."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    text = ascii(value) if not isinstance(value, str) else f'"{one_line(value, MAX_WORD)}"'
    return text if len(text) <= 42 else f"{text[:40]} …"
