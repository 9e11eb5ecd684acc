"""Where a style comes from: test digits, the prior, or the user digit."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.models import anomaly_scores, inference
from vae_explorer.ui import messages
from vae_explorer.ui.pages.generate.model_pair import PairedModel
from vae_explorer.ui.session import latent_pictures, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours, pictures

ROWS = 6  # styles at a time


class Styles(NamedTuple):
    """n styles: either pictures with their classes, of the test set or not, or seeds of z."""

    names: list[str]
    images: Tensor | None = None  # (n, C, H, W)
    labels: Tensor | None = None  # (n,)
    items: list[int] | None = None  # of the test set
    seeds: list[int] | None = None


def test_digits(pair: list[PairedModel]) -> Styles | None:
    """Six test digits, and six others on request."""
    encoded_sets = [model.space.encoded for model in pair if model.space.encoded is not None]
    if not encoded_sets:
        noun = pair[0].space.noun
        st.info(f"Neither model carries encoded {noun}s, and their data set is not on this disk.")
        return None
    if st.button("Six others", icon=":material/refresh:", key="other_styles"):
        registry.STYLES_TURNED.put(registry.STYLES_TURNED.counter() + 1)
    count = min(len(encoded.mu) for encoded in encoded_sets)
    first = registry.STYLES_TURNED.counter() * ROWS % count
    items = list(range(first, min(first + ROWS, count)))
    space = next(model.space for model in pair if model.space.encoded is not None)
    images, original = latent_pictures.encoded_pictures(space, items)
    messages.note(f"Styles: {pictures.marked_as(original)}.")
    names = [f"test item {item}" for item in items]
    return Styles(names, images, encoded_sets[0].labels[items], items=items)


def prior_samples() -> Styles:
    """Six z from the prior, which have no picture and no class."""
    seeds = list(range(ROWS))
    return Styles([f"seed {seed}" for seed in seeds], seeds=seeds)


def user_digit(image: Tensor, label: int) -> Styles:
    """The user digit (C, H, W), of a class."""
    return Styles(["your picture"], image.unsqueeze(0), torch.tensor([label]))


def class_of(space: Space, image: Tensor) -> int:
    """What the digit is: as the model explains it best, unless the visitor knows better."""
    count = len(space.classes)
    if space.checkpoint.config.classes:
        with torch.inference_mode():
            best = anomaly_scores.best_class(space.checkpoint.model, image.unsqueeze(0))
        likely = int(best.item())
    else:
        mu = inference.reconstruct(space.checkpoint, image.unsqueeze(0)).mu[0]
        likely = 0 if space.encoded is None else neighbours.vote(space, mu).label
    chosen = st.pills(
        f"Class of this {space.noun}",
        range(count),
        default=likely,
        format_func=space.classes.__getitem__,
        required=True,
        wrap=True,
        **registry.STYLE_LABEL_CHOICE(hash(image.numpy().tobytes())).widget,
    )
    return chosen if chosen in range(count) else likely
