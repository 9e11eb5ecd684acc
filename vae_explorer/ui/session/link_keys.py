"""What an address may say: the keys that the registry links, and what their values look like.

Links that visitors follow are not held to it: pages take of those what they can. Files are, which
somebody may have mended by hand.
"""

import re
from collections.abc import Sequence
from functools import cache

from vae_explorer.ui.session import registry
from vae_explorer.ui.session.registry import Family, Property

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
TEXTS: dict[Property | Family, str] = {  # what a value in an address is, where it is no name
    registry.COORDINATE: _NUMBER,
    registry.TEMPERATURE: _NUMBER,
    registry.THRESHOLD: _NUMBER,
    registry.TILE_COUNT: r"\d+",
    registry.STEPS: r"\d+",
    registry.LESSON_STEP: r"\d+",
    registry.SCENE: r"\d+",
    registry.ENDPOINT_ITEM: r"\d+",
    registry.SUM_ITEM: r"\d+",
    registry.TEST_MOLECULE: r"\d+",
    registry.SEEDS: r"[\d,-]+",
    registry.EXACT: "true|false",
}


def is_linked(key: str) -> bool:
    """Whether a key of an address is one of the table."""
    return any(pattern.fullmatch(key) for pattern, _ in _keys())


def objection(key: str, values: Sequence[str]) -> str:
    """What is wrong with a key of an address and its values, "" where nothing is."""
    found = [text for pattern, text in _keys() if pattern.fullmatch(key)]
    if not found:
        return f'its link has "{key}", which is unknown here'
    strange = [value for value in values if not any(re.fullmatch(text, value) for text in found)]
    return f'its link says {key} = "{strange[0][:60]}"' if strange else ""


@cache
def _keys() -> list[tuple[re.Pattern[str], str]]:
    """For all that is linked: what its key looks like, and each of its values."""
    linked = [known for known in registry.properties().values() if known.linked]
    return [(_look(known), TEXTS.get(known, r".*")) for known in linked]


def _look(known: Property | Family) -> re.Pattern[str]:
    """A key as it is in an address; endpoints are called "from" and "to", their terms by letter."""
    if isinstance(known, Property):
        return re.compile(re.escape(known))
    if known is registry.COORDINATE:
        return re.compile(r"z[1-9]\d{0,3}")
    start, *rest = known.pattern.split("{}")
    names = ["(?:from|to)" if not start else r"[\w/.-]+", "[abc]"]
    parts = [f"{name}{re.escape(part)}" for name, part in zip(names, rest, strict=False)]
    return re.compile(re.escape(start) + "".join(parts))
