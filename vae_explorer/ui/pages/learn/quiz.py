"""The quiz: what happens if, answered by doing it with the model in hand."""

import zlib

import streamlit as st

from vae_explorer.teaching.quiz import QUESTIONS, Model, Outcome, Question, outcome
from vae_explorer.ui import messages
from vae_explorer.ui.pages.learn import needs
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task

NEEDS = ("encoded", "decoder", "variational", "unconditional", "classes")
TITLE = "Quiz: what happens if …"


def show(space: Space) -> None:
    """All questions; each answer is run before it is judged."""
    if needs.refused(NEEDS, space):
        return
    answers: dict[str, int] = registry.QUIZ_ANSWERS.start(dict)
    right = sum(_outcome(space, name).right == option for name, option in answers.items())
    st.markdown(f"{len(answers)} of {len(QUESTIONS)} answered, {right} right.")
    for number, (name, question) in enumerate(QUESTIONS.items(), start=1):
        with st.container(border=True):
            st.markdown(f"**{number}. {question.text}**")
            _question(space, name, question, answers)
    if answers:
        st.button("Begin again", key="quiz_restart", on_click=_forget)


def _question(space: Space, name: str, question: Question, answers: dict[str, int]) -> None:
    chosen = st.radio(
        question.text,
        _shuffled(question),
        index=None,
        format_func=question.options.__getitem__,
        label_visibility="collapsed",
        key=registry.QUIZ_CHOICE(name),
        disabled=name in answers,
    )
    if name not in answers:
        st.button(
            "Run it",
            key=f"run_{name}",
            icon=":material/play_arrow:",
            disabled=chosen is None,
            on_click=answers.__setitem__,
            args=(name, chosen),
        )
        return
    found = _outcome(space, name)
    if answers[name] == found.right:
        st.success("Right.", icon=":material/check:")
    else:
        st.warning(f"Not so: {question.options[found.right]}", icon=":material/lightbulb:")
    st.markdown(messages.plain(found.text))


def _shuffled(question: Question) -> list[int]:
    """The options in an order that is the same each time and says nothing."""
    keys = [zlib.crc32(option.encode()) for option in question.options]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _forget() -> None:
    for name in QUESTIONS:
        registry.QUIZ_CHOICE(name).take()
    registry.QUIZ_ANSWERS.take()


def _outcome(space: Space, name: str) -> Outcome:
    model = Model(space.checkpoint, space.codes, space.typical)
    task = Task(outcome, (name, model), noun=None)
    return once("quiz", (space.checkpoint.sha256, name), "Running it", task)
