"""Learn: lessons as data, predictions before acts, what is kept, and what a model lacks."""

import pytest
from visible import assert_fine

from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.shipped import CHECKPOINTS
from vae_explorer.teaching.quiz import QUESTIONS
from vae_explorer.ui import navigation
from vae_explorer.ui.pages.learn import hand_out, needs
from vae_explorer.ui.pages.learn.lesson import LessonError, conditions, lessons, read
from vae_explorer.ui.pages.learn.stages import STAGES
from vae_explorer.ui.session import latent_space

LESSON = """
[[lesson]]
id = "toy"
title = "A toy"
about = "About nothing."
minutes = 1
needs = ["encoded"]

[[lesson.step]]
id = "first"
stage = "explorer"
goal = "Do it."
question = "What then?"
options = ["This.", "That."]
answer = "winner"
check = "moves >= 2 and span > 0.5"
text = "You went {span:.1f}."
"""


def toy():
    """The step of the toy."""
    return read(LESSON)["toy"].steps[0]


def test_step_is_done_when_all_of_its_check_holds():
    step = toy()
    assert step.is_done({"moves": 2, "span": 0.6, "winner": 1})
    assert not step.is_done({"moves": 1, "span": 0.6})
    assert not step.is_done({"moves": 2, "span": 0.5})
    assert not step.is_done({"moves": 2})  # not yet observed


def test_text_and_answer_are_what_was_observed():
    step = toy()
    assert step.explained({"span": 0.66}) == "You went 0.7."
    assert step.right({"winner": 1}) == 1
    assert step.names == {"moves", "span", "winner"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("moves >= 2", "moves => 2", "no condition"),
        ('answer = "winner"', "answer = 2", "no option 2"),
        ("[[lesson]]", "[[lesson", "cannot be read"),
        ('goal = "Do it."\n', "", "cannot be read"),
        ('goal = "Do it."', 'goals = "Do it."', "cannot be read"),
    ],
)
def test_table_that_cannot_be_meant_is_refused(old, new, said):
    with pytest.raises(LessonError, match=said):
        read(LESSON.replace(old, new))


def test_ids_are_told_once():
    with pytest.raises(LessonError, match="same id"):
        read(LESSON + LESSON)


def test_table_names_stages_needs_and_pages_that_exist():
    pages = {entry.name for entry in navigation.PAGES} | {""}
    for lesson in lessons().values():
        assert set(lesson.needs) <= set(needs.NEEDS), lesson.id
        assert lesson.steps and lesson.about.endswith(".")
        for step in lesson.steps:
            assert step.stage in STAGES and step.page in pages, (lesson.id, step.id)
            assert conditions(step.check) and len(step.options) >= 2
            assert len(set(step.options)) == len(step.options)


def test_overview_offers_every_lesson(visit):
    at = visit("learn")
    assert_fine(at)
    assert [b.key for b in at.button if b.key.startswith("lesson_")] == [
        f"lesson_{key}" for key in lessons()
    ]


def test_no_act_counts_before_a_prediction(visit):
    at = visit("learn", link={"lesson": "latent-space"})
    assert_fine(at)
    assert at.button(key="predict").disabled
    assert not any(button.key == "next_step" for button in at.button)


def test_lesson_says_what_the_model_lacks_and_offers_another(visit):
    at = visit("learn", link={"lesson": "latent-space", "model": "mnist-32d"})
    assert "32 coordinates" in at.info[0].value
    at.button(key="lesson_model").click().run()
    assert at.selectbox(key="model").value == needs.SHIPPED
    assert_fine(at)


@pytest.mark.parametrize("link", [{"lesson": "no-such"}, {"lesson": "latent-space", "step": "99"}])
def test_links_that_lead_nowhere_lead_to_the_nearest_thing(visit, link):
    at = visit("learn", link=link)
    assert_fine(at)


def test_text_may_depend_on_what_came_true():
    two = 'text = ["No.", "Yes, {span:.1f}."]'
    step = read(LESSON.replace('text = "You went {span:.1f}."', two))["toy"].steps[0]
    assert step.explained({"winner": 1, "span": 2.0}) == "Yes, 2.0."
    assert step.explained({"winner": 0}) == "No."
    with pytest.raises(LessonError, match="text for each"):
        read(LESSON.replace('text = "You went {span:.1f}."', 'text = ["No."]'))


def test_quiz_runs_what_was_answered_and_counts(visit):
    at = visit("learn", link={"lesson": "quiz"})
    assert_fine(at)
    name = next(iter(QUESTIONS))
    assert at.button(key=f"run_{name}").disabled
    at.radio(key=f"quiz_option_{name}").set_value(0).run()
    at.button(key=f"run_{name}").click().run()
    assert_fine(at)
    assert any("1 of 10 answered" in text.value for text in at.main.markdown)
    assert at.radio(key=f"quiz_option_{name}").disabled
    at.button(key="quiz_restart").click().run()
    assert at.radio(key=f"quiz_option_{name}").value is None
    assert any("0 of 10 answered" in text.value for text in at.main.markdown)


def test_quiz_says_what_a_model_lacks(visit):
    at = visit("learn", link={"lesson": "quiz", "model": "mnist-autoencoder-3d"})
    assert "plain autoencoder" in at.info[0].value


def test_prediction_is_kept_as_a_cell_of_a_sheet(visit):
    at = visit("learn", link={"lesson": "latent-space"})
    at.radio(key="prediction_latent-space_one-axis").set_value(1).run()
    at.button(key="predict").click().run()
    assert_fine(at)
    at.button(key="all_lessons").click().run()
    (line,) = at.code[0].value.splitlines()
    assert line.split("\t")[:3] == ["latent-space", "mnist-3d", "b not done"]


@pytest.mark.parametrize("model", ["mnist-3d", "fashion-3d", "mnist-32d"])
def test_hand_out_shows_the_model_in_hand_and_fetches_nothing(model):
    space = latent_space.of(load_checkpoint(CHECKPOINTS / f"{model}.safetensors"))
    texts = [hand_out.page(lesson, space).decode() for lesson in lessons().values()]
    assert all(model in text and text.count("data:image/png") >= 4 for text in texts)
    assert not any("://" in text or 'src="/' in text for text in texts)
    assert all(step.question in texts[0] for step in lessons()["latent-space"].steps)
