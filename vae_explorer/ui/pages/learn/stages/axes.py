"""A coordinate of this model beside those of another one of the same pictures."""

from typing import Any

import streamlit as st
from torch import Tensor

from vae_explorer.errors import ExplorerError
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.teaching.axes import correlations
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import related_models
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures

STEPS = 11  # pictures along a coordinate
SAME = 0.9  # |r| above which two coordinates are called the same


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """Choose a coordinate of the other model that does what z1 does here."""
    other = _other(space)
    names = [f"z{dim + 1}" for dim in range(len(other.ranges))]
    chosen = st.segmented_control(
        f"Coordinate of {other.checkpoint.name}",
        names,
        default=names[0],
        required=True,
        key="other_axis",
    )
    dim = names.index(chosen or names[0])
    if memory["recording"]:
        memory.setdefault("tried", set()).add(dim)
    titles = [f"{space.checkpoint.name}: z1", f"{other.checkpoint.name}: {names[dim]}"]
    pairs = ((space, 0), (other, dim))
    pictures.strips(
        [_traversal(each, along) for each, along in pairs],
        titles,
        f"pictures decoded along {titles[0]}",
        note="From the low to the high end of the data; the other coordinates stay in the middle.",
    )
    follows = correlations(space.codes.mu, other.codes.mu)[0]
    best = int(follows.argmax())
    return {
        "tried": len(memory.get("tried", ())),
        "other": other.checkpoint.name,
        "same_number": 100 * float(follows[0]),
        "best": names[best],
        "best_share": 100 * float(follows[best]),
        "differs": int(float(follows[0]) < SAME),
    }


def _traversal(space: Space, dim: int) -> Tensor:
    """Pictures (STEPS, C, H, W) along a coordinate."""
    places = geometry.traverse(space.centre, dim, space.core[dim], STEPS)
    return inference.decode(space.checkpoint, places)


def _other(space: Space) -> Space:
    """Another VAE of as many coordinates with the same encoded pictures; ExplorerError if none."""
    for facts in related_models.companions(space):
        if facts.latent_dim == len(space.ranges) and facts.variational and facts.encoded:
            other = related_models.space_of(facts)
            if other.codes.labels.equal(space.codes.labels):
                return other
    raise ExplorerError(
        "this step compares with another model of as many coordinates and the same pictures, and "
        "none is at hand: choose mnist-3d in the sidebar."
    )
