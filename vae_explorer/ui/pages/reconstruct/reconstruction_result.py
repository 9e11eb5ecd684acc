"""What a model makes of one picture: at once its reconstruction and class, then everything else."""

from typing import Any, NamedTuple

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.evaluation import metrics
from vae_explorer.latent import geometry, posterior
from vae_explorer.latent.pose import Pose
from vae_explorer.models import anomaly_scores, inference
from vae_explorer.models.inference import Reconstruction
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.pages.reconstruct import bar_rows
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import cloud, neighbours, pictures, user_digit

NEIGHBOURS_SHOWN = 10  # neighbours
SAMPLES = 20  # posterior samples that are decoded
HEIGHT = 400  # pixels of the cloud
LISTED = 12  # coordinates that are shown without scrolling


def at_once(
    space: Space, x: Tensor, result: Reconstruction, label: int, pose: Pose | None = None
) -> None:
    """The class that the picture seems to be of, its reconstruction, and where that is wrong.

    Where x is in a pose that was taken, the vote is that of the codes around it.
    """
    if space.checkpoint.config.classes:
        _best_class(space, x, label)
    elif pose is not None:
        st.markdown(_votes_in_pose(space, pose))
    else:
        st.markdown(_votes(space, result.mu[0]))
    shown = {
        "Input": figures.to_bytes(x),
        "Reconstruction": figures.to_bytes(result.pictures[0]),
        "Error": figures.error_map(x, result.pictures[0]),
    }
    pictures.gallery(list(shown.values()), list(shown), width=112)
    messages.note(
        f"Error: {_error_words(space)}. Reconstruction error, "
        f"−log p(x|z) at z = μ with {space.checkpoint.config.pixel_kind} pixels: "
        f"{result.nll[0]:.1f} nats, lower is better."
    )


def _error_words(space: Space) -> str:
    if space.noun == "digit":
        return "blue where ink is missing, orange where it is added"
    return "blue where it is too dark, orange where it is too bright"


class Places(NamedTuple):
    """Where more can be said of a place in the cloud."""

    below: Any  # the cloud
    beside: Any  # the cloud, under the figures


def in_latent_space(space: Space, result: Reconstruction | None, by_hand: bool) -> Places:
    """The posterior among the encoded pictures, and in figures; None: there is no picture yet.

    What is drawn on the pad, `by_hand`, is marked by the pad, which is faster.
    """
    left, right = st.columns(2, gap="large")
    with left:
        cloud.cloud(space, key=user_digit.CLOUD, height=HEIGHT)
        if result is not None and space.encoded is not None:
            _mark(space, result, by_hand)
        below = st.container()
    with right:
        if result is not None:
            _spreads(space, result)
            _closeness(space, result.mu[0])
        return Places(below, st.container())


def nearest_digits(space: Space, mu: Tensor) -> None:
    """The nearest encoded pictures."""
    if space.encoded is None:
        return
    near = neighbours.nearest(space, mu, NEIGHBOURS_SHOWN)
    st.markdown(f"**Nearest test {space.noun}s**, with class and distance")
    pictures.gallery(list(figures.to_bytes(near.tiles)), near.captions, width=60)
    messages.note(near.note)


def posterior_samples(space: Space, result: Reconstruction, label: int) -> None:
    """Posterior samples, decoded: what else the picture might have been."""
    st.markdown(f"**{SAMPLES} samples of the posterior**, decoded")
    if not space.checkpoint.config.variational:
        messages.note(
            "A plain autoencoder encodes a picture as one point: there is nothing to sample."
        )
        return
    z = posterior.posterior_samples(result.mu[0], result.sigma[0], list(range(SAMPLES)))
    sheet = figures.sheet(inference.decode(space.checkpoint, z, label), SAMPLES // 2, gap=2)
    pictures.picture(
        sheet, f"{SAMPLES} samples of the posterior, decoded", width="min(100%, 560px)"
    )
    messages.note("Where they agree the model is sure; where they differ it is not.")


def _best_class(space: Space, x: Tensor, label: int) -> None:
    """What a conditional model says: its codes need not carry the class, which it is given."""
    best = int(anomaly_scores.best_class(space.checkpoint.model, x.unsqueeze(0)))
    st.markdown(
        f"## Looks like {_highlighted(space.classes[best])}\n"
        "Given this class, the model explains the picture best: lowest −ELBO of all classes."
    )
    if label != best:
        given, fits = (messages.plain(space.classes[number]) for number in (label, best))
        st.button(
            f"The model is given {given}: give it {fits}",
            key="take_class",
            on_click=registry.LABEL.put,
            args=(best,),
        )


def _votes(space: Space, mu: Tensor) -> str:
    if space.encoded is None:
        return (
            f"This model's file holds no encoded {space.noun}s, so no neighbours can vote on the "
            "class."
        )
    if len(space.classes) == 1:
        return _of_one_class(space)
    vote = neighbours.vote(space, mu)
    count = min(geometry.NEIGHBOURS, len(space.codes.mu))
    text = (
        f"{_verdict(space, vote.label, vote.share)}\n"
        f"{round(vote.share * count)} of the {count} nearest test {space.noun}s; "
        f"distance-weighted vote {100 * vote.weighted:.0f} %."
    )
    accuracy = space.checkpoint.scores.get("knn_accuracy")
    if accuracy:
        figure = metrics.figure_text("knn_accuracy", accuracy)
        text += f" Accuracy of this vote on test {space.noun}s: {figure}."
    return text


def _verdict(space: Space, label: int, share: float) -> str:
    words = "Looks like" if share > 0.5 else "Unclear, perhaps"
    return f"## {words} {_highlighted(space.classes[label])}"


def _votes_in_pose(space: Space, pose: Pose) -> str:
    taken = f"Its most probable pose: {pose.sentence or 'its own'}."
    if len(space.classes) == 1:
        return f"{_of_one_class(space)} {taken}"
    return (
        f"{_verdict(space, pose.label, pose.share)}\n"
        f"{100 * pose.share:.0f} % of the votes of test {space.noun}s: of those around its exact "
        f"posterior, and of the encoder's {geometry.NEIGHBOURS} nearest. {taken}"
    )


def _of_one_class(space: Space) -> str:
    return f"All {space.noun}s of this data set are of one class, so no neighbours vote on it."


def _mark(space: Space, result: Reconstruction, by_hand: bool) -> None:
    point = latent_space.project(space, result.mu[0])
    variational = space.checkpoint.config.variational
    ellipsoid = cloud.ellipsoid(space, result.mu[0], result.sigma[0]) if variational else None
    live_view.mark(
        user_digit.CLOUD, point=None if by_hand else point, posterior=ellipsoid, key="digit_mark"
    )


def _spreads(space: Space, result: Reconstruction) -> None:
    variational = space.checkpoint.config.variational
    title = "The encoder's uncertainty: μ ± σ and KL by coordinate" if variational else "Its code"
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
        order = ", most informative coordinates first" if len(rows) > LISTED else ""
        messages.note(
            f"Each bar spans the range of the data{order}. Total KL: {sum(kl):.1f} nats, what the "
            "code says of the picture. The cloud shows the uncertainty (1σ, 2σ) to scale: zoom in "
            "to see it."
        )


def _listed(kl: list[float]) -> list[int]:
    """The coordinates in order, but of many those first that tell most."""
    dims = range(len(kl))
    return sorted(dims, key=kl.__getitem__, reverse=True) if len(kl) > LISTED else list(dims)


def _highlighted(class_name: str) -> str:
    """A class with its article, in the theme's colour, as Markdown."""
    article, name = neighbours.with_article(class_name).split(" ", 1)
    return f"{article} :primary[{messages.plain(name)}]"


def _closeness(space: Space, mu: Tensor) -> None:
    if space.encoded is not None:
        near = neighbours.closeness(space, mu)
        (st.warning if near.far else messages.note)(messages.plain(near.sentence))
