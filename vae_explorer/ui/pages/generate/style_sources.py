"""Where a style comes from: test digits, the prior, or a digit of the visitor's own."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.models import anomaly_detector, inference
from vae_explorer.ui import messages
from vae_explorer.ui.components.pad import Drawn
from vae_explorer.ui.pages.generate.model_pair import Side
from vae_explorer.ui.session import cache, registry
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import neighbours, pictures

ROWS = 6  # styles at a time


class Chosen(NamedTuple):
    """Styles, wherever they come from: of n, which of these is known depends on that."""

    names: list[str]
    images: Tensor | None = None  # (n, 1, S, S)
    labels: Tensor | None = None  # (n,)
    items: list[int] | None = None  # of the test set
    seeds: list[int] | None = None


def test_digits(both: list[Side]) -> Chosen | None:
    """Six test digits, and six others on request."""
    known = [side.space for side in both if side.space.encoded is not None]
    if not known:
        st.info("Neither model carries encoded digits, and their data set is not on this disk.")
        return None
    if st.button("Six others", icon=":material/refresh:", key="other_styles"):
        registry.STYLES_TURNED.put(registry.STYLES_TURNED.get(0) + 1)
    count = min(len(space.encoded.mu) for space in known)
    first = registry.STYLES_TURNED.get(0) * ROWS % count
    items = list(range(first, min(first + ROWS, count)))
    images, original = cache.pictures(known[0], items)
    labels = known[0].encoded.labels[items]
    messages.note(f"Styles: {pictures.marked_as(original)}.")
    return Chosen([f"test item {i}" for i in items], images, labels, items=items)


def prior_samples() -> Chosen:
    seeds = list(range(ROWS))
    return Chosen([f"seed {seed}" for seed in seeds], seeds=seeds)


def latest_digit(drawn: Drawn | None) -> Tensor | None:
    """What is on the pad, or what was brought from another page since that was drawn."""
    brought, stamp = registry.USER_DIGIT.get(), drawn.id if drawn is not None else 0
    if brought is None:
        return None if drawn is None else drawn.image
    if registry.STYLE_DIGIT.get((None, 0))[0] is not brought:
        registry.STYLE_DIGIT.put((brought, stamp))
    same = registry.STYLE_DIGIT.get()[1] == stamp
    return brought if same or drawn is None else drawn.image


def class_of(space: Space, image: Tensor) -> int:
    """What the digit is: as the model explains it best, unless the visitor knows better."""
    count = len(space.classes)
    if space.checkpoint.config.classes:
        with torch.inference_mode():
            best = anomaly_detector.best_class(space.checkpoint.model, image.unsqueeze(0)).item()
    else:
        mu = inference.reconstruct(space.checkpoint, image.unsqueeze(0)).mu[0]
        best = 0 if space.encoded is None else neighbours.vote(space, mu).label
    chosen = st.pills(
        "It is taken for a",
        range(count),
        default=best,
        format_func=space.classes.__getitem__,
        required=True,
        wrap=True,
        **registry.STYLE_LABEL_CHOICE(hash(image.numpy().tobytes())).widget,
    )
    return chosen if chosen in range(count) else best
