"""What a scene cannot hold, as no link does: said where one is saved."""

from collections.abc import Callable
from typing import NamedTuple

from vae_explorer.teaching.scenes import Scene
from vae_explorer.ui.pages.anomalies.anomaly_chooser import YOUR_PICTURES
from vae_explorer.ui.pages.interpolate.endpoint_form import PLACE, USER
from vae_explorer.ui.pages.reconstruct.page import TESTS
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.page_links import IN_A_STYLE, MINE


class Unlinked(NamedTuple):
    """Something that a page may show and its link does not say."""

    page: str
    what: str
    shown: Callable[[Scene], bool]  # by a scene of that page


def _says(scene: Scene, key: str, *texts: str) -> bool:
    return any(text in scene.link.get(key, ("",)) for text in texts)


def _any_end(scene: Scene, *kinds: str) -> bool:
    return any(_says(scene, registry.ENDPOINT_KIND(end), *kinds) for end in ("from", "to"))


UNLINKED = (
    Unlinked(
        "reconstruct",
        "the picture that you drew or brought",
        lambda scene: not _says(scene, registry.DIGIT_SOURCE, TESTS, "Test pictures"),
    ),
    Unlinked("interpolate", "your own picture", lambda scene: _any_end(scene, USER)),
    Unlinked("interpolate", "the point from Explore", lambda scene: _any_end(scene, PLACE)),
    Unlinked(
        "generate",
        "the picture whose style is taken",
        lambda scene: (
            _says(scene, registry.SAMPLING, IN_A_STYLE)
            and _says(scene, registry.STYLE_SOURCE, "", MINE, "My picture")
        ),
    ),
    Unlinked(
        "generate",
        "which tiles are locked",
        lambda scene: bool(registry.LOCKED_TILES.get()),
    ),
    Unlinked(
        "anomalies",
        "your pictures",
        lambda scene: _says(scene, registry.ANOMALIES, YOUR_PICTURES),
    ),
    Unlinked("learn", "what you predicted and did", lambda scene: bool(scene.link)),
    Unlinked("your_model", "the model's files and your answers", lambda scene: True),
    Unlinked("train", "the settings in the form", lambda scene: True),
)
ADDED = "added:"  # how the key of a model begins that a visitor has added
TURNED = ("explore", "interpolate", "generate", "reconstruct")  # pages with a cloud


def missing(scene: Scene) -> list[str]:
    """What a scene, just made of what a page shows, does not hold."""
    parts = [part.what for part in UNLINKED if part.page == scene.page and part.shown(scene)]
    if scene.model.startswith(ADDED):
        parts.append("the file of the model that you added")
    return parts + (["how the cloud is turned"] if scene.page in TURNED else [])


def sentence(scene: Scene) -> str:
    """The same in a sentence, "" where it holds everything."""
    parts = missing(scene)
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Not in the scene, as no link holds it: {listed}."
