"""Learn: what a VAE is, by lessons that are done on the live widgets."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.learn import needs, progress, step_view
from vae_explorer.ui.pages.learn.lesson import Lesson, lessons
from vae_explorer.ui.session import latent_space, model_selection, registry
from vae_explorer.ui.session.latent_space import Space

COLUMNS = 2  # of lessons, on a wide screen


def page() -> None:
    """The page of lessons."""
    with messages.guard():
        chosen = lessons().get(registry.LESSON.get(registry.LESSON.link_text()) or "")
        if chosen is None:
            _overview()
        else:
            _lesson(chosen, latent_space.of(model_selection.current()))


def _overview() -> None:
    """All lessons, each with what it is about and how far the learner has come."""
    registry.LESSON.write_link(None)
    progress.keep()
    for pair in _rows(list(lessons().values())):
        for column, lesson in zip(st.columns(COLUMNS), pair, strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(lesson)


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
    registry.LESSON.take()
    registry.LESSON_STEP.take()


def _lesson(lesson: Lesson, space: Space) -> None:
    registry.LESSON.put(lesson.id)
    registry.LESSON.write_link(lesson.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All lessons", icon=":material/arrow_back:", key="all_lessons", on_click=_leave)
        st.markdown(f"#### {lesson.title}")
    if sentence := needs.lacking(lesson.needs, space):
        st.info(messages.plain(sentence), icon=":material/school:")
        st.button(
            f"Take the lesson with {needs.SHIPPED}",
            key="lesson_model",
            on_click=model_selection.choose,
            args=(needs.SHIPPED,),
            type="primary",
        )
        return
    step_view.show(lesson, space)
