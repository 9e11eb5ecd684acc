"""Which of the questions about values an ONNX model leaves open, and by what options."""

from collections.abc import Mapping
from typing import Any

from onnx import TensorProto

from vae_explorer.models.foreign.adapter import ValueReading
from vae_explorer.models.foreign.conformance import value_questions as values
from vae_explorer.models.foreign.conformance.card import Question
from vae_explorer.models.foreign.onnx.model_parts.endings import through_layout
from vae_explorer.models.foreign.onnx.model_parts.heads import ALL_KINDS
from vae_explorer.models.foreign.onnx.model_parts.parts import Parts

LAYOUT = "pixel layout"
LAYOUT_TEXTS = {
    "image": "channels, rows, columns",
    "image_channels_last": "rows, columns, channels",
    "flat": "flat, channels slowest",
    "flat_channels_last": "flat, channels fastest",
}


def of_parts(parts: Parts, picture: tuple[int, int, int]) -> list[Question]:
    """The questions of a model, the likeliest option of each first."""
    heads, taken = parts.heads, values.input_question(picture[0])
    if _kind(parts, encoder=True) == TensorProto.UINT8:
        taken = taken._replace(options=("bytes",))
    asked = [
        taken,
        values.output_question(_outputs(parts)),
        Question(LAYOUT, _layouts(parts, picture), LAYOUT_TEXTS.__getitem__),
        values.second_head_question(heads.kinds),
        *values.channel_question(picture[0]),
    ]
    if heads.second or heads.joint:
        orders = ("mean_second", "mean_first") if heads.mean_second else tuple(values.HEAD_TEXTS)
        told = len(heads.kinds) < len(ALL_KINDS)  # by how the graph samples or ends
        asked.append(values.head_order_question(orders[:1] if told else orders))
    return asked


def _kind(parts: Parts, encoder: bool) -> int:
    """The kind of numbers that the encoder takes, or that the decoder gives."""
    part = parts.encoder if encoder else parts.decoder
    return part.graph.values[part.source if encoder else part.outputs[0]].kind


def _outputs(parts: Parts) -> tuple[str, ...]:
    """What the decoder may give, by the last function of its graph."""
    graph, key = parts.decoder.graph, parts.decoder.outputs[0]
    last = graph.producer(through_layout(graph, key))
    if parts.decoder.ends_in_sigmoid:
        return ("logits",)
    if _kind(parts, encoder=False) == TensorProto.UINT8:
        return ("bytes",)
    if last is not None and last.op_type == "Tanh":
        return ("signed", "unit")
    return tuple(values.OUTPUT_TEXTS)


def _layouts(parts: Parts, picture: tuple[int, int, int]) -> tuple[str, ...]:
    """How pixels lie in what the encoder takes."""
    shape = parts.encoder.graph.shape_of(parts.encoder.source)
    if len(shape) == 1:
        return ("flat", "flat_channels_last") if picture[0] == 3 else ("flat",)
    return ("image",) if shape == picture or len(shape) == 2 else ("image_channels_last",)


def reading_of(choices: Mapping[str, Any]) -> ValueReading:
    """The reading of one option each; labels are for the model to say."""
    return values.reading_of(choices, pixel_layout=choices[LAYOUT])
