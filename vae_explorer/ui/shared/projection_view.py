"""How the encoded pictures are drawn: as they lie, by PCA, or by t-SNE on request."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.ui.session import cache, registry
from vae_explorer.ui.session.cache import Space

TSNE_POINTS = 2_000


class Drawing(NamedTuple):
    """Points in two or three dimensions, and where on the picture a place lies."""

    space: Space
    view: str  # "PCA", "t-SNE", or nothing where there is no choice
    points: np.ndarray  # (n, 2 or 3) float32, the first n encoded pictures
    axes: tuple[str, ...]  # a name for each drawn dimension
    linear: bool  # whether any place has a place in the picture; else its nearest point's is shown
    remark: str  # what has to be known about the picture, or nothing

    @property
    def labels(self) -> np.ndarray:
        """(n,) class numbers."""
        return self.space.encoded.labels[: len(self.points)].numpy()

    def at(self, z: Tensor) -> np.ndarray:
        """Where z (D,) is drawn."""
        if self.linear:
            return cache.project(self.space, z)
        codes = self.space.encoded.mu[: len(self.points)]
        return self.points[geometry.nearest(codes, z, 1).indices[0].item()]


def choose(space: Space) -> Drawing | None:
    """The drawing, chosen by the visitor where there is a choice; None: there are no points."""
    if space.encoded is None:
        return None
    if not usual(space):
        return make(space, "")
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default=usual(space),
        required=True,
        label_visibility="collapsed",
        help="How more than three coordinates are drawn",
        **registry.PROJECTION.widget,
    )
    return make(space, view or usual(space))


def usual(space: Space) -> str:
    """The view shown at first."""
    return "PCA" if space.projection.explained < 1 else ""


def make(space: Space, view: str) -> Drawing:
    """The drawing of a space that has encoded pictures."""
    return VIEWS[view](space) if view else _as_they_lie(space)


def _as_they_lie(space: Space) -> Drawing:
    return Drawing(space, "", space.points, space.axes, True, "")


def _by_pca(space: Space) -> Drawing:
    remark = (
        f"The first three principal components of {len(space.ranges)} coordinates: "
        f"{space.projection.explained:.0%} of the variance."
    )
    return Drawing(space, "PCA", space.points, space.axes, True, remark)


def _by_tsne(space: Space) -> Drawing:
    count = min(TSNE_POINTS, len(space.encoded.mu))
    with st.spinner(f"t-SNE of {count:,} encoded digits, about half a minute …", show_time=True):
        points = cache.tsne(space.checkpoint, count, seed=0)
    remark = (
        "t-SNE has no place for a new point: the mark is on the nearest of the "
        f"{count:,} encoded digits shown. Distances between far groups mean nothing here."
    )
    return Drawing(space, "t-SNE", points, ("t-SNE 1", "t-SNE 2", "t-SNE 3"), False, remark)


VIEWS = {"PCA": _by_pca, "t-SNE": _by_tsne}
