"""The questions that weights leave open, their options the most common first."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from vae_explorer.models.foreign.conformance.card import Question
from vae_explorer.models.foreign.conformance.value_questions import (
    OUTPUT,
    OUTPUT_TEXTS,
    channel_question,
    head_order_question,
    input_question,
    second_head_question,
)
from vae_explorer.models.foreign.weights.layers import MEAN, SECOND, Layer
from vae_explorer.models.foreign.weights.structure.attachments import Attachments
from vae_explorer.models.foreign.weights.structure.sizes import Stacks
from vae_explorer.models.foreign.weights.structure.steps import Shape, Wiring
from vae_explorer.models.foreign.weights.structure.strides import Stack
from vae_explorer.models.operations.kinds import Activate

ACTIVATION, DECODER_ACTIVATION = "activation", "decoder's activation"
ENCODER_STRIDES, DECODER_STRIDES = "encoder's strides", "decoder's strides"
BEFORE_HEADS = "activation before the heads"
AFTER_FIRST = "activation behind the decoder's first layer"
NORMS, GROUPS = "normalisation", "groups of channels"
PIXELS, LABEL = "order of pixels", "place of the label"
SAME = "as the encoder's"


class Kind(NamedTuple):
    """An activation, and by how many nats it must be better than what is more common."""

    operation: Activate | None
    handicap: float


ACTIVATIONS = {
    "ReLU": Kind(Activate("relu"), 0.0),
    "leaky ReLU 0.01": Kind(Activate("leaky_relu", slope=0.01), 0.35),
    "leaky ReLU 0.2": Kind(Activate("leaky_relu", slope=0.2), 0.2),
    "leaky ReLU 0.3": Kind(Activate("leaky_relu", slope=0.3), 0.3),
    "leaky ReLU 0.1": Kind(Activate("leaky_relu", slope=0.1), 0.6),
    "tanh": Kind(Activate("tanh"), 0.2),
    "ELU": Kind(Activate("elu", slope=1.0), 0.2),
    "GELU": Kind(Activate("gelu"), 0.2),
    "sigmoid": Kind(Activate("sigmoid"), 0.3),
    "SiLU": Kind(Activate("silu"), 0.2),
    "SELU": Kind(Activate("selu"), 0.3),
    "softplus": Kind(Activate("softplus"), 0.3),
    "leaky ReLU 0.05": Kind(Activate("leaky_relu", slope=0.05), 1.5),
    "mish": Kind(Activate("mish"), 0.4),
    "GELU by tanh": Kind(Activate("gelu_tanh"), 0.4),
    "ReLU6": Kind(Activate("relu6"), 0.6),
    "hardswish": Kind(Activate("hardswish"), 0.6),
    "softsign": Kind(Activate("softsign"), 0.6),
    "none": Kind(None, 0.3),
}
OTHER = 1.0  # nats by which a decoder's own activation must be better than the encoder's
OUTPUTS = {  # beside those that every model is asked about
    "tanh": "from −1 to 1, through a tanh",
    "tanh_unit": "from 0 to 1, through a tanh",
}
UNUSUAL_OUTPUT = 0.03  # nats a pixel
OUTPUT_OPTIONS = ("logits", "unit", "tanh", "signed", "tanh_unit", "as_input")
YES_NO = ("yes", "no")
PLACES = {"before": "before the activation", "after": "behind the activation"}
LABELS = {"last": "behind the values", "first": "in front of the values"}
ORDERS = {"flat": "channel by channel", "flat_channels_last": "pixel by pixel"}


def questions(
    wiring: Wiring, attachments: Attachments, stacks: Stacks, shape: Shape
) -> list[Question]:
    """All that has to be asked about a layout; what has one answer is not asked.

    `shape` is that of a picture: channels, height, width.
    """
    channels = shape[0]
    asked = [
        _strides(ENCODER_STRIDES, stacks.encoder),
        _strides(DECODER_STRIDES, stacks.decoder),
        *_activations(wiring, attachments),
        *_normalisations(wiring, attachments),
        _output(math.prod(shape)),
        input_question(channels),
        *channel_question(channels),
    ]
    if wiring.variational:
        names = [step.layer.name for step in wiring.heads]
        mean_last = len(names) == 2 and _says_mean(names[1]) and not _says_mean(names[0])
        order = ("mean_second", "mean_first") if mean_last else ("mean_first", "mean_second")
        asked += [head_order_question(order), second_head_question()]
    if wiring.is_flat and channels > 1:
        asked.append(Question(PIXELS, tuple(ORDERS), ORDERS.__getitem__))
    if any(wiring.labelled):
        asked.append(Question(LABEL, tuple(LABELS), LABELS.__getitem__))
    return [question for question in asked if len(question.options) > 1]


def _says_mean(name: str) -> bool:
    return bool(MEAN.search(name)) and not SECOND.search(name)


def _output(pixels: int) -> Question:
    """What the last numbers are; other than logits only where a share of a nat a pixel says so.

    Of a model of probabilities, a tanh and other slopes may explain the mean of pixels as well.
    """
    texts = {**OUTPUT_TEXTS, **OUTPUTS}
    return Question(
        OUTPUT,
        OUTPUT_OPTIONS,
        texts.__getitem__,
        lambda option: 0.0 if option == "logits" else UNUSUAL_OUTPUT * pixels,
    )


def _strides(name: str, stacks: tuple[Stack, ...]) -> Question:
    costs = {stack.text(): stack.cost for stack in reversed(stacks)}
    texts = tuple(dict.fromkeys(stack.text() for stack in stacks))
    return Question(name, texts, handicap=lambda text: costs[text] / 10)


def _activations(wiring: Wiring, attachments: Attachments) -> list[Question]:
    slopes = attachments.slopes
    encoder = [s for s in wiring.encoder if s.layer.index not in slopes]
    decoder = [
        s for s in wiring.decoder[:-1] if s.layer.index not in slopes and s.layer.kind != "fourier"
    ]
    options = tuple(ACTIVATIONS)
    asked = [Question(ACTIVATION, options, handicap=_handicap)] if encoder else []
    if decoder:
        options = (SAME, *options) if encoder else options
        asked.append(Question(DECODER_ACTIVATION, options, handicap=_decoder_handicap))
    if wiring.encoder:
        asked.append(Question(BEFORE_HEADS, YES_NO))
    if len(wiring.decoder) > 2 and wiring.decoder[0].is_flat:
        to_picture = not wiring.decoder[1].is_flat  # there, tutorials have none as often
        asked.append(Question(AFTER_FIRST, YES_NO if to_picture else YES_NO[:1]))
    return asked


def _handicap(name: str) -> float:
    return ACTIVATIONS[name].handicap


def _decoder_handicap(name: str) -> float:
    return 0.0 if name == SAME else OTHER + _handicap(name)


def _normalisations(wiring: Wiring, attachments: Attachments) -> list[Question]:
    norms = attachments.norms
    asked = [Question(NORMS, tuple(PLACES), PLACES.__getitem__)] if norms else []
    steps = {s.layer.index: s for s in (*wiring.encoder, *wiring.decoder)}
    grouped = [
        norm
        for place, norm in norms.items()
        if "running_mean" not in norm.tensors
        and (not steps[place].is_flat or norm.channels != steps[place].outputs)
    ]
    if grouped:
        asked.append(Question(GROUPS, _groups(grouped)))
    return asked


def _groups(norms: list[Layer]) -> tuple[int, ...]:
    channels = [norm.channels for norm in norms]
    usual = [8, 32, 16, 4, 2, 1]
    return tuple(g for g in usual if all(c % g == 0 for c in channels)) or (1,)


def stack(stacks: tuple[Stack, ...], choices: Mapping[str, Any], name: str) -> Stack:
    """The strides that were chosen."""
    return next((s for s in stacks if s.text() == choices.get(name)), stacks[0])


def has_tanh(output: str) -> bool:
    """Whether the decoder's last numbers go through a tanh."""
    return output.startswith("tanh")


def value_range(output: str) -> str:
    """What numbers they are then, as every model is asked."""
    return {"tanh": "signed", "tanh_unit": "unit"}.get(output, output)


def activation(choices: Mapping[str, Any], name: str) -> Activate | None:
    """The activation that was chosen."""
    return ACTIVATIONS[choices.get(name, "ReLU")].operation


def decoder_activation(choices: Mapping[str, Any]) -> Activate | None:
    """The decoder's, which may be the encoder's."""
    chosen = choices.get(DECODER_ACTIVATION, SAME)
    return activation(choices, ACTIVATION if chosen == SAME else DECODER_ACTIVATION)
