"""Epochs of a training run, served one by one to the browser that replays it."""

import functools
from collections.abc import Sequence

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from torch import Tensor

from vae_explorer.errors import RunError
from vae_explorer.files import safe_name
from vae_explorer.latent import geometry
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import Run
from vae_explorer.training.runs.run_records import Snapshot
from vae_explorer.ui.components.live_view import pack
from vae_explorer.ui.molecules import token_drawings
from vae_explorer.ui.session.latent_space import drawable

DRAWN = 3  # of more coordinates principal axes are drawn
DIGITS = 9  # of a number in an address, at most
NOT_FOUND = {"Cache-Control": "no-store"}  # what is missing now may be written in a second


def address(run: Run) -> str:
    """Where a browser finds epochs of a run: this, /ONTO/EPOCH.bin; empty where the run is gone."""
    stamp = _stamp(run)
    base = st.get_option("server.baseUrlPath").strip("/")
    where = f"runs/{run.name}/{stamp}"
    return (f"/{base}/{where}" if base else f"/{where}") if stamp else ""


def onto(epochs: Sequence[int], live: bool) -> int:
    """The epoch whose principal axes are drawn: the last, or of a run that goes on the largest
    power of two, so that the picture turns seldom; 0 where there are no epochs.
    """
    steady = [epoch for epoch in epochs if epoch > 0 and epoch & (epoch - 1) == 0]
    return max((live and steady) or epochs, default=0)


def blob(request: Request) -> Response:
    """One epoch as `live_view.pack` writes it; 404 for whatever is not at hand.

    header: epoch; onto, the epoch whose axes are drawn, or null where codes are drawn as they lie;
    dims, 2 or 3. arrays: points (N, dims) f2, reconstructions (n, H, W) or (n, H, W, 3) u1.
    """
    name, stamp, axes, epoch = (request.path_params[k] for k in ("name", "stamp", "onto", "epoch"))
    try:
        content = _content(_run(name, stamp), stamp, _number(axes), _number(epoch))
    except RunError:
        return Response(status_code=404, headers=NOT_FOUND)
    headers = {"Cache-Control": "max-age=3600"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def stored_pictures(run: Run, stored: Tensor) -> np.ndarray:
    """What a run keeps as its data stores it, as pictures (n, H, W) or (n, H, W, 3) uint8."""
    config = run.config().model
    if isinstance(config, MoleculeConfig):
        return token_drawings.drawn(stored, config)
    return as_bytes(stored)


def as_bytes(pictures: Tensor) -> np.ndarray:
    """Pictures as stored, (n, H, W) or (n, 3, H, W) uint8 -> (n, H, W) or (n, H, W, 3)."""
    return (pictures if pictures.ndim == 3 else pictures.movedim(1, -1)).contiguous().numpy()


def _content(run: Run, stamp: str, onto: int, epoch: int) -> bytes:
    mu, pictures = _watched(run, epoch)
    linear = mu.shape[1] <= DRAWN
    projection = geometry.projection(mu) if linear else _projection(run, stamp, onto)
    if len(projection.centre) != mu.shape[1]:
        raise RunError(f"epochs {onto} and {epoch} of run {run.name} differ in their coordinates.")
    points = drawable(projection(mu))
    header = {"epoch": epoch, "onto": None if linear else onto}
    header["dims"] = points.shape[1]
    with np.errstate(over="ignore"):  # what half precision cannot hold is left out of the picture
        shown = stored_pictures(run, pictures)
        arrays = {"points": points.astype("<f2"), "reconstructions": shown}
    return pack(header, arrays)


@functools.lru_cache(maxsize=32)
def _projection(run: Run, stamp: str, onto: int) -> geometry.Projection:
    """The principal axes of an epoch; `stamp` tells runs of the same name apart."""
    mu = _watched(run, onto).mu
    return geometry.projection(mu[mu.isfinite().all(dim=1)])


def _run(name: str, stamp: str) -> Run:
    """The run of a name, as it was made; RunError for any other text."""
    run = Run(run_folder.runs_root() / safe_name(name, RunError))
    if not stamp or stamp != _stamp(run):
        raise RunError(f"there is no such run as {name}.")
    return run


def _stamp(run: Run) -> str:
    """Another text when a run was deleted and made anew; empty where there is none."""
    try:
        return str((run.folder / "config.json").stat().st_mtime_ns)
    except OSError:
        return ""


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise RunError(f"{text[:20]!r} is not the number of an epoch.")
    return int(text)


def _watched(run: Run, epoch: int) -> Snapshot:
    """What was kept of an epoch; RunError where it is missing, damaged or linked to elsewhere."""
    path = run.folder / "latents" / f"{epoch:04d}.safetensors"
    try:
        inside = path.resolve().is_relative_to(run_folder.runs_root().resolve())
        watched = run.snapshot(epoch) if inside else None
    except (OSError, RuntimeError):  # links in a circle
        watched = None
    if watched is None:
        raise RunError(f"epoch {epoch} of run {run.name} cannot be read.")
    return watched
