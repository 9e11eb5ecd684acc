"""z = mu + sigma eps by hand: the same noise for each picture, a sigma that the learner moves."""

from typing import Any

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.teaching import spread
from vae_explorer.ui.components.wall import Live, Tile, wall
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import cloud

CLOUD = "learn_noise_cloud"
SEEDS = list(range(12))  # of the noise, one a tile
LARGEST, STEP = 6.0, 0.1  # of the factor that sigma is multiplied by


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """Draw the samples of one picture's posterior, widened as the learner says."""
    chosen = example.choose(space, memory, "noise_example")
    eps = geometry.prior_samples(SEEDS, len(chosen.mu))
    scale = memory.setdefault("scale", 1.0)
    places = chosen.mu + scale * chosen.sigma * eps
    pictures = inference.decode(space.checkpoint, places, chosen.label)
    narrow = inference.decode(space.checkpoint, chosen.mu + chosen.sigma * eps, chosen.label)
    left, right = st.columns(2, gap="large")
    with left:
        _wall(space, memory, chosen, eps, pictures, scale)
    with right:
        cloud.cloud(space, key=CLOUD, height=360)
    return {
        "scale": scale,
        "moved": len(memory.get("scales", ())),
        "lowest": min(memory.get("scales", ()), default=scale),
        "noise": len(SEEDS),
        "spread": spread.between_pictures(pictures),
        "spread_at_one": spread.between_pictures(narrow),
        "times": spread.between_pictures(pictures) / max(spread.between_pictures(narrow), 1e-9),
        "sigma": float(chosen.sigma.mean()),
        "name": chosen.name,
    }


def _wall(
    space: Space,
    memory: dict[str, Any],
    chosen: example.Example,
    eps: Tensor,
    pictures: Tensor,
    scale: float,
) -> None:
    def moved(value: float) -> None:
        memory["scale"] = value
        if memory["recording"]:
            memory.setdefault("scales", []).append(value)

    tiles = [
        Tile(picture, f"ε {seed + 1}", f"decoded with noise {seed + 1}")
        for seed, picture in zip(SEEDS, figures.to_bytes(pictures), strict=True)
    ]
    wall(
        tiles,
        key="noise_wall",
        label="Samples of the posterior, decoded",
        live=Live(
            space=space,
            z=chosen.sigma * eps,
            temperature=scale,
            hottest=LARGEST,
            view=CLOUD,
            step=STEP,
            on_temperature=moved,
            label=chosen.label,
            title="σ times",
            about="What the encoder's σ is multiplied by; the noise ε of each picture stays",
            centre=chosen.mu,
        ),
    )
