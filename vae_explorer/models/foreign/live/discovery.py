"""Ways into and out of a latent space that somebody's model offers, found by trying.

A way is named, so that a card can say which was taken. B pictures, D coordinates, P pixels.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.live import hooks, outputs
from vae_explorer.models.foreign.live.calls import Call, ModelCallError, repeatable

ENCODERS = (
    *("encode", "encoder", "get_latent", "encode_mean_logvar", "inference", "posterior"),
    *("q", "q_z", "recognition", "embed", "enc", "encoder_net", "inference_net", "E"),
)
DECODERS = (
    *("decode", "decoder", "decode_z", "generate", "generator", "p", "p_x", "dec", "decoder_net"),
    *("generative_net", "G", "likelihood", "sample_from", "from_latent"),
)
RECONSTRUCTIONS = r"recon|x_?hat|sample|x_tilde|output|probs|mean|mu|logits|pred"
Give = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor | None]]
Make = Callable[[Tensor, Tensor | None], Tensor]


class EncoderWay(NamedTuple):
    """Pictures, as the model wants them -> one or two heads (B, ...)."""

    name: str  # such as "encode: [0] and [1]"
    give: Give
    shape: tuple[int, ...]  # of one code: (D,), or (c, h, w)
    second: str  # what the second head is by its name, "none" without one, "" where nobody knows
    sure: bool  # whether its names say that it is so
    of_distribution: bool = False  # whether a distribution says its own standard deviation


class DecoderWay(NamedTuple):
    """Codes (B, ...) -> numbers of pictures, P each, of any shape."""

    name: str
    make: Make
    logits: bool | None  # None: nobody knows


def calls_of(model: Any, names: tuple[str, ...], given: Callable | None) -> Iterator[Call]:
    """Functions of these names that a model has; only the given one where there is one."""
    if given is not None:
        yield Call(getattr(given, "__name__", "given function"), given, model)
        return
    for name in names:
        function = getattr(model, name, None)
        if callable(function):
            yield Call(name, function, model)


def encoders(
    model: Any, given: Callable | None, v: Tensor, y: Tensor | None, pixels: int
) -> tuple[list[EncoderWay], list[str]]:
    """All ways to encode a batch v, the surest first, and what went wrong with the others."""
    ways: list[EncoderWay] = []
    errors: list[str] = []
    calls = list(calls_of(model, ENCODERS, given))
    if given is None and callable(model):
        calls.append(Call("forward", model, model))
    for call in calls:
        try:
            ways += _by_outputs(call, v, y, pixels)
        except ModelCallError as error:
            errors.append(error.trace if given is not None else str(error))
    if isinstance(model, nn.Module) and all(way.second == "none" for way in ways):
        for call in calls:
            with contextlib.suppress(ModelCallError):
                ways += _by_hooks(model, call, v, y, pixels)
    return sorted(ways, key=lambda way: not way.sure), errors


def _by_outputs(call: Call, v: Tensor, y: Tensor | None, pixels: int) -> Iterator[EncoderWay]:
    """Pairs of what a call gives, or one part of it alone."""
    with torch.no_grad():
        with repeatable(0):
            first = outputs.parts(call(v, y))
        with repeatable(1):
            again = outputs.parts(call(v, y))
    fixed = [
        part
        for part, other in zip(first, again, strict=False)
        if _is_code(part.value, len(v), pixels) and torch.equal(part.value, other.value)
    ] or [part for part in first if _is_code(part.value, len(v), pixels)]
    means = [part for part in fixed if outputs.is_mean(part.path)]
    seconds = [part for part in fixed if outputs.second_kind(part.path)]
    for mean in means:
        for second in seconds:
            if mean.value.shape == second.value.shape:
                kind = outputs.second_kind(second.path)
                way = _way(call, mean, second, kind, sure=True)
                yield way._replace(of_distribution=second.path.endswith(".stddev"))
    for i, one in enumerate(fixed):
        for other in fixed[i + 1 :]:
            if one.value.shape == other.value.shape:
                yield _way(call, one, other, "", sure=False)
    for one in fixed:
        yield _way(call, one, None, "none", sure=False)


def _is_code(value: Tensor, count: int, pixels: int) -> bool:
    if value.ndim < 2 or len(value) != count or not value.is_floating_point():
        return False
    return value[0].numel() <= min(2048, max(pixels - 1, 1))


def _way(
    call: Call, one: outputs.Named, other: outputs.Named | None, kind: str, sure: bool
) -> EncoderWay:
    paths = [one.path] if other is None else [one.path, other.path]

    def give(v: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        made = call(v, y)
        values = [outputs.at(made, path) for path in paths]
        return values[0], values[1] if len(values) > 1 else None

    name = " and ".join(paths) if paths != ["."] else "its output"
    return EncoderWay(f"{call.name}: {name}", give, tuple(one.value.shape[1:]), kind, sure)


def _by_hooks(
    model: nn.Module, call: Call, v: Tensor, y: Tensor | None, pixels: int
) -> Iterator[EncoderWay]:
    """Heads inside a call."""
    with torch.no_grad():
        seen = hooks.watched(model, lambda: call(v, y))
    for heads in hooks.heads_in(seen, min(1024, pixels - 1)):
        names = (heads.first, heads.second)
        kind = outputs.second_kind(heads.second)
        sure = outputs.is_mean(heads.first) and bool(kind)

        def give(
            v: Tensor, y: Tensor | None, names: tuple[str, str] = names
        ) -> tuple[Tensor, Tensor | None]:
            first, second = hooks.heads_of(model, lambda: call(v, y), names)
            return first, second

        title = f"{call.name}: {heads.first} and {heads.second} inside"
        yield EncoderWay(title, give, (heads.width,), kind if sure else "", sure)


def decoders(
    model: Any,
    given: Callable | None,
    z: Tensor,
    y: Tensor | None,
    pixels: int,
    forward_given: Callable[[], tuple[Tensor, Tensor | None]],
) -> tuple[list[DecoderWay], list[str]]:
    """All ways to decode codes z (B, ...), and what went wrong with the others.

    `forward_given` makes the input of `forward`, for a decoder that lies inside it.
    """
    ways: list[DecoderWay] = []
    errors: list[str] = []
    for call in calls_of(model, DECODERS, given):
        try:
            with torch.no_grad():
                made = outputs.parts(call(z, y))
        except ModelCallError as error:
            errors.append(error.trace if given is not None else str(error))
            continue
        ways += [_decoder_way(call, part.path) for part in _pictures(made, len(z), pixels)]
        if not ways and made:
            shape = tuple(made[0].value.shape[1:])
            errors.append(f"{call.name} gives {shape} numbers a picture, not {pixels:,}")
    if not ways and given is None and isinstance(model, nn.Module) and z.ndim == 2:
        ways += _inside_forward(model, z, pixels, forward_given)
    return ways, errors


def _pictures(made: list[outputs.Named], count: int, pixels: int) -> list[outputs.Named]:
    fitting = [p for p in made if p.value.numel() == count * pixels]
    return sorted(fitting, key=lambda p: not re.search(RECONSTRUCTIONS, p.path.lower()))[:3]


def _decoder_way(call: Call, path: str) -> DecoderWay:
    name = call.name if path == "." else f"{call.name}: {path}"
    logits = True if "logit" in path.lower() else None
    return DecoderWay(name, lambda z, y: outputs.at(call(z, y), path), logits)


def _inside_forward(
    model: nn.Module, z: Tensor, pixels: int, forward_given: Callable
) -> Iterator[DecoderWay]:
    """Decoders that begin at a part of the module within its `forward`."""
    call = Call("forward", model, model)
    v, y = forward_given()
    try:
        with torch.no_grad():
            seen = hooks.watched(model, lambda: call(v, y))
    except ModelCallError:
        return
    heads = {n for pair in hooks.heads_in(seen, 1024) for n in (pair.first, pair.second)}
    for reader in hooks.readers_in(seen, z.shape[1], heads):

        def make(z: Tensor, y: Tensor | None, reader: str = reader) -> Tensor:
            blank, label = forward_given()
            v = blank[:1].expand(len(z), *blank.shape[1:])
            label = y if label is not None else None
            return hooks.fed(model, reader, z, lambda: call(v, label), pixels)

        try:
            with torch.no_grad():
                make(z, y)
        except (CheckpointError, RuntimeError):
            continue
        yield DecoderWay(f"forward from {reader} on", make, None)
