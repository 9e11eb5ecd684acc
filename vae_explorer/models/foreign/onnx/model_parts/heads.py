"""Which values of a graph are the posterior's: by the outputs, their names, or how z is sampled."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from onnx import NodeProto

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.door.operators import RANDOM
from vae_explorer.models.foreign.onnx.door.static_graph import StaticGraph
from vae_explorer.models.foreign.onnx.model_parts.endings import (
    factored,
    of_our_export,
    through_layout,
)

ALL_KINDS = ("log_variance", "standard_deviation", "variance", "log_standard_deviation")
ALL_KINDS += ("softplus_standard_deviation",)
AFTER_EXP = {"standard_deviation": "log_standard_deviation", "variance": "log_variance"}
NAMES = (  # of a second head, the plainest last
    ("log_variance", r"log_?_?va?r|logv\b|lv\b|log_?sigma_?(2|sq)"),
    ("log_standard_deviation", r"log_?(std|sigma|scale|stddev)"),
    ("standard_deviation", r"sigma|std|stddev|scale"),
    ("variance", r"var"),
)
MEAN = r"mu\b|mu_|_mu|mean|loc\b|^mu"


class Heads(NamedTuple):
    """What the encoder gives: the mean and a second head, or both in one value."""

    first: str
    second: str = ""  # empty: there is none, or `joint`
    joint: bool = False  # `first` holds both, one behind the other
    kinds: tuple[str, ...] = ("none",)  # what the second head can be, the likeliest first
    mean_second: bool = False  # as the names have it

    @property
    def outputs(self) -> tuple[str, ...]:
        """The values that are wanted of the encoder."""
        return (self.first, self.second) if self.second else (self.first,)


class Sampling(NamedTuple):
    """z = mean + width * noise, as a graph has it."""

    z: str
    mean: str
    width: str  # the standard deviation


def noise_of(graph: StaticGraph, inputs: Iterable[str]) -> set[str]:
    """The values that depend on chance, or on noise that is an input."""
    drawn = {out for node in graph.nodes if _draws(graph, node) for out in node.output}
    return graph.dependent(drawn | set(inputs))


def _draws(graph: StaticGraph, node: NodeProto) -> bool:
    if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2]:
        training = graph.constants.get(node.input[2])
        return training is None or bool(training.any())
    return node.op_type in RANDOM


def sampling_of(graph: StaticGraph, noise: set[str], pictures: set[str]) -> Sampling | None:
    """Where z is sampled: the first sum of a mean and a width times noise."""
    for node in graph.nodes:
        if node.op_type != "Add" or node.output[0] not in noise:
            continue
        still = [key for key in node.input if key not in noise and key in pictures]
        drawn = [key for key in node.input if key in noise]
        product = graph.producer(drawn[0]) if len(drawn) == 1 and len(still) == 1 else None
        if product is None or product.op_type != "Mul":
            continue
        widths = [key for key in product.input if key not in noise and key in pictures]
        if len(widths) == 1:
            return Sampling(node.output[0], still[0], widths[0])
    return None


def heads_of(graph: StaticGraph, outputs: list[str], size: int, sampling: Sampling | None) -> Heads:
    """The heads among deterministic outputs of `size` numbers, or where z is sampled.

    CheckpointError where there are none.
    """
    if sampling is not None and len(outputs) < 2:
        return _peeled(graph, Heads(sampling.mean, sampling.width, kinds=ALL_KINDS[1:2]))
    joint = [key for key in graph.outputs if graph.size_of(key) == 2 * size]
    if not outputs and joint:
        return Heads(joint[0], joint=True, kinds=ALL_KINDS)
    if len(outputs) == 1:
        return Heads(outputs[0])
    if not outputs:
        raise CheckpointError(f"{graph.name} gives no mean: it has no output of {size} numbers.")
    first, second, swapped = _by_names(outputs)
    named = _kind_of(second if not swapped else first)
    kinds = tuple(sorted(ALL_KINDS, key=lambda kind: kind != named))
    return _peeled(graph, Heads(first, second, kinds=kinds, mean_second=swapped))


def _by_names(outputs: list[str]) -> tuple[str, str, bool]:
    """Two of the outputs, and whether the mean is the second of them."""
    means = [key for key in outputs if _kind_of(key) is None and re.search(MEAN, key.lower())]
    widths = [key for key in outputs if _kind_of(key)]
    if len(outputs) > 2 and means and widths:
        outputs = [key for key in outputs if key in (means[0], widths[0])]
    first, second = outputs[:2]
    swapped = _kind_of(first) is not None and _kind_of(second) is None
    return first, second, swapped


def _kind_of(name: str) -> str | None:
    """What the name of an output says of a second head."""
    return next((kind for kind, pattern in NAMES if re.search(pattern, name.lower())), None)


def _peeled(graph: StaticGraph, heads: Heads) -> Heads:
    """Functions at the end of the second head, which are its reading, are left out."""
    if heads.mean_second:
        return heads
    if ours := of_our_export(graph, heads.second):
        key, kind = ours
        return heads._replace(second=key, kinds=(kind,))
    node = graph.producer(through_layout(graph, heads.second))
    if node is None or node.op_type != "Exp":
        return heads
    kinds = tuple(AFTER_EXP[kind] for kind in heads.kinds if kind in AFTER_EXP)
    half = _half_of(graph, node.input[0])
    if half and "log_standard_deviation" in kinds:  # exp(logvar / 2)
        others = ("log_standard_deviation",) if len(kinds) > 1 else ()
        return heads._replace(second=half, kinds=("log_variance", *others))
    return heads._replace(second=node.input[0], kinds=kinds)


def _half_of(graph: StaticGraph, key: str) -> str:
    """What a value is the half of; empty: of nothing."""
    return factored(graph, key, "Mul", 0.5) or factored(graph, key, "Div", 2)
