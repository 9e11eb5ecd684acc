"""Learn: lessons as data, predictions before acts, what is kept, and what a model lacks."""

import pytest
from visible import assert_fine

from vae_explorer.ui import navigation
from vae_explorer.ui.pages.learn import needs
from vae_explorer.ui.pages.learn.lesson import LessonError, conditions, lessons, read
from vae_explorer.ui.pages.learn.stages import STAGES

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
