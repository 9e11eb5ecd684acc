"""What the settings of an operation may be, wherever a list of them comes from.

Types, ranges, and how many weights there may be: what passes can be built without a
surprise. Whether the operations fit each other is for `description.output_shape` to say.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_type_hints

from vae_explorer.config import MAX_CLASSES, MAX_SIDE, MAX_WIDTH
from vae_explorer.errors import ConfigError
from vae_explorer.models.operations.kinds import (
    Activate,
    Convolve,
    Fourier,
    Linear,
    Normalize,
    Operation,
    Pool,
    Residual,
    Scale,
    TransposedConvolve,
    Upsample,
)
from vae_explorer.models.operations.modules import ACTIVATIONS

MAX_OPERATIONS = 256  # of one list, those of residuals counted
MAX_DEPTH = 8  # of residuals in residuals
MAX_WEIGHTS = MAX_WIDTH**2  # of one list: 256 MiB
MAX_VALUES = 3 * MAX_SIDE**2 + MAX_CLASSES  # flat: pixels and a label
LARGEST = 1e30  # of a factor or shift: far beyond sense, far within single precision
RANGES: dict[str, tuple[float, float]] = {  # of fields, in every operation that has them
    **dict.fromkeys(("inputs", "outputs", "channels"), (1, MAX_VALUES)),
    **dict.fromkeys(("kernel", "stride", "dilation"), (1, MAX_SIDE)),
    **dict.fromkeys(("padding", "output_padding"), (0, MAX_SIDE)),
    **dict.fromkeys(("height", "width"), (1, 4 * MAX_SIDE)),
    **dict.fromkeys(("factors", "shifts"), (-LARGEST, LARGEST)),
    "features": (1, MAX_WIDTH),
    "groups": (0, MAX_WIDTH),
    "factor": (1, MAX_SIDE),
    "dropout": (0, 0.95),
    "slope": (-1000, 1000),
    "scale": (0, 100),
    "epsilon": (0, 1),
}
CHOICES: dict[tuple[type, str], tuple[str, ...]] = {
    (Activate, "name"): tuple(ACTIVATIONS),
    (Pool, "kind"): ("max", "average"),
    (Upsample, "mode"): ("nearest", "bilinear"),
    (Normalize, "kind"): ("batch", "group", "layer"),
}


def check(operations: Sequence[Operation]) -> int:
    """How many weights the operations have; ConfigError, one sentence, where one is out of range.

    Those of residuals are looked at as well.
    """
    weights = 0
    for number, operation in enumerate(_each(operations, 0)):
        if number >= MAX_OPERATIONS:
            raise ConfigError(f"A network can have at most {MAX_OPERATIONS} operations.")
        _check_fields(operation)
        weights += _weights(operation)
    if weights > MAX_WEIGHTS:
        raise ConfigError(f"A network can have at most {MAX_WEIGHTS:,} weights, not {weights:,}.")
    return weights


def _each(operations: Sequence[Operation], depth: int) -> Iterator[Operation]:
    """Each operation, and behind a residual those in it."""
    if depth > MAX_DEPTH:
        raise ConfigError(f"Residuals can be at most {MAX_DEPTH} deep.")
    for operation in operations:
        if not isinstance(operation, Operation):
            raise ConfigError(f"This is no operation: {str(operation)[:40]!r}.")
        yield operation
        if isinstance(operation, Residual):
            yield from _each(operation.operations, depth + 1)


def _check_fields(operation: Operation) -> None:
    kind = type(operation)
    for name, hint in get_type_hints(kind).items():
        value, where = getattr(operation, name), f"{kind.__name__}.{name}"
        if not _is_of(value, hint):
            raise ConfigError(f"{where} is of the wrong type: {str(value)[:40]!r}.")
        if value not in CHOICES.get((kind, name), (value,)):
            raise ConfigError(f"{where} is unknown: {str(value)[:40]!r}.")
        low, high = RANGES.get(name, (-math.inf, math.inf))
        numbers = [value] if type(value) in (int, float) else value
        if name in RANGES and not all(low <= number <= high for number in numbers or ()):
            raise ConfigError(f"{where} must be at least {low:g} and at most {high:g}.")
    _check_together(operation)


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a value is of the type of its field; whole numbers pass for others."""
    if hint == tuple[float, ...]:
        given = type(value) is tuple and 1 <= len(value) <= MAX_VALUES
        return given and all(_is_of(number, float) for number in value)
    if hint is float:
        return type(value) in (int, float)
    return type(value) in (get_args(hint) or (hint,))


def _check_together(operation: Operation) -> None:
    """Fields that depend on each other, as PyTorch wants them."""
    match operation:
        case Linear(inputs, outputs) if min(inputs, outputs) > MAX_WIDTH:
            raise ConfigError(f"Linear can be at most {MAX_WIDTH} wide on one side.")
        case Convolve(inputs, outputs) | TransposedConvolve(inputs, outputs):
            if max(inputs, outputs) > MAX_WIDTH:
                raise ConfigError(f"A convolution can have at most {MAX_WIDTH} channels.")
    match operation:
        case Convolve(inputs, outputs, _, _, _, groups):
            if not groups or inputs % groups or outputs % groups:
                raise ConfigError("Convolve.groups must divide its inputs and outputs.")
        case TransposedConvolve(_, _, _, stride, _, added) if added >= stride:
            raise ConfigError("TransposedConvolve.output_padding must be below its stride.")
        case TransposedConvolve() if operation.cut < 0:
            raise ConfigError("TransposedConvolve.kernel is below its stride: say its padding.")
        case Pool(_, kernel, _, padding) if 2 * padding > kernel:
            raise ConfigError("Pool.padding must be at most half of its kernel.")
        case Normalize("group", channels) if channels % operation.group_count:
            raise ConfigError("Normalize.groups must divide its channels.")
        case Normalize(_, _, epsilon) if not epsilon:
            raise ConfigError("Normalize.epsilon must be above 0.")


def _weights(operation: Operation) -> int:
    match operation:
        case Linear(inputs, outputs, bias):
            return outputs * (inputs + bias)
        case Fourier(inputs, features, _):
            return inputs * features
        case Convolve(inputs, outputs, kernel, _, _, groups, bias, _):
            return outputs * (inputs // groups * kernel**2 + bias)
        case TransposedConvolve(inputs, outputs, kernel, _, _, _, bias):
            return outputs * (inputs * kernel**2 + bias)
        case Normalize(kind, channels):
            return channels * (4 if kind == "batch" else 2)
        case Scale(factors, shifts):
            return len(factors) + len(shifts)
    return 0
