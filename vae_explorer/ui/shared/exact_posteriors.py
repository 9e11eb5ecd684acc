"""What a model itself believes of a picture, beside what its encoder says, as pages show it."""

import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.latent.exact import Gaps
from vae_explorer.latent.lattice import exact_draws, prior_lattice
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.models import inference
from vae_explorer.ui import html, messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.html import element
from vae_explorer.ui.session import latent_space, registry
from vae_explorer.ui.session.exact import decoded_lattices
from vae_explorer.ui.session.exact.exact_beliefs import Belief
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import cloud, pictures

VOTERS_APART = 4  # every fourth draw asks its neighbours
FEW_POINTS = 30  # effective ones: below, the stated error is a guess itself
CLASSES_SAID, MIN_SHARE = 3, 0.01  # of the vote
ENCODER, BELONGS = "Where the encoder puts it", "Where it belongs"
TITLE, CLOSE_UP = "Exact posterior", "Close-up"
HELP = (
    "What the model itself believes, p(z|x), with no encoder in between: with at most three "
    "coordinates it is a sum over points of the prior. They are decoded once for each model, "
    "which takes some seconds and memory."
)


def switch(*, linked: bool = True) -> bool:
    """The switch, which session and link remember; not `linked`: the page writes the link."""
    if not linked:
        return st.toggle(TITLE, help=HELP, persist_state="session", key=registry.EXACT)
    return st.toggle(TITLE, help=HELP, persist_state="session", **registry.EXACT.widget)


def possible(space: Space, label: int) -> bool:
    """Whether something exact can be said of a model; else the page says why not."""
    reason = prior_lattice.hindrance(space.checkpoint.model, label)
    if reason:
        messages.note(reason)
    return not reason


def evidence(space: Space, belief: Belief) -> None:
    """log p(x), and what the neighbours of the posterior's draws say."""
    log_p, error = belief.gaps.log_evidence.item(), belief.gaps.standard_error.item()
    rows = [
        (
            "log p(x)",
            f"{_figure(log_p)} ± {max(error, 0.01):.2f} nats",
            "How probable this picture is to the model, summed over all it could come from; "
            "higher is better.",
        )
    ]
    if vote := _vote(space, belief):
        rows.append(vote)
    _rows(rows)
    if belief.posterior.effective_points.item() < FEW_POINTS:
        messages.note(
            "Few points fall where this picture lies, so the error may be larger than it says."
        )


def gaps(found: Gaps, *, searching: bool = False) -> None:
    """What the encoder's bound loses, and why; `searching`: a better Gaussian may be found yet."""
    approximation, amortisation = max(found.approximation.item(), 0.0), found.amortisation.item()
    at_most = "at most " if searching else ""
    _rows(
        [
            (
                "The encoder loses",
                f"{_figure(found.inference.item())} nats",
                f"log p(x) less its bound, the ELBO of {_figure(found.elbo.item())}: the KL from "
                "its Gaussian to the exact posterior. Less is better. In two parts:",
            ),
            (
                "Approximation gap",
                f"{at_most}{_figure(approximation)} nats",
                "The exact posterior is no Gaussian along the axes, so the best of these misses "
                "that much; less is better.",
            ),
            (
                "Amortisation gap",
                f"{_figure(amortisation)} nats",
                "One encoder serves all pictures; a Gaussian fitted to this one alone would gain "
                "that much; less is better.",
            ),
        ]
    )


def decoded(space: Space, x: Tensor, belief: Belief, label: int) -> None:
    """The picture beside what is decoded where the encoder puts it and where it belongs."""
    posterior = belief.posterior
    z = torch.cat([belief.gaps.mu, posterior.mean, posterior.mode])
    tiles = torch.cat([x.unsqueeze(0), inference.decode(space.checkpoint, z, label)])
    names = ["The picture", "Encoder's μ", "Exact mean", "Exact mode"]
    pictures.gallery(list(figures.to_bytes(tiles)), names, width=82)


def mark(
    view: str,
    space: Space,
    belief: Belief,
    *,
    key: str,
    moved: bool = False,
    explore: bool = False,
) -> None:
    """Draw the posterior into the cloud `view`; `moved`: the mark stands where it belongs.

    `explore`: the encoder's ellipsoid too, and ways to the places of both.
    """
    if space.encoded is None:
        return
    mean, mu = belief.posterior.mean[0], belief.gaps.mu[0]
    spread = belief.posterior.covariance[0].diagonal().sum().sqrt()
    radius = max(2.5 * spread.item(), (mean - mu).norm().item())
    place = latent_space.project(space, mean)
    live_view.mark(
        view,
        point=place if moved else None,
        target={"exact": place},
        posterior=cloud.ellipsoid(space, mu, belief.gaps.sigma[0]) if explore else None,
        ways={**ways(belief), CLOSE_UP: None} if explore else None,
        mass=latent_space.project(space, belief.draws),
        look=(place, radius, registry.EXACT_LOOKS.get(0)),
        key=key,
    )


def ways(belief: Belief) -> dict[str, Tensor]:
    """Where a picture is, to the encoder and to the model itself: (D,) each."""
    return {ENCODER: belief.gaps.mu[0], BELONGS: belief.posterior.mean[0]}


def close_up_button(key: str) -> None:
    """Let the camera go where the posterior is."""
    st.button(
        CLOSE_UP,
        icon=":material/zoom_in:",
        key=key,
        help="Turn the cloud's camera to the posterior; a double click on the cloud leads back",
        on_click=_look,
    )


def _look() -> None:
    registry.EXACT_LOOKS.put(registry.EXACT_LOOKS.get(0) + 1)


def costs(lattice: DecodedLattice) -> None:
    """What the figures rest on, and the memory that it takes."""
    kept = decoded_lattices.size(lattice) / 1e6
    messages.note(
        f"Summed over {len(lattice.points):,} points of the prior, and more where the picture "
        f"lies. Their pictures take {kept:,.0f} MB; those of all models together at most "
        f"{decoded_lattices.MAX_BYTES / 1e6:,.0f} MB."
    )


def _vote(space: Space, belief: Belief) -> tuple[str, str, str] | None:
    """The classes around the draws; None where the codes need not carry the class."""
    if space.encoded is None or space.checkpoint.config.classes or len(space.classes) < 2:
        return None
    voters = belief.draws[::VOTERS_APART]
    votes = exact_draws.class_shares(voters, space.codes.mu, space.codes.labels)
    said = [
        f"{space.classes[label]} ({100 * share:.0f} %)"
        for label, share in zip(votes.labels.tolist(), votes.shares.tolist(), strict=True)
        if share >= MIN_SHARE
    ][:CLASSES_SAID]
    about = (
        f"Votes of the {geometry.NEIGHBOURS} nearest {space.item}s at {len(voters)} points drawn "
        "from it."
    )
    return "Looks like", ", ".join(said), about


def _figure(value: float) -> str:
    return f"{value:z.2f}".replace("-", "−")


def _rows(rows: list[tuple[str, str, str]]) -> None:
    """Names with their figures, and beneath each what it says."""
    quiet = "grid-column:1/-1;font-size:0.8rem;opacity:.65;margin-top:-2px"
    figure = "text-align:right;font-variant-numeric:tabular-nums;font-weight:600"
    lines = [
        element(
            "div",
            element("span", name),
            element("span", value, style=figure),
            element("span", about, style=quiet),
            role="listitem",
            style="display:grid;grid-template-columns:auto 1fr;gap:1px 12px;font-size:0.9rem",
        )
        for name, value, about in rows
    ]
    html.show(element("div", *lines, role="list", style="display:grid;gap:8px"))
