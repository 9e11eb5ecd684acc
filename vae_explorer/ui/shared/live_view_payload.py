"""What the browser is sent to hold a latent space by itself: one block of bytes a model."""

from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vae_explorer.latent import density, geometry
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.session import cache
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import original_pictures
from vae_explorer.ui.shared.projection_view import Drawing, make

SHARES = [0.5, 0.9, 0.99]  # of the prior's mass, within the shells that are drawn


def blob(space: Space, drawn: Drawing | None, key: str) -> bytes:
    """Cloud, decoder and all that overlays need, for `live_view.explorer`."""
    view = None if drawn is None else drawn.view
    return _blob(space.checkpoint, view, original_pictures.stamp(space), key)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=cache.BY_CONTENT)
def _blob(checkpoint: Checkpoint, view: str | None, pictures: str, key: str) -> bytes:
    return packed(checkpoint, view, pictures, key)


def packed(checkpoint: Checkpoint, view: str | None, pictures: str, key: str) -> bytes:
    """The same of a model that the browser can run, made anew each time.

    `view` is one of `drawing.VIEWS`, "" where there is no choice, None where there are no points;
    `pictures` is where the browser finds originals, "" for nowhere.
    """
    space = cache.space(checkpoint)
    spec, weights = browser_model.decoder_or_reason(checkpoint)
    drawn = None if view is None else make(space, view)
    linear = drawn is None or drawn.linear
    points = space.points[:0] if drawn is None else drawn.points
    labels = np.empty(0, int) if drawn is None else drawn.labels
    header, arrays = live_view.cloud_parts(
        points,
        labels,
        names=space.classes,
        colours=space.colours,
        key=key,
        axes=space.axes if drawn is None else drawn.axes,
    )
    header |= {
        "model": checkpoint.sha256,  # a place is told and reported of one model only
        "latent": len(space.ranges),
        "ranges": space.ranges,
        "core": space.core,
        "linear": linear,
        "typical": space.typical,
        "decoder": spec,
        "originals": pictures,
        "shells": _shells(space, points.shape[1]) if linear else [],
    }
    arrays |= {
        "axes": cache.drawable(space.projection.axes),
        "centre": space.projection.centre.numpy(),
    }
    if drawn is not None:
        more, encoded = _encoded(space, len(points), linear)
        header, arrays = header | more, arrays | encoded
    return live_view.pack(header, arrays | weights)


def _encoded(space: Space, count: int, linear: bool) -> tuple[dict, dict[str, np.ndarray]]:
    """Of the first `count` encoded pictures: codes where the points are not they, and spreads."""
    mu, logvar = space.encoded.mu[:count], space.encoded.logvar[:count]
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
    if not space.checkpoint.config.variational:
        return []
    radii = geometry.prior_radii(dims, SHARES)
    return [
        {"radius": r, "name": f"prior {100 * s:.0f} %"} for r, s in zip(radii, SHARES, strict=True)
    ]


def _density(space: Space, mu: Tensor, sigma: Tensor) -> tuple[dict[str, Any], np.ndarray]:
    def project(z: Tensor) -> Tensor:
        return torch.from_numpy(cache.project(space, z))

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
