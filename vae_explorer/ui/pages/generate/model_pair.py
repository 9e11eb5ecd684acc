"""Two models of the same pictures, compared: one that is given the class, one that is not."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.session import registry, related_models
from vae_explorer.ui.session.latent_space import Space


class PairedModel(NamedTuple):
    """One of the two models."""

    space: Space
    key: str  # in the library; "" for the chosen model

    @property
    def conditional(self) -> bool:
        """Whether it is given the class."""
        return bool(self.space.checkpoint.config.classes)

    @property
    def kind(self) -> str:
        """The same in a word: for keys and names of files."""
        return "conditional" if self.conditional else "unconditional"

    @property
    def title(self) -> str:
        """Its name."""
        return self.space.checkpoint.name


def choose(space: Space) -> list[PairedModel]:
    """The chosen model and one of the other kind, if there is one; the conditional one first."""
    counterparts = related_models.counterparts(space)
    chosen = PairedModel(space, "")
    if not counterparts:
        _say_missing(chosen)
        return [chosen]
    names = {other.key: other.name for other in counterparts}
    registry.COUNTERPART.keep_among(names)
    key = st.selectbox(
        "Compare with",
        list(names),
        format_func=names.__getitem__,
        help="A model of the same pictures that is not given the class (unconditional)"
        if chosen.conditional
        else "A model of the same pictures that is given the class (conditional)",
        **registry.COUNTERPART.widget,
    )
    other = next((o for o in counterparts if o.key == key), counterparts[0])
    pair = [chosen, PairedModel(related_models.space_of(other), other.key)]
    return sorted(pair, key=lambda model: not model.conditional)


def _say_missing(chosen: PairedModel) -> None:
    if chosen.conditional:
        messages.note("There is no unconditional model of these pictures to compare with.")
        return
    count = max(len(chosen.space.classes), 1)
    messages.note(
        "There is no conditional model of these pictures to compare with: "
        f"`train … --classes {count}` makes one."
    )
