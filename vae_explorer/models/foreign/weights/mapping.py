"""Layers whose roles somebody gives, where shapes do not tell: as a table, and as a short text."""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.weights.layers import Layer
from vae_explorer.models.foreign.weights.layouts import Layout, layout_of, layouts, no_strides
from vae_explorer.models.foreign.weights.structure.steps import Shape, Step, Value, Wiring
from vae_explorer.models.foreign.weights.structure.wiring import follow

ROLES = ("encoder", "mean", "second", "heads", "decoder", "unused")
EXAMPLE = "encoder=fc1,fc2 mean=fc_mu second=fc_var decoder=fc3,fc4"
Roles = Mapping[str, str]  # layer, key, or the front of some layers' names -> role, in order


class Row(NamedTuple):
    """A layer of a file in a table."""

    name: str
    shape: tuple[int, ...]  # of its weight, or of its first tensor
    role: str  # of ROLES: a guess


def table(layers: list[Layer], shape: tuple[int, ...], classes: int = 0) -> list[Row]:
    """All layers of a file with what they are taken for: by what fits, else by name.

    `shape` is that of a picture: channels, height, width.
    """
    channels, height, width = shape
    try:
        wiring = layouts(layers, (channels, height, width), classes)[0].wiring
        roles = {s.layer.index: "encoder" for s in wiring.encoder}
        roles |= {s.layer.index: "decoder" for s in wiring.decoder}
        heads = ("mean", "second") if len(wiring.heads) == 2 else ("heads",)
        roles |= {s.layer.index: r for s, r in zip(wiring.heads, heads, strict=True)}
    except CheckpointError:
        roles = {}
    return [Row(x.name, _shape(x), roles.get(x.index) or _by_name(x)) for x in layers]


def _shape(layer: Layer) -> tuple[int, ...]:
    first = layer.tensors.get("weight", next(iter(layer.tensors.values())))
    return tuple(first.shape)


def _by_name(layer: Layer) -> str:
    return layer.part or "unused"


def roles_of(text: str) -> dict[str, str]:
    """Roles from a text such as EXAMPLE; CheckpointError where it is none."""
    roles: dict[str, str] = {}
    for word in re.split(r"[\s;]+", text.strip()):
        role, equals, names = word.partition("=")
        if role not in ROLES or not equals:
            raise CheckpointError(f"{word[:60]!r} says no role: write {EXAMPLE}.")
        roles |= {name: role for name in names.split(",") if name}
    return roles


def mapped(layers: list[Layer], roles: Roles | str, shape: Shape) -> list[Layout]:
    """The layout of layers with these roles; CheckpointError where they do not fit together."""
    roles = roles_of(roles) if isinstance(roles, str) else roles
    by_role: dict[str, list[Layer]] = {role: [] for role in ROLES}
    for name, role in roles.items():
        if role not in ROLES:
            raise CheckpointError(f"{role[:40]!r} is no role: use {', '.join(ROLES)}.")
        by_role[role] += [x for x in _called(layers, name) if x not in by_role[role]]
    kept = [x for x in layers if x not in by_role["unused"]]
    layout = layout_of(kept, _wiring(by_role, shape), shape)
    if not layout.stacks.encoder or not layout.stacks.decoder:
        raise CheckpointError(no_strides(layout))
    return [layout]


def _called(layers: list[Layer], name: str) -> list[Layer]:
    """The layer of this name or key, or those in the module of this name."""
    exact = [x for x in layers if name == x.name or name in {f"{x.name}.{k}" for k in x.tensors}]
    inside = exact or [x for x in layers if x.name.startswith(f"{name}.")]
    if not inside:
        raise CheckpointError(f"the file has no layer called {name[:60]!r}.")
    return inside


def _wiring(by_role: Mapping[str, list[Layer]], shape: Shape) -> Wiring:
    path = {role: _weighted(by_role[role]) for role in ROLES}
    heads = path["heads"] or [*path["mean"], *path["second"]]
    if len(heads) not in (1, 2) or not path["decoder"]:
        raise CheckpointError(f"say which layers are heads and decoder: write {EXAMPLE}.")
    start = Value(shape[0], False, True)
    encoder = follow(path["encoder"], start, "encoder", shape)
    after = Value(encoder[-1].outputs, encoder[-1].is_flat) if encoder else start
    steps = tuple(follow([head], after, "encoder", shape)[0] for head in heads)
    if len(steps) == 2 and steps[0].outputs != steps[1].outputs:
        raise CheckpointError("the mean and the second head must give as many values.")
    given = (*encoder, *steps)[0]
    told = given.inputs - math.prod(shape) if given.is_flat else 0
    latent = _latent(steps, bool(path["heads"]))
    first = path["decoder"][0]
    classes = max(0, _inputs(first) - latent) if steps[0].is_flat else 0
    if told not in (0, classes):
        raise CheckpointError("the encoder and the decoder are told different numbers of classes.")
    at = Value(latent, steps[0].is_flat)
    decoder = follow(path["decoder"], at, "decoder", shape, extra=classes)
    return Wiring(encoder, steps, decoder, latent, classes, (told > 0, classes > 0))


def _weighted(layers: list[Layer]) -> list[Layer]:
    return [x for x in layers if x.kind in ("linear", "convolution", "fourier")]


def _latent(heads: tuple[Step, ...], chunked: bool) -> int:
    if chunked and heads[0].outputs % 2:
        raise CheckpointError("one head for both halves must give an even number of values.")
    return heads[0].outputs // 2 if chunked else heads[0].outputs


def _inputs(layer: Layer) -> int:
    """Values that a linear layer takes; of others 0, as they take no label."""
    return layer.weight.shape[1] if layer.kind == "linear" else 0
