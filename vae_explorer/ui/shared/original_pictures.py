"""Original pictures of encoded items, served one by one where their data set is on this disk."""

import hashlib

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.data.datasets import FOUND
from vae_explorer.data.reading import Reading
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session import dataset_cache, latent_pictures
from vae_explorer.ui.session.latent_space import Space

SPLITS = ("train", "validation", "test")
MAX_SERVED = 100  # data sets of people's own, the latest that were asked for

_served: dict[str, tuple[str, Reading]] = {}  # by what addresses say: name and reading


def stamp(space: Space) -> str:
    """Where a browser finds item n: this, a slash, and n.png; empty where there are none."""
    if latent_pictures.originals(space) is None:
        return ""
    base = st.get_option("server.baseUrlPath").strip("/")
    where = f"originals/{_address(space.checkpoint)}/{space.codes.split}"
    return f"/{base}/{where}" if base else f"/{where}"


def _address(checkpoint: Checkpoint) -> str:
    """What addresses call the data set of a model: its name, or a number of one's own data."""
    name, reading = checkpoint.dataset, checkpoint.picture_reading
    if name in datasets.NAMES and dataset_cache.of_model(checkpoint) is dataset_cache.at_hand(name):
        return name
    address = hashlib.sha256(f"{name} {reading}".encode()).hexdigest()[:16]
    _served.pop(address, None)
    while len(_served) >= MAX_SERVED:
        _served.pop(next(iter(_served)))
    _served[address] = name, reading
    return address


def picture(request: Request) -> Response:
    """One item as PNG; 404 for what is not at hand, and for what no model shown here is of."""
    address, split, index = (request.path_params[key] for key in ("dataset", "split", "index"))
    known = (address, FOUND) if address in datasets.NAMES else _served.get(address)
    dataset = dataset_cache.at_hand(*known) if known and split in SPLITS else None
    if dataset is None or index >= len(dataset.split(split).images):
        return Response(status_code=404)
    stored = dataset.split(split).images[index : index + 1]
    content = figures.png(figures.to_bytes(datasets.to_unit(stored))[0])
    return Response(content, media_type="image/png", headers={"Cache-Control": "max-age=3600"})
