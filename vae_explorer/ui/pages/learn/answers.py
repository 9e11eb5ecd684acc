"""What a learner has answered, as a line that a teacher pastes into a sheet: a cell a step."""

from vae_explorer.ui.pages.learn import progress
from vae_explorer.ui.pages.learn.lesson import Lesson, Step, lessons

MARKS = {True: "right", False: "wrong", None: "not done"}
LETTERS = "abcdefgh"


def lines(model: str) -> str:
    """One line a lesson that was begun, its cells parted by tabs: lesson, model, then the steps."""
    begun = [lesson for lesson in lessons().values() if progress.records().get(lesson.id)]
    return "\n".join(_line(lesson, model) for lesson in begun)


def _line(lesson: Lesson, model: str) -> str:
    name = " ".join(model.split())  # no cell of its own
    return "\t".join([lesson.id, name, *(_cell(lesson, step) for step in lesson.steps)])


def _cell(lesson: Lesson, step: Step) -> str:
    """The letter of the option that was predicted, and whether it came true."""
    record = progress.record(lesson, step)
    if record.get("predicted") is None:
        return ""
    mark = MARKS[record.get("right")] if record.get("done") else MARKS[None]
    return f"{LETTERS[record['predicted']]} {mark}"
