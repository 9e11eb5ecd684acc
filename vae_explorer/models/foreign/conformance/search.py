"""The reading of a model made elsewhere that has the best -ELBO on the user's pictures.

What a file does not say (activations, ranges, what the second head is) are questions with a few
options each; a reading is one option for every question. Uses training pictures alone.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.adapter import ForeignModel
from vae_explorer.models.foreign.conformance import criteria
from vae_explorer.models.foreign.conformance.card import (
    LIKELIHOOD,
    OUTPUT,
    SCALE,
    SECOND_HEAD,
    Card,
    Decision,
    Question,
)
from vae_explorer.models.foreign.conformance.criteria import (
    Criterion,
    neg_elbo,
    neg_elbo_fitted,
    rough_error,
)
from vae_explorer.models.foreign.conformance.judge import (
    FIRST_PICTURES,
    PILOT_PICTURES,
    Build,
    Choices,
    Judge,
    Progress,
    answers_of,
    best,
    likeliest,
    rationed,
)
from vae_explorer.models.foreign.conformance.measured_card import explaining_card

MAX_ROUNDS = 4
FOLLOWED = 5  # readings that are kept while one question after the other is answered
MAX_READINGS = 240  # that are all tried: where there are more, all pairs of questions are
BELOW_ZERO = 0.01  # share of negative numbers by which a second head is no variance
WIDTHS = ("variance", "standard_deviation")  # its options that are never negative


def search(
    questions: Sequence[Question],
    build: Build,
    x: Tensor,
    y: Tensor | None,
    given: Choices,
    generator: Generator,
    progress: Progress = lambda share: None,
) -> tuple[ForeignModel, Card]:
    """The model as it is read best, and its card.

    Parameters
    ----------
    questions, build
        What is asked, and the model of one option each. Beside their names `build` is given
        LIKELIHOOD ("bernoulli" or "gaussian") and SCALE (of gaussian pixels).
    x, y
        Training pictures (N, C, H, W) in [0, 1], N > 0; labels (N,) for a conditional model.
    given
        Options that the user has decided, by the names of questions, of LIKELIHOOD and SCALE too.

    CheckpointError where no reading works, or none gives better pictures than the mean picture.
    """
    given = answers_of(questions, given)
    x, y = rationed(x, y)
    judge = Judge(build, x, y, generator)
    asked = [q for q in questions if q.name not in given]
    choices = {LIKELIHOOD: "gaussian", SCALE: 1.0}
    choices |= {q.name: given.get(q.name, q.options[0]) for q in questions}
    choices = _roughly(judge, asked, choices, progress)
    if judge.nats(choices, len(x), rough_error) == math.inf:
        raise CheckpointError(f"no way of reading the model gives pictures back: {judge.reason}")
    choices |= _likelihood(judge, choices, given)
    choices = _finely(judge, asked, choices)
    if choices[LIKELIHOOD] == "gaussian" and SCALE not in given:
        choices[SCALE] = judge.of_all(choices, criteria.fitted_scale)
    decisions = tuple(_decision(judge, q, choices, q.name in given) for q in questions)
    return build(choices), explaining_card(judge, choices, decisions)


def _roughly(
    judge: Judge, asked: list[Question], choices: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """The reading with the least error of few pictures: all are tried, or all pairs of answers."""
    asked = [q for q in asked if q.name != SECOND_HEAD]  # of no account at the mean
    count = min(FIRST_PICTURES, len(judge.x))
    if math.prod(len(q.options) for q in asked) <= MAX_READINGS:
        return best(judge, choices, asked, count, rough_error, progress)
    inner = [q for q in asked if q.name != OUTPUT]
    choices = _one_by_one(judge, choices, inner, count, criteria.disagreement)
    for _ in range(MAX_ROUNDS):
        choices = _one_by_one(judge, choices, asked, count, rough_error)
        before = choices
        works = judge.nats(choices, count, rough_error) < criteria.rough_limit(judge.x[:count])
        likely = (
            [likeliest(judge, q, choices, rough_error, PILOT_PICTURES) for q in asked]
            if works
            else asked
        )
        pairs = list(itertools.combinations(likely, 2))
        for done, pair in enumerate(pairs, 1):
            choices = best(judge, choices, pair, count, rough_error)
            progress(done / len(pairs))
        if choices == before:
            break
    return choices


def _one_by_one(
    judge: Judge,
    choices: dict[str, Any],
    asked: Sequence[Question],
    count: int,
    criterion: Criterion,
) -> dict[str, Any]:
    """The best option of one question after the other, until nothing changes.

    The best few readings are all followed: one that is right about strides, say, and not yet about
    activations may cost more at first than one that is wrong about both.
    """
    readings = [choices]

    def nats(reading: dict[str, Any]) -> float:
        rare = sum(question.handicap(reading[question.name]) for question in asked)
        return judge.nats(reading, min(count, PILOT_PICTURES), criterion) + rare

    for _ in range(MAX_ROUNDS):
        before = readings[0]
        for question in asked:
            tried = [r | {question.name: o} for r in readings for o in question.options]
            by_cost = {round(nats(reading), 3): reading for reading in reversed(tried)}
            readings = [by_cost[cost] for cost in sorted(by_cost)[:FOLLOWED]]
        if readings[0] == before:
            break
    return min(readings, key=lambda reading: judge.nats(reading, count, criterion))


def _likelihood(judge: Judge, choices: Choices, given: Choices) -> dict[str, Any]:
    """Bernoulli where grey pictures come back as probabilities, else Gaussian of a fitted scale."""
    if LIKELIHOOD in given:
        kind = given[LIKELIHOOD]
    elif str(choices.get(OUTPUT)).startswith(("signed", "tanh")):  # of a tanh: no probabilities
        kind = "gaussian"
    else:
        fits = judge.of_all(choices, criteria.gives_probabilities)
        kind = "bernoulli" if fits else "gaussian"
    if kind == "bernoulli":
        return {LIKELIHOOD: kind, SCALE: 1.0}
    scale = given.get(SCALE) or judge.of_all(choices, criteria.fitted_scale)
    return {LIKELIHOOD: kind, SCALE: scale}


def _finely(judge: Judge, asked: list[Question], choices: dict[str, Any]) -> dict[str, Any]:
    """One question after the other by the -ELBO of all pictures, until nothing changes."""
    count = len(judge.x)
    for _ in range(MAX_ROUNDS):
        before = choices
        for question in asked:
            usable = [question._replace(options=_usable(judge, question, choices))]
            if choices[LIKELIHOOD] == "gaussian" and question.name == SECOND_HEAD:
                choices = _at_any_scale(judge, choices, usable, count)
            else:
                choices = best(judge, choices, usable, count, neg_elbo)
        if choices == before:
            break
    return choices


def _at_any_scale(
    judge: Judge, choices: dict[str, Any], asked: list[Question], count: int
) -> dict[str, Any]:
    """The second head of Gaussian pixels, whose scale in training nobody knows.

    A small scale rewards narrow posteriors and a large one wide ones: what only one of them prefers
    is not told apart, and the more common option stays.
    """
    of_fitted = best(judge, choices, asked, count, neg_elbo_fitted)[SECOND_HEAD]
    of_one = best(judge, choices | {SCALE: 1.0}, asked, count, neg_elbo)[SECOND_HEAD]
    common = asked[0].options[0]
    return choices | {SECOND_HEAD: of_one if of_one == of_fitted else common}


def _usable(judge: Judge, question: Question, choices: Choices) -> tuple[Any, ...]:
    """Those of its options that the model's own numbers allow: a variance is never negative."""
    if question.name != SECOND_HEAD or len(question.options) < 2:
        return question.options
    negative = judge.of_all(dict(choices) | {SECOND_HEAD: "log_variance"}, criteria.share_negative)
    kept = [o for o in question.options if (o in WIDTHS) != (negative > BELOW_ZERO)]
    return tuple(kept) or question.options


def _decision(judge: Judge, question: Question, choices: Choices, given: bool) -> Decision:
    value, count = choices[question.name], len(judge.x)
    bound = judge.nats(choices, count, neg_elbo)
    options = [o for o in _usable(judge, question, choices) if o != value]
    usable = question._replace(options=tuple(options))
    others = likeliest(judge, usable, choices, neg_elbo, FIRST_PICTURES).options
    margins = [
        judge.nats(dict(choices) | {question.name: o}, count, neg_elbo) - bound for o in others
    ]
    margin = min((m for m in margins if m), default=math.inf)  # 0: the same by another name
    works = math.isfinite(margin)
    return Decision(
        question.name,
        value,
        question.text(value),
        given,
        margin if works else None,
        question.text(others[margins.index(margin)]) if works else "",
        tuple((option, question.text(option)) for option in question.options),
    )
