"""The stacks of strides that a wiring allows: sizes that the linear layers around them ask for."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vae_explorer.models.foreign.weights.structure.steps import Shape, Step, Wiring
from vae_explorer.models.foreign.weights.structure.strides import (
    Size,
    Stack,
    decoder_stacks,
    encoder_stacks,
    plainest,
)

POOLED, CUT = 2.0, 2.0  # costs: a mean over all that is left, and what is cut off at the end
NONE = (Stack((), (1, 1), (1, 1)),)  # of a part without convolutions


class Stacks(NamedTuple):
    """Ways in which the convolutions of both parts may be set, the plainest first; (): none fit."""

    encoder: tuple[Stack, ...]
    decoder: tuple[Stack, ...]


def stacks_of(wiring: Wiring, shape: Shape) -> Stacks:
    """All that fit pictures of this shape."""
    encoders = _encoder(wiring, shape)
    if not _is_picture_code(wiring):
        starts = _starts(wiring.decoder, wiring.latent, shape)
        return Stacks(tuple(plainest(encoders)), tuple(_decoder(wiring, shape, starts)))
    best: tuple[float, Stacks] = (math.inf, Stacks((), ()))
    for size in {stack.end for stack in encoders}:  # the code is a picture: of one size
        fitting = plainest(stack for stack in encoders if stack.end == size)
        decoders = _decoder(wiring, shape, [size])
        if decoders and fitting[0].cost + decoders[0].cost < best[0]:
            cost = fitting[0].cost + decoders[0].cost
            best = cost, Stacks(tuple(fitting), tuple(decoders))
    return best[1]


def convolutions(steps: Sequence[Step]) -> list[Step]:
    """Those of some layers."""
    return [step for step in steps if not step.is_flat]


def _is_picture_code(wiring: Wiring) -> bool:
    """Whether heads and decoder are convolutions: the code is a small picture."""
    return not wiring.heads[0].is_flat and not wiring.decoder[0].is_flat


def _encoder(wiring: Wiring, shape: Shape) -> list[Stack]:
    steps = [*wiring.encoder, wiring.heads[0]]
    convolved = convolutions(steps)
    if not convolved:
        return list(NONE)
    after = steps[len(convolved) :]
    pixels = after[0].inputs // convolved[-1].outputs if after else 0
    if not after and wiring.decoder[0].is_flat:
        pixels = 1
    stacks = []
    for stack in encoder_stacks(convolved, shape[1:]):
        if not pixels or math.prod(stack.end) == pixels:
            stacks.append(stack)
        elif pooling(stack.end, pixels):
            stacks.append(stack._replace(cost=stack.cost + POOLED))
    return stacks


def pooling(size: Size, pixels: int) -> int:
    """The kernel of the mean that leaves so many pixels of this size; 0: there is none."""
    side = math.isqrt(pixels)
    kernel = size[0] // side if side else 0
    return kernel if side * side == pixels and size == (side * kernel,) * 2 and kernel > 1 else 0


def _starts(decoder: Sequence[Step], latent: int, shape: Shape) -> list[Size]:
    """Sizes that the values in front of the first convolution may be pictures of."""
    values = latent
    for step in decoder:
        if not step.is_flat:
            return list(_sizes(values // step.inputs, shape))
        values = step.outputs
    return []


def _sizes(pixels: int, shape: Shape) -> Iterator[Size]:
    """Sizes of so many pixels: square where pictures are, else nearly of their proportions."""
    _, height, width = shape
    for rows in range(1, pixels + 1):
        columns = pixels // rows
        near = 0.5 < (rows / columns) / (height / width) < 2
        if rows * columns == pixels and (rows == columns if height == width else near):
            yield rows, columns


def _decoder(wiring: Wiring, shape: Shape, starts: Sequence[Size]) -> list[Stack]:
    steps = wiring.decoder
    convolved = convolutions(steps)
    if not convolved:
        return list(NONE)
    last = steps[-1]
    if last.is_flat:  # a linear layer behind convolutions
        place = next(i for i, step in enumerate(steps) if step is convolved[-1])
        pixels = steps[place + 1].inputs // convolved[-1].outputs
        return decoder_stacks(convolved, starts, lambda end: math.prod(end) == pixels)
    height, width = shape[1:]

    def fits(end: Size) -> bool:
        return height <= end[0] < height + 8 and width <= end[1] < width + 8

    stacks = decoder_stacks(convolved, starts, fits)
    return plainest(
        s if s.end == (height, width) else s._replace(cost=s.cost + CUT) for s in stacks
    )
