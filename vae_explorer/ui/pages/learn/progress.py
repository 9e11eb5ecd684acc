"""How far the learner has come: kept in this visitor's browser, and nowhere else.

A record a step: {"predicted": option, "right": whether it came true or null, "done": bool}. What
the browser brings may be anything: what is no such record is left out.
"""

from typing import Any, TypeGuard

from vae_explorer.ui import messages
from vae_explorer.ui.components import browser_storage
from vae_explorer.ui.pages.learn.lesson import Lesson, Step, lessons
from vae_explorer.ui.session import registry

STORAGE = "learn"  # the key in the browser
Records = dict[str, dict[str, dict[str, Any]]]  # lesson id -> step id -> record


def records() -> Records:
    """All records of this session."""
    return registry.LESSON_PROGRESS.start(dict)


def record(lesson: Lesson, step: Step) -> dict[str, Any]:
    """What is known of a step; empty where nothing has happened."""
    return records().get(lesson.id, {}).get(step.id, {})


def put(lesson: Lesson, step: Step, **values: Any) -> None:
    """Note something of a step."""
    records().setdefault(lesson.id, {}).setdefault(step.id, {}).update(values)


def forget(lesson: Lesson) -> None:
    """Begin a lesson again."""
    records().pop(lesson.id, None)
    for step in lesson.steps:
        registry.STAGE_MEMORY(lesson.id, step.id).take()


def done(lesson: Lesson) -> int:
    """How many of its steps are done."""
    return sum(bool(record(lesson, step).get("done")) for step in lesson.steps)


def keep() -> None:
    """Keep the records in the browser, and take up what it kept; to be called on each run."""
    kept = browser_storage.keep(STORAGE, records(), on_found=_take_up, key="lesson_storage")
    if not kept:
        messages.note("Your browser keeps nothing: progress lasts as long as this tab.")


def _take_up(found: Any) -> None:
    """What an earlier visit left: steps of this session win."""
    if not isinstance(found, dict):
        return
    for lesson in lessons().values():
        kept = found.get(lesson.id)
        for step in lesson.steps:
            value = kept.get(step.id) if isinstance(kept, dict) else None
            if _is_record(value, step) and not record(lesson, step):
                put(lesson, step, **value)


def _is_record(value: Any, step: Step) -> TypeGuard[dict[str, Any]]:
    if not isinstance(value, dict) or set(value) - {"predicted", "right", "done"}:
        return False
    predicted = value.get("predicted")
    known = isinstance(predicted, int) and 0 <= predicted < len(step.options)
    return known and value.get("right") in (None, True, False) and value.get("done") in (True, None)
