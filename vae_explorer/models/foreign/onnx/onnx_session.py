"""Graphs that are safe but no list of plain operations: run as they are, on the CPU.

In batches of the size that their shapes were bounded for. No gradients flow through.
"""

from functools import cached_property
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from onnx import ModelProto, helper, numpy_helper
from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel
from vae_explorer.models.foreign.onnx.model_parts.parts import Part, Parts
from vae_explorer.models.foreign.onnx.runtime import session_of

IR_VERSION = 8  # enough for what is opened; runtimes of any age read it
Array = np.ndarray


class PartSession:
    """One part, run in batches: inputs and outputs (N, …)."""

    def __init__(self, part: Part):
        self.part = part

    def run(self, values: Tensor, y: Tensor | None) -> list[Tensor]:
        """The part's outputs for pictures or coordinates (N, …) and class numbers (N,)."""
        graph, count = self.part.graph, len(values)
        given = {self.part.source: self._typed(values, self.part.source)}
        if self.part.label and y is not None:
            given[self.part.label] = self._typed(self._label(y), self.part.label)
        parts = []
        for start in range(0, count, graph.batch):
            batch = {
                key: _filled(v[start : start + graph.batch], graph.batch)
                for key, v in given.items()
                if key in self.inputs
            }
            session = self.session
            try:
                made = session.run(list(self.part.outputs), batch)
            except Exception as error:  # the runtime has errors of its own
                raise CheckpointError(
                    f"{graph.name} cannot be run: {_first_line(error)}"
                ) from error
            parts.append([np.asarray(v, np.float32)[: count - start] for v in made])
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return [torch.from_numpy(v) for v in joined]

    def _typed(self, values: Tensor, key: str) -> Array:
        """As the graph wants it: its own shape and kind of numbers."""
        shape, kind = self.part.graph.values[key]
        dtype = helper.tensor_dtype_to_np_dtype(kind)
        array = values.detach().cpu().reshape(len(values), *shape[1:]).numpy()
        if dtype.kind == "u":
            array = array.round().clip(0, np.iinfo(dtype).max)
        return np.asarray(array, dtype, order="C")

    def _label(self, y: Tensor) -> Tensor:
        if self.part.label_is_index:
            return y.long()
        width = self.part.graph.size_of(self.part.label)
        return F.one_hot(y.long(), width).float()

    @cached_property
    def inputs(self) -> list[str]:
        """Names of the inputs that the outputs depend on."""
        return [value.name for value in self._model.graph.input]

    @cached_property
    def session(self) -> Any:
        """The runtime's own."""
        try:
            return session_of(self._model.SerializeToString())
        except Exception as error:  # the runtime has errors of its own
            raise CheckpointError(
                f"{self.part.graph.name} cannot be run: {_first_line(error)}"
            ) from error

    @cached_property
    def _model(self) -> ModelProto:
        """The part alone, with the shapes that it was bounded for."""
        graph, outputs = self.part.graph, self.part.outputs
        sources = [key for key in (self.part.source, self.part.label) if key]
        nodes = graph.needed(outputs, sources)
        taken = {key for node in nodes for key in node.input} | set(outputs)
        constants = [
            numpy_helper.from_array(np.asarray(graph.constants[key], order="C"), key)
            for key in sorted(taken & set(graph.constants))
        ]

        def described(key: str):
            value = graph.values[key]
            return helper.make_tensor_value_info(key, value.kind, value.shape)

        made = helper.make_graph(
            nodes,
            "part",
            [described(key) for key in sources if key in taken],
            [described(key) for key in outputs],
            constants,
        )
        opset = helper.make_opsetid("", graph.opset)
        return helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)


class SessionModel(ForeignModel[ForeignConfig]):
    """A model that a runtime works out; it has no weights of its own."""

    differentiable = False

    def __init__(
        self, config: ForeignConfig, sessions: tuple[PartSession, PartSession], joint: bool
    ):
        super().__init__()
        self.config, self.sessions, self.joint = config, sessions, joint

    def _heads(self, v: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        values = [made.flatten(1) for made in self.sessions[0].run(v, y)]
        if self.joint:
            first, second = values[0].chunk(2, dim=1)
            return first, second
        return values[0], values[1] if len(values) > 1 else None

    def _output(self, z: Tensor, y: Tensor | None) -> Tensor:
        (made,) = self.sessions[1].run(z, y)
        return made if made.ndim == 4 else made.flatten(1)

    def _label(self, y: Tensor | None) -> Tensor | None:
        return y  # each part has its own kind


def sessions_of(parts: Parts) -> tuple[PartSession, PartSession]:
    """Runs of encoder and decoder."""
    return PartSession(parts.encoder), PartSession(parts.decoder)


def _filled(values: Array, count: int) -> Array:
    """As many as a batch has, the last one repeated."""
    lacking = count - len(values)
    return np.concatenate([values, np.repeat(values[-1:], lacking, axis=0)]) if lacking else values


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
