"""What ONNX files do not say: the questions that the user's pictures answer."""

from collections.abc import Mapping
from typing import Any

from vae_explorer.models.foreign.adapter import ValueReading
from vae_explorer.models.foreign.conformance.card import Question
from vae_explorer.models.foreign.conformance.search import SECOND_HEAD
from vae_explorer.models.foreign.onnx.heads import ALL_KINDS, through_layout
from vae_explorer.models.foreign.onnx.parts import Parts

INPUT, OUTPUT, LAYOUT = "input range", "output", "pixel layout"
CHANNELS, HEADS = "channel order", "head order"
RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {  # name -> mean, std of channels
    "unit": ((0.0,), (1.0,)),
    "signed": ((0.5,), (0.5,)),
    "bytes": ((0.0,), (1 / 255,)),
    "mnist": ((0.1307,), (0.3081,)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
TEXTS = {
    "unit": "[0, 1]",
    "signed": "[−1, 1]",
    "bytes": "0 to 255",
    "mnist": "by MNIST's mean and deviation",
    "imagenet": "by ImageNet's means and deviations",
    "logits": "logits",
    "as_input": "as the input",
    "rgb": "RGB",
    "bgr": "BGR",
    "mean_first": "mean first",
    "mean_second": "mean second",
}


def of_parts(parts: Parts, picture: tuple[int, int, int]) -> list[Question]:
    """The questions of a model, the likeliest option of each first."""
    colour = picture[0] == 3
    graph = parts.encoder.graph
    whole_numbers = graph.values[parts.encoder.source].kind == 2  # TensorProto.UINT8
    ranges = ["unit", "signed", "bytes", "imagenet" if colour else "mnist"]
    asked = [
        _question(INPUT, ["bytes"] if whole_numbers else ranges),
        _question(OUTPUT, _outputs(parts)),
        _question(LAYOUT, _layouts(parts, picture)),
        _question(SECOND_HEAD, list(parts.heads.kinds)),
    ]
    if colour:
        asked.append(_question(CHANNELS, ["rgb", "bgr"]))
    if parts.heads.second or parts.heads.joint:
        orders = ["mean_first", "mean_second"]
        told = len(parts.heads.kinds) < len(ALL_KINDS)  # by how the graph samples or ends
        orders = orders[::-1] if parts.heads.mean_second else orders[: 1 if told else 2]
        asked.append(_question(HEADS, orders))
    return asked


def _question(name: str, options: list[str]) -> Question:
    return Question(name, tuple(options), lambda v: TEXTS.get(v, str(v).replace("_", " ")))


def _outputs(parts: Parts) -> list[str]:
    """What the decoder may give, by the last function of its graph."""
    graph, key = parts.decoder.graph, parts.decoder.outputs[0]
    before = graph.producer(through_layout(graph, key))
    if graph.values[key].kind == 2:
        return ["bytes"]
    if before is not None and before.op_type == "Tanh":
        return ["signed", "unit"]
    if parts.decoder.ends_in_sigmoid:
        return ["logits"]
    return ["logits", "unit", "signed", "bytes", "as_input"]


def _layouts(parts: Parts, picture: tuple[int, int, int]) -> list[str]:
    """How pixels lie in what the encoder takes."""
    shape = parts.encoder.graph.shape_of(parts.encoder.source)
    if len(shape) == 1:
        return ["flat", "flat_channels_last"] if picture[0] == 3 else ["flat"]
    return ["image"] if shape == picture or len(shape) == 2 else ["image_channels_last"]


def reading_of(choices: Mapping[str, Any], parts: Parts) -> ValueReading:
    """The reading of one option each; labels are for the model to say."""
    mean, std = RANGES[choices[INPUT]]
    output = choices[OUTPUT]
    kind = "logits" if output == "logits" else "values"
    shift, scale = RANGES.get(choices[INPUT] if output == "as_input" else output, RANGES["unit"])
    return ValueReading(
        input_mean=mean,
        input_std=std,
        pixel_layout=choices[LAYOUT],
        channel_order=choices.get(CHANNELS, "rgb"),
        second_head=choices[SECOND_HEAD],
        head_order=choices.get(HEADS, "mean_first"),
        output=kind,
        output_mean=shift,
        output_std=scale,
    )
