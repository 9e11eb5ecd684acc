"""What a path can lead between: digits, centres of classes, points, and sums of these."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.ui.session import latent_pictures
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours

TILE = 96  # pixels of what an endpoint looks like


class Endpoint(NamedTuple):
    """Where a path starts or ends."""

    code: Tensor  # (D,)
    picture: Tensor  # (1, S, S)
    name: str
    items: tuple[int, ...]  # encoded pictures that lie there by choice
    code_in: Callable[[Space], Tensor]  # its code (D',) in another model of the same pictures


def of_item(space: Space, index: int) -> Endpoint:
    """An encoded picture."""
    picture, _ = latent_pictures.encoded_pictures(space, [index])

    def code_in(other: Space) -> Tensor:
        if _same_pictures(space, other):
            return other.codes.mu[index]
        return encoded_in(other, picture[0])

    name = f"item {index}, {neighbours.class_name(space, index)}"
    return Endpoint(space.codes.mu[index], picture[0], name, (index,), code_in)


def of_point(space: Space, z: Tensor, name: str, label: int) -> Endpoint:
    """A point (D,), seen as what is decoded there."""
    picture = inference.decode(space.checkpoint, z, label)[0]
    return Endpoint(z, picture, name, (), lambda other: encoded_in(other, picture))


def of_centre(space: Space, of_class: int, label: int) -> Endpoint:
    """The mean code of a class; `label` of a conditional model."""
    name = f"centre of {space.classes[of_class]}"
    endpoint = of_point(space, centres(space)[of_class], name, label)

    def code_in(other: Space) -> Tensor:
        if of_class in classes_with_pictures(other):
            return centres(other)[of_class]
        return encoded_in(other, endpoint.picture)

    members = space.members[of_class].tolist()
    items = tuple(members) if len(members) == 1 else ()
    return endpoint._replace(items=items, code_in=code_in)


def of_sum(space: Space, terms: Sequence[Endpoint], label: int) -> Endpoint:
    """a - b + c of three others."""
    endpoint = of_point(space, geometry.analogy(*(term.code for term in terms)), "a − b + c", label)

    def code_in(other: Space) -> Tensor:
        return geometry.analogy(*(term.code_in(other) for term in terms))

    return endpoint._replace(code_in=code_in)


def centres(space: Space) -> Tensor:
    """The mean code of each class (C, D); NaN where it has none."""
    encoded = space.codes
    return geometry.class_centres(encoded.mu, encoded.labels, len(space.classes))


def classes_with_pictures(space: Space) -> list[int]:
    """The classes of which there are encoded pictures."""
    return [label for label, members in enumerate(space.members) if len(members)]


def _same_pictures(space: Space, other: Space) -> bool:
    """Whether two models of the same data set have encoded the same pictures, in one order."""
    here, there = space.codes, other.encoded
    if there is None or there.split != here.split:
        return False
    return torch.equal(there.labels, here.labels)


def encoded_in(space: Space, picture: Tensor) -> Tensor:
    """The code (D,) of a picture (1, S, S) in an unconditional model."""
    return inference.reconstruct(space.checkpoint, picture.unsqueeze(0)).mu[0]
