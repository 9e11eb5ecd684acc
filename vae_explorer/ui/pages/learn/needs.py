"""What a lesson may need of a model: each a sentence where it is lacking."""

from collections.abc import Callable, Iterable

import streamlit as st

from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.training.runs.model_library import DEFAULT
from vae_explorer.ui import messages
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.session import model_selection
from vae_explorer.ui.session.latent_space import Space

MOST_COORDINATES = 3  # of a space that is seen as it is
SHIPPED = DEFAULT  # a model that lacks nothing


def _encoded(space: Space) -> str:
    if space.encoded is None or len(space.codes.mu) == 0:
        return "it has no encoded pictures, so nothing shows where its data lies"
    return ""


def _decoder(space: Space) -> str:
    return "there are codes alone, and nothing can be decoded" if space.codes_alone else ""


def _browser(space: Space) -> str:
    if space.codes_alone:
        return _decoder(space)
    reason = browser_model.decoder_or_reason(space.checkpoint)
    return "your browser cannot run its decoder" if isinstance(reason, str) else ""


def _classes(space: Space) -> str:
    kinds = len(set(space.codes.labels.tolist())) if space.encoded is not None else 0
    return "" if kinds > 1 else "its pictures are of one class, or nobody has named their classes"


def _unconditional(space: Space) -> str:
    return "it is conditional, so its codes do not tell the class" if _given(space) else ""


def _given(space: Space) -> bool:
    return bool(space.checkpoint.config.classes)


def _variational(space: Space) -> str:
    plain = not space.checkpoint.config.variational
    return "it is a plain autoencoder: it has neither posterior nor prior" if plain else ""


def _visible(space: Space) -> str:
    count = len(space.ranges)
    return f"it has {count} coordinates, too many to be seen" if count > MOST_COORDINATES else ""


def _exact(space: Space) -> str:
    return prior_lattice.hindrance(space.checkpoint.model, 0)


def _gradients(space: Space) -> str:
    flows = not space.codes_alone and space.checkpoint.model.differentiable
    return "" if flows else "no gradients flow through it"


NEEDS: dict[str, Callable[[Space], str]] = {
    "encoded": _encoded,
    "decoder": _decoder,
    "browser": _browser,
    "classes": _classes,
    "unconditional": _unconditional,
    "variational": _variational,
    "visible": _visible,
    "exact": _exact,
    "gradients": _gradients,
}


def lacking(names: Iterable[str], space: Space) -> str:
    """The first thing that the chosen model lacks, as a sentence; nothing where it lacks none."""
    for name in names:
        if reason := NEEDS[name](space):
            return f"This cannot be done with {space.checkpoint.name}: {reason.rstrip('.')}."
    return ""


def refused(names: Iterable[str], space: Space) -> bool:
    """Whether the chosen model lacks something: then say so, and offer one that lacks nothing."""
    sentence = lacking(names, space)
    if sentence:
        st.info(messages.plain(sentence), icon=":material/school:")
        st.button(
            f"Do it with {SHIPPED}",
            key="lesson_model",
            on_click=model_selection.choose,
            args=(SHIPPED,),
            type="primary",
        )
    return bool(sentence)
