"""Reconstruct: put in a digit of your own and see what the model makes of it, step by step."""

import streamlit as st
from torch import Tensor

from ... import inference
from ...inference import Reconstruction
from .. import (
    cache,
    messages,
    opening,
    own,
    preparation,
    refinement,
    server,
    sidebar,
    state,
    styles,
    ten,
    unusual,
    verdict,
    widgets,
)
from ..cache import Space
from ..own import Own

DRAW, TESTS = "Draw", "Test digits"


def page() -> None:
    """The page of reconstructions."""
    with messages.guard():
        _live(cache.space(sidebar.current()))


@st.fragment
def _live(space: Space) -> None:
    with messages.guard():
        if own.GO_TO in st.session_state:
            st.session_state.input = st.session_state.pop(own.GO_TO)
        source = st.segmented_control(
            "Where the digit comes from",
            [*own.SOURCES, TESTS],
            default=DRAW,
            key="input",
            required=True,
            label_visibility="collapsed",
            **state.LINKED,
        )
        if source == TESTS:
            ten.show(space)
        else:
            _own(space, source or DRAW)


def _own(space: Space, source: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        label = widgets.label_chooser(space)
        digit = own.SOURCES[source](space, label)
    with right:
        result = _verdict(space, digit, label)
    if source != DRAW and (digit is not None or own.left_out()):
        preparation.show(digit.steps if digit is not None else {})
    verdict.where(space, result, source == DRAW)
    if result is not None:
        _details(space, digit.image, result, label)


def _verdict(space: Space, digit: Own | None, label: int) -> Reconstruction | None:
    """What can be said at once; None where there is nothing that the model can see."""
    side = space.checkpoint.config.image_size
    if digit is None:
        messages.note(
            "What the model makes of your digit shows here at once; below follow where it lies, "
            "how sure the model is of it, and how unusual it is."
        )
        return None
    if digit.image.shape[-1] != side:
        st.warning(f"This model sees {side} × {side} pixels; pictures are prepared for 28 × 28.")
        return None
    result = inference.reconstruct(space.checkpoint, digit.image.unsqueeze(0), label)
    verdict.at_once(space, digit.image, result, label)
    _onwards(space, digit.image, result.mu[0])
    return result


def _details(space: Space, x: Tensor, result: Reconstruction, label: int) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        verdict.neighbours(space, result.mu[0])
        verdict.draws(space, result, label)
    with right:
        unusual.scores(space, x, label)
        refinement.show(space, x, label)


def _onwards(space: Space, x: Tensor, mu: Tensor) -> None:
    """Ways to other pages, which go on with the digit."""
    with st.container(horizontal=True):
        opening.button(
            "Show it on Explore",
            server.explore_page,
            "show_own",
            state.go_to,
            *(space, mu),
            icon=":material/explore:",
            help="The live view goes to its code, or as near as the data reaches",
        )
        if space.encoded is not None:
            opening.button(
                "Interpolate from it",
                server.interpolate_page,
                "walk_own",
                own.go_on_with,
                x,
                icon=":material/conversion_path:",
                help="Walk from this digit to any test digit",
            )
        opening.button(
            "Its style, every class",
            server.generate_page,
            "style_own",
            styles.bring,
            x,
            icon=":material/auto_awesome:",
            help="All ten digits as this hand would write them",
        )
