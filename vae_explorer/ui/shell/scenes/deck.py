"""The scenes of this visitor: in the session, in the browser's own storage, and as addresses."""

import contextlib
import dataclasses
from typing import Any
from urllib.parse import urlencode

from vae_explorer.errors import ExplorerError, SceneError
from vae_explorer.teaching import scenes
from vae_explorer.teaching.scenes import Scene
from vae_explorer.ui import navigation
from vae_explorer.ui.components import browser_storage
from vae_explorer.ui.components.address.presenter import Shown
from vae_explorer.ui.session import link_keys, model_selection, registry

STORAGE = "scenes"  # the key in the browser
APART = (registry.MODEL, registry.SCENE)  # keys of an address that a scene's link does not repeat


def current() -> list[Scene]:
    """The scenes in their order; not to be changed in place."""
    return registry.SCENES.get([])


def put(changed: list[Scene]) -> None:
    """Keep these from now on."""
    registry.SCENES.put(changed)
    registry.SCENES_CHANGED.put(registry.SCENES_CHANGED.get(0) + 1)


def keep(key: str) -> bool:
    """Keep the scenes in the browser, and take up what it kept; whether it keeps anything.

    To be called on each run, of a page as of the dialog, each with its `key`. An emptied list is
    kept too, or deleted scenes would come back.
    """
    value = scenes.as_json(current()) if registry.SCENES.is_set else {}
    return browser_storage.keep(STORAGE, value, on_found=_take_up, key=key)


def _take_up(found: Any) -> None:
    """What an earlier visit left, unless this one has made scenes; nonsense is left out."""
    if not registry.SCENES.is_set:
        with contextlib.suppress(SceneError):
            put(scenes.from_json(found, objection))


def objection(scene: Scene) -> str:
    """What is wrong with a scene of a file, by the table of pages and by that of link keys."""
    if scene.page not in {entry.name for entry in navigation.PAGES}:
        return f'its page is "{scene.page}", which is unknown here'
    for key, values in scene.link.items():
        apart = f'its link has "{key}", which is not part of a scene\'s link'
        if wrong := apart if key in APART else link_keys.objection(key, values):
            return wrong
    return ""


def shown_now(page: str, name: str, note: str) -> Scene:
    """What a page shows at this moment, as its address says it."""
    link = {
        key: values
        for key, values in registry.address_texts().items()
        if link_keys.is_linked(key) and key not in APART
    }
    sha256 = ""
    with contextlib.suppress(ExplorerError):  # a damaged model is reported where it is shown
        sha256 = model_selection.current().sha256
    return Scene(name, page, note, model_selection.chosen(), sha256, link)


def shown() -> list[Shown]:
    """The scenes as the browser takes them."""
    return [
        Shown(scene.name, scene.note, address(scene, number))
        for number, scene in enumerate(current(), start=1)
    ]


def address(scene: Scene, number: int | None = None) -> str:
    """Where the app shows a scene, behind its own address; `number`, from 1: as a presentation."""
    query: dict[str, Any] = dict(scene.link)
    titles = model_selection.titles()
    if scene.model in titles:
        query[registry.MODEL] = titles[scene.model]
    if number is not None:
        query[registry.SCENE] = number
    return f"{navigation.address(navigation.entry(scene.page))}?{urlencode(query, doseq=True)}"


def go_to(place: int, *, presented: bool = False) -> None:
    """Let the browser show the scene of an index, as Back and Forward would."""
    count = registry.SCENE_SHOWN.get(("", 0))[1]
    link = address(current()[place], place + 1 if presented else None)
    registry.SCENE_SHOWN.put((link, count + 1))


def lacks_model(scene: Scene) -> bool:
    """Whether it was saved with a model that is not at hand."""
    return bool(scene.model) and scene.model not in model_selection.titles()


def replace_model(missing: str, key: str) -> None:
    """Show all scenes of a model with another one from now on."""
    put([_with_model(scene, key) if scene.model == missing else scene for scene in current()])


def _with_model(scene: Scene, key: str) -> Scene:
    return dataclasses.replace(scene, model=key, model_sha256="")
