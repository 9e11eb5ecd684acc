"""What the pipeline is told of a place: the picture whose code is there, or the nearest one."""

from typing import Any

from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.ui.components import pipeline
from vae_explorer.ui.session import latent_pictures, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours, user_digit

ROUNDING = 0.51  # of a slider's step, by which places are off


def brought(space: Space, z: Tensor) -> dict[str, Any] | None:
    """The visitor's own picture, where z (D,) is its code: a `Brought` of follower.js."""
    digit = None if space.codes_alone else user_digit.encoded(space)
    if digit is None or not _at(space, z, digit.code):
        return None
    sigma = digit.sigma.tolist() if space.checkpoint.config.variational else None
    about = {"name": f"your {space.noun}", "src": _url(digit.picture.unsqueeze(0))}
    return about | {"mu": digit.code.tolist(), "sigma": sigma}


def of(space: Space, z: Tensor) -> dict[str, Any]:
    """All that is at hand at z (D,), for `pipeline.tell`."""
    label = registry.LABEL.get() or 0
    given = space.classes[label] if space.checkpoint.config.classes else ""
    decoded = "" if space.codes_alone else _url(inference.decode(space.checkpoint, z, label))
    own = brought(space, z)
    item = {**own, "here": True, "item": own["src"]} if own else _nearest(space, z)
    state = {"z": z.tolist(), "class": given, "picture": decoded}
    return state | item | {"chosen": item["here"]}


def _nearest(space: Space, z: Tensor) -> dict[str, Any]:
    if space.encoded is None:
        return {"here": False, "name": "", "item": "", "mu": None, "sigma": None}
    index = int(geometry.nearest(space.codes.mu, z, 1).indices[0])
    mu, logvar = space.codes.mu[index], space.codes.logvar[index]
    sigma = (0.5 * logvar).exp().tolist() if space.checkpoint.config.variational else None
    name = neighbours.class_name(space, index) if len(space.classes) > 1 else space.noun
    tile, original = latent_pictures.encoded_pictures(space, [index])
    plain = original or space.codes_alone
    return {
        "here": _at(space, z, mu),
        "name": neighbours.with_article(name) + ("" if plain else pipeline.DECODED),
        "item": _url(tile),
        "mu": mu.tolist(),
        "sigma": sigma,
    }


def _at(space: Space, z: Tensor, code: Tensor) -> bool:
    return bool((z - code).abs().max() <= ROUNDING * space.step)


def _url(tiles: Tensor) -> str:
    return figures.data_url(figures.png(figures.to_bytes(tiles)[0]))
