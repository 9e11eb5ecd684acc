"""Lessons as data: `lessons.toml`, read and checked.

A step asks for a prediction, is done by the learner's own action, which its stage observes, and
then explains with figures that the stage observed too. Draws nothing.
"""

import operator
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Observation = Mapping[str, Any]  # what a stage has seen of the learner and of the model, by name

TABLE = Path(__file__).with_name("lessons.toml")
COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|==|>|<)\s*(-?[\d.]+)\s*")


class LessonError(ValueError):
    """The table of lessons says something that cannot be meant."""


@dataclass(frozen=True)
class Step:
    """A step of a lesson; texts are Markdown, in which {name} is a figure of the observation."""

    id: str
    stage: str  # a key of `stages.STAGES`
    goal: str  # what to do
    question: str  # what will happen
    options: tuple[str, ...]
    answer: int | str  # which option comes true; a name: the observation says which
    check: str  # when it is done: "moves >= 3 and span > 2", of the observation
    text: str | tuple[str, ...]  # what it meant, shown once it is done; or one for each option
    page: str = ""  # of `navigation`, where to go on
    settings: tuple[tuple[str, str], ...] = ()  # of the stage
    link: tuple[tuple[str, str], ...] = ()  # what that page's address is to say

    def is_done(self, observed: Observation) -> bool:
        """Whether what was observed is what the step asks for; what is not yet known is not."""
        return all(_holds(part, observed) for part in conditions(self.check))

    def right(self, observed: Observation) -> int:
        """The option that has come true."""
        return self.answer if isinstance(self.answer, int) else int(observed[self.answer])

    def explained(self, observed: Observation) -> str:
        """The text with the figures of this model and of this learner."""
        text = self.text if isinstance(self.text, str) else self.text[self.right(observed)]
        return text.format(**observed)

    @property
    def names(self) -> set[str]:
        """Everything that the stage has to observe for it."""
        text = self.text if isinstance(self.text, str) else "".join(self.text)
        fields = {field for _, field, _, _ in string.Formatter().parse(text) if field}
        fields |= {name for name, _, _ in conditions(self.check)}
        return fields | ({self.answer} if isinstance(self.answer, str) else set())


@dataclass(frozen=True)
class Lesson:
    """A lesson: what it is called, what it is about in a sentence, and its steps."""

    id: str
    title: str
    about: str
    minutes: int
    needs: tuple[str, ...]  # of the model: keys of `needs.NEEDS`
    steps: tuple[Step, ...]


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by id, in their order; LessonError where the table is wrong."""
    return read(TABLE.read_text("utf-8"))


def read(text: str) -> dict[str, Lesson]:
    """The lessons of a table in TOML, by id; LessonError says what is wrong with it."""
    try:
        entries = tomllib.loads(text)["lesson"]
        found = [_lesson(entry) for entry in entries]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise LessonError(f"the table of lessons cannot be read: {error}.") from error
    if len({lesson.id for lesson in found}) < len(found):
        raise LessonError("two lessons have the same id.")
    return {lesson.id: lesson for lesson in found}


def _lesson(entry: dict[str, Any]) -> Lesson:
    steps = tuple(_step(step) for step in entry["step"])
    if len({step.id for step in steps}) < len(steps):
        raise LessonError(f"two steps of {entry['id']} have the same id.")
    needs = tuple(entry.get("needs", ()))
    return Lesson(entry["id"], entry["title"], entry["about"], entry["minutes"], needs, steps)


def _step(entry: dict[str, Any]) -> Step:
    values = dict(entry)
    for name in ("options", "text"):
        if isinstance(values[name], list):
            values[name] = tuple(values[name])
    for name in ("settings", "link"):
        pairs = values.get(name, {}).items()
        values[name] = tuple((key, str(value)) for key, value in pairs)
    step = Step(**values)
    conditions(step.check)
    if isinstance(step.answer, int) and not 0 <= step.answer < len(step.options):
        raise LessonError(f"step {step.id} has no option {step.answer}.")
    if not isinstance(step.text, str) and len(step.text) != len(step.options):
        raise LessonError(f"step {step.id} needs a text for each of its options, or one for all.")
    return step


@cache
def conditions(check: str) -> tuple[tuple[str, str, float], ...]:
    """The parts of a check, (name, comparison, number), which all have to hold."""
    parts = []
    for part in check.split(" and "):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise LessonError(f'"{part}" is no condition such as "moves >= 3".')
        parts.append((match[1], match[2], float(match[3])))
    return tuple(parts)


def _holds(condition: tuple[str, str, float], observed: Observation) -> bool:
    name, comparison, number = condition
    value = observed.get(name)
    return value is not None and COMPARISONS[comparison](value, number)
