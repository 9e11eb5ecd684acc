"""The encoded pictures nearest to a place: shown, voting on its class, and how far away."""

from typing import NamedTuple

from torch import Tensor

from vae_explorer.latent import geometry, posterior
from vae_explorer.latent.posterior import Vote
from vae_explorer.models.checkpoints import GIVEN
from vae_explorer.ui.session import latent_pictures
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures

FAR = (
    "Far from real data: the nearest {picture} is at {distance}; up to {typical} is usual. The "
    "decoder is guessing here."
)
FAR_ALONE = "Far from all codes: the nearest {picture} is at {distance}; up to {typical} is usual."
CLOSE_ALONE = "The nearest {picture} is at {distance}; up to {typical} is usual."  # no decoder
CLOSE = "Close to real data: the nearest {picture} is at {distance}; up to {typical} is usual."


def class_name(space: Space, index: int) -> str:
    """The name of an encoded picture's class."""
    label = int(space.codes.labels[index])
    return space.classes[label] if label < len(space.classes) else str(label)


class Nearest(NamedTuple):
    """The nearest encoded pictures of a place, ready to be shown."""

    indices: list[int]
    tiles: Tensor  # (n, C, H, W)
    captions: list[str]  # class and distance
    note: str  # whether these are the data's own pictures or the model's


def nearest(space: Space, z: Tensor, count: int = 8) -> Nearest:
    """The nearest encoded pictures of z (D,); the space must have encoded pictures."""
    neighbours = geometry.nearest(space.codes.mu, z, count)
    indices = neighbours.indices.tolist()
    tiles, original = latent_pictures.encoded_pictures(space, indices)
    captions = neighbour_captions(space, indices, neighbours.distances.tolist())
    note = f"These are {pictures.marked_as(original)}."
    if space.codes_alone and not original:
        note = "Each tile has the colour of its class: no pictures came with these codes."
    return Nearest(indices, tiles, captions, note)


def neighbour_captions(space: Space, indices: list[int], distances: list[float]) -> list[str]:
    """What stands under the nearest encoded pictures of a place."""
    texts = [f"{distance:.{space.decimals}f}" for distance in distances]
    return [f"{class_name(space, i)} · {text}" for i, text in zip(indices, texts, strict=True)]


class Closeness(NamedTuple):
    """Whether a point is where the decoder has seen data, in a sentence."""

    sentence: str
    far: bool  # hardly any test picture is so far from all others


def closeness(space: Space, z: Tensor) -> Closeness:
    """How far z (D,) is from the nearest encoded picture; the space must have encoded pictures."""
    neighbours = geometry.nearest(space.codes.mu, z, 1)
    distance = neighbours.distances.item()
    far = distance > space.typical
    picture = named_picture(space, class_name(space, int(neighbours.indices[0])))
    figures = {"distance": distance, "typical": space.typical}
    words = {name: f"{figure:.{space.decimals}f}" for name, figure in figures.items()}
    return Closeness(sentences(space)[0 if far else 1].format(picture=picture, **words), far)


def sentences(space: Space) -> tuple[str, str]:
    """What is said of a point far from all data, and of one close to it."""
    return (FAR_ALONE, CLOSE_ALONE) if space.codes_alone else (FAR, CLOSE)


def named_picture(space: Space, name: str) -> str:
    """An encoded picture of a class, in words; of the only class there is, without its name."""
    uncut = space.encoded is not None and space.encoded.split == GIVEN
    what = space.item if space.codes_alone or uncut else "test picture"
    return f"{what} ({with_article(name)})" if len(space.classes) > 1 else what


def with_article(name: str) -> str:
    """The name of a class as one of its pictures is called: a 7, an 8, an ankle boot."""
    vowel = name[:1].lower() in tuple("aeiou8") or name in ("11", "18")
    return f"{'an' if vowel else 'a'} {name}"


def vote(space: Space, mu: Tensor) -> Vote:
    """What the neighbours of a code (D,) say; the model must carry encoded pictures."""
    neighbours = geometry.nearest(space.codes.mu, mu, geometry.NEIGHBOURS)
    return posterior.vote(neighbours, space.codes.labels)
