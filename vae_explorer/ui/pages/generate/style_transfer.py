"""One style, every class: a digit's slant, width and stroke taken to all the other classes."""

import streamlit as st

from vae_explorer.errors import DataError
from vae_explorer.evaluation.classes import class_judge
from vae_explorer.evaluation.classes.class_judge import Agreement, Classifier
from vae_explorer.ui import messages
from vae_explorer.ui.components import pad
from vae_explorer.ui.pages.generate import (
    agreement_charts,
    model_pair,
    style_grid,
    style_sources,
)
from vae_explorer.ui.pages.generate.model_pair import PairedModel
from vae_explorer.ui.pages.generate.style_sources import Styles
from vae_explorer.ui.session import registry, related_models
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task
from vae_explorer.ui.shared import page_links, user_digit

TEST_DIGITS, RANDOM = "Test digits", "Random style"
STYLES = 100  # test pictures by which agreement is measured


@st.fragment
def show(space: Space) -> None:
    """Each row a style, each column a class: by a model that is given it, and by one that is not.

    Kingma et al. 2014, "Semi-supervised Learning with Deep Generative Models", figure 2.
    """
    with messages.guard():
        page_links.follow()
        left, right = st.columns([5, 7], vertical_alignment="bottom", gap="large")
        with left:
            pair = model_pair.choose(space)
        with right:
            source = _source(pair)
        classifier = related_models.classifier(space)
        if source == page_links.MINE:
            _user_digit(pair, classifier)
        else:
            random = source == RANDOM
            styles = style_sources.prior_samples() if random else style_sources.test_digits(pair)
            if styles is not None:
                _grids(pair, styles, classifier)
        if classifier is not None:
            _agreement(pair, classifier)


def _source(pair: list[PairedModel]) -> str:
    noun = pair[0].space.noun
    names = {TEST_DIGITS: f"Test {noun}s", page_links.MINE: f"My {noun}", RANDOM: RANDOM}
    registry.STYLE_SOURCE.open_old_link({"Prior": RANDOM, "My digit": page_links.MINE})
    return st.segmented_control(
        "Whose style",
        list(names),
        default=TEST_DIGITS,
        format_func=names.__getitem__,
        required=True,
        **registry.STYLE_SOURCE.widget,
    )


def _user_digit(pair: list[PairedModel], classifier: Classifier | None) -> None:
    """The visitor's digit: drawn here, or brought from Reconstruct."""
    left, right = st.columns([5, 7], gap="large")
    space, drawn = pair[-1].space, None
    with left:
        if pad.takes_drawings(space.checkpoint):
            # the unconditional model can answer before anyone has said the class
            drawn = pad.pad(space, key="pad", label=registry.STYLE_LABEL.get(0))
    image = user_digit.latest(drawn, "pad")
    with right, messages.guard():
        if image is None:
            messages.note(
                f"Draw a {space.noun}: lift the pen, and every class appears in its style."
                if pad.takes_drawings(space.checkpoint)
                else "Bring a picture on Reconstruct, and choose “Every class in its style”."
            )
            return
        if any(model.space.checkpoint.config.image_shape != image.shape for model in pair):
            st.warning("These models see pictures of another size or colour than yours.")
            return
        label = style_sources.class_of(pair[0].space, image)
        registry.STYLE_LABEL.put(label)
        _grids(pair, style_sources.user_digit(image, label), classifier)


def _grids(pair: list[PairedModel], styles: Styles, classifier: Classifier | None) -> None:
    for model in pair:
        st.markdown(f"**{messages.plain(model.title)}**")
        messages.note(
            "Conditional: given each class in turn; z, which holds the style, stays the same."
            if model.conditional
            else "Unconditional: z moves from the centre of its class to that of each other class."
        )
        with messages.guard():
            style_grid.show(model, styles, classifier)


def _agreement(pair: list[PairedModel], classifier: Classifier) -> None:
    """How often a style taken to another class shows that class."""
    agreement: dict[str, Agreement] = {}
    for model in pair:
        key = (model.space.checkpoint.sha256, classifier.checkpoint.sha256, STYLES)
        try:
            agreement[model.title] = once(
                "style agreement",
                key,
                f"Classifying pictures by {model.title}",
                Task(
                    class_judge.style_agreement,
                    (model.space.checkpoint, model.space.encoded, classifier),
                    {"styles": STYLES},
                    None,
                ),
            )
        except DataError:
            continue  # said above its grid
    if agreement:
        st.markdown("**Agreement: how often does a style show the class it is taken to?**")
        totals = {title: rates.total for title, rates in agreement.items()}
        agreement_charts.summary(totals, classifier)
        messages.note(
            f"The first {STYLES} of every second test picture, each in all classes but its own. "
            f"Classifier: nearest neighbours in {messages.plain(classifier.checkpoint.name)}. "
            f"Intervals: 95 %, by {class_judge.BOOTSTRAP:,} bootstrap draws of whole styles; the "
            "classifier's own by Wilson. Red frame: classified as another class. Grey frame: the "
            "style's own class."
        )
