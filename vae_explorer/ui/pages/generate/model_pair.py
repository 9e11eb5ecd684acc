"""Two models of the same pictures side by side: one that is told the class, one that is not."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.session import registry, related_models
from vae_explorer.ui.session.cache import Space


class Side(NamedTuple):
    """One of the two models."""

    space: Space
    key: str  # in the library; "" for the chosen model

    @property
    def told(self) -> bool:
        """Whether it is told the class."""
        return bool(self.space.checkpoint.config.classes)

    @property
    def title(self) -> str:
        """Its name."""
        return self.space.checkpoint.name


def choose(space: Space) -> list[Side]:
    """The chosen model and one of the other kind, if there is one; the one that is told first."""
    known = related_models.counterparts(space)
    own = Side(space, "")
    if not known:
        _missing(own)
        return [own]
    names = {other.key: other.name for other in known}
    registry.COUNTERPART.keep_among(names)
    chosen = st.selectbox(
        f"Beside {own.title}",
        list(names),
        format_func=names.get,
        help="A model of the same pictures that is told the class"
        if not own.told
        else "A model of the same pictures that is not told the class",
        **registry.COUNTERPART.widget,
    )
    other = next(o for o in known if o.key == (chosen or known[0].key))
    return sorted(
        [own, Side(related_models.space_of(other), other.key)], key=lambda side: not side.told
    )


def _missing(own: Side) -> None:
    if own.told:
        messages.note("No other model of these pictures is at hand that is not told the class.")
        return
    count = max(len(own.space.classes), 1)
    messages.note(
        "No other model of these pictures is at hand that is told the class: "
        f"`train … --classes {count}` makes one."
    )
