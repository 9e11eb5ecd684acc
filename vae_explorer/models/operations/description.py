"""Operations as plain JSON values: for an interpreter in another language, and for our files."""

import math
import re
from collections.abc import Sequence
from typing import Any, get_args

from vae_explorer.errors import ConfigError
from vae_explorer.models.operations import limits
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
MAX_BETWEEN = 2**24  # values between two operations, of one input: 64 MiB
KINDS = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in get_args(Operation)
}


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
    if made is None or min(made[1]) < 1 or math.prod(made[1]) > MAX_BETWEEN:
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
            return {"kind": "reshape", "shape": [*operation]}, tuple(operation)
    return None


def _of_picture(operation: Operation, shape: Shape) -> tuple[dict[str, Any], Shape] | None:
    channels, height, width = shape
    match operation:
        case Flatten():
            return {"kind": "reshape", "shape": [math.prod(shape)]}, (math.prod(shape),)
        case Convolve() | TransposedConvolve():
            return _of_convolution(operation, shape)
        case Pool(kind, kernel, stride, padding) if 2 * padding <= kernel:
            plain = {"kind": f"{kind}_pool", **_taken(shape)}
            plain |= {"kernel": kernel, "stride": stride, "padding": padding}
            return plain, (channels, operation.side(height), operation.side(width))
        case Upsample(factor, mode):
            plain = {"kind": "upsample", **_taken(shape), "factor": factor, "mode": mode}
            return plain, (channels, factor * height, factor * width)
        case Normalize("group", wanted, epsilon) if wanted == channels:
            groups = operation.group_count
            if channels % groups or math.prod(shape) == groups:  # one value has no variance
                return None
            plain = {"groups": groups, "epsilon": epsilon}
            return {"kind": "group_normalize", **_taken(shape), **plain}, shape
        case Crop(rows, columns) if rows <= height and columns <= width:
            plain = {"rows": rows, "columns": columns}
            return {"kind": "crop", **_taken(shape), **plain}, (channels, rows, columns)
    return None


def _of_convolution(
    operation: Convolve | TransposedConvolve, shape: Shape
) -> tuple[dict[str, Any], Shape] | None:
    channels, height, width = shape
    names = ["outputs", "kernel", "stride", "bias"]
    if isinstance(operation, Convolve):
        kind, padding, added = "convolve", operation.zeros, ["groups", "dilation"]
        groups = operation.groups
        fits = groups > 0 and operation.inputs % groups == operation.outputs % groups == 0
    else:
        kind, padding, added = "transposed_convolve", operation.cut, ["output_padding"]
        fits = operation.output_padding < operation.stride
    if operation.inputs != channels or not fits or padding < 0:
        return None
    settings = {name: getattr(operation, name) for name in names + added} | {"padding": padding}
    sides = operation.side(height), operation.side(width)
    return {"kind": kind, **_taken(shape), **settings}, (operation.outputs, *sides)


def _taken(shape: Shape) -> dict[str, int]:
    """What an operation on pictures says of what it takes; of flat values nothing but how many."""
    if len(shape) == 1:
        return {"inputs": shape[0]}
    return dict(zip(("channels", "height", "width"), shape, strict=True))


def to_plain(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    """The operations as JSON values that hold all they are made of; `from_plain` reads them."""
    names = {kind: name for name, kind in KINDS.items()}
    plain = []
    for operation in operations:
        settings = operation._asdict()
        if isinstance(operation, Residual):
            settings = {"operations": to_plain(operation.operations)}
        settings = {n: [*v] if isinstance(v, tuple) else v for n, v in settings.items()}
        plain.append({"operation": names[type(operation)], **settings})
    return plain


def from_plain(value: Any) -> tuple[Operation, ...]:
    """Operations from JSON values that anybody may have written.

    ConfigError, one sentence, where they are no operations, or their settings out of range (see
    `limits`).
    """
    operations = _read(value, 0)
    limits.check(operations)
    return operations


def _read(value: Any, depth: int) -> tuple[Operation, ...]:
    if not isinstance(value, list) or len(value) > limits.MAX_OPERATIONS:
        most = limits.MAX_OPERATIONS
        raise ConfigError(f"A network must be a list of at most {most} operations.")
    if depth > limits.MAX_DEPTH:
        raise ConfigError(f"Residuals can be at most {limits.MAX_DEPTH} deep.")
    return tuple(_read_one(item, depth) for item in value)


def _read_one(item: Any, depth: int) -> Operation:
    settings = dict(item) if isinstance(item, dict) else {}
    name = settings.pop("operation", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ConfigError(f"A network has an unknown operation: {str(name)[:40]!r}.")
    if kind is Residual and "operations" in settings:
        settings["operations"] = _read(settings["operations"], depth + 1)
    settings = {n: tuple(v) if isinstance(v, list) else v for n, v in settings.items()}
    try:
        return kind(**settings)
    except TypeError:
        known = ", ".join(kind._fields)
        raise ConfigError(f"The settings of {name} must be: {known or 'none'}.") from None
