"""What a node is told of the graph around it while it is read."""

from collections.abc import Mapping

import numpy as np
from onnx import NodeProto

from vae_explorer.models.foreign.onnx.door.folding import attributes
from vae_explorer.models.foreign.onnx.door.static_graph import StaticGraph
from vae_explorer.models.foreign.onnx.graph.flows import Flow, InexpressibleError

Array = np.ndarray


class Reader:
    """Flows of a graph's values, from those of its inputs on."""

    def __init__(self, graph: StaticGraph, flows: Mapping[str, Flow], indices: set[str]):
        self.graph, self.flows = graph, dict(flows)
        self.indices = set(indices)  # values that are class numbers: their flows are one-hot

    def at(self, node: NodeProto) -> None:
        """Turn to a node: the rest is about it."""
        self.node, self.settings = node, attributes(node)

    def flow(self, key: str) -> Flow:
        if key not in self.flows or key in self.indices:
            raise InexpressibleError(f"{key} is no value of the network")
        return self.flows[key]

    @property
    def input(self) -> Flow:
        """The flow of the node's first input."""
        return self.flow(self.node.input[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """What the node gives, without the batch."""
        shape = self.graph.values[self.node.output[0]].shape
        if not shape or shape[0] != self.graph.batch:
            raise InexpressibleError("the batch changes its place")
        return shape[1:]

    def constant(self, index: int) -> Array | None:
        """A constant input; None: it is not given."""
        key = self.node.input[index] if len(self.node.input) > index else ""
        if key and key not in self.graph.constants:
            raise InexpressibleError("a setting depends on the input")
        return self.graph.constants[key] if key else None

    @property
    def constants(self) -> list[Array | None]:
        return [self.graph.constants.get(key) for key in self.node.input]

    def weight(self, index: int) -> Array:
        value = self.constant(index)
        if value is None:
            raise InexpressibleError("a weight is missing")
        return value.astype(np.float32)

    def per_value(self, constant: Array) -> Array:
        """A constant as each number of the output meets it, without the batch."""
        whole = np.broadcast_to(constant.astype(np.float32), (self.graph.batch, *self.shape))
        if not (whole == whole[:1]).all():
            raise InexpressibleError("a constant differs within the batch")
        return whole[0]
