"""What the browser is sent to hold a latent space by itself: one block of bytes a model."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_explorer.latent import density, geometry
from vae_explorer.latent.lattice.prior_lattice import hindrance
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components import live_view, pipeline
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.components.network.browser_model import BrowserPart
from vae_explorer.ui.session import current_place, latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import neighbours, original_pictures, projection_view
from vae_explorer.ui.shared.projection_view import ProjectedCloud

SHARES = [0.5, 0.9, 0.99]  # of the prior's mass, within the shells that are drawn
CELLS = 15  # along a side of a slice
SLICE = {"cells": CELLS, "moving": 40, "resting": 800}  # milliseconds a sheet: slice_engine.js
NAMES = {"posterior": "Posterior", "density": "Density", "shells": "Prior", "trail": "Trail"}


def blob(space: Space, projected: ProjectedCloud | None, key: str) -> bytes:
    """Cloud, decoder and all that overlays need, for `live_view.explorer`."""
    view = None if projected is None else projected.view
    return _blob(space.checkpoint, view, original_pictures.stamp(space), key)


def _exact(space: Space) -> dict[str, str]:
    """The switch of the exact posterior, which Python answers."""
    about = (
        f"what the model itself believes of that {space.noun}: a cloud of dots, with figures below"
    )
    return {"key": "exact", "name": "Exact posterior", "about": about}


@kept(4)
def _blob(checkpoint: Checkpoint, view: str | None, pictures: str, key: str) -> bytes:
    exact = not hindrance(checkpoint.model, 0)
    return packed(latent_space.of(checkpoint), view, pictures, key, exact=exact)


def packed(
    space: Space,
    view: str | None,
    pictures: str,
    key: str,
    decoder: BrowserPart | None = None,
    *,
    exact: bool = False,
    more: Mapping[str, Any] | None = None,
) -> bytes:
    """The same of a model that the browser can run, or with another decoder, or of codes alone.

    Made anew each time.

    `view` is one of `projection_view.VIEWS`, "" where there is no choice, None where there are no
    points; `pictures` is where the browser finds originals, "" for nowhere; `exact`: a switch of
    the exact posterior is answered; `more` of the header takes the place of what is there.
    """
    spec, weights = decoder or _decoder(space)
    projected = None if view is None else projection_view.project(space, view)
    linear = projected is None or projected.linear
    points = space.points[:0] if projected is None else projected.points
    labels = np.empty(0, int) if projected is None else projected.labels
    header, arrays = live_view.cloud_parts(
        points,
        labels,
        names=space.classes,
        colours=space.colours,
        key=key,
        axes=space.axes if projected is None else projected.axes,
        home=None if projected is None else projected.home,
    )
    far, close = neighbours.sentences(space)
    header |= {
        "codesAlone": space.codes_alone,
        "model": space.checkpoint.sha256,  # a place belongs to one model
        "name": space.checkpoint.name,
        "split": "" if space.encoded is None else space.encoded.split,
        "latent": len(space.ranges),
        "ranges": space.ranges,
        "core": space.core,
        "linear": linear,
        "typical": space.typical,
        "decoder": spec,
        "originals": pictures,
        "shells": _shells(space, points.shape[1]) if linear else [],
        "slice": SLICE | {"planes": planes(space)},
        "step": space.step,
        "pipeline": pipeline_words(
            space, pipeline.BROWSER if spec["operations"] else pipeline.PYTHON
        ),
        "words": {
            "far": far,
            "close": close,
            "random": current_place.random_words(space),
            "noun": space.noun,
            "classes": [neighbours.named_picture(space, name) for name in space.classes],
        },
    }
    arrays |= {
        "axes": latent_space.drawable(space.projection.axes),
        "centre": space.projection.centre.numpy(),
    }
    if projected is not None:
        spreads, encoded = _encoded(space, len(points), linear)
        header, arrays = header | spreads, arrays | encoded
    header["switches"] = _switches(header, linear and "sigma" in arrays, space.noun)
    if exact and space.encoded is not None:
        header["switches"].insert(1, _exact(space))
    return live_view.pack(header | dict(more or {}), arrays | weights)


def _decoder(space: Space) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the browser decodes by; of codes alone, nothing but the shape of their pictures."""
    if space.codes_alone:
        shape = space.checkpoint.config.image_shape
        return {"operations": [], "latent": 0, "classes": 0, "shape": shape, "cost": 0}, {}
    decoder = browser_model.decoder_or_reason(space.checkpoint)
    assert not isinstance(decoder, str), decoder
    return decoder


def pipeline_words(space: Space, runs: str) -> dict[str, Any]:
    """What the pipeline says of a model whose decoder runs there: see `pipeline.words`."""
    several = len(space.classes) > 1
    names = [name if several else space.noun for name in space.classes]
    items = [neighbours.with_article(name).replace(" ", "\u00a0", 1) for name in names]
    return pipeline.words(space, items, runs)


def planes(space: Space) -> list[tuple[int, int]]:
    """Pairs of coordinates that a slice may lie along, those of most spread first."""
    dims = latent_space.spread_first(space)[: latent_space.AXES_SHOWN]
    return [(min(a, b), max(a, b)) for a, b in itertools.combinations(dims, 2)]


def _switches(header: dict[str, Any], posterior: bool, noun: str) -> list[dict[str, str]]:
    """What can be switched on over the cloud: a key, a name, and what it is."""
    about = {"posterior": f"the encoder's uncertainty about the nearest {noun}, to scale"}
    if not posterior:
        about = {}
    if "density" in header:
        shares = _percents(density.SHARES)
        about["density"] = f"on the chosen plane, where {shares} % of the encoded data lies"
    if header["shells"]:
        about["shells"] = f"the shells that hold {_percents(SHARES)} % of N(0, I)"
    about["trail"] = "where you have been"
    return [{"key": key, "name": NAMES[key], "about": text} for key, text in about.items()]


def _percents(shares: Sequence[float]) -> str:
    """Shares as "50, 90 and 99"."""
    *first, last = [f"{100 * share:.0f}" for share in shares]
    return f"{', '.join(first)} and {last}"


def _encoded(space: Space, count: int, linear: bool) -> tuple[dict, dict[str, np.ndarray]]:
    """Of the first `count` encoded pictures: codes where the points are not they, and spreads."""
    mu, logvar = space.codes.mu[:count], space.codes.logvar[:count]
    arrays = {} if linear and len(space.ranges) in (2, 3) else {"mu": mu.numpy()}
    if not space.checkpoint.config.variational:
        return {}, arrays
    sigma = (0.5 * logvar).exp()
    arrays["sigma"] = sigma.numpy().astype(np.float16)
    if not linear:
        return {}, arrays
    header, arrays["density"] = _density(space, mu, sigma)
    return {"density": header}, arrays


def _shells(space: Space, dims: int) -> list[dict[str, Any]]:
    """Radii in the drawn dimensions, where N(0, I) is drawn as N(0, I) again."""
    dims = min(dims, len(space.ranges))
    if space.codes_alone or not space.checkpoint.config.variational:
        return []
    radii = geometry.prior_radii(dims, SHARES)
    return [
        {"radius": r, "name": f"prior {100 * s:.0f} %"} for r, s in zip(radii, SHARES, strict=True)
    ]


def _density(space: Space, mu: Tensor, sigma: Tensor) -> tuple[dict[str, Any], np.ndarray]:
    def project(z: Tensor) -> Tensor:
        return torch.from_numpy(latent_space.project(space, z))

    grid = density.aggregate_density(mu, sigma, project).scaled()
    levels = zip(grid.levels, density.SHARES, strict=True)
    header = {
        "dims": grid.values.ndim,
        "cells": grid.values.shape[0],
        "low": grid.low,
        "high": grid.high,
        "levels": [
            {"value": value, "name": f"data {100 * share:.0f} %"} for value, share in levels
        ],
    }
    return header, grid.values
