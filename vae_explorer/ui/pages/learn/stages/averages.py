"""A decoded picture beside the mean of the data around it: what blur is made of."""

from typing import Any

import streamlit as st

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.teaching.blur import mean_pictures
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import latent_pictures
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures

MOST = 60  # pictures that are averaged
WIDTH = 130  # CSS pixels of a picture


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """A slider that says how many of the nearest pictures are averaged."""
    chosen = example.choose(space, memory, "averages_example")
    near = geometry.nearest(space.codes.mu, chosen.mu, MOST).indices.tolist()
    tiles, original = latent_pictures.encoded_pictures(space, near)
    decoded = inference.decode(space.checkpoint, chosen.mu, chosen.label)[0]
    found = mean_pictures(tiles, decoded)
    count = st.slider("Pictures averaged", 1, len(near), 1, key="averaged")
    if memory["recording"]:
        memory.setdefault("counts", set()).add(count)
    shown = {
        "decoded": figures.to_bytes(decoded),
        f"mean of {count}": figures.to_bytes(found.means[count - 1]),
        "the nearest alone": figures.to_bytes(tiles[0]),
    }
    pictures.gallery(list(shown.values()), list(shown), width=WIDTH)
    return {
        "counts": len(memory.get("counts", ())),
        "name": chosen.name,
        "best": found.best,
        "best_error": float(found.errors.min()),
        "single_error": float(found.errors[0]),
        "all_error": float(found.errors[-1]),
        "most": len(near),
        "nearer": int(found.best == 1),
        "original": int(original),
    }
