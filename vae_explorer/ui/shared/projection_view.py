"""How the encoded pictures are drawn: as they lie, by PCA, or by t-SNE on request."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from torch import Tensor

from vae_explorer.latent import camera, geometry
from vae_explorer.latent.camera import Camera
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.model_cache import BY_CONTENT

TSNE_POINTS = 2_000


class ProjectedCloud(NamedTuple):
    """Codes in two or three dimensions, and where among them a point of the space is drawn."""

    space: Space
    view: str  # "PCA", "t-SNE", or nothing where there is no choice
    points: np.ndarray  # (n, 2 or 3) float32, the first n encoded pictures
    axes: tuple[str, ...]  # a name for each drawn dimension
    linear: bool  # whether any point can be drawn; else the nearest code stands for it
    remark: str  # what has to be known about the projection, or nothing

    @property
    def labels(self) -> np.ndarray:
        """(n,) class numbers."""
        return self.space.codes.labels[: len(self.points)].numpy()

    @property
    def home(self) -> Camera | None:
        """Where it is seen from at first."""
        if self.linear:
            return latent_space.home(self.space.checkpoint)
        return _home(self.space.checkpoint, self.view)

    def at(self, z: Tensor) -> np.ndarray:
        """Where z (D,) is drawn."""
        if self.linear:
            return latent_space.project(self.space, z)
        codes = self.space.codes.mu[: len(self.points)]
        return self.points[int(geometry.nearest(codes, z, 1).indices[0])]


def choose(space: Space) -> ProjectedCloud | None:
    """The codes as drawn, which the visitor chooses where there is a choice; None: none at hand."""
    if space.encoded is None:
        return None
    if not default_view(space):
        return project(space, "")
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default=default_view(space),
        required=True,
        label_visibility="collapsed",
        help="How a latent space of more than three coordinates is drawn. PCA: along the three "
        "directions of largest variance. t-SNE: neighbours stay together; half a minute.",
        **registry.PROJECTION.widget,
    )
    return project(space, view or default_view(space))


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs=BY_CONTENT)
def _home(checkpoint: Checkpoint, view: str) -> Camera | None:
    projected = project(latent_space.of(checkpoint), view)
    return camera.camera(projected.points, projected.labels)


def default_view(space: Space) -> str:
    """The view shown at first; nothing where there is no choice."""
    return "PCA" if space.projection.explained < 1 else ""


def project(space: Space, view: str) -> ProjectedCloud:
    """The codes of a space that has encoded pictures, in one of `VIEWS` or as they lie."""
    return VIEWS[view](space) if view else _as_they_lie(space)


def _as_they_lie(space: Space) -> ProjectedCloud:
    return ProjectedCloud(space, "", space.points, space.axes, True, "")


def _by_pca(space: Space) -> ProjectedCloud:
    remark = (
        f"The first three principal components of {len(space.ranges)} coordinates: "
        f"{space.projection.explained:.0%} of the variance."
    )
    return ProjectedCloud(space, "PCA", space.points, space.axes, True, remark)


def _by_tsne(space: Space) -> ProjectedCloud:
    count = min(TSNE_POINTS, len(space.codes.mu))
    words = f"t-SNE of {count:,} encoded {space.noun}s, about half a minute …"
    with st.spinner(words, show_time=True):
        points = latent_space.tsne(space.checkpoint, count, seed=0)
    remark = (
        "t-SNE cannot place a new point, so the mark is on the nearest of the "
        f"{count:,} {space.noun}s shown. Distances between groups mean nothing here."
    )
    return ProjectedCloud(space, "t-SNE", points, ("t-SNE 1", "t-SNE 2", "t-SNE 3"), False, remark)


VIEWS = {"PCA": _by_pca, "t-SNE": _by_tsne}
