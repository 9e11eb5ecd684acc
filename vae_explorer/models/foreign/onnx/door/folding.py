"""Nodes whose inputs are all constants, worked out: chains of shapes, mostly."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, helper, numpy_helper

Array = np.ndarray
Work = Callable[[Any, dict[str, Any], tuple[int, ...]], Array]  # inputs, settings, shape


def attributes(node: NodeProto) -> dict[str, Any]:
    """The settings of a node by name."""
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def folded(node: NodeProto, inputs: Sequence[Array | None], shape: tuple[int, ...]) -> Array | None:
    """What a node makes of constants, of the shape that is known; None: it is not worked out."""
    work = WORK.get(node.op_type)
    if work is None or len(node.output) != 1:
        return None
    with np.errstate(all="ignore"):
        try:
            made = np.asarray(work(inputs, attributes(node), shape))
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError):
            return None
    return made if made.shape == shape else None


def axes_of(inputs: Sequence[Array | None], settings: dict[str, Any]) -> list[int]:
    """Axes, an attribute of older versions and an input of newer ones; []: not said."""
    if "axes" in settings:
        return list(settings["axes"])
    given = inputs[1] if len(inputs) > 1 else None
    return [] if given is None else [int(a) for a in given.reshape(-1)]


def slices(
    inputs: Sequence[Array | None], settings: dict[str, Any], rank: int
) -> tuple[slice, ...]:
    """What a Slice takes of each axis."""
    if "starts" in settings:
        starts, ends = settings["starts"], settings["ends"]
        axes, steps = settings.get("axes", range(len(starts))), [1] * len(starts)
    else:
        starts, ends, axes, steps = (_numbers(inputs, i) for i in (1, 2, 3, 4))
        axes, steps = axes or range(len(starts)), steps or [1] * len(starts)
    taken = [slice(None)] * rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        low = None if step < 0 and end < -(2**30) else int(end)
        taken[axis] = slice(int(start), low, int(step))
    return tuple(taken)


def _numbers(inputs: Sequence[Array | None], index: int) -> list[int]:
    given = inputs[index] if len(inputs) > index else None
    return [] if given is None else [int(n) for n in given.reshape(-1)]


def _constant(inputs: Any, settings: dict[str, Any], shape: tuple[int, ...]) -> Array:
    ((name, value),) = settings.items()
    if name == "value":
        return numpy_helper.to_array(value)
    return np.array(value, np.float32 if "float" in name else np.int64)


def _of_shape(inputs: Any, settings: dict[str, Any], shape: tuple[int, ...]) -> Array:
    value = settings.get("value")
    fill = np.zeros(1, np.float32) if value is None else numpy_helper.to_array(value)
    return np.broadcast_to(fill.reshape(-1)[:1].reshape(()), shape)


def _cast(inputs: Any, settings: dict[str, Any], shape: tuple[int, ...]) -> Array:
    return inputs[0].astype(helper.tensor_dtype_to_np_dtype(settings["to"]))


def _divided(inputs: Any, settings: dict[str, Any], shape: tuple[int, ...]) -> Array:
    over, under = inputs
    if over.dtype.kind == "f":
        return over / under
    return (np.sign(over) * np.sign(under) * (np.abs(over) // np.abs(under))).astype(over.dtype)


def _reduced(function: Callable[..., Array]) -> Work:
    def work(inputs: Any, settings: dict[str, Any], shape: tuple[int, ...]) -> Array:
        axes = tuple(axes_of(inputs, settings)) or None
        return function(inputs[0], axis=axes).astype(inputs[0].dtype).reshape(shape)

    return work


def _norm(values: Array, axis: tuple[int, ...] | None) -> Array:
    return np.sqrt(np.square(values).sum(axis=axis))


def _elementwise(function: Callable[..., Array]) -> Work:
    return lambda inputs, settings, shape: function(*inputs)


def _reshaped(inputs: Any, settings: dict[str, Any], shape: tuple[int, ...]) -> Array:
    return inputs[0].reshape(shape)


WORK: dict[str, Work] = {
    "Constant": _constant,
    "ConstantOfShape": _of_shape,
    "Identity": lambda i, s, shape: i[0],
    "Cast": _cast,
    "Gather": lambda i, s, shape: np.take(i[0], i[1], axis=s.get("axis", 0)),
    "Concat": lambda i, s, shape: np.concatenate(i, axis=s["axis"]),
    "Slice": lambda i, s, shape: i[0][slices(i, s, i[0].ndim)],
    "Reshape": _reshaped,
    "Flatten": _reshaped,
    "Squeeze": _reshaped,
    "Unsqueeze": _reshaped,
    "Transpose": lambda i, s, shape: np.transpose(i[0], s.get("perm")),
    "Expand": lambda i, s, shape: np.broadcast_to(i[0], shape),
    "Tile": lambda i, s, shape: np.tile(i[0], i[1]),
    "Range": lambda i, s, shape: np.arange(i[0], i[1], i[2], dtype=i[0].dtype),
    "Add": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "Div": _divided,
    "Mod": lambda i, s, shape: (np.fmod if s.get("fmod") else np.mod)(*i),
    "Pow": lambda i, s, shape: np.power(*i).astype(i[0].dtype),
    "Min": lambda i, s, shape: functools.reduce(np.minimum, i),
    "Max": lambda i, s, shape: functools.reduce(np.maximum, i),
    "Neg": _elementwise(np.negative),
    "Abs": _elementwise(np.abs),
    "Log": _elementwise(np.log),
    "Not": _elementwise(np.logical_not),
    "And": _elementwise(np.logical_and),
    "Or": _elementwise(np.logical_or),
    "Less": _elementwise(np.less),
    "Greater": _elementwise(np.greater),
    "Equal": _elementwise(np.equal),
    "Where": _elementwise(np.where),
    "Floor": _elementwise(np.floor),
    "Ceil": _elementwise(np.ceil),
    "Sqrt": _elementwise(np.sqrt),
    "Exp": _elementwise(np.exp),
    "Reciprocal": lambda i, s, shape: (1 / i[0]).astype(i[0].dtype),
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
    "ReduceMax": _reduced(np.max),
    "ReduceL2": _reduced(_norm),
}
