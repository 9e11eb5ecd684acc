"""Operations as plain JSON values: for an interpreter in another language."""

import math
from collections.abc import Sequence
from typing import Any

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
from vae_explorer.models.operations.modules import SLOPED

Shape = tuple[int, ...]  # of what passes between two operations, without the batch


def describe(operations: Sequence[Operation], shape: Shape) -> list[dict[str, Any]]:
    """The operations as plain JSON values, for an interpreter in another language.

    `shape` is that of the input, (n,) or (C, H, W). Operations on pictures say the channels, height
    and width that they take. ValueError where the operations do not fit it.
    """
    plain = []
    for operation in operations:
        described, shape = _plain(operation, shape)
        plain.append(described)
    return plain


def output_shape(operations: Sequence[Operation], shape: Shape) -> Shape:
    """What the operations make of input of this shape, (n,) or (C, H, W); ValueError: nothing."""
    for operation in operations:
        _, shape = _plain(operation, shape)
    return shape


def _plain(operation: Operation, shape: Shape) -> tuple[dict[str, Any], Shape]:
    """One operation on input of this shape, and the shape of its output."""
    of_either = _of_either(operation, shape)
    made = of_either or (_of_values if len(shape) == 1 else _of_picture)(operation, shape)
    if made is None or min(made[1]) < 1:
        raise ValueError(f"{operation} does not take values of shape {shape}")
    return made


def _of_either(operation: Operation, shape: Shape) -> tuple[dict[str, Any], Shape] | None:
    """Operations that take flat values as well as pictures, and leave their shape."""
    match operation:
        case Activate(name, _, slope):
            plain = {"kind": "activate", "name": name}
            return plain | ({"slope": slope} if name in SLOPED else {}), shape
        case Residual(inner):
            if output_shape(inner, shape) == shape:
                return {"kind": "residual", "operations": describe(inner, shape)}, shape
        case Scale(factors, shifts):
            if all(len(numbers) in (1, shape[0]) for numbers in operation):
                return {"kind": "scale", "factors": [*factors], "shifts": [*shifts]}, shape
        case Normalize("batch", channels, epsilon) if channels == shape[0]:
            return {"kind": "batch_normalize", **_taken(shape), "epsilon": epsilon}, shape
    return None


def _of_values(operation: Operation, shape: Shape) -> tuple[dict[str, Any], Shape] | None:
    (width,) = shape
    match operation:
        case Linear(inputs, outputs, bias) if width == inputs:
            plain = {"kind": "linear", "inputs": inputs, "outputs": outputs}
            return plain | ({} if bias else {"bias": False}), (outputs,)
        case Fourier(inputs, features, _) if inputs <= width:
            plain = {"kind": "fourier", "inputs": inputs, "features": features}
            return plain, (width + 2 * features,)
        case Normalize("layer", values, epsilon) if values == width:
            return {"kind": "layer_normalize", "inputs": values, "epsilon": epsilon}, shape
        case Unflatten() if math.prod(operation) == width:
            return {"kind": "reshape"}, tuple(operation)
    return None


def _of_picture(operation: Operation, shape: Shape) -> tuple[dict[str, Any], Shape] | None:
    channels, height, width = shape
    match operation:
        case Flatten():
            return {"kind": "reshape"}, (math.prod(shape),)
        case Convolve(inputs, outputs, _, _, _, groups) if inputs == channels:
            if inputs % groups == outputs % groups == 0:
                names = ("outputs", "kernel", "stride", "groups", "bias", "dilation")
                plain = _settings(operation, names) | {"padding": operation.zeros}
                sides = operation.side(height), operation.side(width)
                return {"kind": "convolve", **_taken(shape), **plain}, (outputs, *sides)
        case TransposedConvolve(inputs, outputs) if inputs == channels:
            names = ("outputs", "kernel", "stride", "output_padding", "bias")
            plain = _settings(operation, names) | {"padding": operation.cut}
            sides = operation.side(height), operation.side(width)
            return {"kind": "transposed_convolve", **_taken(shape), **plain}, (outputs, *sides)
        case Pool(kind, kernel, stride, padding) if 2 * padding <= kernel:
            plain = {"kind": f"{kind}_pool", **_taken(shape)}
            plain |= {"kernel": kernel, "stride": stride, "padding": padding}
            return plain, (channels, operation.side(height), operation.side(width))
        case Upsample(factor, mode):
            plain = {"kind": "upsample", **_taken(shape), "factor": factor, "mode": mode}
            return plain, (channels, factor * height, factor * width)
        case Normalize("group", wanted, epsilon) if wanted == channels:
            plain = {"groups": operation.group_count, "epsilon": epsilon}
            return {"kind": "group_normalize", **_taken(shape), **plain}, shape
        case Crop(rows, columns) if rows <= height and columns <= width:
            plain = {"rows": rows, "columns": columns}
            return {"kind": "crop", **_taken(shape), **plain}, (channels, rows, columns)
    return None


def _taken(shape: Shape) -> dict[str, int]:
    """What an operation on pictures says of what it takes; of flat values nothing but how many."""
    if len(shape) == 1:
        return {"inputs": shape[0]}
    return dict(zip(("channels", "height", "width"), shape, strict=True))


def _settings(operation: Convolve | TransposedConvolve, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(operation, name) for name in names}
