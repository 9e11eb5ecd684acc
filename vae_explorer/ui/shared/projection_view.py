"""How the encoded pictures are drawn: as they lie, by PCA, or by t-SNE on request."""

import threading
from typing import NamedTuple

import numpy as np
import streamlit as st
from torch import Tensor

from vae_explorer.latent import camera, geometry
from vae_explorer.latent.camera import Camera
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work import workers
from vae_explorer.ui.session.work.kept import kept, store
from vae_explorer.ui.session.work.result_cache import ResultCache
from vae_explorer.ui.session.work.wire import Task

TSNE_POINTS = 2_000
MOST_KEPT = 8  # models whose t-SNE is kept
LOOK_SECONDS = 1.0  # from one look at whether it is there to the next


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
    if view == "t-SNE" and _placed(space) is None:
        _wait(space)
        view = default_view(space)
    return project(space, view or default_view(space))


@kept(12)
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
    points = _placed(space)
    assert points is not None, "t-SNE is shown once it is there"
    remark = (
        "t-SNE cannot place a new point, so the mark is on the nearest of the "
        f"{len(points):,} {space.noun}s shown. Distances between groups mean nothing here."
    )
    return ProjectedCloud(space, "t-SNE", points, ("t-SNE 1", "t-SNE 2", "t-SNE 3"), False, remark)


def _results() -> ResultCache[np.ndarray]:
    return store().of("t-SNE", MOST_KEPT)


@st.cache_resource(show_spinner=False)
def _under_way() -> dict[str, "Placing"]:
    return {}


class Placing:
    """A t-SNE on its way, in a thread of its own, for all visitors."""

    def __init__(self, space: Space):
        self.error: Exception | None = None  # a bug, to be raised where the visitor looks
        self._key, self._mu = space.checkpoint.sha256, space.codes.mu
        self._pool = workers.pool()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            count = min(TSNE_POINTS, len(self._mu))
            task = Task(geometry.tsne, (self._mu, 0, count), noun=None)
            points = workers.done(task, lambda what, share: None, self._pool)
            _results().put(self._key, points.numpy())
        except Exception as error:
            self.error = error


def _placed(space: Space) -> np.ndarray | None:
    """The first codes as t-SNE places them, (n, 3); None where that is not found yet."""
    return _results().get(space.checkpoint.sha256)


@st.fragment(run_every=LOOK_SECONDS)
def _wait(space: Space) -> None:
    """Say that it is under way, while the page shows another view; with a way not to wait."""
    key = space.checkpoint.sha256
    if _placed(space) is not None or registry.PROJECTION.get() != "t-SNE":
        st.rerun()
    placing = _under_way().get(key)
    if placing is not None and (error := placing.error) is not None:
        del _under_way()[key]
        raise error
    if placing is None or not placing.thread.is_alive():
        _under_way()[key] = Placing(space)
    count = min(TSNE_POINTS, len(space.codes.mu))
    with st.container(horizontal=True, vertical_alignment="center"):
        messages.note(f"t-SNE of {count:,} {space.noun}s, about half a minute. Until then: PCA.")
        st.button(
            "Cancel",
            icon=":material/close:",
            key="cancel_tsne",
            on_click=registry.PROJECTION.put,
            args=(default_view(space),),
        )


VIEWS = {"PCA": _by_pca, "t-SNE": _by_tsne}
