"""The same pictures in two models, one a plain autoencoder: walks between them, and samples."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.errors import ExplorerError
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.teaching.emptiness import emptiness
from vae_explorer.ui.components import picker
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import latent_pictures, related_models
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours, pictures

STEPS, OFFERED, DRAWN = 11, 12, 12  # pictures
FAR = 1.0  # see `emptiness`


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """Walks, or with the setting "samples" draws from N(0, I), in this model and the other kind."""
    other = _other(space)
    pair = {"VAE": space, "autoencoder": other}
    if not space.checkpoint.config.variational:
        pair = {"VAE": other, "autoencoder": space}
    return (_samples if "samples" in settings else _walks)(pair, memory)


def _other(space: Space) -> Space:
    """A model of the other kind for the same pictures; ExplorerError where there is none."""
    wanted = not space.checkpoint.config.variational
    for facts in related_models.companions(space):
        if facts.variational == wanted and facts.encoded:
            return related_models.space_of(facts)
    kind = "VAE" if wanted else "plain autoencoder"
    raise ExplorerError(
        f"this lesson compares with a {kind} of the same pictures, and none is at hand: choose "
        "mnist-3d in the sidebar."
    )


def _walks(pair: dict[str, Space], memory: dict[str, Any]) -> Observation:
    space = pair["VAE"]
    count = min(len(each.codes.mu) for each in pair.values())
    offered = [int(i[0]) for i in space.members if len(i) and int(i[0]) < count][:OFFERED]
    ends = {name: _end(space, offered, memory, name, at) for name, at in (("from", 0), ("to", 1))}
    if memory["recording"]:
        memory.setdefault("pairs", set()).add(tuple(sorted(ends.values())))
    strips, empty = [], {}
    for name, each in pair.items():
        start, end = (each.codes.mu[item] for item in ends.values())
        places = torch.lerp(start, end, torch.linspace(0, 1, STEPS).unsqueeze(1))
        strips.append(inference.decode(each.checkpoint, places))
        empty[name] = float(emptiness(each.codes.mu, places[1:-1], each.typical).max())
    pictures.strips(strips, list(pair), "the same walk, decoded by the VAE")
    return {
        "pairs": len(memory.get("pairs", ())),
        "vae_emptiness": empty["VAE"],
        "autoencoder_emptiness": empty["autoencoder"],
        "vae": pair["VAE"].checkpoint.name,
        "autoencoder": pair["autoencoder"].checkpoint.name,
        "emptier": int(empty["VAE"] >= empty["autoencoder"]),
    }


def _end(space: Space, offered: list[int], memory: dict[str, Any], name: str, at: int) -> int:
    """The number of the encoded picture that the walk begins or ends with."""
    tiles, _ = latent_pictures.encoded_pictures(space, offered)
    chosen = memory.get(name, at) % len(offered)

    def pick(number: int) -> None:
        memory[name] = number

    captions = [neighbours.class_name(space, item) for item in offered]
    picker.pick(
        tiles,
        captions,
        key=f"walk_{name}",
        label=f"Walk {name}",
        on_pick=pick,
        chosen=chosen,
        size=40,
        title=f"Walk {name}",
    )
    return offered[chosen]


def _samples(pair: dict[str, Space], memory: dict[str, Any]) -> Observation:
    def draw() -> None:
        memory["draws"] = memory.get("draws", 0) + 1

    st.button(
        f"Draw {DRAWN} points from N(0, I) in both",
        key="draw_both",
        on_click=draw,
        disabled=not memory["recording"],
        type="primary",
    )
    draws = memory.get("draws", 0)
    if not draws:
        return {"draws": 0}
    strips, shares = [], {}
    for name, each in pair.items():
        places = geometry.prior_samples(list(range(DRAWN * draws)), len(each.ranges))
        strips.append(inference.decode(each.checkpoint, places[-DRAWN:]))
        shares[name] = _far(each, places)
    pictures.strips(strips, list(pair), "samples of N(0, I), decoded by the VAE")
    autoencoder = pair["autoencoder"].codes.mu
    return {
        "draws": draws,
        "count": DRAWN * draws,
        "vae_far": 100 * shares["VAE"],
        "autoencoder_far": 100 * shares["autoencoder"],
        "vae_spread": float(pair["VAE"].codes.mu.std(dim=0).mean()),
        "autoencoder_spread": float(autoencoder.std(dim=0).mean()),
        "farther": int(shares["VAE"] >= shares["autoencoder"]),
    }


def _far(space: Space, places: Tensor) -> float:
    """The share of places that lie far from all codes."""
    return float((emptiness(space.codes.mu, places, space.typical) > FAR).double().mean())
