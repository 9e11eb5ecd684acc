"""The conformance card: how a model made elsewhere was read, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

LIKELIHOOD, SCALE = "likelihood", "pixel scale"  # what is decided beside the questions
LIKELIHOODS = {"bernoulli": "Bernoulli pixels", "gaussian": "Gaussian pixels"}
SECOND_HEAD = "second head"  # the question whose options only the noise tells apart
OUTPUT = "output"
SAME_NATS = 0.05  # a margin that tells nothing: the more common option is taken


class Question(NamedTuple):
    """What a model's file does not say: its options, the most common first."""

    name: str  # in the field's words, such as "activation"
    options: tuple[Any, ...]
    text: Callable[[Any], str] = str  # an option as people read it
    handicap: Callable[[Any], float] = lambda option: 0.0  # nats by which a rare one must be better


class Decision(NamedTuple):
    """The answer to a question."""

    name: str
    value: Any
    text: str
    given: bool  # decided by the user
    margin: float | None  # nats by which the next option is worse; None: no other works
    # below 0: it is better, but by too little for what is so rare
    other: str  # the next option
    options: tuple[tuple[Any, str], ...] = ()  # that can be given, each as people read it

    @property
    def how(self) -> str:
        """By what it was decided, such as "better by 35.2 nats than tanh"."""
        if self.given:
            return "given"
        if self.margin is None:
            return "nothing else fits"
        if self.margin < SAME_NATS:
            return f"not told apart from {self.other} by these pictures: the more common one"
        return f"better by {self.margin:,.1f} nats than {self.other}"

    def sentence(self) -> str:
        """Such as "activation: ReLU (better by 35.2 nats than tanh)"."""
        return f"{self.name}: {self.text} ({self.how})"


@dataclass(frozen=True)
class Card:
    """How a model was read: what was decided by what margin, and what it makes of pictures."""

    decisions: tuple[Decision, ...]
    neg_elbo: float  # nats a picture; of a plain autoencoder its reconstruction alone
    mean_picture: float  # what a decoder costs that always gives the mean picture, the same unit
    protocol: str  # of both figures
    originals: Tensor  # (n, C, H, W) in [0, 1]
    reconstructions: Tensor  # of the same shape
    remarks: tuple[str, ...] = ()  # sentences

    @property
    def figures(self) -> str:
        """Both figures in one sentence."""
        return (
            f"−ELBO {self.neg_elbo:,.2f} nats a picture, where the mean picture costs "
            f"{self.mean_picture:,.2f} ({self.protocol})."
        )

    def sentences(self) -> list[str]:
        """The card in words."""
        return [*(decision.sentence() for decision in self.decisions), self.figures, *self.remarks]
