"""How values are read, as nodes of an ONNX graph: pixels in, heads and pictures out.

Files that we write take pictures in [0, 1] and give mu, logvar and pictures in [0, 1], whatever
range a model made elsewhere was trained on.
"""

import numpy as np

from vae_explorer.config import LatentConfig
from vae_explorer.export.onnx_graph import Graph
from vae_explorer.models.foreign.adapter import (
    MIN_VARIANCE,
    WIDEST_LOGVAR,
    ForeignConfig,
    ValueReading,
)
from vae_explorer.models.latent_model import LOGVAR_RANGE


def taken(graph: Graph, v: str, reading: ValueReading) -> str:
    """Pictures (B, C, H, W) in [0, 1] as the encoder wants them, not yet flat."""
    if (reading.input_mean, reading.input_std) != ((0.0,), (1.0,)):
        mean, std = (_column(graph, n) for n in (reading.input_mean, reading.input_std))
        v = graph.add("Div", [graph.add("Sub", [v, mean]), std])
    if reading.channel_order == "bgr":
        v = _flipped(graph, v)
    if reading.pixel_layout.endswith("channels_last"):
        v = graph.add("Transpose", [v], perm=[0, 2, 3, 1])
    return v


def heads(graph: Graph, v: str, config: LatentConfig) -> None:
    """mu and, of a variational model, logvar, out of both heads side by side."""
    reading = config.reading if isinstance(config, ForeignConfig) else ValueReading()
    if not config.variational:
        graph.add("Identity", [v], output="mu")
        return
    dims = config.latent_dim
    order = [0, dims] if reading.head_order == "mean_first" else [dims, 0]
    first, second = (_columns(graph, v, start, start + dims) for start in order)
    graph.add("Identity", [first], output="mu")
    if config.variational:
        limits = LOGVAR_RANGE if not isinstance(config, ForeignConfig) else WIDEST_LOGVAR
        raw = _log_variance(graph, second, reading.second_head)
        ends = [graph.constant(np.array(limit, np.float32)) for limit in limits]
        graph.add("Clip", [raw, *ends], output="logvar")


def pictures(graph: Graph, v: str, config: LatentConfig, *, flat: bool) -> None:
    """pictures (B, C, H, W) in [0, 1] out of raw pixels; only flat ones lie as the reading says."""
    reading = config.reading if isinstance(config, ForeignConfig) else ValueReading()
    channels, height, width = config.image_shape
    last = flat and reading.pixel_layout.endswith("channels_last")
    wanted = [-1, height, width, channels] if last else [-1, channels, height, width]
    v = graph.add("Reshape", [v, graph.constant(np.array(wanted, np.int64))])
    if last:
        v = graph.add("Transpose", [v], perm=[0, 3, 1, 2])
    if reading.channel_order == "bgr":
        v = _flipped(graph, v)
    if reading.output == "logits":
        graph.add("Sigmoid", [v], output="pictures")
        return
    std, mean = (_column(graph, numbers) for numbers in (reading.output_std, reading.output_mean))
    v = graph.add("Add", [graph.add("Mul", [v, std]), mean])
    ends = [graph.constant(np.array(end, np.float32)) for end in (0, 1)]
    graph.add("Clip", [v, *ends], output="pictures")


def _log_variance(graph: Graph, v: str, kind: str) -> str:
    """The second head as log variance."""
    two = graph.constant(np.array(2, np.float32))
    least = graph.constant(np.array(MIN_VARIANCE, np.float32))
    if kind == "log_variance":
        return v
    if kind == "log_standard_deviation":
        return graph.add("Mul", [v, two])
    if kind == "variance":
        return graph.add("Log", [graph.add("Max", [v, least])])
    width = graph.add("Abs" if kind == "standard_deviation" else "Softplus", [v])
    return graph.add("Mul", [graph.add("Log", [graph.add("Max", [width, least])]), two])


def _columns(graph: Graph, v: str, start: int, end: int) -> str:
    ends = [graph.constant(np.array([n], np.int64)) for n in (start, end, 1)]
    return graph.add("Slice", [v, *ends])


def _column(graph: Graph, numbers: tuple[float, ...]) -> str:
    return graph.constant(np.array(numbers, np.float32).reshape(1, -1, 1, 1))


def _flipped(graph: Graph, v: str) -> str:
    """Colours the other way round."""
    return graph.add("Gather", [v, graph.constant(np.array([2, 1, 0], np.int64))], axis=1)
