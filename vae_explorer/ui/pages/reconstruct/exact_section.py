"""What the model itself believes of a picture, beside what its encoder says: on request."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import streamlit as st
from torch import Tensor

from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.ui import messages
from vae_explorer.ui.pages.reconstruct.reconstruction_result import Places
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.exact import decoded_lattices, exact_beliefs
from vae_explorer.ui.session.exact.exact_beliefs import Belief
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import exact_posteriors, user_digit
from vae_explorer.ui.shared.exact_posteriors import BELONGS, ENCODER

ABOUT = (
    "What the model itself believes of the {noun}, without asking the encoder: where it lies, how "
    "probable it is, and what the encoder's answer loses."
)
WAITING = "The exact posterior of your {noun} appears here at once."


class _Parts(NamedTuple):
    """Where the parts of the section stand; always all, so that none loses its place."""

    progress: Any
    cloud: Any  # what moves the mark, and what is decoded there
    figures: Any
    gaps: Any


def show(space: Space, x: Tensor | None, label: int, places: Places) -> Callable[[], None]:
    """The section of a picture (C, H, W), or of none yet, as far as it can be said at once.

    What is returned does the rest, which takes longer; to be called once the page is there.
    """
    with places.below:
        on = exact_posteriors.switch()
        if not on:
            messages.note(ABOUT.format(noun=space.noun))
        if not on or not exact_posteriors.possible(space, label):
            return _nothing
        progress, cloud = st.container(), st.container()
    with places.beside:
        parts = _Parts(progress, cloud, st.container(), st.empty())
    lattice = decoded_lattices.at_hand(space.checkpoint, label)
    if lattice is None or x is None:
        return partial(_decode_and_show, space, x, label, parts)
    return _show(space, lattice, x, label, parts)


def _nothing() -> None:
    pass


def _decode_and_show(space: Space, x: Tensor | None, label: int, parts: _Parts) -> None:
    with parts.progress, messages.guard():
        lattice = decoded_lattices.of(space.checkpoint, label)
        if x is None:
            messages.note(WAITING.format(noun=space.noun))
        else:
            _show(space, lattice, x, label, parts)()


def _show(
    space: Space, lattice: DecodedLattice, x: Tensor, label: int, parts: _Parts
) -> Callable[[], None]:
    with parts.progress, messages.guard():
        belief = exact_beliefs.believed(space, lattice, x)
        _in_cloud(space, x, belief, label, parts.cloud)
        search = exact_beliefs.needs_search(space)
        with parts.figures:
            exact_posteriors.evidence(space, belief)
        with parts.gaps.container():
            exact_posteriors.gaps(belief.gaps, searching=search)
            exact_posteriors.costs(lattice)
        return partial(_search, space, lattice, x, parts) if search else _nothing
    return _nothing


def _in_cloud(space: Space, x: Tensor, belief: Belief, label: int, place: Any) -> None:
    """What is drawn into the cloud, and beneath it what moves the mark and what is decoded."""
    with place:
        if space.encoded is not None:
            _ways()
        moved = registry.EXACT_PLACE.get() == BELONGS
        exact_posteriors.mark(user_digit.CLOUD, space, belief, key="exact_mark", moved=moved)
        exact_posteriors.decoded(space, x, belief, label)


def _ways() -> None:
    """Where the mark in the cloud stands, and a way to see it from near."""
    st.segmented_control(
        "The mark in the cloud stands",
        [ENCODER, BELONGS],
        default=ENCODER,
        required=True,
        help="Dots: the exact posterior. Ellipsoids: the encoder's Gaussian (1σ, 2σ).",
        **registry.EXACT_PLACE.widget,
    )
    exact_posteriors.close_up_button("exact_close_up")


def _search(space: Space, lattice: DecodedLattice, x: Tensor, parts: _Parts) -> None:
    with parts.progress, messages.guard():
        found = exact_beliefs.searched(space, lattice, x)
        with parts.gaps.container():
            exact_posteriors.gaps(found)
            exact_posteriors.costs(lattice)
