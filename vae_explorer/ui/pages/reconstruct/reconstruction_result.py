"""What a model makes of one picture: at once its reconstruction and class, then everything else."""

import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.evaluation import metrics
from vae_explorer.latent import geometry, posterior
from vae_explorer.models import anomaly_detector, inference
from vae_explorer.models.inference import Reconstruction
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.pages.reconstruct import bar_rows
from vae_explorer.ui.session import cache, registry
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import cloud, neighbours, pictures, user_digit

NEIGHBOURS_SHOWN = 10  # neighbours
SAMPLES = 20  # posterior samples that are decoded
HEIGHT = 400  # pixels of the cloud
LISTED = 12  # coordinates that are shown without scrolling


def at_once(space: Space, x: Tensor, result: Reconstruction, label: int) -> None:
    """The class that the picture seems to be of, its reconstruction, and where that is wrong."""
    if space.checkpoint.config.classes:
        _best_class(space, x, label)
    else:
        st.markdown(_votes(space, result.mu[0]))
    shown = {
        "Input": figures.to_bytes(x)[0],
        "Reconstruction": figures.to_bytes(result.pictures[0])[0],
        "Error": figures.error_map(x, result.pictures[0]),
    }
    pictures.gallery(list(shown.values()), list(shown), width=112)
    messages.note(
        "Error: blue where ink is lost, orange where it is added. "
        f"−log p(x|z) at z = μ, grey pixels: {result.nll[0]:.1f} nats."
    )


def in_latent_space(space: Space, result: Reconstruction | None, by_hand: bool) -> None:
    """The posterior among the encoded pictures, and in figures; None: there is no picture yet.

    What is drawn on the pad, `by_hand`, is marked by the pad, which is faster.
    """
    left, right = st.columns(2, gap="large")
    with left:
        cloud.cloud(space, key=user_digit.CLOUD, height=HEIGHT)
        if result is not None and space.encoded is not None:
            _mark(space, result, by_hand)
    with right:
        if result is not None:
            _spreads(space, result)
            _remoteness(space, result.mu[0])


def nearest_digits(space: Space, mu: Tensor) -> None:
    """The nearest encoded pictures."""
    if space.encoded is None:
        return
    near = neighbours.nearest(space, mu, NEIGHBOURS_SHOWN)
    st.markdown("**Nearest test digits**, with class and distance")
    pictures.gallery(list(figures.to_bytes(near.tiles).squeeze(1)), near.captions, width=60)
    messages.note(near.note)


def posterior_samples(space: Space, result: Reconstruction, label: int) -> None:
    """Posterior samples, decoded: what else the picture might have been."""
    st.markdown(f"**{SAMPLES} samples of the posterior**, decoded")
    if not space.checkpoint.config.variational:
        messages.note("A plain autoencoder codes a picture as one place: there is none to sample.")
        return
    z = posterior.samples(result.mu[0], result.sigma[0], list(range(SAMPLES)))
    sheet = figures.sheet(inference.decode(space.checkpoint, z, label), SAMPLES // 2, gap=2)
    pictures.picture(
        sheet, f"{SAMPLES} samples of the posterior, decoded", width="min(100%, 560px)"
    )
    messages.note("Where they agree the model is sure; what varies between them it does not know.")


def _best_class(space: Space, x: Tensor, label: int) -> None:
    """What a conditional model says: its codes need not tell the class, as it is told it."""
    best = int(anomaly_detector.best_class(space.checkpoint.model, x.unsqueeze(0)))
    st.markdown(
        f"#### It is best explained as :primary[{messages.plain(space.classes[best])}]\n"
        "Of all classes, as this one the picture costs the model the fewest nats."
    )
    if label != best:
        st.button(
            f"Now taken as {space.classes[label]}: take it as {space.classes[best]}",
            key="take_class",
            on_click=registry.LABEL.put,
            args=(best,),
        )


def _votes(space: Space, mu: Tensor) -> str:
    if space.encoded is None:
        return "This model carries no encoded digits: nobody votes on the class."
    vote = neighbours.vote(space, mu)
    count = min(geometry.NEIGHBOURS, len(space.codes.mu))
    verb = "say" if vote.share > 0.5 else "disagree, but lean to"
    text = (
        f"#### Its neighbours {verb} :primary[{messages.plain(space.classes[vote.label])}]\n"
        f"{round(vote.share * count)} of the {count} nearest test digits; "
        f"{100 * vote.weighted:.0f} % of the votes if nearer ones count more."
    )
    accuracy = space.checkpoint.scores.get("knn_accuracy")
    if accuracy:
        figure = metrics.figure_text("knn_accuracy", accuracy)
        text += f" Accuracy of such votes on test digits: {figure}."
    return text


def _mark(space: Space, result: Reconstruction, by_hand: bool) -> None:
    point = cache.project(space, result.mu[0])
    ellipsoid = None
    if space.checkpoint.config.variational:
        axes = torch.from_numpy(cache.drawable(space.projection.axes))
        ellipsoid = point, posterior.covariance(result.sigma[0], axes)
    live_view.mark(
        user_digit.CLOUD, point=None if by_hand else point, posterior=ellipsoid, key="digit_mark"
    )


def _spreads(space: Space, result: Reconstruction) -> None:
    variational = space.checkpoint.config.variational
    title = "Its posterior, μ ± σ and KL by coordinate" if variational else "Its code"
    st.markdown(f"**{title}**")
    mu, sigma, kl = (column[0].tolist() for column in (result.mu, result.sigma, result.kl))
    rows = [
        bar_rows.Spread(
            name=f"z{d + 1}",
            mu=mu[d],
            sigma=sigma[d] if variational else None,
            extent=space.ranges[d],
            remark=f"{kl[d]:.2f} nats" if variational else "",
        )
        for d in _listed(kl)
    ]
    bar_rows.spreads(rows, height=340 if len(rows) > LISTED else None)
    if variational:
        order = "Most informative first, over" if len(rows) > LISTED else "Over"
        messages.note(
            f"{order} the range of the data. KL in all: {sum(kl):.1f} nats. The ellipsoids in the "
            "cloud are of 1 σ and 2 σ, to scale: zoom in to see small ones."
        )


def _listed(kl: list[float]) -> list[int]:
    """The coordinates in order, but of many those first that tell most."""
    dims = range(len(kl))
    return sorted(dims, key=kl.__getitem__, reverse=True) if len(kl) > LISTED else list(dims)


def _remoteness(space: Space, mu: Tensor) -> None:
    if space.encoded is not None:
        near = geometry.remoteness(space.encoded.mu, mu, space.typical)
        (st.warning if near.far else messages.note)(neighbours.remoteness(near))
