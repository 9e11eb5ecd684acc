"""Draws from two sources beside each other: the prior, and where the data's codes really lie."""

from typing import Any

import streamlit as st
from torch import Generator

from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.teaching.emptiness import drawn_from_codes, emptiness
from vae_explorer.ui.components import live_view
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import cloud, pictures

CLOUD = "learn_sources_cloud"
DRAWN = 100  # points a click
SHOWN = 12  # of the last click, decoded


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """A button that draws from both, what is decoded, and the points in the cloud."""

    def draw() -> None:
        memory["draws"] = memory.get("draws", 0) + 1

    st.button(
        f"Draw {DRAWN} points from each source",
        key="draw_sources",
        on_click=draw,
        disabled=not memory["recording"],
        type="primary",
    )
    draws = memory.get("draws", 0)
    left, right = st.columns(2, gap="large")
    with right:
        cloud.cloud(space, key=CLOUD, height=360)
    if not draws:
        return {"draws": 0}
    codes, count = space.codes, DRAWN * draws
    drawn = {
        "N(0, I)": geometry.prior_samples(list(range(count)), len(space.ranges)),
        "codes": drawn_from_codes(codes.mu, codes.logvar, Generator().manual_seed(draws), count),
    }
    far = {
        name: (emptiness(codes.mu, places, space.typical) > 1).double().mean().item()
        for name, places in drawn.items()
    }
    with left:
        pictures.strips(
            [inference.decode(space.checkpoint, z[-SHOWN:]) for z in drawn.values()],
            list(drawn),
            "pictures decoded at points from the prior",
            note="The last points of each, decoded. The cloud marks those of the prior.",
        )
    points = latent_space.project(space, drawn["N(0, I)"][-SHOWN:])
    marked = {str(i + 1): point for i, point in enumerate(points)}
    with right:
        live_view.mark(CLOUD, target=marked, key="sources_mark")
    return {
        "draws": draws,
        "count": count,
        "prior_far": 100 * far["N(0, I)"],
        "codes_far": 100 * far["codes"],
        "spread": float(codes.mu.std(dim=0).mean()),
        "more": 0 if far["N(0, I)"] > far["codes"] else 1,
    }
