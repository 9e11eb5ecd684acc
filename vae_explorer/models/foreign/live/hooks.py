"""Encoder and decoder of a module that has them only inside its `forward`.

Two modules that read the same features and give as many numbers are the heads; the first module
behind them that takes so many numbers is where the decoder begins. Both are reached by hooks.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.live import outputs


class Seen(NamedTuple):
    """One module's call."""

    name: str
    module: nn.Module
    given: Tensor
    made: Tensor


class Heads(NamedTuple):
    """Two modules that read the same features."""

    first: str
    second: str
    width: int


def watched(owner: nn.Module, call: Callable[[], Any]) -> list[Seen]:
    """Every call of a part of the module with one tensor in and one out, in order of their ends."""
    seen: list[Seen] = []

    def note(name: str) -> Callable:
        def hook(module: nn.Module, given: tuple, made: Any) -> None:
            if given and isinstance(given[0], Tensor) and isinstance(made, Tensor):
                seen.append(Seen(name, module, given[0], made))

        return hook

    handles = [part.register_forward_hook(note(name)) for name, part in _parts(owner)]
    try:
        call()
    finally:
        for handle in handles:
            handle.remove()
    return seen


def heads_in(seen: list[Seen], most: int) -> list[Heads]:
    """Pairs of calls that read the same tensor and give flat numbers of the same count."""
    flat = [call for call in seen if call.made.ndim == 2 and call.made.shape[1] <= most]
    return [
        Heads(one.name, other.name, one.made.shape[1])
        for i, one in enumerate(flat)
        for other in flat[i + 1 :]
        if one.given is other.given
        and one.made.shape == other.made.shape
        and one.module is not other.module
    ]


def readers_in(seen: list[Seen], width: int, heads: set[str]) -> list[str]:
    """Parts that take so many flat numbers, and are no heads, outermost first."""
    names = [
        call.name
        for call in seen
        if call.given.ndim == 2 and call.given.shape[1] == width and call.name not in heads
    ]
    return sorted(dict.fromkeys(names), key=lambda name: name.count("."))


def heads_of(owner: nn.Module, call: Callable[[], Any], names: tuple[str, str]) -> list[Tensor]:
    """What the two heads of these names give in a call."""
    made = {seen.name: seen.made for seen in watched(owner, call) if seen.name in names}
    if len(made) < len(names):
        raise CheckpointError(f"the model no longer calls {' and '.join(names)}.")
    return [made[name] for name in names]


def fed(owner: nn.Module, reader: str, z: Tensor, call: Callable[[], Any], wanted: int) -> Tensor:
    """What a call gives of `wanted` numbers a picture where the part `reader` is given z instead.

    CheckpointError where it gives none.
    """
    part = owner.get_submodule(reader)
    handle = part.register_forward_pre_hook(lambda module, given: (z.to(given[0]), *given[1:]))
    try:
        made = outputs.parts(call())
    finally:
        handle.remove()
    for each in made:
        if each.value.numel() == wanted * len(z):
            return each.value
    raise CheckpointError(f"the model gives no pictures from {reader} on.")


def _parts(owner: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, part) for name, part in owner.named_modules() if name]
