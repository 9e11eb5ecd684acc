"""One step of a lesson: predict, act, see what came true, go on."""

import streamlit as st

from vae_explorer.ui import messages, navigation
from vae_explorer.ui.pages.learn import progress
from vae_explorer.ui.pages.learn.lesson import Lesson, Observation, Step
from vae_explorer.ui.pages.learn.stages import STAGES
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import page_links


@st.fragment
def show(lesson: Lesson, space: Space) -> None:
    """The step that the address names, over its stage. Runs again with each act on the stage."""
    with messages.guard():
        page_links.follow()
        number = _number(lesson)
        step = lesson.steps[number - 1]
        _steps(lesson, number)
        card = st.container(border=True)
        predicted = progress.record(lesson, step).get("predicted")
        memory = registry.STAGE_MEMORY(lesson.id, step.id).start(dict)
        memory["recording"] = predicted is not None
        observed = STAGES[step.stage](space, memory, dict(step.settings))
        with card:
            _card(lesson, step, number, observed)
        progress.keep()  # last: what has just been done as well


def _number(lesson: Lesson) -> int:
    """The step that is shown, from 1; a link may say anything."""
    text = registry.LESSON_STEP.link_text() or ""
    linked = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    number = linked if registry.leads_back() else registry.LESSON_STEP.get() or linked
    number = min(max(1, number), len(lesson.steps))
    registry.LESSON_STEP.put(number)
    return number


def _steps(lesson: Lesson, number: int) -> None:
    """A way to each step, marked as done or not."""
    registry.LESSON_STEP.write_link(str(number))
    with st.container(horizontal=True):
        for i, step in enumerate(lesson.steps, start=1):
            done = progress.record(lesson, step).get("done")
            st.button(
                f"Step {i}",
                key=f"to_step_{i}",
                icon=":material/check_circle:" if done else None,
                type="primary" if i == number else "tertiary",
                on_click=registry.LESSON_STEP.put,
                args=(i,),
            )


def _card(lesson: Lesson, step: Step, number: int, observed: Observation) -> None:
    st.markdown(f"**{step.goal}**")
    record = progress.record(lesson, step)
    if record.get("predicted") is None:
        _ask(lesson, step)
        return
    st.markdown(f"You predict: *{step.options[record['predicted']]}*")
    if not record.get("done"):
        if not step.is_done(observed):
            messages.note("Now do it: the step is done as soon as you have.")
            return
        progress.put(lesson, step, done=True)
        st.rerun(scope="fragment")  # the steps above are to show it
    if not step.is_done(observed):  # an earlier visit's
        messages.note("Done before. Do it again to see what it means for this model.")
    else:
        _explain(lesson, step, observed)
    _go_on(lesson, step, number)


def _ask(lesson: Lesson, step: Step) -> None:
    """A prediction first: without one, no action counts."""
    choice = st.radio(
        f"Predict first. {step.question}",
        range(len(step.options)),
        index=None,
        format_func=step.options.__getitem__,
        key=f"prediction_{lesson.id}_{step.id}",
    )

    def predict() -> None:
        registry.STAGE_MEMORY(lesson.id, step.id).take()
        progress.put(lesson, step, predicted=choice)

    st.button("That is my prediction", key="predict", disabled=choice is None, on_click=predict)


def _explain(lesson: Lesson, step: Step, observed: Observation) -> None:
    right = step.right(observed)
    came_true = progress.record(lesson, step)["predicted"] == right
    progress.put(lesson, step, right=came_true)
    if came_true:
        st.success("Your prediction came true.", icon=":material/check:")
    else:
        st.warning(f"It came otherwise: {step.options[right]}", icon=":material/lightbulb:")
    shown = {name: messages.plain(v) if isinstance(v, str) else v for name, v in observed.items()}
    st.markdown(step.explained(shown))


def _go_on(lesson: Lesson, step: Step, number: int) -> None:
    with st.container(horizontal=True):
        if number < len(lesson.steps):
            st.button(
                "Next step",
                key="next_step",
                type="primary",
                on_click=registry.LESSON_STEP.put,
                args=(number + 1,),
            )
        elif progress.done(lesson) == len(lesson.steps):
            messages.note("The lesson is done. You find all lessons at the top.")
        if step.page:
            title = navigation.entry(step.page).title
            page_links.with_settings(f"Go on with {title}", step.page, dict(step.link))
