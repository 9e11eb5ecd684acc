"""Nodes that put numbers in other places: shapes, parts, values joined, one-hot labels."""

import numpy as np

from vae_explorer.models.foreign.onnx.door.folding import slices
from vae_explorer.models.foreign.onnx.graph import joins
from vae_explorer.models.foreign.onnx.graph.flows import Flow, InexpressibleError, linear
from vae_explorer.models.foreign.onnx.graph.picture_flows import picture
from vae_explorer.models.foreign.onnx.graph.reader import Reader


def arranged(reader: Reader) -> Flow:
    """Another shape of the same numbers; class numbers stay class numbers."""
    key = reader.node.input[0]
    if key in reader.indices:
        reader.indices.add(reader.node.output[0])
        return reader.flows[key]
    flow = reader.input
    if flow.order.ndim == 3 and len(reader.shape) == 2 and flow.in_order:
        flow = picture(flow)  # groups of channels, perhaps
    return flow.arranged(flow.order.reshape(reader.shape))


def transposed(reader: Reader) -> Flow:
    rank = reader.input.order.ndim + 1
    axes = reader.settings.get("perm", list(range(rank))[::-1])
    if axes[0] != 0:
        raise InexpressibleError("the batch changes its place")
    return reader.input.arranged(reader.input.order.transpose([a - 1 for a in axes[1:]]))


def sliced(reader: Reader) -> Flow:
    order = reader.input.order
    whole, *rest = slices(reader.constants, reader.settings, order.ndim + 1)
    if whole != slice(None):
        raise InexpressibleError("a part of the batch is taken")
    return reader.input.arranged(order[tuple(rest)])


def split(reader: Reader) -> list[Flow]:
    order, axis = reader.input.order, reader.settings.get("axis", 0) % (reader.input.order.ndim + 1)
    sizes = [reader.graph.values[key].shape[axis] for key in reader.node.output]
    if axis == 0:
        raise InexpressibleError("the batch is split")
    parts = np.split(order, np.cumsum(sizes)[:-1], axis=axis - 1)
    return [reader.input.arranged(part) for part in parts]


def joined(reader: Reader) -> Flow:
    flows = [reader.flow(key) for key in reader.node.input]
    axis = reader.settings["axis"] % (flows[0].order.ndim + 1)
    if axis == 0:
        raise InexpressibleError("batches are joined")
    return joins.joined(flows, axis - 1)


def gathered(reader: Reader) -> Flow:
    """Rows of a table by class (an embedding), or some numbers of a value."""
    table, key = reader.node.input
    axis = reader.settings.get("axis", 0)
    if key in reader.indices and axis == 0:
        rows = reader.weight(0)
        if rows.ndim != 2 or len(rows) != reader.flows[key].order.size:
            raise InexpressibleError("a table of something else than classes")
        return linear(reader.flows[key], rows.T, None)
    order, places = reader.flow(table).order, reader.constant(1)
    if places is None or axis % (order.ndim + 1) == 0:
        raise InexpressibleError("a part of the batch is taken")
    return reader.flow(table).arranged(np.take(order, places, axis % (order.ndim + 1) - 1))


def one_hot(reader: Reader) -> Flow:
    """Class numbers compared with each class, or OneHot itself."""
    keys = [key for key in reader.node.input if key in reader.indices]
    if len(keys) != 1:
        raise InexpressibleError("values are compared")
    flow = reader.flows[keys[0]]
    classes = np.arange(flow.order.size)
    if reader.node.op_type == "OneHot":
        depth, values = reader.constant(1), reader.constant(2)
        if depth is None or values is None:
            raise InexpressibleError("a one-hot label of unknown width")
        fits = depth.item() == classes.size and values.tolist() == [0, 1]
    else:
        others = [c for c in reader.constants if c is not None]
        fits = len(others) == 1 and np.array_equal(others[0].reshape(-1), classes)
    if not fits or reader.shape[-1] != classes.size:
        raise InexpressibleError("classes are compared with something else")
    return flow.arranged(flow.order.reshape(reader.shape))
