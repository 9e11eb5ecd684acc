"""Reconstruct: put in a digit and see what the model makes of it, step by step."""

import streamlit as st
from torch import Tensor

from vae_explorer.models import inference
from vae_explorer.models.inference import Reconstruction
from vae_explorer.ui import messages
from vae_explorer.ui.pages.reconstruct import (
    anomaly_scores,
    exact_section,
    picture_codes,
    posterior_refinement,
    preprocessing_steps,
    reconstruction_result,
    test_digits,
)
from vae_explorer.ui.session import current_place, latent_space, model_selection, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import page_links, user_digit, widgets
from vae_explorer.ui.shared.user_digit import UserDigit

DRAW, TESTS = "Draw", "Test digits"


def page() -> None:
    """The page of reconstructions."""
    with messages.guard():
        _live(latent_space.of(model_selection.current()))


@st.fragment
def _live(space: Space) -> None:
    with messages.guard():
        if registry.NEXT_SOURCE.is_set:
            registry.DIGIT_SOURCE.put(registry.NEXT_SOURCE.take())
        if registry.NEXT_LABEL.is_set:
            registry.LABEL.put(registry.NEXT_LABEL.take())
        source = _source(space)
        if source == TESTS:
            _test_digit(space, test_digits.show(space))
        else:
            _user_digit(space, source)
            if source == "Upload":
                picture_codes.show(space, registry.LABEL.get() or 0)


def _source(space: Space) -> str:
    """Where the picture comes from: one of `user_digit.sources`, or TESTS."""
    offered = [*user_digit.sources(space), TESTS]
    registry.DIGIT_SOURCE.keep_among(offered)
    chosen = st.segmented_control(
        f"Where the {space.noun} comes from",
        offered,
        default=offered[0],
        format_func=lambda source: f"Test {space.noun}s" if source == TESTS else source,
        required=True,
        label_visibility="collapsed",
        **registry.DIGIT_SOURCE.widget,
    )
    return chosen if chosen in offered else offered[0]


def _user_digit(space: Space, source: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        label = widgets.label_chooser(space)
        digit = user_digit.sources(space)[source](space, label)
        if digit is not None:
            user_digit.keep(digit.image)
            user_digit.likeliest_class_once(space, digit.image, label)
    with right:
        result = _result_at_once(space, digit, label)
    preprocessing_steps.show(
        digit.steps if digit is not None else {},
        space.checkpoint.picture_reading,
        user_digit.switches(space, source),
    )
    by_hand = source == DRAW and (digit is None or digit.pose is None)
    _closely(space, digit and digit.image, result, label, by_hand=by_hand)


def _closely(
    space: Space, x: Tensor | None, result: Reconstruction | None, label: int, *, by_hand: bool
) -> None:
    """All that is said of a picture (C, H, W); what takes longest comes last."""
    places = reconstruction_result.in_latent_space(space, result, by_hand)
    finish = exact_section.show(space, x if result is not None else None, label, places)
    if x is not None and result is not None:
        _details(space, x, result, label)
    finish()


def _test_digit(space: Space, x: Tensor | None) -> None:
    if x is not None:
        label = widgets.label_chooser(space)
        user_digit.likeliest_class_once(space, x, label)
        result = inference.reconstruct(space.checkpoint, x.unsqueeze(0), label)
        reconstruction_result.at_once(space, x, result, label)
        _closely(space, x, result, label, by_hand=False)


def _result_at_once(space: Space, digit: UserDigit | None, label: int) -> Reconstruction | None:
    """What can be said at once; None where there is nothing that the model can see."""
    if digit is None:
        noun = space.noun
        messages.note(
            f"The reconstruction of your {noun} appears here at once; below, where the {noun} lies "
            f"in the latent space, how sure the model is, and how unusual the {noun} is."
        )
        return None
    result = inference.reconstruct(space.checkpoint, digit.image.unsqueeze(0), label)
    reconstruction_result.at_once(space, digit.image, result, label, digit.pose)
    _page_buttons(space, digit.image, result.mu[0])
    return result


def _details(space: Space, x: Tensor, result: Reconstruction, label: int) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        reconstruction_result.nearest_digits(space, result.mu[0])
        reconstruction_result.posterior_samples(space, result, label)
    with right:
        anomaly_scores.show(space, x, label)
        posterior_refinement.show(space, x, label)


def _show_on_explore(space: Space, x: Tensor, mu: Tensor) -> None:
    registry.USER_DIGIT.put(x)  # the pipeline there shows it
    current_place.go_to(space, mu)


def _page_buttons(space: Space, x: Tensor, mu: Tensor) -> None:
    """Ways to other pages, which go on with the digit."""
    with st.container(horizontal=True):
        page_links.button(
            "Show it on Explore",
            "explore",
            "show_digit",
            _show_on_explore,
            *(space, x, mu),
            icon=":material/explore:",
            help="Go to its code, or as near to it as the data reaches",
        )
        if space.encoded is not None:
            page_links.button(
                "Interpolate from it",
                "interpolate",
                "walk_digit",
                user_digit.keep_for_other_pages,
                x,
                icon=":material/conversion_path:",
                help=f"Use this {space.noun} as the first endpoint on Interpolate",
            )
        page_links.button(
            "Every class in its style",
            "generate",
            "style_digit",
            page_links.take_style,
            x,
            icon=":material/auto_awesome:",
            help="Generate draws all classes as in this handwriting",
        )
