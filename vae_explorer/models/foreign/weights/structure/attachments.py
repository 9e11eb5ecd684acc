"""Normalisations and learned slopes: which layer's numbers they are applied to."""

from collections.abc import Sequence
from typing import NamedTuple

from vae_explorer.models.foreign.weights.layers import Layer
from vae_explorer.models.foreign.weights.structure.steps import Step, Wiring


class Attachments(NamedTuple):
    """By the place of a layer in its file: what follows it, and what stands in front of it."""

    norms: dict[int, Layer]
    first: dict[int, Layer]  # normalisations of a path's input
    slopes: dict[int, float]
    unused: list[Layer]  # that belong to nothing


def attached(layers: list[Layer], wiring: Wiring) -> Attachments:
    """What each normalisation and slope of a file belongs to."""
    hidden = [*wiring.encoder, *wiring.decoder[:-1]]
    nexts = dict(zip(map(_place, wiring.decoder), wiring.decoder[1:], strict=False))
    starts = [path[0] for path in (wiring.encoder, wiring.decoder) if path]
    norms: dict[int, Layer] = {}
    first: dict[int, Layer] = {}
    unused: list[Layer] = []
    for norm in (x for x in layers if x.kind == "norm"):
        free = [s for s in hidden if _place(s) not in norms and _fits(norm, s, nexts)]
        step = _owner(norm, free, layers)
        front = [s for s in starts if s.inputs == norm.channels and _place(s) not in first]
        if step is not None:
            norms[_place(step)] = norm
        elif front:
            first[_place(front[0])] = norm
        else:
            unused.append(norm)
    return Attachments(norms, first, *_slopes(layers, hidden, unused))


def _place(step: Step) -> int:
    return step.layer.index


def _fits(norm: Layer, step: Step, nexts: dict[int, Step]) -> bool:
    """Whether a normalisation has as many channels as a layer gives, or the picture made of it."""
    after = nexts.get(_place(step))
    if norm.channels == step.outputs or after is None:
        return norm.channels == step.outputs
    return step.is_flat and not after.is_flat and norm.channels == after.inputs


def _owner(norm: Layer, steps: Sequence[Step], layers: list[Layer]) -> Step | None:
    """The layer that a normalisation follows: by number, by place, else the first that fits."""
    if not steps:
        return None
    for step in steps:
        same_number = norm.number and norm.number == step.layer.number
        if same_number and norm.parent == step.layer.parent:
            return step
    before = next((x for x in reversed(layers[: norm.index]) if "weight" in x.tensors), None)
    for step in steps:
        if before is not None and step.layer.index == before.index:
            return step
    behind = [s for s in steps if s.layer.index < norm.index and s.layer.parent == norm.parent]
    if behind and not norm.number:
        return behind[-1]
    return steps[0]


def _slopes(
    layers: list[Layer], hidden: Sequence[Step], unused: list[Layer]
) -> tuple[dict[int, float], list[Layer]]:
    """The slopes of PReLU layers: of one number each, or of channels that all have the same."""
    slopes = [x for x in layers if x.kind == "slope"]
    usable = [x for x in slopes if float(x.weight.max() - x.weight.min()) < 1e-6]
    other = [x for x in slopes if x not in usable]
    if len(usable) == 1:
        return {_place(s): float(usable[0].weight[0]) for s in hidden}, unused + other
    places = [_place(step) for step in hidden]
    owners = [_before(layers, slope) for slope in usable]
    if len(set(owners) & set(places)) < len(usable):  # defined apart: in the same order
        owners = places
    values = (float(slope.weight[0]) for slope in usable)
    return dict(zip(owners, values, strict=False)), unused + other


def _before(layers: list[Layer], layer: Layer) -> int:
    """The place of the layer with weights that stands before this one in the file."""
    weighted = [x.index for x in layers[: layer.index] if x.kind in ("linear", "convolution")]
    return weighted[-1] if weighted else -1
