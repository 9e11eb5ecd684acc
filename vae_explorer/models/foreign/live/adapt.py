"""`adapt`: a live object becomes a model that every page, score and export takes.

What its calls are named is found by trying (see `discovery`); how its values are read is measured
on the pictures (see `conformance`).
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_args

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.models.foreign.adapter import ForeignConfig, PixelLayout, laid_out
from vae_explorer.models.foreign.conformance import search, value_questions
from vae_explorer.models.foreign.conformance.card import Question
from vae_explorer.models.foreign.conformance.judge import answers_of
from vae_explorer.models.foreign.conformance.search import LIKELIHOOD, SCALE
from vae_explorer.models.foreign.live import discovery
from vae_explorer.models.foreign.live.calls import repeatable
from vae_explorer.models.foreign.live.discovery import DecoderWay, EncoderWay
from vae_explorer.models.foreign.live.live_model import LiveModel

LAYOUTS = get_args(PixelLayout)
TRIED = 4  # pictures of a trial
MAX_WAYS = 6  # that are measured
SHAPES = ((1, 28, 28), (3, 32, 32), (3, 64, 64), (1, 32, 32), (1, 64, 64), (3, 128, 128))
WAY = "way in and out"


Way = tuple[EncoderWay, DecoderWay, tuple[int, ...]]  # with the shape of one code


class Ways(NamedTuple):
    """What a model offers for one layout of pixels."""

    layout: str
    labels: str  # "none", "index" or "one_hot"
    pairs: list[Way]
    two_heads: bool


def adapt(
    model: Any,
    images: Tensor | None = None,
    labels: Tensor | None = None,
    *,
    encode: Callable | None = None,
    decode: Callable | None = None,
    image_shape: tuple[int, int, int] | None = None,
    seed: int = 0,
    **hints: Any,
) -> LiveModel:
    """A live object as a model of ours, with its card.

    Parameters
    ----------
    model
        A torch module, or any object with functions to encode and decode; None where both are
        given.
    images, labels
        Training pictures (N, C, H, W) in [0, 1] on which its values are read, and for a conditional
        model classes (N,) from 0. Without pictures nothing is measured: the most common reading is
        taken, and the shape of pictures (C, H, W) is tried out or given as `image_shape`.
    encode, decode
        Functions of a batch, and of labels where they take two arguments, that are used in place of
        the model's own.
    hints
        What shall not be measured: `input_range`, `output`, `second_head`, `head_order`,
        `likelihood`, `pixel_scale`.

    CheckpointError where no way in or out is found, or no reading explains the pictures.
    """
    given = {key.replace("_", " "): value for key, value in hints.items()}
    x = images if images is not None else _blank(model, encode, image_shape)
    ways = _ways(model, encode, decode, x, labels)
    questions = _questions(ways, x.shape[1])
    given = answers_of(questions, given)

    def build(choices: Mapping[str, Any]) -> LiveModel:
        return _built(model, ways, choices, x, labels)

    if images is None:
        choices = {q.name: given.get(q.name, q.options[0]) for q in questions}
        kind = {LIKELIHOOD: given.get(LIKELIHOOD, "bernoulli"), SCALE: given.get(SCALE, 1.0)}
        return build(choices | kind)
    y = labels if ways.labels != "none" else None
    generator = Generator().manual_seed(seed)
    adapted, card = search.search(questions, build, x, y, given, generator)
    assert isinstance(adapted, LiveModel)
    adapted.card = card
    return adapted


def _ways(
    model: Any, encode: Callable | None, decode: Callable | None, x: Tensor, labels: Tensor | None
) -> Ways:
    """What the model offers for the first layout of pixels that it takes."""
    errors: list[str] = []
    known = ("none",) if labels is None else ("none", "index", "one_hot")
    for told in known:
        for layout in LAYOUTS:
            found, wrong = _ways_for(model, encode, decode, x[:TRIED], _told(labels, told), layout)
            errors += wrong
            if found:
                two = [way for way in found if way[0].second != "none"]
                sure = [way for way in two if way[0].sure]
                return Ways(layout, told, (sure or two or found)[:MAX_WAYS], bool(two))
    said = "; ".join(dict.fromkeys(errors)) or "it has no encode, encoder, decode or decoder"
    shape = tuple(x.shape[1:])
    raise CheckpointError(
        f"no way in and out of the model was found for pictures of {shape} numbers (channels, "
        f"height, width): {said}. Give encode= and decode=, functions of a batch."
    )


def _told(labels: Tensor | None, how: str) -> Tensor | None:
    if labels is None or how == "none":
        return None
    y = labels[:TRIED].long()
    if how == "index":
        return y
    return torch.nn.functional.one_hot(y, int(labels.max()) + 1).float()


def _ways_for(
    model: Any,
    encode: Callable | None,
    decode: Callable | None,
    x: Tensor,
    y: Tensor | None,
    layout: str,
) -> tuple[list[Way], list[str]]:
    """Encoders with the decoders that take their codes."""
    v, pixels = laid_out(x, layout), x[0].numel()
    encoders, errors = discovery.encoders(model, encode, v, y, pixels)
    pairs = []
    for way in encoders:
        for shape, kind in _code_shapes(way):
            z = torch.zeros(len(x), *shape)
            outs, wrong = discovery.decoders(model, decode, z, y, pixels, lambda: (v, y))
            errors += wrong
            named = way._replace(second=kind)
            pairs += [(named, out, shape) for out in outs]
            if outs:
                break
    return _distinct(pairs, v, y), errors


def _distinct(pairs: list[Way], v: Tensor, y: Tensor | None) -> list[Way]:
    """Those ways that give other numbers than the ones before."""
    kept: list[Way] = []
    answers: list[tuple[Tensor, ...]] = []
    with torch.no_grad(), repeatable():
        for encoder, decoder, shape in pairs:
            z = torch.linspace(-1, 1, len(v) * math.prod(shape)).view(len(v), *shape)
            try:
                first, second = encoder.give(v, y)
                answer = (first, first if second is None else second, decoder.make(z, y))
            except (ExplorerError, RuntimeError, ValueError, IndexError):
                continue  # a way that works for zeros alone is none
            if not any(_same(answer, other) for other in answers):
                kept.append((encoder, decoder, shape))
                answers.append(answer)
    return kept


def _same(one: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> bool:
    return all(
        a.shape == b.shape and torch.allclose(a, b, atol=1e-5, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def _code_shapes(way: EncoderWay) -> list[tuple[tuple[int, ...], str]]:
    """Shapes that codes of this way may have, and what the second head then is."""
    if way.second != "none":
        return [(way.shape, way.second)]
    first, *rest = way.shape
    halves = [((first // 2, *rest), "")] if first % 2 == 0 else []
    return [*halves, (way.shape, "none")]


def _questions(ways: Ways, channels: int) -> list[Question]:
    names = [f"{encoder.name}; {decoder.name}" for encoder, decoder, _ in ways.pairs]
    which = tuple(range(len(names)))
    questions = [Question(WAY, which, names.__getitem__)]
    questions.append(value_questions.input_question(channels))
    questions += value_questions.channel_question(channels)
    outputs = ("logits", "unit", "signed", "bytes")
    if all(decoder.logits for _, decoder, _ in ways.pairs):
        outputs = ("logits",)
    questions.append(value_questions.output_question(outputs))
    if ways.two_heads:
        kinds = dict.fromkeys(way.second for way, _, _ in ways.pairs if way.second)
        common = [kind for kind in value_questions.SECOND_HEADS if kind != "none"]
        if all(way.of_distribution for way, _, _ in ways.pairs):
            common = []  # its own word for it
        options = tuple(dict.fromkeys([*kinds, *common]))
        questions.append(value_questions.second_head_question(options))
        if not all(way.sure for way, _, _ in ways.pairs):
            questions.append(value_questions.head_order_question())
    return questions


def _built(
    model: Any, ways: Ways, choices: Mapping[str, Any], x: Tensor, labels: Tensor | None
) -> LiveModel:
    """The model as these choices have it."""
    encoder, decoder, shape = ways.pairs[choices[WAY]]
    fixed: dict[str, Any] = {"pixel_layout": ways.layout, "labels": ways.labels}
    reading = value_questions.reading_of(choices, **fixed)
    if not ways.two_heads:
        reading = dataclasses.replace(reading, second_head="none")
    channels, height, width = x.shape[1:]
    classes = int(labels.max()) + 1 if labels is not None and ways.labels != "none" else 0
    config = ForeignConfig(
        latent_dim=int(torch.Size(shape).numel()),
        image_size=height,
        image_width=0 if width == height else width,
        channels=channels,
        classes=classes,
        variational=ways.two_heads,
        likelihood=choices.get(LIKELIHOOD, "bernoulli"),
        pixel_scale=choices.get(SCALE, 1.0),
        reading=reading,
    )
    return LiveModel(config, model, (encoder, decoder), shape)


def _blank(model: Any, encode: Callable | None, shape: tuple[int, int, int] | None) -> Tensor:
    """A few pictures of the first shape that the encoder takes."""
    for tried in (shape,) if shape else SHAPES:
        x = torch.rand(TRIED, *tried, generator=Generator().manual_seed(0))
        for layout in LAYOUTS:
            if discovery.encoders(model, encode, laid_out(x, layout), None, x[0].numel())[0]:
                return x
    raise CheckpointError(
        "the shape of the model's pictures is not known: give some images, or "
        "image_shape=(channels, height, width)."
    )
