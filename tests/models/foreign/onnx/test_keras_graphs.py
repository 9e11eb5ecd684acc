"""Graphs as tf2onnx writes them of Keras models: channels last, padding that differs by side."""

import numpy as np
import onnx_models as made
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from vae_explorer.models.foreign.conformance import criteria
from vae_explorer.models.foreign.network import NetworkModel

node = helper.make_node
SIDE, SIZE = 12, 3


@pytest.fixture(autouse=True)
def _untrained(monkeypatch):
    monkeypatch.setattr(criteria, "mean_picture_nats", lambda *_, **__: float("inf"))


def weights(rng, channels, **shapes):
    return {k: rng.normal(0, 0.3, s).astype(np.float32) for k, s in shapes.items()}


def encoder(channels: int, sampled: bool = True) -> bytes:
    """Input(SIDE, SIDE, C), two Conv2D of stride 2 with padding="same", Flatten, z_mean …"""
    rng = np.random.default_rng(0)
    flat = (SIDE // 4) ** 2 * 8
    numbers = weights(
        rng,
        channels,
        w1=(6, channels, 3, 3),
        b1=(6,),
        w2=(8, 6, 3, 3),
        b2=(8,),
        wd=(flat, 16),
        bd=(16,),
        wm=(16, SIZE),
        bm=(SIZE,),
        wv=(16, SIZE),
        bv=(SIZE,),
    )
    numbers |= {"shape": np.array([-1, flat]), "half": np.array(0.5, np.float32)}
    same = {"auto_pad": "SAME_UPPER", "strides": [2, 2], "kernel_shape": [3, 3]}
    nodes = [
        node("Transpose", ["x"], ["t1"], perm=[0, 3, 1, 2]),
        node("Conv", ["t1", "w1", "b1"], ["c1"], **same),
        node("Relu", ["c1"], ["r1"]),
        node("Conv", ["r1", "w2", "b2"], ["c2"], pads=[0, 0, 1, 1], strides=[2, 2]),
        node("Relu", ["c2"], ["r2"]),
        node("Transpose", ["r2"], ["t2"], perm=[0, 2, 3, 1]),
        node("Reshape", ["t2", "shape"], ["f"]),
        node("MatMul", ["f", "wd"], ["d0"]),
        node("Add", ["d0", "bd"], ["d1"]),
        node("Relu", ["d1"], ["d"]),
        node("MatMul", ["d", "wm"], ["m0"]),
        node("Add", ["m0", "bm"], ["z_mean"]),
        node("MatMul", ["d", "wv"], ["v0"]),
        node("Add", ["v0", "bv"], ["z_log_var"]),
        node("Mul", ["z_log_var", "half"], ["s0"]),
        node("Exp", ["s0"], ["s1"]),
        node("RandomNormalLike", ["s1"], ["noise"]),
        node("Mul", ["s1", "noise"], ["s2"]),
        node("Add", ["z_mean", "s2"], ["z"]),
    ]
    outputs = ["z_mean", "z_log_var", "z"] if sampled else ["z"]
    return made.graph(nodes, {"x": ("N", SIDE, SIDE, channels)}, outputs, numbers)


def decoder(channels: int, last: str = "Sigmoid") -> bytes:
    """Dense, Reshape, Conv2DTranspose(padding="same") twice, channels last."""
    rng = np.random.default_rng(1)
    inner = SIDE // 4
    numbers = weights(
        rng,
        channels,
        wd=(SIZE, inner**2 * 8),
        bd=(inner**2 * 8,),
        w1=(8, 6, 3, 3),
        b1=(6,),
        w2=(6, channels, 3, 3),
        b2=(channels,),
        scale=(6,),
        bias=(6,),
        mean=(6,),
    )
    numbers |= {"shape": np.array([-1, inner, inner, 8]), "var": np.full(6, 2, np.float32)}
    half = SIDE // 2
    nodes = [
        node("MatMul", ["z", "wd"], ["d0"]),
        node("Add", ["d0", "bd"], ["d1"]),
        node("Elu", ["d1"], ["d2"]),
        node("Reshape", ["d2", "shape"], ["p"]),
        node("Transpose", ["p"], ["t"], perm=[0, 3, 1, 2]),
        node("ConvTranspose", ["t", "w1", "b1"], ["c1"], strides=[2, 2], pads=[0, 0, 1, 1]),
        node("BatchNormalization", ["c1", "scale", "bias", "mean", "var"], ["n"], epsilon=1e-3),
        node("LeakyRelu", ["n"], ["r1"], alpha=0.3),
        node(
            "ConvTranspose",
            ["r1", "w2", "b2"],
            ["c2"],
            strides=[2, 2],
            output_shape=[2 * half, 2 * half],
            auto_pad="SAME_UPPER",
        ),
        node(last, ["c2"], ["s"]),
        node("Transpose", ["s"], ["y"], perm=[0, 2, 3, 1]),
    ]
    return made.graph(nodes, {"z": ("N", SIZE)}, ["y"], numbers)


def run(data: bytes, outputs: list[str], **inputs) -> list[torch.Tensor]:
    session = onnxruntime.InferenceSession(data)
    return [torch.from_numpy(np.asarray(v)) for v in session.run(outputs, inputs)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sampled", [True, False])
def test_a_keras_pair_becomes_a_network(opened, channels, sampled):
    files = {"encoder.onnx": encoder(channels, sampled), "decoder.onnx": decoder(channels)}
    x = torch.rand(40, channels, SIDE, SIDE)
    given = {"input range": "unit", "second head": "log_variance"}
    given |= {"head order": "mean_first"} | ({"channel order": "rgb"} if channels == 3 else {})
    found = opened(files, x, given=given)
    model = found.checkpoint.model
    assert isinstance(model, NetworkModel)
    last = x.permute(0, 2, 3, 1).contiguous().numpy()
    mean, logvar = run(encoder(channels), ["z_mean", "z_log_var"], x=last)
    assert torch.allclose(model.encode(x)[0], mean, atol=1e-5)
    assert torch.allclose(model.encode(x)[1], logvar, atol=1e-5)
    z = torch.randn(5, SIZE)
    (pictures,) = run(decoder(channels), ["y"], z=z.numpy())
    assert torch.allclose(model.decode(z), pictures.permute(0, 3, 1, 2), atol=1e-5)


def test_a_tanh_and_pictures_of_whole_numbers(opened):
    data = encoder(1)
    model = made.parsed(data)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    model.graph.node[0].input[0] = "x.float"
    model.graph.node.insert(0, node("Cast", ["x"], ["x.float"], to=TensorProto.FLOAT))
    files = {"e": model.SerializeToString(), "d": decoder(1, "Tanh")}
    x = torch.randint(0, 256, (40, 1, SIDE, SIDE)) / 255
    given = {"second head": "log_variance", "head order": "mean_first"}
    found = opened(files, x, given=given)
    chosen = {d.name: d.value for d in found.card.decisions}
    assert chosen["input range"] == "bytes" and chosen["output"] in ("signed", "unit")
    last = (255 * x).permute(0, 2, 3, 1).contiguous().numpy()
    (mean,) = run(data, ["z_mean"], x=last)
    assert torch.allclose(found.checkpoint.model.encode(x)[0], mean, atol=1e-3)


def chain(nodes, shape, numbers=None):
    """A decoder of z reshaped to (2, 4, 5) that ends in pictures of this shape."""
    rng = np.random.default_rng(2)
    given = {"wd": rng.normal(0, 0.5, (SIZE, 40)), "to": np.array([-1, 2, 4, 5])} | (numbers or {})
    given = {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in given.items()}
    first = [node("MatMul", ["z", "wd"], ["d"]), node("Reshape", ["d", "to"], ["p"])]
    given["out"] = np.array([-1, *shape])
    return made.graph([*first, *nodes], {"z": ("N", SIZE)}, ["y"], given)


def rng_weights(*shape):
    return np.random.default_rng(3).normal(0, 0.5, shape)


PICTURES = {
    "padded": ([node("Pad", ["p", "pads"], ["y"])], {"pads": np.array([0, 0, 2, 1, 0, 0, 2, 2])}),
    "windowed": (
        [
            node("ConvTranspose", ["p", "w"], ["c"], strides=[2, 2]),
            node("Slice", ["c", "from", "to2", "axes"], ["y"]),
        ],
        {
            "w": rng_weights(2, 1, 4, 4),
            "from": np.array([1, 1]),
            "to2": np.array([9, 11]),
            "axes": np.array([2, 3]),
        },
    ),
    "oblong kernel": (
        [node("Conv", ["p", "w"], ["y"], pads=[0, 1, 0, 1])],
        {"w": rng_weights(1, 2, 1, 3)},
    ),
    "dilated": (
        [node("Conv", ["p", "w"], ["y"], pads=[4, 4, 4, 4], dilations=[2, 2])],
        {"w": rng_weights(1, 2, 3, 3)},
    ),
    "resized": (
        [node("Resize", ["p", "", "scales"], ["y"], mode="linear")],
        {"scales": np.array([1, 1, 2, 2], np.float32)},
    ),
    "shuffled": ([node("DepthToSpace", ["q"], ["y"], blocksize=2)], {}),
    "pooled": (
        [
            node("Conv", ["p", "w"], ["c"], pads=[5, 5, 5, 5]),
            node("MaxPool", ["c"], ["y"], kernel_shape=[2, 2]),
        ],
        {"w": rng_weights(1, 2, 3, 3)},
    ),
    "long cut": (
        [
            node(
                "ConvTranspose",
                ["p", "w"],
                ["y"],
                strides=[3, 3],
                pads=[2, 2, 0, 1],
                output_padding=[2, 1],
            )
        ],
        {"w": rng_weights(2, 1, 3, 3)},
    ),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_what_is_done_to_pictures_becomes_plain_operations(kind):
    from vae_explorer.models.foreign.onnx.door.onnx_door import read_graph
    from vae_explorer.models.foreign.onnx.door.static_graph import resolve
    from vae_explorer.models.foreign.onnx.graph.flows import start
    from vae_explorer.models.foreign.onnx.graph.nodes import read
    from vae_explorer.models.foreign.onnx.graph.steps import compiled, whole
    from vae_explorer.models.operations.modules import build

    nodes, numbers = PICTURES[kind]
    if kind == "shuffled":
        numbers = {"many": rng_weights(4, 2, 1, 1)}
        nodes = [node("Conv", ["p", "many"], ["q"]), *nodes]
    data = chain(nodes, (1, 8, 10), numbers)
    graph = resolve(read_graph(data, "d.onnx"), {"z": (2, SIZE)}, "d.onnx")
    (flow,) = read(graph, ("y",), {"z": start((SIZE,), np.arange(SIZE))}, set())
    operations, found = compiled(whole(flow))
    network = build(operations)
    network.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in found.items()})
    z = torch.randn(2, SIZE)
    (wanted,) = run(data, ["y"], z=z.numpy())
    assert torch.allclose(network(z), wanted.flatten(1), atol=1e-5)
