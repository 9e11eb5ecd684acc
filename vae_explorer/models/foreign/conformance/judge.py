"""Readings of a model, priced on the same pictures with the same noise: which option is best."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.models.foreign.adapter import ForeignModel
from vae_explorer.models.foreign.conformance.card import LIKELIHOOD, SAME_NATS, SCALE, Question
from vae_explorer.models.foreign.conformance.criteria import Criterion

MAX_PICTURES = 500  # by which readings are compared
MIN_PICTURES = 100  # of pictures so large that fewer have to do
USUAL_VALUES = 3_000  # of a picture, up to which there is time for MAX_PICTURES
FIRST_PICTURES = 48  # by which most readings are ruled out
PILOT_PICTURES = 12  # by which most are where there are more than MAX_AT_ONCE
MAX_AT_ONCE = 24
LIKELIEST = 3  # options of a question that are looked at closely
Choices = Mapping[str, Any]
Build = Callable[[Choices], ForeignModel]  # ConfigError where the choices do not fit together
Progress = Callable[[float], None]  # told the share done


def rationed(x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """As many of the first pictures, with their labels, as there is time for."""
    share = USUAL_VALUES / x[0].numel()
    count = max(MIN_PICTURES, min(MAX_PICTURES, int(MAX_PICTURES * share)))
    return x[:count], None if y is None else y[:count]


class Judge:
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


def likeliest(
    judge: Judge, question: Question, choices: Choices, criterion: Criterion, count: int
) -> Question:
    """The question with its best options alone by the first `count` pictures, the rest as it is."""
    if len(question.options) <= LIKELIEST:
        return question

    def nats(option: Any) -> float:
        tried = dict(choices) | {question.name: option}
        return judge.nats(tried, min(count, len(judge.x)), criterion) + question.handicap(option)

    kept = sorted(question.options, key=nats)[:LIKELIEST]
    return question._replace(options=tuple(o for o in question.options if o in kept))


def best(
    judge: Judge,
    choices: dict[str, Any],
    asked: Iterable[Question],
    count: int,
    criterion: Criterion,
    progress: Progress = lambda share: None,
) -> dict[str, Any]:
    """The best of all combinations of some questions' options; of equals the first, more common."""
    asked = list(asked)
    names = [q.name for q in asked]
    tried = [
        (
            choices | dict(zip(names, values, strict=True)),
            sum(q.handicap(v) for q, v in zip(asked, values, strict=True)),
        )
        for values in itertools.product(*(q.options for q in asked))
    ]

    def nats(one: tuple[dict[str, Any], float], pictures: int) -> float:
        return judge.nats(one[0], pictures, criterion) + one[1]

    for least_many, pictures, most in (
        (MAX_AT_ONCE, PILOT_PICTURES, MAX_AT_ONCE // 2),
        (LIKELIEST, FIRST_PICTURES, LIKELIEST),
    ):
        if len(tried) > least_many and count > pictures:
            kept = sorted(tried, key=lambda one: nats(one, pictures))[:most]
            tried = [one for one in tried if one in kept]
    chosen, least = choices, math.inf
    for done, one in enumerate(tried, 1):
        if (cost := nats(one, count)) < least - SAME_NATS:
            chosen, least = one[0], cost
        progress(done / len(tried))
    return chosen


def answers_of(questions: Sequence[Question], given: Choices) -> dict[str, Any]:
    """What the user has decided, as options of the questions; CheckpointError for anything else.

    An option may be given as its text, or as its value in text.
    """
    options = {
        q.name: {text: o for o in q.options for text in (str(o), q.text(o))} for q in questions
    }
    options[LIKELIHOOD] = {"bernoulli": "bernoulli", "gaussian": "gaussian"}
    answers: dict[str, Any] = {}
    for name, value in given.items():
        if name == SCALE:
            answers[name] = _scale(value)
        elif name not in options:
            asked = ", ".join(sorted([*options, SCALE]))
            raise CheckpointError(f"nothing is asked about {name[:60]!r} here, only about {asked}.")
        elif str(value) not in options[name]:
            known = "; ".join(dict.fromkeys(map(str, options[name])))
            raise CheckpointError(f"{name} cannot be {str(value)[:60]!r}, only {known[:300]}.")
        else:
            answers[name] = options[name][str(value)]
    return answers


def _scale(value: Any) -> float:
    try:
        scale = float(value)
    except (TypeError, ValueError):
        scale = math.nan
    if not 1e-6 <= scale <= 100:
        raise CheckpointError(f"{SCALE} must be between 0.000001 and 100, got {str(value)[:60]!r}.")
    return scale
