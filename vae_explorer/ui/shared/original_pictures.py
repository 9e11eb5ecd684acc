"""Original pictures of encoded items, served one by one where their data set is on this disk."""

import hashlib
from weakref import WeakValueDictionary

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.data.datasets import FOUND
from vae_explorer.data.reading import Reading
from vae_explorer.data.splits import SPLITS
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session import dataset_cache, latent_pictures
from vae_explorer.ui.session.latent_space import Space

MAX_SERVED = 100  # data sets of people's own, the latest that were asked for

_brought: WeakValueDictionary[str, Checkpoint] = WeakValueDictionary()  # with their own pictures,
# by what addresses say: a hash of the file, which nobody guesses
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
    if checkpoint.pictures is not None:
        _brought[checkpoint.sha256] = checkpoint
        return checkpoint.sha256
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
    images = _images(address, split)
    if images is None or index >= len(images):
        return Response(status_code=404)
    stored = images[index : index + 1]
    content = figures.png(figures.to_bytes(datasets.to_unit(stored))[0])
    return Response(content, media_type="image/png", headers={"Cache-Control": "max-age=3600"})


def _images(address: str, split: str) -> Tensor | None:
    """The pictures that an address leads to, as a `Split` has them."""
    if brought := _brought.get(address):
        return brought.pictures
    known = (address, FOUND) if address in datasets.NAMES else _served.get(address)
    dataset = dataset_cache.handed_out(*known) if known and split in SPLITS else None
    return None if dataset is None else dataset.split(split).images
