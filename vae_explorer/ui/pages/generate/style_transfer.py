"""One style, every class: a digit's slant, width and stroke taken to all the other classes."""

import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.errors import DataError
from vae_explorer.evaluation import class_judge
from vae_explorer.evaluation.class_judge import Hits, Judge
from vae_explorer.latent import generation, geometry
from vae_explorer.latent.generation import class_name
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.components import pad
from vae_explorer.ui.components.wall import MISS, OWN, Tile, wall
from vae_explorer.ui.pages.generate import agreement_charts, model_pair, style_sources
from vae_explorer.ui.pages.generate.model_pair import Side
from vae_explorer.ui.pages.generate.style_sources import Chosen
from vae_explorer.ui.session import registry, related_models
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.session.progress_cache import once
from vae_explorer.ui.shared import page_links

TESTS, DRAWS = "Test digits", "Prior"
MOST_CLASSES = 12  # columns that can still be told apart
STYLES = 100  # test pictures by which the share of hits is measured


@st.fragment
def show(space: Space) -> None:
    """Each row a style, each column a class: by the model that is told it, and by one that is not.

    Kingma et al. 2014, "Semi-supervised Learning with Deep Generative Models", figure 2.
    """
    with messages.guard():
        page_links.follow()
        left, right = st.columns([5, 7], vertical_alignment="bottom", gap="large")
        with left:
            both = model_pair.choose(space)
        with right:
            source = st.segmented_control(
                "Whose style",
                [TESTS, page_links.MINE, DRAWS],
                default=TESTS,
                required=True,
                **registry.STYLE_SOURCE.widget,
            )
        judge = related_models.judge(space)
        if source == page_links.MINE:
            _my_own(both, judge)
        else:
            chosen = (
                style_sources.prior_samples()
                if source == DRAWS
                else style_sources.test_digits(both)
            )
            if chosen is not None:
                _grids(both, chosen, judge)
        _rates(both, judge)


def _my_own(both: list[Side], judge: Judge | None) -> None:
    """The visitor's digit: drawn here or on Reconstruct, or taken along from there."""
    left, right = st.columns([5, 7], gap="large")
    with left:  # the model that is not told the class can answer before anyone has said it
        drawn = pad.pad(both[-1].space, key="pad", label=registry.STYLE_LABEL.get(0))
    image = style_sources.latest_digit(drawn)
    with right, messages.guard():
        if image is None:
            messages.note("Draw a digit: its style is taken to all classes as soon as you lift.")
            return
        sizes = {side.space.checkpoint.config.image_size for side in both}
        if sizes != {image.shape[-1]}:
            st.warning("These models see pictures of another size than 28 × 28 pixels.")
            return
        label = style_sources.class_of(both[0].space, image)
        registry.STYLE_LABEL.put(label)
        chosen = Chosen(["my digit"], image.unsqueeze(0), torch.tensor([label]))
        _grids(both, chosen, judge)


def _grids(both: list[Side], chosen: Chosen, judge: Judge | None) -> None:
    for side in both:
        st.markdown(f"**{messages.plain(side.title)}**")
        messages.note(
            "Told each class; what the class does not say, z keeps."
            if side.told
            else "Never told: z goes from the centre of its class to that of each other."
        )
        with messages.guard():
            z = _codes(side, chosen)
            if z is None:
                messages.note("A draw from the prior has no class of its own to go from.")
            else:
                _grid(side, chosen, z, judge)


def _codes(side: Side, chosen: Chosen) -> Tensor | None:
    """The styles as a model codes them, (n, D)."""
    checkpoint, encoded = side.space.checkpoint, side.space.encoded
    if chosen.seeds is not None:
        dims = checkpoint.config.latent_dim
        return geometry.prior_samples(chosen.seeds, dims) if side.told else None
    count = checkpoint.config.classes or len(side.space.classes)
    if chosen.labels.max() >= count:
        raise DataError(f"{side.title} knows {count} classes, and a style is of another.")
    if chosen.items is None:
        labels = chosen.labels if side.told else 0
        return inference.reconstruct(checkpoint, chosen.images, labels).mu
    if encoded is None:
        raise DataError(f"{side.title} carries no encoded digits to take styles from.")
    if not torch.equal(encoded.labels[chosen.items], chosen.labels):
        raise DataError(f"{side.title} carries other pictures than the model beside it.")
    return encoded.mu[chosen.items]


def _grid(side: Side, chosen: Chosen, z: Tensor, judge: Judge | None) -> None:
    space = side.space
    made = generation.in_every_class(space.checkpoint, space.encoded, z, chosen.labels)
    count = min(made.pictures.shape[1], MOST_CLASSES)
    first = 0 if chosen.images is None else 1  # the style itself stands before its classes
    alone = len(chosen.names) == 1  # a single row may wrap: what stands above goes below

    def go(place: int) -> None:
        row, column = divmod(place, first + count)
        label = column - first if column >= first else int(chosen.labels[row])
        page_links.at(space, made.z[row, label].nan_to_num(), label, side.key)

    wall(
        _tiles(space.checkpoint, chosen, made.pictures[:, :count], judge, captions=alone),
        key=f"styles_{'told' if side.told else 'found'}",
        label=f"Styles as every class by {side.title}; Enter opens one in the live view",
        on_open=go,
        columns=None if alone else first + count,
        heads=() if alone else [*["style"][:first], *space.classes[:count]],
        size=72,
    )


def _tiles(
    checkpoint: Checkpoint, chosen: Chosen, made: Tensor, judge: Judge | None, captions: bool
) -> list[Tile]:
    """Row by row the style, where it has a picture, and pictures (n, C, 1, S, S) of all classes."""
    rows, count = made.shape[:2]
    meant = torch.arange(count).expand(rows, -1)
    said = judge.says(made.flatten(0, 1)).view(rows, count) if judge is not None else meant
    pictures, tiles = figures.to_bytes(made).squeeze(2), []
    for row, style in enumerate(chosen.names):
        if chosen.images is not None:
            picture = figures.to_bytes(chosen.images[row])[0]
            tiles.append(Tile(picture, "style" if captions else "", style))
        for label, seen in enumerate(said[row].tolist()):
            name = class_name(checkpoint, label)
            about, tone = f"{style} as {name}", ""
            if seen != label:
                about, tone = f"{about}, judged {class_name(checkpoint, seen)}", MISS
            elif chosen.labels is not None and chosen.labels[row] == label:
                tone = OWN
            tiles.append(Tile(pictures[row, label], name if captions else "", about, tone))
    return tiles


def _rates(both: list[Side], judge: Judge | None) -> None:
    """How often a style taken to another class shows that class."""
    if judge is None:
        return
    found: dict[str, Hits] = {}
    for side in both:
        key = (side.space.checkpoint.sha256, judge.checkpoint.sha256, STYLES)
        try:
            found[side.title] = once(
                "style hits",
                key,
                f"Judging {side.title}",
                lambda progress, space=side.space: class_judge.style_hits(
                    space.checkpoint, space.encoded, judge, styles=STYLES
                ),
            )
        except DataError:
            continue  # said above its grid
    if found:
        st.markdown("**How often does a style taken to another class show that class?**")
        agreement_charts.summary({title: hits.total for title, hits in found.items()}, judge)
        name = messages.plain(judge.checkpoint.name)
        messages.note(
            f"The first {STYLES} of every second test picture, each in all classes but its own; "
            f"judged by neighbours in {name}. Intervals: 95 % of "
            f"{class_judge.BOOTSTRAP:,} bootstrap draws of whole styles; the judge's, "
            "of Wilson. Framed in red: judged to be of another class. "
            "Framed in grey: the style's own class."
        )
