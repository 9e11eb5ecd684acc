"""The questions about values that no file answers: ranges in and out, and what the heads are."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from vae_explorer.models.foreign.adapter import ValueReading
from vae_explorer.models.foreign.conformance.card import OUTPUT, SECOND_HEAD, Question


class Range(NamedTuple):
    """A scale of pixels: value = (x - mean) / std for x in [0, 1]."""

    text: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


UNIT = Range("0 to 1", (0.0,), (1.0,))
SIGNED = Range("−1 to 1", (0.5,), (0.5,))
MNIST = Range("mean 0.1307, deviation 0.3081", (0.1307,), (0.3081,))
BYTES = Range("0 to 255", (0.0,), (1 / 255,))
IMAGENET = Range("ImageNet's means", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
RANGES = {
    "unit": UNIT,
    "signed": SIGNED,
    "mnist": MNIST,
    "bytes": BYTES,
    "imagenet": IMAGENET,
}
INPUT, ORDER, HEADS = "input range", "channel order", "head order"
OUTPUT_TEXTS = {
    "logits": "logits, through a sigmoid",
    "unit": "values from 0 to 1",
    "signed": "values from −1 to 1",
    "bytes": "values from 0 to 255",
    "as_input": "values in the input's range",
}
SECOND_HEADS = {
    "log_variance": "logarithm of the variance",
    "log_standard_deviation": "logarithm of the standard deviation",
    "standard_deviation": "standard deviation",
    "variance": "variance",
    "softplus_standard_deviation": "standard deviation through a softplus",
    "none": "none: a plain autoencoder",
}
HEAD_TEXTS = {"mean_first": "the mean comes first", "mean_second": "the mean comes second"}


def input_question(channels: int) -> Question:
    """What range of pixels the encoder was trained on."""
    names = [name for name in RANGES if channels == 3 or name != "imagenet"]
    names = [name for name in names if channels == 1 or name != "mnist"]
    return Question(INPUT, tuple(names), lambda name: RANGES[name].text)


def output_question(options: Sequence[str] = ("logits", "unit", "signed", "bytes")) -> Question:
    """What the decoder's numbers are."""
    return Question(OUTPUT, tuple(options), OUTPUT_TEXTS.__getitem__)


def second_head_question(options: Sequence[str] = tuple(SECOND_HEADS)[:-1]) -> Question:
    """What the second head is."""
    return Question(SECOND_HEAD, tuple(options), SECOND_HEADS.__getitem__)


def head_order_question(options: Sequence[str] = tuple(HEAD_TEXTS)) -> Question:
    """Which of two heads is the mean."""
    return Question(HEADS, tuple(options), HEAD_TEXTS.__getitem__)


def channel_question(channels: int) -> list[Question]:
    """The order of colours, of colour pictures."""
    return [Question(ORDER, ("rgb", "bgr"), str.upper)] if channels == 3 else []


def reading_of(choices: Mapping[str, Any], **fixed: Any) -> ValueReading:
    """The reading that the answers to these questions make; what is not asked is as usual."""
    taken = RANGES[choices.get(INPUT, "unit")]
    output = choices.get(OUTPUT, "logits")
    given = UNIT if output == "logits" else RANGES.get(output, taken)
    return ValueReading(
        input_mean=taken.mean,
        input_std=taken.std,
        channel_order=choices.get(ORDER, "rgb"),
        second_head=choices.get(SECOND_HEAD, "log_variance"),
        head_order=choices.get(HEADS, "mean_first"),
        output="logits" if output == "logits" else "values",
        output_mean=given.mean,
        output_std=given.std,
        **fixed,
    )
