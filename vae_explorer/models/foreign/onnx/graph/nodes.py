"""Nodes of a graph, read one after the other as steps (see `flows`)."""

from collections.abc import Callable, Mapping

from vae_explorer.models.foreign.onnx.door.static_graph import StaticGraph
from vae_explorer.models.foreign.onnx.graph import elementwise_nodes as elementwise
from vae_explorer.models.foreign.onnx.graph import layout_nodes as layout
from vae_explorer.models.foreign.onnx.graph import picture_nodes as pictures
from vae_explorer.models.foreign.onnx.graph.flows import Flow, InexpressibleError
from vae_explorer.models.foreign.onnx.graph.reader import Reader

READERS: dict[str, Callable[[Reader], Flow | list[Flow]]] = {
    **dict.fromkeys(elementwise.PLAIN, elementwise.activation),
    **dict.fromkeys(("LeakyRelu", "Celu", "Elu", "Selu", "Gelu", "Swish"), elementwise.activation),
    **dict.fromkeys(("Abs", "Erf", "Sin", "Cos"), elementwise.mark),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), elementwise.arithmetic),
    **dict.fromkeys(
        ("Identity", "Cast", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze"),
        layout.arranged,
    ),
    **dict.fromkeys(("MaxPool", "AveragePool"), pictures.pool),
    **dict.fromkeys(("GlobalAveragePool", "ReduceMean"), pictures.average),
    **dict.fromkeys(("Resize", "Upsample"), pictures.resized),
    **dict.fromkeys(("Equal", "OneHot"), layout.one_hot),
    "PRelu": elementwise.prelu,
    "HardSigmoid": elementwise.hard_sigmoid,
    "Clip": elementwise.clip,
    "Neg": elementwise.negative,
    "Gemm": elementwise.gemm,
    "MatMul": elementwise.matmul,
    "BatchNormalization": elementwise.batch_normalization,
    "InstanceNormalization": pictures.instance_normalization,
    "GroupNormalization": pictures.group_normalization,
    "LayerNormalization": pictures.layer_normalization,
    "Conv": pictures.convolution,
    "ConvTranspose": pictures.transposed_convolution,
    "DepthToSpace": pictures.depth_to_space,
    "Transpose": layout.transposed,
    "Pad": pictures.padded,
    "Slice": layout.sliced,
    "Split": layout.split,
    "Concat": layout.joined,
    "Gather": layout.gathered,
}


def read(
    graph: StaticGraph, outputs: tuple[str, ...], flows: Mapping[str, Flow], indices: set[str]
) -> list[Flow]:
    """The flows of some values, from those of inputs on; `indices` are inputs of class numbers.

    InexpressibleError where one is none.
    """
    reader = Reader(graph, flows, indices)
    for node in graph.needed(outputs, flows):
        reader.at(node)
        work = READERS.get(node.op_type)
        if work is None:
            raise InexpressibleError(f"{node.op_type} is no plain operation")
        made = work(reader)
        flows_made = made if isinstance(made, list) else [made]
        reader.flows |= dict(zip(node.output, flows_made, strict=False))
    return [reader.flow(key) for key in outputs]
