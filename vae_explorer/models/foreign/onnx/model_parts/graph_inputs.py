"""What a graph takes: pictures, coordinates, a class, noise; and its shapes once they are put in.

Dimensions that a file leaves free are the batch, the first, and those of the pictures at hand.
"""

import math
from collections.abc import Iterator, Mapping

from onnx import ModelProto, TensorProto

from vae_explorer.config import shape_text
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.door.static_graph import (
    Shape,
    StaticGraph,
    TooLargeError,
    inputs_of,
    resolve,
)

BATCHES = (16, 1)  # of a graph that takes any: what fits in memory
MAX_BATCH = 1024
NUMBERS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.UINT8)
WHOLE = (TensorProto.INT64, TensorProto.INT32)
Dims = list[int | None] | None


def latent_shape(dims: Dims, size: int) -> Shape | None:
    """The shape of z without the batch, if so many numbers fit these dimensions."""
    rest = (dims or [None, None])[1:]
    free = [i for i, n in enumerate(rest) if n is None]
    fixed = math.prod(n for n in rest if n is not None)
    if not rest or size % fixed or (not free and fixed != size):
        return None
    made = [1 if n is None else n for n in rest]
    if free:
        made[free[0]] = size // fixed
    return tuple(made)


def takes_pictures(model: ModelProto, picture: Shape) -> bool:
    return any(True for _ in _picture_inputs(model, picture))


def _picture_inputs(model: ModelProto, picture: Shape) -> Iterator[tuple[str, Dims, Shape]]:
    """Inputs that pictures fit: name, dimensions, and the shape without the batch."""
    channels, height, width = picture
    for key, (dims, kind) in inputs_of(model).items():
        if kind not in NUMBERS:
            continue
        shapes = [picture, (math.prod(picture),), (height, width, channels)]
        shapes += [(height, width)] if channels == 1 else []
        for shape in shapes:
            if dims is None or _fits(dims, shape):
                yield key, dims, shape


def _fits(dims: list[int | None], shape: Shape) -> bool:
    return len(dims) == len(shape) + 1 and all(
        n is None or n == m for n, m in zip(dims[1:], shape, strict=True)
    )


def with_pictures(
    model: ModelProto, name: str, picture: Shape, classes: int
) -> tuple[StaticGraph, str, str, list[str]]:
    """The graph with pictures put in: also the names of that input, the label and noise."""
    reasons: list[CheckpointError] = []
    for key, dims, shape in _picture_inputs(model, picture):
        try:
            graph, label, noise = resolved(model, name, {key: shape}, dims, classes)
            return graph, key, label, noise
        except CheckpointError as error:
            reasons.append(error)
    raise reasons[0] if reasons else CheckpointError(f"{name} takes no pictures.")


def resolved(
    model: ModelProto, name: str, given: dict[str, Shape], dims: Dims, classes: int
) -> tuple[StaticGraph, str, list[str]]:
    """The graph with all inputs put in: also the label's name, and those of noise."""
    fixed = dims[0] if dims else None
    if fixed is not None and fixed > MAX_BATCH:
        raise CheckpointError(f"{name} takes {fixed:,} pictures at once: free its batch dimension.")
    shapes, label, noise = dict(given), "", []
    for key, (others, kind) in inputs_of(model).items():
        if key in given:
            continue
        rest = _label_shape(others, kind, classes)
        if classes and not label and rest is not None:
            shapes[key], label = rest, key
        elif kind in NUMBERS and others and None not in others[1:]:
            shapes[key] = tuple(n for n in others[1:] if n is not None)
            noise.append(key)
        else:
            raise CheckpointError(
                f"{name} takes an input {key[:60]!r} beside pictures or coordinates: "
                "if it is a class, choose data with labels."
            )
    batches = BATCHES if fixed is None else (fixed,)
    for batch in batches:
        try:
            whole = {key: (batch, *shape) for key, shape in shapes.items()}
            return resolve(model, whole, name), label, noise
        except TooLargeError as error:
            if batch == batches[-1]:
                raise error from None
    raise CheckpointError(f"{name} takes no batch.")


def _label_shape(dims: Dims, kind: int, classes: int) -> Shape | None:
    """The shape of a class without the batch, if an input can be one."""
    if kind in WHOLE:
        rest = [] if dims is None else dims[1:]
        return tuple(1 for _ in rest) if all(n in (None, 1) for n in rest) else None
    if kind in NUMBERS and dims is not None and len(dims) == 2:
        return (dims[1] or classes,) if (dims[1] or classes) >= classes else None
    return None


def refuse_pictures(models: Mapping[str, ModelProto], picture: Shape) -> None:
    """CheckpointError, with both shapes."""
    told = []
    for name, model in models.items():
        for key, (dims, _) in inputs_of(model).items():
            shape = " × ".join("any" if n is None else str(n) for n in dims or [])
            told.append(f"{key[:40]} of {name} ({shape})")
    raise CheckpointError(
        f"no input takes {shape_text(picture)} (batch × {' × '.join(map(str, picture))}): "
        f"there are {', '.join(told[:6])}."
    )
