"""A graph of ONNX that grows operation by operation. Knows nothing of models, writes nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from vae_explorer.models.operations.description import Shape, output_shape
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Crop,
    Flatten,
    Fourier,
    Linear,
    Normalize,
    Operation,
    Pool,
    Residual,
    Scale,
    TransposedConvolve,
    Unflatten,
    Upsample,
)

OPSET, IR_VERSION = 20, 9  # the oldest with Gelu, which runtimes from 2023 on know
BATCH = "batch"
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {  # silu and relu6 have no operator
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {}),
    "gelu": ("Gelu", {}),
    "gelu_tanh": ("Gelu", {"approximate": "tanh"}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "softplus": ("Softplus", {}),
    "hardswish": ("HardSwish", {}),
    "mish": ("Mish", {}),
    "softsign": ("Softsign", {}),
}
REPEATED = {
    "mode": "nearest",
    "coordinate_transformation_mode": "asymmetric",
    "nearest_mode": "floor",
}
BILINEAR = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}


class Graph:
    """Nodes, constants, inputs and outputs; names of values are its currency."""

    def __init__(self, state: Mapping[str, Tensor]):
        from onnx import helper, numpy_helper  # slow to import: only where wanted

        self.helper, self.to_tensor = helper, numpy_helper.from_array
        self.state = state  # weights by name
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

    def weights(self, layer: str, bias: bool = True) -> list[str]:
        return [self.weight(f"{layer}.{name}") for name in ("weight", "bias")[: 1 + bias]]

    def with_label(self, v: str, classes: int) -> str:
        """The value with a one-hot label behind it, an input "y", where there are classes."""
        if not classes:
            return v
        self.input("y", kind="INT64")
        column = self.add("Unsqueeze", ["y", self.constant(np.array([1], np.int64))])
        numbers = self.constant(np.arange(classes, dtype=np.int64)[None])
        same = self.add("Equal", [column, numbers])
        hot = self.add("Cast", [same], to=self.helper.onnx.TensorProto.FLOAT)
        return self.add("Concat", [v, hot], axis=1)

    def operations(self, operations: Sequence[Operation], prefix: str, v: str, shape: Shape) -> str:
        """One after the other, on a value of this shape without the batch: what comes out.

        The i-th has its weights under the prefix and i.
        """
        for index, operation in enumerate(operations):
            v = self._operation(operation, f"{prefix}.{index}", v, shape)
            shape = output_shape([operation], shape)
        return v

    def _operation(self, operation: Operation, prefix: str, v: str, shape: Shape) -> str:
        match operation:
            case Linear(_, _, bias):
                return self.add("Gemm", [v, *self.weights(prefix, bias)], transB=1)
            case Activate(name, _, slope):
                return self._activated(v, name, slope)
            case Fourier(inputs):
                columns = [self.constant(np.array([n], np.int64)) for n in (0, inputs, 1)]
                z = self.add("Slice", [v, *columns])
                phase = self.add("MatMul", [z, self.weight(f"{prefix}.frequencies")])
                waves = [self.add(kind, [phase]) for kind in ("Sin", "Cos")]
                return self.add("Concat", [v, *waves], axis=1)
            case Residual(inner):
                return self.add("Add", [v, self.operations(inner, f"{prefix}.inner", v, shape)])
            case Scale(factors, shifts):
                column = (-1, *[1] * (len(shape) - 1))  # channels before rows and columns
                for kind, numbers in (("Mul", factors), ("Add", shifts)):
                    values = np.array(numbers, np.float32).reshape(column)
                    v = self.add(kind, [v, self.constant(values)])
                return v
            case Normalize():
                return self._normalized(operation, prefix, v)
            case Flatten():
                return self.add("Flatten", [v], axis=1)
            case Unflatten():
                return self._reshaped(v, [-1, *operation])
        return self._of_picture(operation, prefix, v)

    def _of_picture(self, operation: Operation, prefix: str, v: str) -> str:
        match operation:
            case Convolve(bias=bias, groups=groups, dilation=dilation):
                settings = _window(operation, operation.zeros, dilations=[dilation] * 2)
                inputs = [v, *self.weights(prefix, bias)]
                return self.add("Conv", inputs, group=groups, **settings)
            case TransposedConvolve(bias=bias, output_padding=added):
                settings = _window(operation, operation.cut, output_padding=[added] * 2)
                return self.add("ConvTranspose", [v, *self.weights(prefix, bias)], **settings)
            case Pool("max", padding=padding):
                return self.add("MaxPool", [v], **_window(operation, padding))
            case Pool("average", padding=padding):
                settings = _window(operation, padding)
                return self.add("AveragePool", [v], count_include_pad=1, **settings)
            case Upsample(factor, mode):
                scales = self.constant(np.array([1, 1, factor, factor], np.float32))
                settings = BILINEAR if mode == "bilinear" else REPEATED
                return self.add("Resize", [v, "", scales], **settings)
            case Crop(height, width):
                ends = [[0, 0], [height, width], [2, 3]]
                return self.add("Slice", [v, *(self.constant(np.array(e)) for e in ends)])
        raise TypeError(f"not an operation: {operation!r}")

    def _activated(self, v: str, name: str, slope: float) -> str:
        match name:
            case "silu":
                return self.add("Mul", [v, self.add("Sigmoid", [v])])
            case "relu6":
                limits = [self.constant(np.array(limit, np.float32)) for limit in (0, 6)]
                return self.add("Clip", [v, *limits])
            case "leaky_relu" | "elu":
                return self.add(ACTIVATIONS[name][0], [v], alpha=slope)
        kind, attributes = ACTIVATIONS[name]
        return self.add(kind, [v], **attributes)

    def _reshaped(self, v: str, shape: list[int]) -> str:
        return self.add("Reshape", [v, self.constant(np.array(shape, np.int64))])

    def _normalized(self, operation: Normalize, prefix: str, v: str) -> str:
        epsilon = operation.epsilon
        match operation.kind:
            case "batch":
                running = [self.weight(f"{prefix}.running_{name}") for name in ("mean", "var")]
                inputs = [v, *self.weights(prefix), *running]
                return self.add("BatchNormalization", inputs, epsilon=epsilon)
            case "layer":
                inputs = [v, *self.weights(prefix)]
                return self.add("LayerNormalization", inputs, axis=-1, epsilon=epsilon)
        return self._group_normalized(v, prefix, operation.group_count, epsilon)

    def _group_normalized(self, v: str, prefix: str, groups: int, epsilon: float) -> str:
        """By instance normalisation of the groups: its own operator is of a later version."""
        shape = self.add("Shape", [v])
        ones = [self.constant(fill((groups,), np.float32)) for fill in (np.ones, np.zeros)]
        grouped = self._reshaped(v, [0, groups, -1])
        normal = self.add("InstanceNormalization", [grouped, *ones], epsilon=epsilon)
        normal = self.add("Reshape", [normal, shape])
        for kind, name in (("Mul", "weight"), ("Add", "bias")):
            value: Tensor = self.state[f"{prefix}.{name}"]
            column = self.constant(value.float().view(-1, 1, 1).numpy(), f"{prefix}.{name}")
            normal = self.add(kind, [normal, column])
        return normal

    def model(self, part: str, metadata: Mapping[str, str]) -> bytes:
        """The finished file."""
        graph = self.helper.make_graph(
            self.nodes, part, self.inputs, self.outputs, initializer=self.constants
        )
        opset = self.helper.make_opsetid("", OPSET)
        model = self.helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="VAE Explorer"
        )
        self.helper.set_model_props(model, dict(metadata))
        return model.SerializeToString()


def _window(
    operation: Convolve | TransposedConvolve | Pool, padding: int, **further: Any
) -> dict[str, Any]:
    """Attributes of what looks at pixels through a square kernel."""
    kernel, stride = operation.kernel, operation.stride
    sides = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [padding] * 4}
    return sides | further
