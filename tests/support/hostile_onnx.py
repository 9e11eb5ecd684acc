"""ONNX files that mean harm or are damaged: mutations that follow from a seed."""

import random
from collections.abc import Iterator

import onnx
from onnx import AttributeProto, ModelProto, TensorProto

EXTREMES = (0, 1, -1, 2, 3, 7, 255, 4096, 2**20, 2**31 - 1, -(2**31), 2**40, 2**62)
KINDS = (1, 2, 3, 6, 7, 9, 10, 11, 16, 99)
OPERATORS = (
    "Relu",
    "Sigmoid",
    "Exp",
    "Log",
    "Add",
    "Mul",
    "Div",
    "Concat",
    "Reshape",
    "Transpose",
    "Gather",
    "Slice",
    "Expand",
    "Tile",
    "Range",
    "Shape",
    "ConstantOfShape",
    "Conv",
    "ConvTranspose",
    "MatMul",
    "Gemm",
    "MaxPool",
    "Resize",
    "Pad",
    "Split",
    "OneHot",
    "Squeeze",
    "Where",
    "Loop",
    "If",
    "Scan",
    "RandomNormalLike",
    "NonZero",
    "Foo",
    "GRU",
    "BatchNormalization",
    "Flatten",
    "ReduceMean",
    "DepthToSpace",
)


def mutations(
    files: list[dict[str, bytes]], count: int, seed: int = 0
) -> Iterator[dict[str, bytes]]:
    """Models with one file damaged each."""
    rng = random.Random(seed)
    for _ in range(count):
        chosen = dict(rng.choice(files))
        key = rng.choice(sorted(chosen))
        chosen[key] = rng.choice((of_bytes, of_graph, of_graph, of_graph))(rng, chosen[key])
        yield chosen


def of_bytes(rng: random.Random, data: bytes) -> bytes:
    kind, made = rng.randrange(4), bytearray(data)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        place, size = rng.randrange(len(data)), rng.choice((1, 4, 64, 500))
        return data[:place] + data[place : place + size] * rng.choice((2, 50)) + data[place:]
    for _ in range(rng.choice((1, 3, 20))):
        made[rng.randrange(min(len(made), 4000) if kind == 2 else len(made))] ^= 1 << rng.randrange(
            8
        )
    return bytes(made)


def of_graph(rng: random.Random, data: bytes) -> bytes:
    model = ModelProto.FromString(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        rng.choice(CHANGES)(rng, model)
    return model.SerializeToString()


def _number(rng: random.Random, old: int) -> int:
    return rng.choice((*EXTREMES, old + 1, old - 1, -old, old * 2))


def _attribute(rng: random.Random, model: ModelProto) -> None:
    attributes = [a for node in model.graph.node for a in node.attribute]
    if not attributes:
        return
    a = rng.choice(attributes)
    if a.type == AttributeProto.INTS and a.ints:
        a.ints[rng.randrange(len(a.ints))] = max(-(2**63), min(2**63 - 1, _number(rng, a.ints[0])))
        if rng.random() < 0.2:
            a.ints.append(1)
    elif a.type == AttributeProto.INT:
        a.i = _number(rng, a.i)
    elif a.type == AttributeProto.FLOAT:
        a.f = rng.choice((0.0, -1.0, float("nan"), float("inf"), 1e30))
    elif a.type == AttributeProto.TENSOR:
        _tensor(rng, a.t)
    else:
        a.s = rng.choice((b"", b"SAME_UPPER", b"nearest", b"\xff\xfe"))


def _tensor(rng: random.Random, tensor: TensorProto) -> None:
    kind = rng.randrange(5)
    if kind == 0 and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = _number(rng, tensor.dims[0])
    elif kind == 1:
        tensor.dims.append(rng.choice((1, 2, 2**40)))
    elif kind == 2:
        tensor.data_type = rng.choice(KINDS)
    elif kind == 3 and tensor.raw_data:
        raw = bytearray(tensor.raw_data)
        for _ in range(rng.choice((1, 8))):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        tensor.raw_data = bytes(raw)
    else:
        tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // 2]


def _weight(rng: random.Random, model: ModelProto) -> None:
    if model.graph.initializer:
        _tensor(rng, rng.choice(model.graph.initializer))


def _input(rng: random.Random, model: ModelProto) -> None:
    value = rng.choice([*model.graph.input, *model.graph.output])
    dims = value.type.tensor_type.shape.dim
    if dims and rng.random() < 0.7:
        dims[rng.randrange(len(dims))].dim_value = _number(rng, 1)
    else:
        value.type.tensor_type.elem_type = rng.choice(KINDS)


def _operator(rng: random.Random, model: ModelProto) -> None:
    rng.choice(model.graph.node).op_type = rng.choice(OPERATORS)


def _wire(rng: random.Random, model: ModelProto) -> None:
    node = rng.choice(model.graph.node)
    names = [name for n in model.graph.node for name in (*n.input, *n.output)]
    names += ["", "nowhere", *(t.name for t in model.graph.initializer)]
    ends = node.input if node.input and rng.random() < 0.7 else node.output
    if ends:
        ends[rng.randrange(len(ends))] = rng.choice(names)


def _shape_node(rng: random.Random, model: ModelProto) -> None:
    """A value of a size that a constant says."""
    size = rng.choice((2**10, 2**31, 2**40))
    dims = [size] * rng.choice((1, 2))
    model.graph.initializer.append(onnx.helper.make_tensor("big", 7, [len(dims)], dims))
    node = rng.choice(model.graph.node)
    made = onnx.helper.make_node(rng.choice(("ConstantOfShape", "Expand")), ["big"], ["huge"])
    if made.op_type == "Expand":
        made.input[:] = [model.graph.initializer[0].name, "big"]
    model.graph.node.insert(0, made)
    if node.input:
        node.input[rng.randrange(len(node.input))] = "huge"


def _nodes(rng: random.Random, model: ModelProto) -> None:
    nodes = list(model.graph.node)
    kind = rng.randrange(3)
    if kind == 0:
        del nodes[rng.randrange(len(nodes))]
    elif kind == 1:
        rng.shuffle(nodes)
    else:
        nodes.append(nodes[rng.randrange(len(nodes))])
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _opset(rng: random.Random, model: ModelProto) -> None:
    if model.opset_import:
        model.opset_import[0].version = rng.choice((0, 1, 6, 7, 8, 9, 11, 13, 17, 21, 25, 99))


CHANGES = (
    _attribute,
    _attribute,
    _weight,
    _weight,
    _input,
    _operator,
    _wire,
    _wire,
    _shape_node,
    _nodes,
    _opset,
)
