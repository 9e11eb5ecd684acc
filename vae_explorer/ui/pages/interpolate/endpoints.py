"""What a walk can lead between: digits, centres of classes, places, and sums of these."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.ui.session import cache
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import neighbours


class End(NamedTuple):
    """Where a walk begins or ends."""

    code: Tensor  # (D,)
    picture: Tensor  # (1, S, S)
    name: str
    items: tuple[int, ...]  # encoded pictures that lie there by choice
    elsewhere: Callable[[Space], Tensor]  # its code (D',) in another model of the same pictures


def of_item(space: Space, index: int) -> End:
    """An encoded picture."""
    picture, _ = cache.pictures(space, [index])

    def elsewhere(other: Space) -> Tensor:
        known = other.encoded
        same = known is not None and known.split == space.encoded.split
        if same and torch.equal(known.labels, space.encoded.labels):
            return known.mu[index]
        return encoded_there(other, picture[0])

    name = f"item {index}, {neighbours.class_name(space, index)}"
    return End(space.encoded.mu[index], picture[0], name, (index,), elsewhere)


def of_place(space: Space, z: Tensor, name: str, label: int) -> End:
    """A place (D,), seen as what is decoded there."""
    picture = inference.decode(space.checkpoint, z, label)[0]
    return End(z, picture, name, (), lambda other: encoded_there(other, picture))


def of_centre(space: Space, group: int, label: int) -> End:
    """The mean code of a class."""
    name = f"centre of {space.classes[group]}"
    end = of_place(space, centres(space)[group], name, label)

    def elsewhere(other: Space) -> Tensor:
        known = has(other, group)
        return centres(other)[group] if known else encoded_there(other, end.picture)

    items = tuple(space.members[group].tolist()) if len(space.members[group]) == 1 else ()
    return end._replace(items=items, elsewhere=elsewhere)


def of_sum(space: Space, terms: Sequence[End], label: int) -> End:
    """a - b + c of three others."""
    end = of_place(space, geometry.analogy(*(term.code for term in terms)), "a − b + c", label)

    def elsewhere(other: Space) -> Tensor:
        return geometry.analogy(*(term.elsewhere(other) for term in terms))

    return end._replace(elsewhere=elsewhere)


def centres(space: Space) -> Tensor:
    """The mean code of each class (C, D); NaN where it has none."""
    encoded = space.encoded
    return geometry.class_centres(encoded.mu, encoded.labels, len(space.classes))


def has(space: Space, group: int) -> bool:
    """Whether a class has encoded pictures."""
    return group < len(space.members) and len(space.members[group]) > 0


def encoded_there(space: Space, picture: Tensor) -> Tensor:
    """The code (D,) of a picture (1, S, S) in an unconditional model."""
    return inference.reconstruct(space.checkpoint, picture.unsqueeze(0)).mu[0]
