"""Learn: what a VAE is, by lessons that are done on the live widgets."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.learn import answers, hand_out, needs, progress, quiz, step_view
from vae_explorer.ui.pages.learn.lesson import Lesson, lessons
from vae_explorer.ui.session import latent_space, model_selection, registry
from vae_explorer.ui.session.latent_space import Space

QUIZ = "quiz"  # in the address, in place of a lesson's id
COLUMNS = 2  # of lessons, on a wide screen


def page() -> None:
    """The page of lessons."""
    with messages.guard():
        linked = registry.LESSON.link_text()
        name = (linked if registry.leads_back() else registry.LESSON.get(linked)) or ""
        space = latent_space.of(model_selection.current())
        if name == QUIZ:
            _titled(QUIZ, quiz.TITLE)
            quiz.show(space)
        elif name in lessons():
            _lesson(lessons()[name], space)
        else:
            _overview(space)


def _overview(space: Space) -> None:
    """All lessons, each with what it is about and how far the learner has come."""
    registry.LESSON.take()
    registry.LESSON.write_link(None)
    progress.keep()
    for pair in _rows(list(lessons().values())):
        for column, lesson in zip(st.columns(COLUMNS), pair, strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(lesson)

    with st.container(border=True):
        st.markdown(f"**{quiz.TITLE}**")
        st.markdown("Ten questions of what happens if. Each answer is run with the chosen model.")
        st.button("Take the quiz", key="take_quiz", on_click=registry.LESSON.put, args=(QUIZ,))
    _answers(space)


def _answers(space: Space) -> None:
    """What a teacher collects."""
    code = answers.lines(space.checkpoint.name)
    if code:
        with st.expander("Your answers, to paste into a teacher's sheet"):
            st.code(code, language=None)


def _rows(entries: list[Lesson]) -> list[list[Lesson]]:
    return [entries[start : start + COLUMNS] for start in range(0, len(entries), COLUMNS)]


def _card(lesson: Lesson) -> None:
    done, total = progress.done(lesson), len(lesson.steps)
    st.markdown(f"**{lesson.title}**")
    st.markdown(lesson.about)
    state = "Done" if done == total else f"{done} of {total} steps done" if done else "Not begun"
    messages.note(f"{total} steps, about {lesson.minutes} minutes · {state}")
    word = "Again" if done == total else "Go on" if done else "Begin"
    st.button(
        f"{word}: {lesson.title}",
        key=f"lesson_{lesson.id}",
        on_click=_open,
        args=(lesson,),
        type="secondary" if done else "primary",
    )


def _open(lesson: Lesson) -> None:
    """Begin a lesson, or go on where it was left."""
    if progress.done(lesson) == len(lesson.steps):
        progress.forget(lesson)
    registry.LESSON.put(lesson.id)
    registry.LESSON_STEP.put(min(progress.done(lesson), len(lesson.steps) - 1) + 1)


def _leave() -> None:
    for shown in (registry.LESSON, registry.LESSON_STEP):
        shown.take()
        shown.write_link(None)


def _titled(name: str, title: str) -> None:
    """The way back, and what this is; its address leads here again."""
    registry.LESSON.put(name)
    registry.LESSON.write_link(name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All lessons", icon=":material/arrow_back:", key="all_lessons", on_click=_leave)
        st.markdown(f"## {title}")


def _lesson(lesson: Lesson, space: Space) -> None:
    _titled(lesson.id, lesson.title)
    if not needs.refused(lesson.needs, space):
        step_view.show(lesson, space)
        hand_out.offer(lesson, space)
