"""The reading of a model made elsewhere that has the best -ELBO on the user's pictures.

What a file does not say (activations, ranges, what the second head is) are questions with a few
options each; a reading is one option for every question. Uses training pictures alone.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.models.foreign.adapter import ForeignModel
from vae_explorer.models.foreign.conformance import criteria
from vae_explorer.models.foreign.conformance.card import (
    LIKELIHOOD,
    OUTPUT,
    SAME_NATS,
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

MOST_PICTURES = 500  # by which readings are compared
FIRST_PICTURES = 48  # by which most readings are ruled out
SHOWN = 5  # pictures of a card
MOST_ROUNDS = 4
MOST_READINGS = 240  # that are all tried: where there are more, all pairs of questions are
BELOW_ZERO = 0.01  # share of negative numbers by which a second head is no variance
WIDTHS = ("variance", "standard_deviation")  # its options that are never negative
Choices = Mapping[str, Any]
Build = Callable[[Choices], ForeignModel]  # ConfigError where the choices do not fit together
Progress = Callable[[float], None]  # told the share done


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
    known = {LIKELIHOOD, SCALE, *(question.name for question in questions)}
    if unknown := sorted(set(given) - known):
        asked = ", ".join(sorted(known))
        raise CheckpointError(f"nothing is asked about {unknown[0]!r} here, only about {asked}.")
    judge = _Judge(build, x[:MOST_PICTURES], None if y is None else y[:MOST_PICTURES], generator)
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
    return build(choices), _card(judge, choices, decisions)


class _Judge:
    """Prices readings on the same pictures with the same noise."""

    def __init__(self, build: Build, x: Tensor, y: Tensor | None, generator: Generator):
        self.build, self.x, self.y = build, x, y
        self.seed = int(torch.randint(2**31, (), generator=generator))
        self.reason = ""  # why the last reading that does not work does not
        self.known: dict[tuple, float] = {}

    def nats(self, choices: Choices, count: int, criterion: Criterion) -> float:
        """What a reading costs on the first `count` pictures; inf where it does not work."""
        key = (count, criterion.__name__, *sorted((k, repr(v)) for k, v in choices.items()))
        if key not in self.known:
            try:
                value = float(self.of_all(choices, criterion, count))
            except (ExplorerError, RuntimeError, ValueError, IndexError) as error:
                self.reason = str(error)[:300]
                value = math.inf  # shapes that do not fit: another reading may
            self.known[key] = value if math.isfinite(value) else math.inf
        return self.known[key]

    def of_all(self, choices: Choices, measure: Callable, count: int | None = None) -> Any:
        """A measure of a reading, on all pictures or the first `count`."""
        y = None if self.y is None else self.y[:count]
        with torch.inference_mode():
            model = self.build(choices)
            return measure(model, self.x[:count], y, Generator().manual_seed(self.seed))


def _roughly(
    judge: _Judge, asked: list[Question], choices: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """The reading with the least error of few pictures: all are tried, or all pairs of answers."""
    asked = [q for q in asked if q.name != SECOND_HEAD]  # of no account at the mean
    count = min(FIRST_PICTURES, len(judge.x))
    if math.prod(len(q.options) for q in asked) <= MOST_READINGS:
        return _best(judge, choices, asked, count, rough_error, progress)
    for done in range(1, MOST_ROUNDS + 1):
        before = choices
        for pair in itertools.combinations(asked, 2):
            choices = _best(judge, choices, pair, count, rough_error)
        progress(done / MOST_ROUNDS)
        if choices == before:
            break
    return choices


def _best(
    judge: _Judge,
    choices: dict[str, Any],
    asked: Iterable[Question],
    count: int,
    criterion: Criterion,
    progress: Progress = lambda share: None,
) -> dict[str, Any]:
    """The best of all combinations of some questions' options; of equals the first, more common."""
    asked = list(asked)
    options = list(itertools.product(*(q.options for q in asked)))
    best, least = choices, math.inf
    for done, values in enumerate(options, 1):
        tried = choices | {q.name: value for q, value in zip(asked, values, strict=True)}
        nats = judge.nats(tried, count, criterion)
        if nats < least - SAME_NATS:
            best, least = tried, nats
        progress(done / len(options))
    return best


def _likelihood(judge: _Judge, choices: Choices, given: Choices) -> dict[str, Any]:
    """Bernoulli where grey pictures come back as probabilities, else Gaussian of a fitted scale."""
    if LIKELIHOOD in given:
        kind = given[LIKELIHOOD]
    elif choices.get(OUTPUT) == "signed":  # of a tanh: no probabilities
        kind = "gaussian"
    else:
        fits = judge.of_all(choices, criteria.gives_probabilities)
        kind = "bernoulli" if fits else "gaussian"
    if kind == "bernoulli":
        return {LIKELIHOOD: kind, SCALE: 1.0}
    scale = given.get(SCALE) or judge.of_all(choices, criteria.fitted_scale)
    return {LIKELIHOOD: kind, SCALE: scale}


def _finely(judge: _Judge, asked: list[Question], choices: dict[str, Any]) -> dict[str, Any]:
    """One question after the other by the -ELBO of all pictures, until nothing changes."""
    count = len(judge.x)
    for _ in range(MOST_ROUNDS):
        before = choices
        for question in asked:
            usable = [question._replace(options=_usable(judge, question, choices))]
            better = _best(judge, choices, usable, count, neg_elbo)
            if choices[LIKELIHOOD] == "gaussian" and question.name == SECOND_HEAD:
                better = _at_any_scale(judge, choices, usable, count)
            choices = better
        if choices == before:
            break
    return choices


def _at_any_scale(
    judge: _Judge, choices: dict[str, Any], asked: list[Question], count: int
) -> dict[str, Any]:
    """The second head of Gaussian pixels, whose scale in training nobody knows.

    A small scale rewards narrow posteriors and a large one wide ones: what only one of them prefers
    is not told apart, and the more common option stays.
    """
    of_fitted = _best(judge, choices, asked, count, neg_elbo_fitted)[SECOND_HEAD]
    of_one = _best(judge, choices | {SCALE: 1.0}, asked, count, neg_elbo)[SECOND_HEAD]
    common = asked[0].options[0]
    return choices | {SECOND_HEAD: of_one if of_one == of_fitted else common}


def _usable(judge: _Judge, question: Question, choices: Choices) -> tuple[Any, ...]:
    """Those of its options that the model's own numbers allow: a variance is never negative."""
    if question.name != SECOND_HEAD or len(question.options) < 2:
        return question.options
    negative = judge.of_all(dict(choices) | {SECOND_HEAD: "log_variance"}, criteria.share_negative)
    kept = [o for o in question.options if (o in WIDTHS) != (negative > BELOW_ZERO)]
    return tuple(kept) or question.options


def _decision(judge: _Judge, question: Question, choices: Choices, given: bool) -> Decision:
    value, count = choices[question.name], len(judge.x)
    best = judge.nats(choices, count, neg_elbo)
    others = [o for o in _usable(judge, question, choices) if o != value]
    margins = [
        judge.nats(dict(choices) | {question.name: o}, count, neg_elbo) - best for o in others
    ]
    margin = min(margins, default=math.inf)
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


def _card(judge: _Judge, choices: Choices, decisions: tuple[Decision, ...]) -> Card:
    """The card; CheckpointError where pictures come back no better than their mean."""
    model = judge.build(choices)
    bound = judge.nats(choices, len(judge.x), neg_elbo)
    mean = criteria.mean_picture_nats(model.config, judge.x)
    at_mean = judge.of_all(choices, criteria.reconstruction)
    if at_mean >= mean:
        raise CheckpointError(
            "no way of reading the model explains these pictures: at best it costs "
            f"{at_mean:,.1f} nats a picture to reconstruct them, where the mean picture costs "
            f"{mean:,.1f}. Are they the pictures it was trained on?"
        )
    shown = slice(0, SHOWN)
    y = None if judge.y is None else judge.y[shown]
    with torch.inference_mode():
        made = model.decode(model.encode(judge.x[shown], y)[0], y)
    remarks = []
    if bound >= mean:
        remarks.append(
            f"Its −ELBO is no better than that of knowing nothing, although it reconstructs at "
            f"{at_mean:,.1f} nats: its codes cost more than they explain."
        )
    if choices[LIKELIHOOD] == "bernoulli":
        how = "grey pixels as Bernoulli, as tutorials have it"
    elif choices[SCALE] == 1:
        how = "half the squared error"
    else:
        how = f"Gaussian pixels in 256 steps, standard deviation {choices[SCALE]:.3f}"
    protocol = f"{len(judge.x):,} training pictures, {how}, one posterior sample"
    return Card(decisions, bound, mean, protocol, judge.x[shown], made, tuple(remarks))
