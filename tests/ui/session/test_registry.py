"""The one table of what outlives a rerun: complete, without doubles, and nobody goes round it."""

import re
from collections.abc import Callable

from imports import modules
from paths import PACKAGE

from vae_explorer.ui.session import registry
from vae_explorer.ui.session.registry import Family, Property

STATE = re.compile(r"\bsession_state\b|\bquery_params\b(?!=)")
BOUND = re.compile(r"""["']query-params["']|\bbind=""")


def keys() -> list[str]:
    """Every key of the table; of a family, its pattern."""
    return [p.pattern if isinstance(p, Family) else str(p) for p in registry.properties().values()]


def offenders(text: re.Pattern, allowed: Callable[[str], bool]) -> set[str]:
    """Modules of ui/ that hold such text and may not."""
    texts = {name: path.read_text("utf-8") for name, path in modules(PACKAGE / "ui").items()}
    found = {name for name, content in texts.items() if text.search(content)}
    return {name for name in found if not allowed(name)}


def test_every_key_stands_for_one_thing():
    assert len(keys()) == len(set(keys())) > 15


def test_no_name_is_given_to_two_properties():
    """The second one would take the place of the first, and its key with it."""
    text = (PACKAGE / "ui" / "session" / "registry.py").read_text("utf-8")
    names = re.findall(r"^([A-Z_]+) = (?:Property|Family)\(", text, re.MULTILINE)
    assert len(names) == len(registry.properties())
    assert [name for name in names if names.count(name) > 1] == []


def test_no_key_can_be_mistaken_for_one_of_a_family():
    families = [p for p in registry.properties().values() if isinstance(p, Family)]
    single = [p for p in registry.properties().values() if isinstance(p, Property)]
    for family in families:
        if set(family.pattern) <= set("{}_"):
            continue  # named after its endpoint alone, "from" or "to"
        look = re.compile(re.escape(family.pattern).replace(r"\{\}", r"(from|to|\d+)"))
        assert not [str(key) for key in single if look.fullmatch(key)], family.pattern


def test_every_property_says_what_it_is():
    for name, known in registry.properties().items():
        assert name.isupper() and len(known.about.split()) >= 3, name
        assert not known.about.endswith("."), name


def test_only_linked_properties_are_bound_to_the_address():
    for known in registry.properties().values():
        names = "12"[: known.pattern.count("{}")] if isinstance(known, Family) else ""
        one = known(*names) if isinstance(known, Family) else known
        assert one.linked == known.linked == ("bind" in one.widget)
        assert one.widget["key"] == one


def test_nobody_else_touches_session_or_address():
    own = offenders(STATE, lambda name: name == "session.registry" or name.startswith("components"))
    assert own == set()


def test_components_touch_the_session_under_their_own_key_alone():
    texts = {
        name: path.read_text("utf-8")
        for name, path in modules(PACKAGE / "ui" / "components").items()
    }
    touched = {
        (name, key)
        for name, text in texts.items()
        for key in re.findall(r"session_state(?:\.(?:get|pop))?[\[(]([^\],)]+)", text)
    }
    assert {key for _, key in touched} <= {"key", "drawing_key", "picture_key", "error_key"}
    assert not [name for name, text in texts.items() if "query_params" in text]


def test_nobody_else_binds_a_widget_to_the_address():
    assert offenders(BOUND, lambda name: name == "session.registry") == set()
