"""What a visitor has decided about how a model is read, in place of what was measured."""

from typing import Any

import streamlit as st

from vae_explorer.models.foreign.conformance.card import (
    LIKELIHOOD,
    LIKELIHOODS,
    SCALE,
    Card,
    Decision,
)
from vae_explorer.ui.session import registry

MEASURED = "measured"


def given(card: Card | None) -> dict[str, Any]:
    """The decisions of the visitor by name, as the card that is shown offers them."""
    if card is None:
        return {}
    chosen = {
        name: option
        for name, options in _offered(card).items()
        for option, text in options
        if text == registry.ANSWER(name).get(MEASURED)
    }
    scale = registry.PIXEL_SCALE.get(0.0)
    if scale and chosen.get(LIKELIHOOD) != "bernoulli":
        chosen |= {SCALE: scale, LIKELIHOOD: "gaussian"}
    return chosen


def _offered(card: Card) -> dict[str, tuple[tuple[Any, str], ...]]:
    options = {decision.name: decision.options for decision in card.decisions}
    return options | {LIKELIHOOD: tuple(LIKELIHOODS.items())}


def forget() -> None:
    """Go back to what is measured."""
    names = {LIKELIHOOD} | set(registry.ANSWERED.take(()))
    for name in names:
        registry.ANSWER(name).take()
    registry.PIXEL_SCALE.take()


def ask(decision: Decision) -> None:
    """A choice between what is measured and the options of a question."""
    _select(decision.name, decision.options)


def ask_likelihood() -> None:
    """The same about the pixels, and their noise."""
    _select(LIKELIHOOD, tuple(LIKELIHOODS.items()))
    likelihood = registry.ANSWER(LIKELIHOOD).get(MEASURED)
    st.number_input(
        "Standard deviation of Gaussian pixels (0: measured)",
        disabled=likelihood == LIKELIHOODS["bernoulli"],  # which has none
        min_value=0.0,
        max_value=100.0,
        value=0.0,
        step=0.01,
        format="%.4g",
        persist_state="session",
        **registry.PIXEL_SCALE.widget,
    )


def _select(name: str, options: tuple[tuple[Any, str], ...]) -> None:
    texts = [MEASURED, *(text for _, text in options)]
    registry.ANSWER(name).keep_among(texts)
    registry.ANSWERED.put({*registry.ANSWERED.get(()), name})
    st.selectbox(
        name,
        texts,
        label_visibility="collapsed",
        persist_state="session",
        **registry.ANSWER(name).widget,
    )
