"""Encoder and decoder as ONNX files, which runtimes of any language read.

Written from the list of plain operations that a network is (see `operations`). PyTorch's exporter
gives the same graph, but takes ten seconds, must not run beside other threads, warns about a batch
axis that two inputs share, and leaves the paths of this machine in the file. Makes bytes; writes
nothing. B pictures of C channels and H x W pixels, D latent coordinates.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.operations.kinds import (
    LEAKY_SLOPE,
    NORM_EPSILON,
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Operation,
    Residual,
    TransposedConvolve,
    Unflatten,
    Upsample,
)
from vae_explorer.models.vae import LOGVAR_RANGE, decoder_operations, encoder_operations

OPSET, IR_VERSION = 20, 9  # the oldest with Gelu, which runtimes from 2023 on know
BATCH = "batch"
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "gelu": ("Gelu", {}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAKY_SLOPE}),
}
README = """# {name} as ONNX

A {kind} of {dataset}: {dims} latent coordinates, pictures of (channels, height, width) = ({shape}),
0 black to 1 white. Batches may have any size. Made by VAE Explorer from the checkpoint with sha256
{sha}.

| file | inputs | outputs |
|---|---|---|
| encoder.onnx | {encoder_in} | {encoder_out} |
| decoder.onnx | {decoder_in} | pictures (batch, {shape}): {meaning} |

```python
import numpy as np
import onnxruntime

decoder = onnxruntime.InferenceSession("decoder.onnx")
z = np.random.default_rng(0).standard_normal((10, {dims}), dtype=np.float32)
(pictures,) = decoder.run(None, {call})
```
"""


def files(checkpoint: Checkpoint) -> dict[str, bytes]:
    """encoder.onnx, decoder.onnx and what they take and give, by name."""
    config = checkpoint.config
    return {
        "encoder.onnx": _encoder(checkpoint),
        "decoder.onnx": _decoder(checkpoint),
        "README.md": _readme(checkpoint, config).encode(),
    }


def _encoder(checkpoint: Checkpoint) -> bytes:
    """x (B, C, H, W), and y (B,) for a conditional model -> mu (B, D), logvar (B, D).

    A plain autoencoder has mu alone: its only output.
    """
    config, graph = checkpoint.config, _Graph(checkpoint)
    graph.input("x", *config.image_shape)
    v = "x" if config.convolutions else graph.add("Flatten", ["x"], axis=1)
    v = graph.operations(encoder_operations(config), "encoder", graph.with_label(v))
    graph.add("Gemm", [v, *graph.weights("mean_layer")], output="mu", transB=1)
    graph.output("mu", config.latent_dim)
    if config.variational:
        raw = graph.add("Gemm", [v, *graph.weights("log_variance_layer")], transB=1)
        limits = [graph.constant(np.array(limit, np.float32)) for limit in LOGVAR_RANGE]
        graph.add("Clip", [raw, *limits], output="logvar")
        graph.output("logvar", config.latent_dim)
    return graph.model("encoder")


def _decoder(checkpoint: Checkpoint) -> bytes:
    """z (B, D), and y (B,) for a conditional model -> pictures (B, C, H, W) in [0, 1]."""
    config, graph = checkpoint.config, _Graph(checkpoint)
    graph.input("z", config.latent_dim)
    v = graph.operations(decoder_operations(config), "decoder", graph.with_label("z"))
    pixels = graph.add("Sigmoid", [v])
    shape = graph.constant(np.array([-1, *config.image_shape], np.int64))
    graph.add("Reshape", [pixels, shape], output="pictures")
    graph.output("pictures", *config.image_shape)
    return graph.model("decoder")


class _Graph:
    """An ONNX graph that grows node by node; names of values are its currency."""

    def __init__(self, checkpoint: Checkpoint):
        from onnx import helper, numpy_helper  # slow to import: only where wanted

        self.helper, self.to_tensor = helper, numpy_helper.from_array
        self.checkpoint, self.state = checkpoint, checkpoint.model.state_dict()
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def input(self, name: str, *shape: int, kind: str = "FLOAT") -> None:
        self.inputs.append(self._value(name, shape, kind))

    def output(self, name: str, *shape: int) -> None:
        self.outputs.append(self._value(name, shape, "FLOAT"))

    def _value(self, name: str, shape: Sequence[int], kind: str) -> Any:
        number = getattr(self.helper.onnx.TensorProto, kind)
        return self.helper.make_tensor_value_info(name, number, [BATCH, *shape])

    def add(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """One node; gives the name of its output."""
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, value: np.ndarray, name: str = "") -> str:
        name = name or f"c{len(self.constants)}"
        self.constants.append(self.to_tensor(np.asarray(value), name))
        return name

    def weight(self, name: str) -> str:
        """One of the model's own tensors, under its own name."""
        value: Tensor = self.state[name]
        return self.constant(value.float().numpy(), name)

    def weights(self, layer: str) -> list[str]:
        return [self.weight(f"{layer}.weight"), self.weight(f"{layer}.bias")]

    def with_label(self, v: str) -> str:
        """The value with a one-hot label behind it, where the model is conditional."""
        count = self.checkpoint.config.classes
        if not count:
            return v
        self.input("y", kind="INT64")
        column = self.add("Unsqueeze", ["y", self.constant(np.array([1], np.int64))])
        same = self.add("Equal", [column, self.constant(np.arange(count, dtype=np.int64)[None])])
        hot = self.add("Cast", [same], to=self.helper.onnx.TensorProto.FLOAT)
        return self.add("Concat", [v, hot], axis=1)

    def operations(self, operations: Sequence[Operation], prefix: str, v: str) -> str:
        """One after the other; the i-th has its weights under the prefix and i."""
        for index, operation in enumerate(operations):
            v = self._operation(operation, f"{prefix}.{index}", v)
        return v

    def _operation(self, operation: Operation, prefix: str, v: str) -> str:
        match operation:
            case Linear():
                return self.add("Gemm", [v, *self.weights(prefix)], transB=1)
            case Activate(name, _):
                kind, attributes = ACTIVATIONS[name]
                return self.add(kind, [v], **attributes)
            case Fourier(inputs, _, _):
                columns = [self.constant(np.array([n], np.int64)) for n in (0, inputs, 1)]
                z = self.add("Slice", [v, *columns])
                phase = self.add("MatMul", [z, self.weight(f"{prefix}.frequencies")])
                waves = [self.add(kind, [phase]) for kind in ("Sin", "Cos")]
                return self.add("Concat", [v, *waves], axis=1)
            case Convolve(_, _, kernel, stride):
                return self.add(
                    "Conv",
                    [v, *self.weights(prefix)],
                    kernel_shape=[kernel] * 2,
                    strides=[stride] * 2,
                    pads=[kernel // 2] * 4,
                )
            case TransposedConvolve(_, _, kernel, stride):
                return self.add(
                    "ConvTranspose",
                    [v, *self.weights(prefix)],
                    kernel_shape=[kernel] * 2,
                    strides=[stride] * 2,
                    pads=[(kernel - stride) // 2] * 4,
                )
            case Upsample(factor):
                scales = self.constant(np.array([1, 1, factor, factor], np.float32))
                how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
                return self.add("Resize", [v, "", scales], mode="nearest", **how)
            case Normalize("batch", _):
                running = [self.weight(f"{prefix}.running_{name}") for name in ("mean", "var")]
                inputs = [v, *self.weights(prefix), *running]
                return self.add("BatchNormalization", inputs, epsilon=NORM_EPSILON)
            case Normalize(_, channels):
                return self._group_normalized(v, prefix, channels)
            case Crop(height, width):
                ends = [[0, 0], [height, width], [2, 3]]
                return self.add("Slice", [v, *(self.constant(np.array(e)) for e in ends)])
            case Flatten():
                return self.add("Flatten", [v], axis=1)
            case Unflatten():
                return self._reshaped(v, [-1, *operation])
            case Residual(inner):
                return self.add("Add", [v, self.operations(inner, f"{prefix}.inner", v)])
        raise TypeError(f"not an operation: {operation!r}")

    def _reshaped(self, v: str, shape: list[int]) -> str:
        return self.add("Reshape", [v, self.constant(np.array(shape, np.int64))])

    def _group_normalized(self, v: str, prefix: str, channels: int) -> str:
        """By instance normalisation of the groups: its own operator is of a later version."""
        groups = Normalize("group", channels).group_count
        shape = self.add("Shape", [v])
        ones = [self.constant(fill((groups,), np.float32)) for fill in (np.ones, np.zeros)]
        grouped = self._reshaped(v, [0, groups, -1])
        normal = self.add("InstanceNormalization", [grouped, *ones], epsilon=NORM_EPSILON)
        normal = self.add("Reshape", [normal, shape])
        for kind, name in (("Mul", "weight"), ("Add", "bias")):
            value: Tensor = self.state[f"{prefix}.{name}"]
            column = self.constant(value.float().view(-1, 1, 1).numpy(), f"{prefix}.{name}")
            normal = self.add(kind, [normal, column])
        return normal

    def model(self, part: str) -> bytes:
        """The finished file, with what is known of the model in its metadata."""
        graph = self.helper.make_graph(
            self.nodes, part, self.inputs, self.outputs, initializer=self.constants
        )
        opset = self.helper.make_opsetid("", OPSET)
        model = self.helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="VAE Explorer"
        )
        metadata = {
            "model": self.checkpoint.name,
            "sha256": self.checkpoint.sha256,
            "dataset": self.checkpoint.dataset,
            "classes": json.dumps(self.checkpoint.classes),
        }
        self.helper.set_model_props(model, metadata)
        return model.SerializeToString()


def _readme(checkpoint: Checkpoint, config: ModelConfig) -> str:
    label = "; y (batch,) int64, the class" if config.classes else ""
    shape = ", ".join(map(str, config.image_shape))
    posterior = f"mu, logvar (batch, {config.latent_dim}) of q(z|x)"
    return README.format(
        name=checkpoint.name,
        kind="VAE" if config.variational else "plain autoencoder",
        dataset=checkpoint.dataset or "an unknown data set",
        dims=config.latent_dim,
        shape=shape,
        sha=checkpoint.sha256 or "(not saved)",
        encoder_in=f"x (batch, {shape}) float32{label}",
        encoder_out=posterior if config.variational else f"mu (batch, {config.latent_dim})",
        decoder_in=f"z (batch, {config.latent_dim}) float32{label}",
        meaning="probabilities of ink" if config.likelihood == "bernoulli" else "means",
        call='{"z": z, "y": np.arange(10)}' if config.classes else '{"z": z}',
    )
