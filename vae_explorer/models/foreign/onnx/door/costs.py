"""What a node costs, by the shapes of what it takes and gives."""

import math

from onnx import NodeProto

from vae_explorer.models.foreign.onnx.door.folding import attributes

Shape = tuple[int, ...]


def products(node: NodeProto, shapes: list[Shape], output: Shape) -> int:
    """Multiplications of a node, roughly."""
    made = math.prod(output)
    match node.op_type:
        case "Conv":
            return made * math.prod(shapes[1][1:])
        case "ConvTranspose":
            return math.prod(shapes[0]) * math.prod(shapes[1][1:])
        case "MatMul" | "Gemm":
            inner = shapes[0][0] if attributes(node).get("transA") else shapes[0][-1:]
            return made * math.prod(inner if isinstance(inner, tuple) else (inner,))
        case "GRU" | "LSTM" | "RNN":
            return math.prod(shapes[0][:2]) * sum(math.prod(s) for s in shapes[1:3])
        case "MaxPool" | "AveragePool":
            return made * math.prod(attributes(node).get("kernel_shape", (1,)))
    return made + sum(math.prod(s) for s in shapes)


def columns(node: NodeProto, shapes: list[Shape], output: Shape) -> int:
    """Numbers that a convolution copies of one input before it multiplies."""
    if node.op_type == "Conv":
        return math.prod(output[2:]) * math.prod(shapes[1][1:])
    if node.op_type == "ConvTranspose":
        return math.prod(shapes[0][2:]) * math.prod(shapes[1][1:])
    return 0
