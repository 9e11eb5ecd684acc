"""The picture that a step is about: one of a few encoded ones, which the learner may change."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae_explorer.ui.components import picker
from vae_explorer.ui.session import latent_pictures
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours

OFFERED = 10  # pictures


class Example(NamedTuple):
    """An encoded picture, with the posterior that its encoder gives."""

    item: int  # its number among the encoded pictures
    x: Tensor  # (C, H, W) in [0, 1], the original or, where none is at hand, what the model makes
    original: bool
    mu: Tensor  # (D,)
    sigma: Tensor  # (D,)
    label: int
    name: str  # of its class


def choose(space: Space, memory: dict[str, Any], key: str) -> Example:
    """Offer a few pictures of different classes; one of them is chosen from the beginning."""
    offered = _offered(space)
    tiles, original = latent_pictures.encoded_pictures(space, offered)
    chosen = memory.get("example", 0) % len(offered)

    def pick(number: int) -> None:
        memory["example"] = number

    picker.pick(
        tiles,
        [neighbours.class_name(space, index) for index in offered],
        key=key,
        label=f"{space.noun.capitalize()}s to choose from",
        on_pick=pick,
        chosen=chosen,
        size=44,
        note="" if original else "Reconstructions: the original pictures are not on this disk.",
    )
    index = offered[chosen]
    return Example(
        index,
        tiles[chosen],
        original,
        space.codes.mu[index],
        (0.5 * space.codes.logvar[index]).exp(),
        int(space.codes.labels[index]),
        neighbours.class_name(space, index),
    )


def _offered(space: Space) -> list[int]:
    """The most typical pictures of each class in turn, up to OFFERED."""
    members = [indices for indices in space.members if len(indices)]
    rounds = -(-OFFERED // len(members))
    chosen = [indices[i].item() for i in range(rounds) for indices in members if i < len(indices)]
    return [int(index) for index in torch.tensor(chosen[:OFFERED]).tolist()]
