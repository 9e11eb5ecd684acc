"""Original pictures of encoded items, served one by one where their data set is on this disk."""

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.ui.session import dataset_cache, latent_pictures
from vae_explorer.ui.session.latent_space import Space

SPLITS = ("train", "validation", "test")


def stamp(space: Space) -> str:
    """Where a browser finds item n: this, a slash, and n.png; empty where there are none."""
    dataset = space.checkpoint.dataset
    if dataset not in datasets.NAMES or latent_pictures.originals(space) is None:
        return ""
    base = st.get_option("server.baseUrlPath").strip("/")
    where = f"originals/{dataset}/{space.codes.split}"
    return f"/{base}/{where}" if base else f"/{where}"


def picture(request: Request) -> Response:
    """One item as PNG; 404 for what is not at hand. Folders are never looked into."""
    name, split, index = (request.path_params[key] for key in ("dataset", "split", "index"))
    dataset = dataset_cache.at_hand(name) if name in datasets.NAMES and split in SPLITS else None
    if dataset is None or index >= len(dataset.split(split).images):
        return Response(status_code=404)
    stored = dataset.split(split).images[index : index + 1]
    content = figures.png(figures.to_bytes(datasets.to_unit(stored))[0])
    return Response(content, media_type="image/png", headers={"Cache-Control": "max-age=3600"})
